"""moto, called as a library. moto guards little of its state, so that every use is under one lock."""

from __future__ import annotations

import functools
import os
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.aws.answer import failure
from sandbox.aws.call import Call
from sandbox.aws.tuning import tune
from sandbox.wire import Reply

# The name of a service in botocore and its package in moto, where they differ.
PACKAGES = {"lambda": "awslambda"}
SERVED = ("ec2", "sts", "iam", "s3", "sqs", "sns", "dynamodb", "logs", "ssm", "kms", "ecr", "eks", "lambda")


@functools.cache
def prepare() -> None:
    """Set what moto reads from the environment, and take out its slow spots. Before moto is used."""
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    os.environ["MOTO_ALLOW_NONEXISTENT_REGION"] = "false"
    tune()


def preload() -> None:
    """Import the services that Plumb serves, with their models, before they are asked for."""
    from moto.core.routing import get_service_router

    for service in SERVED:
        routes(service)
        get_service_router(service)


@functools.cache
def routes(service: str) -> tuple[tuple[re.Pattern[str], Callable[..., Any]], ...]:
    """The path patterns of a service with moto's functions; LookupError where moto does not have it."""
    from importlib import import_module

    try:
        urls = import_module(f"moto.{PACKAGES.get(service, service)}.urls")
    except ImportError as problem:
        raise LookupError(service) from problem
    return tuple((re.compile("^" + path.format("")), function) for path, function in urls.url_paths.items())


@dataclass(slots=True)
class Cloud:
    """moto's state: one per process, because moto keeps it in module variables."""

    lock: threading.RLock = field(default_factory=threading.RLock)

    def send(self, call: Call) -> Reply:
        """What moto answers. The lock must be held."""
        from moto.core.exceptions import ServiceException
        from werkzeug.exceptions import HTTPException

        try:
            function = _route(call)
        except LookupError:
            function = None
        if function is None:
            return _unserved(call)
        incoming = call.incoming
        try:
            status, headers, body = function(incoming, incoming.raw_url, incoming.headers)
        except HTTPException as problem:
            return Reply(
                status=problem.code or 500,
                headers=tuple((name, value) for name, value in problem.get_headers()),
                body=_bytes(problem.get_body()),
            )
        except ServiceException as problem:
            return failure(call, problem.code, problem.message)
        except NotImplementedError:
            return _unserved(call)
        kept = tuple((name, str(value)) for name, value in headers.items() if name.lower() not in ("status", "server"))
        return Reply(status=int(status), headers=kept, body=_bytes(body))

    def reset(self) -> None:
        """Forget everything that was made. The lock must be held."""
        from moto.core.base_backend import BackendDict

        known: Any = BackendDict
        for backend in known._instances:
            # moto's own reset lets go of what lies outside a backend, and makes it anew, which is slow for these two.
            if backend.service_name not in ("ec2", "iam"):
                for account in backend.values():
                    account.reset()
            backend.clear()
        known._instances.clear()


def _unserved(call: Call) -> Reply:
    return failure(call, "NotImplemented", f"the sandbox does not serve {call.service}:{call.operation}", 501)


def _route(call: Call) -> Callable[..., Any] | None:
    """moto's function for the path of the call; None where it has none."""
    for pattern, function in routes(call.service):
        if pattern.match(call.request.path):
            return function
    return None


def _bytes(body: Any) -> bytes:
    if body is None:
        return b""
    return body if isinstance(body, bytes) else str(body).encode()
