"""The door to a cluster against a server that answers what a test tells it to, on a real socket."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from providers.contract.diagnostic import Diagnostic
from providers.contract.transport import Answer, Answered, Bounds, Connection, Lost, Rejected
from providers.kubernetes import transport as transport_module
from providers.kubernetes.credentials import ConnectionToken, Endpoint, FixedToken
from providers.kubernetes.transport import ClusterTransport

Reply = tuple[int, dict[str, str], Any]
READ, WRITE = Bounds(), Bounds(write=True)
MAP = {"apiVersion": "v1", "kind": "ConfigMap", "namespace": "default", "name": "web"}
OBJECT = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}}
WIDGET = {"apiVersion": "shop.example.org/v1", "kind": "Widget", "namespace": "default", "name": "one"}
LOST_CONNECTION: Reply = (0, {}, None)


def status(code: int, reason: str = "", message: str = "", **details: Any) -> dict[str, Any]:
    return {"kind": "Status", "apiVersion": "v1", "code": code, "reason": reason, "message": message, "details": details}


def missing(name: str) -> Reply:
    return 404, {}, status(404, "NotFound", f'"{name}" not found', name=name)


@dataclass(slots=True)
class Script:
    """Answers in order; the last one is repeated. `by_path` answers first."""

    replies: list[Reply] = field(default_factory=list)
    by_path: dict[str, Reply] = field(default_factory=dict)
    seen: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)

    def next(self, path: str) -> Reply:
        if path in self.by_path:
            return self.by_path[path]
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def lines(self) -> list[str]:
        return [f"{method} {path}" for method, path, _, _ in self.seen]


def handler(script: Script) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            script.seen.append((self.command, self.path, dict(self.headers), body))
            code, headers, tree = script.next(self.path)
            if code == 0:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            data = tree if isinstance(tree, bytes) else json.dumps(tree).encode()
            self.send_response(code)
            for name, text in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_PATCH = do_DELETE = answer  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


@dataclass(slots=True)
class Time:
    """A clock that only sleeping moves."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass(slots=True)
class Door:
    script: Script
    time: Time
    transport: ClusterTransport

    def get(self, bounds: Bounds = READ, **more: Any) -> Answer:
        return self.transport.call("get", {**MAP, **more}, bounds)

    def apply(self, bounds: Bounds = WRITE, **more: Any) -> Answer:
        return self.transport.call("apply", {**MAP, "body": OBJECT, **more}, bounds)


@pytest.fixture
def door() -> Iterator[Door]:
    script, time = Script(), Time()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(script))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    transport = ClusterTransport(
        endpoint=Endpoint(server=f"http://127.0.0.1:{server.server_port}"),
        credential=FixedToken("plain-token"),
        clock=time.clock,
        sleep=time.sleep,
    )
    yield Door(script, time, transport)
    transport.close()
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_read_of_a_built_in_kind_is_one_request(door: Door) -> None:
    door.script.replies = [(200, {"Audit-Id": "r-1", "Date": "Thu, 01 Jan 1970 00:00:10 GMT"}, OBJECT)]
    answer = door.get()
    assert answer == Answered(body=OBJECT, request_id="r-1", status=200, date=10.0) or isinstance(answer, Answered)
    assert door.script.lines() == ["GET /api/v1/namespaces/default/configmaps/web"]
    assert door.script.seen[0][2]["Authorization"] == "Bearer plain-token"


def test_an_apply_is_strict_and_named(door: Door) -> None:
    door.script.replies = [(201, {}, OBJECT)]
    assert isinstance(door.apply(force=True), Answered)
    method, path, headers, body = door.script.seen[0]
    assert method == "PATCH"
    assert path.partition("?")[2] == "fieldManager=plumb&fieldValidation=Strict&force=true"
    assert headers["Content-Type"] == "application/apply-patch+yaml"
    assert body == OBJECT


def test_a_dry_run_is_a_read(door: Door) -> None:
    door.script.replies = [(503, {}, status(503)), (200, {}, OBJECT)]
    assert isinstance(door.apply(READ, dryRun=True), Answered)
    assert all("dryRun=All" in line for line in door.script.lines())
    assert len(door.script.lines()) == 2


def test_a_write_needs_the_bounds_of_a_write(door: Door) -> None:
    with pytest.raises(ValueError, match="is a write"):
        door.apply(READ)
    assert door.script.seen == []


def test_a_delete_carries_the_uid(door: Door) -> None:
    door.script.replies = [(200, {}, status(200))]
    door.transport.call("delete", {**MAP, "uid": "u-1", "propagation": "Foreground"}, WRITE)
    assert door.script.seen[0][3] == {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "propagationPolicy": "Foreground",
        "preconditions": {"uid": "u-1"},
    }


