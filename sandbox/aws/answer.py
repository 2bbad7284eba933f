"""Replies in the protocol of a call: a result, or an error with its code."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from sandbox.aws.call import Call
from sandbox.wire import Reply


def result(call: Call, values: Mapping[str, Any]) -> Reply:
    """A successful reply that holds `values`, named as in the service's model."""
    return _serialize(call, values)


def failure(call: Call, code: str, message: str, status: int = 400) -> Reply:
    """An error reply, as botocore's parser of the call's protocol reads it."""
    number = str(uuid.uuid4())
    headers = (("x-amzn-RequestId", number), ("x-amz-request-id", number))
    protocol = _protocol(call)
    if protocol in ("json", "rest-json"):
        body = json.dumps({"__type": code, "message": message}).encode()
        kind = "application/json" if protocol == "rest-json" else "application/x-amz-json-1.1"
        return Reply(status=status, headers=(*headers, ("x-amzn-ErrorType", code), ("Content-Type", kind)), body=body)
    error = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    match protocol:
        case "ec2":
            text = f"<Response><Errors><Error>{error}</Error></Errors><RequestID>{number}</RequestID></Response>"
        case "rest-xml":
            text = f"<Error>{error}<RequestId>{number}</RequestId></Error>"
        case _:
            kind = "Sender" if status < 500 else "Receiver"
            text = f"<ErrorResponse><Error><Type>{kind}</Type>{error}</Error><RequestId>{number}</RequestId></ErrorResponse>"
    return Reply(status=status, headers=(*headers, ("Content-Type", "text/xml")), body=text.encode())


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
