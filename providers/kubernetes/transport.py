"""The door to one cluster: a thin layer over a pool of connections, with its own discovery."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeGuard
from urllib.parse import urlencode

from providers.contract.transport import Answer, Answered, Bounds, Lost, Rejected
from providers.kubernetes.answers import is_not_served
from providers.kubernetes.credentials import Credential, Endpoint
from providers.kubernetes.discovery import Discovery, Place
from providers.kubernetes.fields import MANAGER
from providers.kubernetes.names import ObjectType

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

MOST_BYTES = 64 * 1024 * 1024
CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
READ_TRIES = 5
LONGEST_PAUSE = 10.0
FRESH_SECONDS = 20.0
"""So long after a definition was applied here, a kind that is not served yet may still come."""
SETTLING_SECONDS = 0.5
WRITES = frozenset({"apply", "delete"})
DEFINING = frozenset({"CustomResourceDefinition", "APIService"})
NO_EFFECT = ("failed to create typed patch object", "failed to create manager for")
"""How a 500 starts that means: the object was not even understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as it goes out. `body` of None is no body."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    content_type: str = "application/json"
    write: bool = False


@dataclass(slots=True, kw_only=True)
class ClusterTransport:
    """providers.contract.transport.Transport for one cluster. Safe for use from many threads.

    `credential` is asked before every request, and again once after a 401.
    """

    endpoint: Endpoint
    credential: Credential
    namespace: str = "default"
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    _pool: PoolManager | None = None
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _discovery: Discovery = field(default_factory=Discovery)
    _defined_at: float = 0.0

    def call(self, operation: str, parameters: Mapping[str, Any], bounds: Bounds) -> Answer:
        """One of the operations of `requests`. A write is sent once; a read again while the server is busy."""
        writes = operation in WRITES and not parameters.get("dryRun")
        if writes and not bounds.write:
            raise ValueError(f"{operation} is a write, and these bounds are those of a read")
        type = ObjectType.of(str(parameters["apiVersion"]), str(parameters["kind"]))
        answer = self._call_at_place(operation, type, parameters, bounds, writes)
        if writes and type.kind in DEFINING and not isinstance(answer, Rejected):
            with self._lock:
                self._discovery.forget()
                self._defined_at = self.clock() if operation == "apply" else self._defined_at
        return answer

    def close(self) -> None:
        with self._lock:
            if self._pool is not None:
                self._pool.clear()
                self._pool = None

    def _call_at_place(
        self, operation: str, type: ObjectType, parameters: Mapping[str, Any], bounds: Bounds, writes: bool
    ) -> Answer:
        place = self._place(operation, type, bounds)
        if not isinstance(place, Place):
            return place
        answer = self._send(self._request(operation, place, parameters, writes), bounds)
        if not _is_untyped_missing(answer):
            return answer
        with self._lock:
            doubted = self._discovery.doubt(type)
        if not doubted:
            return answer
        place = self._place(operation, type, bounds)
        if not isinstance(place, Place):
            return place
        again = self._send(self._request(operation, place, parameters, writes), bounds)
        # a server that says it serves the kind and has no path for it is still setting it up
        return replace(again, retry_after=SETTLING_SECONDS) if _is_untyped_missing(again) and writes else again

    def _place(self, operation: str, type: ObjectType, bounds: Bounds) -> Place | Answer:
        """An apply waits for a kind whose definition was applied here a moment ago."""

        def get(path: str) -> Answer:
            return self._send(Request(method="GET", path=path), bounds)

        pause = 0.05
        while True:
            with self._lock:
                place = self._discovery.place(type, get, any_version=operation != "apply")
            if isinstance(place, Place) or not isinstance(place, Rejected) or not is_not_served(place):
                return place
            fresh = operation == "apply" and bounds.write and self.clock() <= self._defined_at + FRESH_SECONDS
            if not fresh or not self._may_wait(pause, bounds):
                return place
            self.sleep(pause)
            pause = min(pause * 2, 1.0)

    def _request(self, operation: str, place: Place, parameters: Mapping[str, Any], writes: bool) -> Request:
        name = str(parameters.get("name") or "")
        namespace = str(parameters.get("namespace") or "")
        if operation != "list" and place.namespaced and not namespace:
            namespace = self.namespace
        path = place.path(namespace, name)
        match operation:
            case "get":
                return Request(method="GET", path=path)
            case "list":
                query = {word: str(parameters[word]) for word in ("limit", "continue", "labelSelector") if word in parameters}
                return Request(method="GET", path=path, query=query)
            case "apply":
                return _apply(path, parameters, writes)
            case "delete":
                return _delete(path, parameters)
        raise ValueError(f"no operation {operation}")

    def _send(self, request: Request, bounds: Bounds) -> Answer:
        """Reads are tried again after a throttle, a lost connection or a 5xx; writes never."""
        tries, pause = (1 if request.write else READ_TRIES), 0.2
        renewed = False
        while True:
            tries -= 1
            answer = self._send_once(request, bounds)
            if isinstance(answer, Rejected) and answer.status == 401 and not renewed and self.credential.renew():
                renewed, tries = True, tries + 1
                continue
            again = _may_pass(answer, pause)
            if request.write or tries < 1 or again is None or not self._may_wait(again, bounds):
                return answer
            self.sleep(again)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _may_wait(self, seconds: float, bounds: Bounds) -> bool:
        limits = [limit for limit in (bounds.deadline, bounds.not_after) if limit is not None]
        return seconds <= LONGEST_PAUSE and all(self.clock() + seconds < limit for limit in limits)

    def _send_once(self, request: Request, bounds: Bounds) -> Answer:
        """Refuses past the fence: the time is looked at after the credential is there, just before the request leaves."""
        import urllib3

        token = self.credential.token()
        if isinstance(token, Lost):
            return token
        now = self.clock()
        if bounds.not_after is not None and now >= bounds.not_after:
            return Lost(reason="the time in which this could be sent is over", sent=False)
        if bounds.deadline is not None and now >= bounds.deadline:
            return Lost(reason="the deadline is over", sent=False)
        wait = READ_SECONDS if bounds.deadline is None else min(READ_SECONDS, max(bounds.deadline - now, 0.1))
        reach = CONNECT_SECONDS if bounds.not_after is None else min(CONNECT_SECONDS, bounds.not_after - now)
        try:
            reply = self._open().request(
                request.method,
                self.endpoint.server + request.path + (f"?{urlencode(request.query)}" if request.query else ""),
                body=None if request.body is None else json.dumps(request.body, ensure_ascii=False).encode(),
                headers=_headers(request, token),
                timeout=urllib3.Timeout(connect=reach, read=wait),
                retries=False,
                redirect=False,
                preload_content=False,
            )
            return _answer(reply, request)
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as failure:
            return Lost(reason=f"cannot reach {self.endpoint.server}: {_short(failure)}", sent=False)
        except (urllib3.exceptions.SSLError, urllib3.exceptions.ProxyError) as failure:
            never_sent = "CERTIFICATE_VERIFY_FAILED" in str(failure) or isinstance(failure, urllib3.exceptions.ProxyError)
            return Lost(reason=f"{self.endpoint.server}: {_short(failure)}", sent=not never_sent)
        except (urllib3.exceptions.HTTPError, OSError) as failure:
            return Lost(reason=f"{self.endpoint.server}: {_short(failure)}")

    def _open(self) -> PoolManager:
        with self._lock:
            if self._pool is None:
                self._pool = self.endpoint.pool()
            return self._pool