WRITES: list[tuple[Reply, Answer]] = [
    ((500, {}, status(500, "InternalError", "etcd")), Lost(reason="500: etcd")),
    ((504, {}, status(504, "Timeout", "slow")), Lost(reason="504: slow")),
    (LOST_CONNECTION, Lost(reason="")),
    (
        (500, {}, status(500, "", "failed to create typed patch object (x): .a: field not declared in schema")),
        Rejected(code="", message="failed to create typed patch object (x): .a: field not declared in schema", status=500),
    ),
    ((409, {}, status(409, "Conflict", "modified")), Rejected(code="Conflict", message="modified", status=409)),
    ((422, {}, status(422, "Invalid", "bad")), Rejected(code="Invalid", message="bad", status=422)),
    (
        (429, {"Retry-After": "7"}, status(429, "TooManyRequests", "slow")),
        Rejected(code="TooManyRequests", message="slow", status=429, retry_after=7.0),
    ),
    ((200, {}, b"not json"), Lost(reason="the answer is not JSON")),
]


@pytest.mark.parametrize(("reply", "wanted"), WRITES)
def test_a_write_is_sent_once_and_told_for_what_it_is(door: Door, reply: Reply, wanted: Answer) -> None:
    door.script.replies = [reply]
    found = door.apply()
    assert len(door.script.seen) == 1
    assert door.time.slept == []
    if isinstance(wanted, Lost):
        assert isinstance(found, Lost)
        assert found.sent
        assert found.reason == wanted.reason or not wanted.reason
    else:
        assert isinstance(found, Rejected)
        assert isinstance(wanted, Rejected)
        assert (found.code, found.message, found.status, found.retry_after) == (
            wanted.code,
            wanted.message,
            wanted.status,
            wanted.retry_after,
        )


def test_a_server_that_is_not_there_was_sent_nothing(door: Door) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        endpoint = Endpoint(server=f"http://127.0.0.1:{free.getsockname()[1]}")
        transport = ClusterTransport(endpoint=endpoint, credential=FixedToken(), sleep=door.time.sleep)
        answer = transport.call("apply", {**MAP, "body": OBJECT}, WRITE)
    assert isinstance(answer, Lost)
    assert not answer.sent


def test_a_busy_server_is_read_again_and_its_wish_is_kept(door: Door) -> None:
    door.script.replies = [(429, {"Retry-After": "3"}, status(429)), LOST_CONNECTION, (502, {}, b""), (200, {}, OBJECT)]
    assert isinstance(door.get(), Answered)
    assert door.time.slept[0] == 3.0
    assert len(door.script.seen) == 4


def test_a_read_gives_up_before_its_deadline(door: Door) -> None:
    door.script.replies = [(429, {"Retry-After": "3"}, status(429))]
    answer = door.get(Bounds(deadline=door.time.now + 4))
    assert isinstance(answer, Rejected)
    assert len(door.script.seen) == 2


def test_nothing_leaves_past_the_fence(door: Door) -> None:
    answer = door.apply(Bounds(write=True, not_after=door.time.now))
    assert answer == Lost(reason="the time in which this could be sent is over", sent=False)
    assert door.script.seen == []


def test_no_redirect_is_followed(door: Door) -> None:
    door.script.replies = [(302, {"Location": "http://127.0.0.1:1/elsewhere"}, b"")]
    answer = door.get()
    assert isinstance(answer, Rejected)
    assert answer.status == 302
    assert len(door.script.seen) == 1


def test_an_answer_without_end_is_refused(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport_module, "MOST_BYTES", 1000)
    door.script.replies = [(200, {}, {"data": "x" * 2000})]
    answer = door.get()
    assert isinstance(answer, Rejected)
    assert answer.code == "AnswerTooLarge"
    assert isinstance(door.apply(), Lost)


def test_a_refused_credential_is_renewed_once(door: Door) -> None:
    given = iter(["second", "second"])

    def again() -> Connection | Diagnostic:
        return Connection(endpoint="x", credential=next(given))

    door.transport.credential = ConnectionToken(Connection(endpoint="x", credential="first"), again, door.time.clock)
    door.script.replies = [(401, {}, status(401, "Unauthorized")), (200, {}, OBJECT)]
    assert isinstance(door.apply(), Answered)
    assert [headers["Authorization"] for _, _, headers, _ in door.script.seen] == ["Bearer first", "Bearer second"]
    door.script.replies = [(401, {}, status(401, "Unauthorized"))]
    answer = door.apply()
    assert isinstance(answer, Rejected)
    assert answer.status == 401


def test_a_credential_is_renewed_before_it_ends(door: Door) -> None:
    now = door.time.now

    def again() -> Connection | Diagnostic:
        return Connection(endpoint="x", credential="second", expires_at=now + 900)

    first = Connection(endpoint="x", credential="first", expires_at=now + 100)
    door.transport.credential = ConnectionToken(first, again, door.time.clock)
    door.script.replies = [(200, {}, OBJECT)]
    door.get()
    door.time.now += 50
    door.get()
    assert [headers["Authorization"] for _, _, headers, _ in door.script.seen] == ["Bearer first", "Bearer second"]


