"""Pages of a listing, which moto leaves out for most calls: by the page sizes and tokens that botocore's models name.

moto is asked for the whole, by its own tokens where it has some, and the page is cut here.
A token names the parameters it belongs to and the last item's place; another call's token is refused.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
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


def page(call: Call, pages: Listing, serve: Callable[[Call], Reply]) -> Reply:
    """The page that the call asks for, of a listing that `serve` answers whole or in pages of its own."""
    size, start = _size(call, pages), _start(call, pages)
    if start is None:
        code = "InvalidNextToken" if call.service == "ec2" else "InvalidNextTokenException"
        return failure(call, code, "The token is invalid.", 400)
    reply = serve(_asked(call, pages, ""))
    if not succeeded(reply) or (size is None and start == 0 and call.service == "ec2"):
        return reply
    values = parsed(call, reply)
    items = list(values.get(pages.items) or [])
    while values.get(pages.token_out):
        values = parsed(call, serve(_asked(call, pages, str(values[pages.token_out]))))
        items.extend(values.get(pages.items) or [])
    end = len(items) if size is None else start + size
    values[pages.items] = items[start:end]
    values.pop(pages.token_out, None)
    if end < len(items):
        values[pages.token_out] = _token(call, pages, end)
    if pages.flag:
        values[pages.flag] = end < len(items)
    return result(call, values)


def _asked(call: Call, pages: Listing, token: str) -> Call:
    """The call without its page, at a token of moto's own."""
    given = call.parameters
    if not token and pages.token_in not in given and pages.size not in given:
        return call
    request = call.request
    names = {pages.token_in, pages.size, _wire_name(call, pages.token_in), _wire_name(call, pages.size)}
    more = [(_wire_name(call, pages.token_in), token)] if token else []
    if request.headers.get("x-amz-target"):
        kept = {name: value for name, value in json.loads(request.body or b"{}").items() if name not in names}
        changed = replace(request, body=json.dumps({**kept, **dict(more)}).encode())
    elif request.method == "POST" and b"Action=" in request.body:
        pairs = [pair for pair in parse_qsl(request.body.decode(), True) if pair[0] not in names]
        changed = replace(request, body=urlencode([*pairs, *more]).encode())
    else:
        pairs = [pair for pair in parse_qsl(request.query, True) if pair[0] not in names]
        changed = replace(request, query=urlencode([*pairs, *more]))
    return read_call(changed)


def _wire_name(call: Call, member: str) -> str:
    shape = call.model.input_shape.members.get(member)
    return str(shape.serialization.get("name", member)) if shape is not None else member


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
