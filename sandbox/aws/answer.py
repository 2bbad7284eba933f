"""Replies in the protocol of a call: a result, or an error with its code."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sandbox.aws.call import Call
from sandbox.wire import Reply

# What the caller may send in a header that the reply must not repeat.
_XML = "text/xml"


def result(call: Call, values: Mapping[str, Any]) -> Reply:
    """A successful reply that holds `values`, named as in the service's model."""
    return _serialize(call, values)


def failure(call: Call, code: str, message: str, status: int = 0) -> Reply:
    """An error reply. `status` 0 leaves it to the model's error shape, else 400."""
    from moto.core.exceptions import ServiceException

    problem = ServiceException(message)
    problem.code, problem.message = code, message
    reply = _serialize(call, problem)
    return Reply(status=status or max(reply.status, 400), headers=reply.headers, body=reply.body)


def parsed(call: Call, reply: Reply) -> dict[str, Any]:
    """The values of a successful reply, by botocore's own parser."""
    from botocore.parsers import create_parser

    parser = create_parser(_protocol(call))
    headers = {name.lower(): value for name, value in reply.headers}
    values = parser.parse({"status_code": reply.status, "headers": headers, "body": reply.body}, call.model.output_shape)
    values.pop("ResponseMetadata", None)
    return dict(values)


def succeeded(reply: Reply) -> bool:
    return reply.status < 300


def _protocol(call: Call) -> str:
    from moto.core.request import determine_request_protocol

    return str(determine_request_protocol(call.model.service_model, call.incoming.content_type))


def _serialize(call: Call, values: Any) -> Reply:
    from moto.core.serialize import get_serializer_class

    serializer = get_serializer_class(call.service, _protocol(call))(operation_model=call.model)
    serialized = serializer.serialize(values)
    headers = dict(serialized["headers"])
    headers.setdefault("x-amzn-RequestId", str(uuid.uuid4()))
    body = serialized["body"]
    return Reply(
        status=int(serialized["status_code"]),
        headers=tuple((str(name), str(value)) for name, value in headers.items()),
        body=body if isinstance(body, bytes) else str(body).encode(),
    )
