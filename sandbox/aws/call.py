"""One call to an AWS API, read from an HTTP request: which service, operation, account and region, and its parameters."""

from __future__ import annotations

import datetime
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from sandbox.settings import REGION
from sandbox.wire import Request

# The signing name of a service and its name in botocore, where they differ.
SERVICES = {"elasticloadbalancing": "elbv2", "monitoring": "cloudwatch"}
UNSIGNED = {"AssumeRoleWithWebIdentity": "sts", "AssumeRoleWithSAML": "sts"}
READING = ("Describe", "Get", "List", "Head", "Search", "Query", "Scan", "BatchGet", "Lookup", "Assume")


class NotAnOperation(Exception):
    """No operation of an AWS API that moto knows is meant by this request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What a request says of its signer. `time` is seconds since the epoch, None where the request is unsigned."""

    access_key: str = ""
    region: str = REGION
    service: str = ""
    time: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`parameters` have the names of the service's model; `model` is moto's operation model."""

    service: str
    operation: str
    account: str
    region: str
    parameters: Mapping[str, Any]
    signature: Signature
    request: Request
    incoming: Any
    model: Any

    @property
    def mutates(self) -> bool:
        return not self.operation.startswith(READING)


def read_signature(request: Request) -> Signature:
    header = request.headers.get("authorization", "")
    query = parse_qs(request.query) if "X-Amz-Credential=" in request.query else {}
    stamp = request.headers.get("x-amz-date", "")
    if query:
        scope, stamp = query["X-Amz-Credential"][0], query.get("X-Amz-Date", [""])[0]
    elif "Credential=" in header:
        scope = header.split("Credential=", 1)[1].split(",")[0]
    else:
        return Signature()
    parts = scope.split("/")
    if len(parts) != 5:
        return Signature()
    return Signature(access_key=parts[0], region=parts[2], service=parts[3], time=stamp_seconds(stamp))


def stamp_seconds(stamp: str) -> float | None:
    """The seconds since the epoch of a time as signatures write it; None where it is none."""
    try:
        moment = datetime.datetime.strptime(stamp, "%Y%m%dT%H%M%SZ")
    except ValueError:
        return None
    return moment.replace(tzinfo=datetime.UTC).timestamp()


def read_call(request: Request) -> Call:
    """The call in a request; raises NotAnOperation where none can be told."""
    from botocore.exceptions import BotoCoreError
    from werkzeug.exceptions import HTTPException

    signature = read_signature(request)
    service = _service(request, signature)
    incoming = _incoming(request)
    try:
        model, path_parameters = _match(service, request, incoming)
        parameters = _parse(model, incoming, path_parameters)
    except (HTTPException, BotoCoreError, NotImplementedError, LookupError, ValueError) as problem:
        raise NotAnOperation(f"{service}: {request.method} {request.path}: {problem}") from problem
    return Call(
        service=service,
        operation=str(model.name),
        account=_account(signature.access_key),
        region=signature.region,
        parameters=parameters,
        signature=signature,
        request=request,
        incoming=incoming,
        model=model,
    )


def _service(request: Request, signature: Signature) -> str:
    if signature.service:
        return SERVICES.get(signature.service, signature.service)
    action = parse_qs(request.body.decode("latin-1")).get("Action", [""])[0] if request.method == "POST" else ""
    return UNSIGNED.get(action, "s3")


def _incoming(request: Request) -> Any:
    """moto's own request type over the same bytes."""
    from moto.core.request import (
        PRESERVED_HEADER_NAMES_ENVIRON_KEY,
        environ_key_for_header,
        should_preserve_original_header_name,
    )
    from moto.core.request import Request as Incoming

    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": request.path.encode("utf-8", "surrogateescape").decode("latin-1"),
        "RAW_URI": f"{request.raw_path}?{request.query}" if request.query else request.raw_path,
        "QUERY_STRING": request.query,
        "SCRIPT_NAME": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
    }
    preserved: dict[str, str] = {}
    for name, value in request.headers.items():
        key = environ_key_for_header(name)
        if key != "CONTENT_LENGTH" and name != "transfer-encoding":
            environ[key] = value
        if should_preserve_original_header_name(name):
            preserved[key] = name
    environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = preserved
    incoming = Incoming(environ)
    incoming.from_wsgi_server = True
    incoming.get_data(cache=True, parse_form_data=False)
    return incoming


def _match(service: str, request: Request, incoming: Any) -> tuple[Any, dict[str, Any]]:
    from moto.core.routing import get_service_router
    from moto.core.utils import get_service_model

    target = request.headers.get("x-amz-target", "")
    if target:
        return get_service_model(service).operation_model(target.rpartition(".")[2]), {}
    if incoming.form.get("Action"):
        return get_service_model(service).operation_model(incoming.form["Action"]), {}
    model, path_parameters = get_service_router(service).match(incoming)
    return model, path_parameters


def _parse(model: Any, incoming: Any, path_parameters: Mapping[str, Any]) -> dict[str, Any]:
    from moto.core.parse import PROTOCOL_PARSERS
    from moto.core.request import determine_request_protocol

    protocol = determine_request_protocol(model.service_model, incoming.content_type)
    if protocol == "json":
        parsed = json.loads(incoming.data or b"{}")
        return parsed if isinstance(parsed, dict) else {}
    if protocol == "rest-xml" and incoming.method != "GET":
        # moto's parser reads a body as XML, which an object of a bucket need not be.
        return {**dict(incoming.args.items()), **path_parameters}
    parsed = PROTOCOL_PARSERS[protocol](model).parse(
        {
            "method": incoming.method,
            "values": incoming.values,
            "headers": incoming.headers,
            "body": incoming.data,
            "url_path": incoming.path,
            "url_params": dict(path_parameters),
        }
    )
    return dict(parsed)


def _account(access_key: str) -> str:
    from moto.iam.models import get_account_id_from

    return str(get_account_id_from(access_key))