def _apply(path: str, parameters: Mapping[str, Any], writes: bool) -> Request:
    query = {"fieldManager": MANAGER, "fieldValidation": "Strict"}
    if parameters.get("force"):
        query["force"] = "true"
    if not writes:
        query["dryRun"] = "All"
    body, kind = parameters["body"], "application/apply-patch+yaml"
    return Request(method="PATCH", path=path, query=query, body=body, content_type=kind, write=writes)


def _delete(path: str, parameters: Mapping[str, Any]) -> Request:
    options: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "propagationPolicy": parameters.get("propagation") or "Background",
    }
    if parameters.get("uid"):
        options["preconditions"] = {"uid": parameters["uid"]}
    return Request(method="DELETE", path=path, body=options, write=True)


def _headers(request: Request, token: str) -> dict[str, str]:
    headers = {"Accept": "application/json", "User-Agent": MANAGER}
    if request.body is not None:
        headers["Content-Type"] = request.content_type
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return headers


def _may_pass(answer: Answer, pause: float) -> float | None:
    """Seconds after which a read may fare better; None where it will not."""
    if isinstance(answer, Lost):
        return pause if answer.sent else None
    if isinstance(answer, Rejected) and answer.retry_after is not None:
        return max(answer.retry_after, pause)
    return pause if isinstance(answer, Rejected) and answer.status in (500, 502, 503, 504) and not _is_final(answer) else None


