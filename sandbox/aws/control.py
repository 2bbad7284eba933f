"""The control API of a sandbox, JSON under /_sandbox/: what it holds, what it was asked, and faults on request."""

from __future__ import annotations

import hmac
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from sandbox.aws.proxy import Proxy
from sandbox.wire import Reply, Request


@dataclass(slots=True)
class Control:
    proxy: Proxy
    token: str
    began: float = field(default_factory=time.monotonic)

    def handle(self, request: Request) -> Reply:
        """Each call but `health` needs the token of the sandbox as a bearer token."""
        expected = f"Bearer {self.token}".encode()
        if request.path == "/_sandbox/health":
            return _json({"ready": True, "pid": os.getpid()})
        if not hmac.compare_digest(request.headers.get("authorization", "").encode(), expected):
            return _json({"error": "the token of this sandbox is needed"}, 401)
        name = request.path.removeprefix("/_sandbox/").strip("/")
        verb = self._verbs().get((request.method, name))
        if verb is None:
            return _json({"error": f"no such verb: {request.method} {request.path}"}, 404)
        try:
            given = json.loads(request.body) if request.body else dict(parse_qsl(request.query))
            return _json(verb(given))
        except (ValueError, TypeError, KeyError) as problem:
            return _json({"error": f"{type(problem).__name__}: {problem}"}, 400)

    def _verbs(self) -> dict[tuple[str, str], Callable[[Any], Any]]:
        return {
            ("GET", "status"): self._status,
            ("POST", "reset"): self._reset,
        }

    def _status(self, given: Any) -> Any:
        return {"pid": os.getpid(), "uptime": round(time.monotonic() - self.began, 3)}

    def _reset(self, given: Any) -> Any:
        with self.proxy.cloud.lock:
            self.proxy.cloud.reset()
        return {}


def _json(values: Any, status: int = 200) -> Reply:
    body = json.dumps(values, default=str).encode()
    return Reply(status=status, headers=(("Content-Type", "application/json"),), body=body)