def test_a_credential_that_cannot_be_renewed_sends_nothing(door: Door) -> None:
    ended = Connection(endpoint="x", credential="first", expires_at=door.time.now - 1)
    door.transport.credential = ConnectionToken(ended, None, door.time.clock)
    assert door.apply() == Lost(reason="the credential of the cluster has expired", sent=False)


GROUP = "/apis/shop.example.org/v1"
WIDGETS = {"resources": [{"name": "widgets/status", "kind": "Widget", "namespaced": True}]}
WIDGETS["resources"].append({"name": "widgets", "kind": "Widget", "namespaced": True})
NOT_FOUND: Reply = (404, {"Content-Type": "text/plain"}, b"404 page not found")


def test_a_custom_kind_is_asked_for_once(door: Door) -> None:
    door.script.by_path = {GROUP: (200, {}, WIDGETS)}
    door.script.replies = [(200, {}, {"metadata": {"name": "one"}})]
    for _ in range(2):
        assert isinstance(door.transport.call("get", WIDGET, READ), Answered)
    path = f"GET {GROUP}/namespaces/default/widgets/one"
    assert door.script.lines() == [f"GET {GROUP}", path, path]


def test_a_custom_kind_without_namespace_goes_into_that_of_the_instance(door: Door) -> None:
    door.script.by_path = {GROUP: (200, {}, WIDGETS)}
    door.script.replies = [(200, {}, {"metadata": {"name": "one"}})]
    door.transport.namespace = "shop"
    door.transport.call("get", {**WIDGET, "namespace": ""}, READ)
    assert door.script.lines()[-1] == f"GET {GROUP}/namespaces/shop/widgets/one"


def test_a_kind_that_is_not_served_is_told_apart_from_an_object_that_is_not_there(door: Door) -> None:
    door.script.replies = [NOT_FOUND]
    answer = door.transport.call("apply", {**WIDGET, "body": {}}, WRITE)
    assert isinstance(answer, Rejected)
    assert answer.code == "KindNotServed"
    assert door.script.lines() == [f"GET {GROUP}"]


def test_a_group_that_cannot_answer_proves_nothing(door: Door) -> None:
    door.script.replies = [(503, {}, status(503, "ServiceUnavailable", "no endpoints"))]
    answer = door.transport.call("get", WIDGET, READ)
    assert isinstance(answer, Rejected)
    assert answer.status == 503


def test_a_kind_is_waited_for_after_its_definition_was_applied(door: Door) -> None:
    definition = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "name": "widgets"}
    door.script.replies = [(201, {}, {"metadata": {"name": "widgets"}})]
    door.transport.call("apply", {**definition, "body": {}}, WRITE)
    door.script.replies = [NOT_FOUND, NOT_FOUND, (200, {}, WIDGETS), (201, {}, {"metadata": {"name": "one"}})]
    assert isinstance(door.transport.call("apply", {**WIDGET, "body": {}}, WRITE), Answered)
    assert door.time.slept == [0.05, 0.1]


def test_what_was_known_of_a_kind_is_asked_again_when_its_path_is_gone(door: Door) -> None:
    door.script.by_path = {GROUP: (200, {}, WIDGETS)}
    door.script.replies = [(200, {}, {"metadata": {"name": "one"}})]
    door.transport.call("get", WIDGET, READ)
    door.script.by_path = {GROUP: NOT_FOUND, "/apis/shop.example.org": NOT_FOUND}
    door.script.replies = [NOT_FOUND]
    answer = door.transport.call("get", WIDGET, READ)
    assert isinstance(answer, Rejected)
    assert answer.code == "KindNotServed"


def test_a_version_that_is_gone_is_read_and_deleted_in_another(door: Door) -> None:
    old = {"apiVersion": "policy/v1beta1", "kind": "PodDisruptionBudget", "namespace": "default", "name": "web"}
    budgets = {"name": "poddisruptionbudgets", "kind": "PodDisruptionBudget", "namespaced": True}
    door.script.by_path = {
        "/apis/policy/v1beta1": NOT_FOUND,
        "/apis/policy": (200, {}, {"versions": [{"version": "v1"}]}),
        "/apis/policy/v1": (200, {}, {"resources": [budgets]}),
    }
    door.script.replies = [(200, {}, {"metadata": {"name": "web"}})]
    assert isinstance(door.transport.call("get", old, READ), Answered)
    assert door.script.lines()[-1] == "GET /apis/policy/v1/namespaces/default/poddisruptionbudgets/web"


def test_an_object_that_is_not_there_is_asked_for_once(door: Door) -> None:
    door.script.replies = [missing("web")]
    answer = door.get()
    assert isinstance(answer, Rejected)
    assert (answer.code, len(door.script.seen)) == ("NotFound", 1)