def _is_final(answer: Rejected) -> bool:
    return answer.message.startswith(NO_EFFECT)


def _is_untyped_missing(answer: Answer) -> TypeGuard[Rejected]:
    """A 404 that speaks of a path, and of no object."""
    if not isinstance(answer, Rejected) or answer.status != 404:
        return False
    details = answer.body.get("details") if isinstance(answer.body, dict) else None
    return not (isinstance(details, dict) and details.get("name"))


def _answer(reply: BaseHTTPResponse, request: Request) -> Answer:
    data = _read(reply)
    headers = reply.headers
    identity = headers.get("Audit-Id") or ""
    if data is None:
        reason = f"the answer is larger than {MOST_BYTES} bytes"
        return Lost(reason=reason) if request.write else Rejected(code="AnswerTooLarge", message=reason, status=reply.status)
    body = _decode(data, headers.get("Content-Type") or "")
    if 200 <= reply.status < 300:
        if body is None:
            return Lost(reason="the answer is not JSON")
        return Answered(body=body, request_id=identity, status=reply.status, date=_date(headers.get("Date")))
    rejected = _rejected(reply.status, body, data, headers.get("Retry-After"))
    if request.write and reply.status >= 500 and not _is_final(rejected):
        return Lost(reason=f"{reply.status}: {rejected.message[:400]}")
    return rejected


def _read(reply: BaseHTTPResponse) -> bytes | None:
    """The whole body, decompressed; None where it is too large. The connection goes back into the pool."""
    try:
        data: bytes = reply.read(MOST_BYTES + 1, decode_content=True)
        if len(data) > MOST_BYTES:
            reply.close()
            return None
        return data
    finally:
        reply.release_conn()


def _decode(data: bytes, kind: str) -> Any:
    if "json" not in kind:
        return None
    try:
        return json.loads(data)
    except ValueError:
        return None


def _rejected(status: int, body: Any, data: bytes, retry_after: str | None) -> Rejected:
    told: Mapping[str, Any] = body if isinstance(body, dict) else {}
    code = told.get("reason") or ("TooManyRequests" if status == 429 else "")
    message = told.get("message") or data[:400].decode("utf-8", "replace").strip()
    return Rejected(code=code, message=message, status=status, body=body, retry_after=_pause(status, told, retry_after))


def _pause(status: int, told: Mapping[str, Any], retry_after: str | None) -> float | None:
    """Of a 429, always; of anything else, None: whether it may pass is not for the server's clock to say."""
    if status != 429:
        return None
    details = told.get("details") or {}
    for text in (retry_after, details.get("retryAfterSeconds")):
        try:
            return max(float(text), 0.1)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            continue
    return 1.0


def _date(text: str | None) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp() if text else None
    except ValueError:
        return None


def _short(failure: BaseException) -> str:
    return str(getattr(failure, "reason", None) or failure)[:300]
