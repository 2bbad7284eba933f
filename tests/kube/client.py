"""A plain HTTP client of a Kubernetes API: no discovery, no types, no retries. What the server says is what you get."""

from __future__ import annotations

import contextlib
import json
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import urllib3

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"
APPLY = "application/apply-patch+yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One reply: its status, its headers, and its body as text and, where it is a JSON object, as a tree."""

    status: int
    headers: Mapping[str, str]
    text: str
    body: Any

    def ok(self) -> dict[str, Any]:
        """The body of a reply that must be a success."""
        assert 200 <= self.status < 300, f"{self.status}: {self.text}"
        body: dict[str, Any] = self.body
        return body

    def refused(self, status: int, reason: str | None) -> Any:
        """The Status body of a reply that must be this refusal."""
        assert self.status == status, f"{self.status}: {self.text}"
        assert self.body["kind"] == "Status"
        assert self.body["apiVersion"] == "v1"
        assert self.body["status"] == "Failure"
        assert self.body["code"] == status
        assert self.body.get("reason") == reason
        return self.body

    def causes(self) -> list[tuple[str | None, str | None]]:
        """(reason, field) of every cause, sorted."""
        found = self.body.get("details", {}).get("causes") or []
        return sorted((cause.get("reason"), cause.get("field")) for cause in found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Requests to one server with one bearer token. `certificate` is the CA in PEM; None for plain HTTP."""

    server: str
    token: str | None
    certificate: str | None
    pool: urllib3.PoolManager = field(repr=False)

    @staticmethod
    def of_kubeconfig(config: Mapping[str, Any]) -> Client:
        """A client of the one cluster and one user in `config`, a kubeconfig as a tree."""
        import base64

        cluster = config["clusters"][0]["cluster"]
        user = config["users"][0]["user"]
        data = cluster.get("certificate-authority-data")
        certificate = base64.b64decode(data).decode() if data else None
        return Client.open(cluster["server"], user.get("token"), certificate)

    @staticmethod
    def open(server: str, token: str | None, certificate: str | None) -> Client:
        trust = ssl.create_default_context(cadata=certificate) if certificate else None
        pool = urllib3.PoolManager(ssl_context=trust, maxsize=8, retries=False, timeout=30)
        return Client(server=server.rstrip("/"), token=token, certificate=certificate, pool=pool)

    def with_token(self, token: str | None) -> Client:
        return Client(server=self.server, token=token, certificate=self.certificate, pool=self.pool)

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content_type: str = "application/json",
        accept: str = "application/json",
        **query: Any,
    ) -> Answer:
        """`body` is JSON-encoded unless it is bytes. Query parameters whose value is None are left out."""
        headers = self._headers(accept)
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            headers["Content-Type"] = content_type
        reply = self.pool.request(method, self._address(path, query), body=data, headers=headers)
        text = reply.data.decode()
        return Answer(
            status=reply.status,
            headers=reply.headers,
            text=text,
            body=json.loads(text) if text.startswith("{") else None,
        )

    def get(self, path: str, **query: Any) -> Answer:
        return self.send("GET", path, **query)

    def post(self, path: str, body: Any, **query: Any) -> Answer:
        return self.send("POST", path, body, **query)

    def put(self, path: str, body: Any, **query: Any) -> Answer:
        return self.send("PUT", path, body, **query)

    def patch(self, path: str, body: Any, kind: str = MERGE, **query: Any) -> Answer:
        return self.send("PATCH", path, body, content_type=kind, **query)

    def apply(self, path: str, body: Any, manager: str | None = "plumb", **query: Any) -> Answer:
        """Server-side apply."""
        return self.send("PATCH", path, body, content_type=APPLY, fieldManager=manager, **query)

    def delete(self, path: str, options: Any = None, **query: Any) -> Answer:
        return self.send("DELETE", path, options, **query)

    @contextlib.contextmanager
    def watch(self, path: str, **query: Any) -> Iterator[Iterator[dict[str, Any]]]:
        """The events of a watch, as they come; the stream is closed on the way out."""
        address = self._address(path, {"watch": "true", "timeoutSeconds": 25, **query})
        reply = self.pool.request("GET", address, headers=self._headers("application/json"), preload_content=False)
        try:
            assert reply.status == 200, f"{reply.status}: {reply.read()!r}"
            yield _lines(reply)
        finally:
            reply.close()

    def _headers(self, accept: str) -> dict[str, str]:
        headers = {"Accept": accept, "User-Agent": "plumb-tests"}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        return headers

    def _address(self, path: str, query: Mapping[str, Any]) -> str:
        kept = {name: value for name, value in query.items() if value is not None}
        return f"{self.server}{path}" + (f"?{urlencode(kept)}" if kept else "")


def _lines(reply: urllib3.BaseHTTPResponse) -> Iterator[dict[str, Any]]:
    rest = b""
    for part in reply.stream(65536):
        *whole, rest = (rest + part).split(b"\n")
        yield from (json.loads(line) for line in whole if line)


def until(condition: Callable[[], Any], what: str, seconds: float = 60) -> Any:
    """The first value of `condition` that counts as true; fails the test when there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"not in {seconds} s: {what}"
        time.sleep(0.05)
