"""Complete listings: page after page until there is no next one. Any page without an answer spoils the whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from providers.aws.template import dotted
from providers.contract.transport import Answer, Answered, Send
from providers.contract.values import Path, get

TOKENS: Mapping[str, tuple[str, str]] = {
    "ec2": ("NextToken", "NextToken"),
    "sqs": ("NextToken", "NextToken"),
    "sns": ("NextToken", "NextToken"),
    "ssm": ("NextToken", "NextToken"),
    "iam": ("Marker", "Marker"),
    "kms": ("Marker", "NextMarker"),
    "lambda": ("Marker", "NextMarker"),
    "logs": ("nextToken", "nextToken"),
    "ecr": ("nextToken", "nextToken"),
    "eks": ("nextToken", "nextToken"),
    "s3": ("ContinuationToken", "ContinuationToken"),
    "dynamodb": ("ExclusiveStartTableName", "LastEvaluatedTableName"),
}
"""Where the next page is asked for and where an answer names it, by service."""

OTHER_TOKENS: Mapping[str, tuple[str, str]] = {
    "kms:ListResourceTags": ("Marker", "NextMarker"),
    "dynamodb:ListTagsOfResource": ("NextToken", "NextToken"),
}


def pages(send: Send, operation: str, parameters: Mapping[str, Any], items: Path) -> list[Any] | Answer:
    """The items of all pages, or the answer that was not one."""
    asks, names = OTHER_TOKENS.get(operation) or TOKENS[operation.partition(":")[0]]
    found: list[Any] = []
    asked = dict(parameters)
    seen: set[str] = set()
    while True:
        answer = send(operation, asked)
        if not isinstance(answer, Answered):
            return answer
        found.extend(flat(answer.body, items))
        token = get(answer.body, dotted(names))
        if not token or str(token) in seen:
            return found
        seen.add(str(token))
        asked = {**asked, asks: token}


def flat(body: Any, items: Path) -> list[Any]:
    """The items at a path; "*" in it goes through every item of a list."""
    if not items:
        return list(body) if isinstance(body, list) else [] if body is None else [body]
    head, rest = items[0], items[1:]
    if head == "*":
        return [item for entry in body or () for item in flat(entry, rest)]
    return flat(get(body, (head,)), rest)
