"""Pages of a listing, which moto leaves out for most calls: by the page sizes and tokens that botocore's models name.

A call is paged here when moto answered more items than were asked for, or when it brings a token of ours.
A token names the parameters it belongs to and the last item's place; another call's token is refused.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from sandbox.aws.answer import failure, parsed, result, succeeded
from sandbox.aws.call import Call, read_call
from sandbox.aws.tokens import digest
from sandbox.wire import Reply

MARK = "sandbox."
# Items of a page when the caller names no size; without an entry a listing is answered whole.
DEFAULT_SIZES = {
    "dynamodb.ListTables": 100,
    "ecr.DescribeRepositories": 100,
    "eks.ListClusters": 100,
    "eks.ListNodegroups": 100,
    "iam": 100,
    "kms.ListAliases": 50,
    "kms.ListKeys": 100,
    "kms.ListResourceTags": 50,
    "lambda.ListFunctions": 50,
    "logs.DescribeLogGroups": 50,
    "sns.ListTopics": 100,
    "sqs.ListQueues": 1000,
    "ssm.DescribeParameters": 10,
    "ssm.GetParametersByPath": 10,
}
LARGEST_EC2 = 1000
SMALLEST_EC2 = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """How one operation pages, by the names of its members. `flag` is set where a member says that more follows."""

    size: str
    token_in: str
    token_out: str
    items: str
    flag: str


def listing(call: Call) -> Listing | None:
    """How the call's operation pages; None where AWS does not page it by size, or in a way that is moto's own."""
    from moto.core.utils import get_pagination_model

    if call.service == "s3":
        return None
    try:
        model = get_pagination_model(call.service).get(call.operation)
    except (LookupError, ValueError):
        return None
    if not model or not all(isinstance(model.get(name), str) for name in ("input_token", "output_token")):
        return None
    items = model["result_key"][0] if isinstance(model["result_key"], list) else model["result_key"]
    return Listing(
        size=model.get("limit_key", ""),
        token_in=model["input_token"],
        token_out=model["output_token"],
        items=items,
        flag=model.get("more_results", ""),
    )


def refusal(call: Call, pages: Listing) -> Reply | None:
    """The error for a page size that EC2 does not take."""
    size = call.parameters.get(pages.size)
    if call.service != "ec2" or size is None:
        return None
    if int(size) < SMALLEST_EC2:
        text = f"Value ( {size} ) for parameter maxResults is invalid. Expecting a value greater than {SMALLEST_EC2}."
        return failure(call, "InvalidParameterValue", text, 400)
    given = [name for name, value in call.parameters.items() if name.endswith("Ids") and isinstance(value, list) and value]
    if given:
        text = f"The parameter {given[0]} cannot be used with the parameter maxResults"
        return failure(call, "InvalidParameterCombination", text, 400)
    return None


def ours(call: Call, pages: Listing) -> bool:
    return str(call.parameters.get(pages.token_in, "")).startswith(MARK)


def whole(call: Call, pages: Listing) -> Call:
    """The call without token and size, for moto to answer whole."""
    request = call.request
    drop = {pages.token_in, pages.size, _wire_name(call, pages.token_in), _wire_name(call, pages.size)}
    if request.headers.get("x-amz-target"):
        kept = {name: value for name, value in json.loads(request.body or b"{}").items() if name not in drop}
        changed = replace(request, body=json.dumps(kept).encode())
    elif request.method == "POST" and b"Action=" in request.body:
        pairs = [(name, value) for name, value in parse_qsl(request.body.decode(), True) if name not in drop]
        changed = replace(request, body=urlencode(pairs).encode())
    else:
        pairs = [(name, value) for name, value in parse_qsl(request.query, True) if name not in drop]
        changed = replace(request, query=urlencode(pairs))
    return read_call(changed)


def _wire_name(call: Call, member: str) -> str:
    shape = call.model.input_shape.members.get(member)
    return str(shape.serialization.get("name", member)) if shape is not None else member


def page(call: Call, pages: Listing, reply: Reply) -> Reply:
    """The page of `reply` that the call asks for; `reply` itself where it is not longer than one."""
    if not succeeded(reply):
        return reply
    size, start = _size(call, pages), _start(call, pages)
    if start is None:
        code = "InvalidNextToken" if call.service == "ec2" else "InvalidNextTokenException"
        return failure(call, code, "The token is invalid.", 400)
    if size is None and start == 0:
        return reply
    values = parsed(call, reply)
    items = values.get(pages.items) or []
    end = len(items) if size is None else start + size
    if start == 0 and (values.get(pages.token_out) or len(items) <= end):
        return reply
    values[pages.items] = items[start:end]
    values.pop(pages.token_out, None)
    if end < len(items):
        values[pages.token_out] = _token(call, pages, end)
    if pages.flag:
        values[pages.flag] = end < len(items)
    return result(call, values)


def _size(call: Call, pages: Listing) -> int | None:
    given = call.parameters.get(pages.size)
    if given is None:
        return DEFAULT_SIZES.get(f"{call.service}.{call.operation}", DEFAULT_SIZES.get(call.service))
    return min(int(given), LARGEST_EC2) if call.service == "ec2" else int(given)


def _belongs(call: Call, pages: Listing) -> str:
    rest: Mapping[str, Any] = {
        name: value for name, value in call.parameters.items() if name not in (pages.token_in, pages.size)
    }
    return digest({"operation": call.operation, "account": call.account, "region": call.region, **rest})


def _token(call: Call, pages: Listing, start: int) -> str:
    text = f"{start}:{_belongs(call, pages)}"
    return MARK + base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _start(call: Call, pages: Listing) -> int | None:
    """Where the page begins; None for a token that is not of this listing."""
    text = str(call.parameters.get(pages.token_in) or "")
    if not text.startswith(MARK):
        return 0
    try:
        coded = text.removeprefix(MARK)
        start, belongs = base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4)).decode().split(":")
        return int(start) if belongs == _belongs(call, pages) else None
    except ValueError:
        return None
