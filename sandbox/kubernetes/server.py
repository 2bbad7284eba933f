"""The embedded Kubernetes API as a server.

    server = KubernetesServer(name="sandbox")
    endpoint = server.start()          # Endpoint(url, authority): https://127.0.0.1:PORT and the CA in PEM
    server.kubeconfig()                # a kubeconfig as a mapping; json.dumps of it is a valid kubeconfig file
    other = server.add_cluster("eu")   # one more cluster: own store, own identity, own port
    server.stop()

A token is checked by `authenticate` (token -> user name, or None for a stranger); without one there is a single static
token (`server.token`). `faults` is asked before each request (cluster, method, path) and may return a Fault.
"""

from __future__ import annotations

import base64
import json
import logging
import secrets
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from sandbox.kubernetes import certificates, start
from sandbox.kubernetes.answers import Answer, Request, anonymous, answer, is_open, snapshot
from sandbox.kubernetes.cluster import Cluster, Settings
from sandbox.kubernetes.controllers.life import life
from sandbox.kubernetes.controllers.loop import Loop
from sandbox.kubernetes.problem import Refusal

Authenticate = Callable[[str], str | None]
log = logging.getLogger(__name__)
ANONYMOUS = "system:anonymous"
LARGEST_BODY = 3 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong with one request: `latency` in seconds before it is worked on; `status` is answered instead of it;
    `drop` closes the connection without an answer after the request has had its effect."""

    latency: float = 0.0
    status: int = 0
    drop: bool = False


Faults = Callable[[str, str, str], Fault | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """`url` without a trailing slash; `authority` is PEM text, '' for plain HTTP."""

    url: str
    authority: str


class KubernetesServer:
    """One or more clusters, each behind its own port of `host`.

    `authenticate` None: one static token, `token`, drawn when not given. `tls` False: plain HTTP.
    """

    def __init__(
        self,
        *,
        name: str = "sandbox",
        host: str = "127.0.0.1",
        port: int = 0,
        tls: bool = True,
        token: str | None = None,
        authenticate: Authenticate | None = None,
        settings: Settings | None = None,
        faults: Faults | None = None,
    ) -> None:
        self.name = name
        self.token = token or secrets.token_hex(16)
        self.faults = faults
        self._host = host
        self._port = port
        self._settings = settings
        self._authenticate = authenticate
        self._certificates = certificates.make(tuple({"localhost", "127.0.0.1", "::1", host})) if tls else None
        self._context = _context(self._certificates) if self._certificates is not None else None
        self._running: dict[str, Running] = {}

    def start(self) -> Endpoint:
        """Starts the first cluster, called `name`; it answers when this returns."""
        return self.add_cluster(self.name, port=self._port)

    def add_cluster(self, name: str, *, port: int = 0, authenticate: Authenticate | None = None) -> Endpoint:
        """One more cluster; the endpoint of the present one where there is one of that name."""
        if name in self._running:
            return self.endpoint(name)
        authority = self._certificates.authority if self._certificates is not None else ""
        cluster = Cluster(name, settings=self._settings, authority=authority)
        loop = life(cluster)
        start.fill(cluster)
        loop.start()
        check = authenticate or self._authenticate or self._static
        listener = Listener((self._host, port), cluster, check, self._context, lambda: self.faults)
        thread = threading.Thread(target=listener.serve_forever, args=(0.05,), name=f"kubernetes-{name}", daemon=True)
        thread.start()
        self._running[name] = Running(cluster=cluster, loop=loop, listener=listener, thread=thread)
        return self.endpoint(name)

    def _static(self, token: str) -> str | None:
        return "admin" if secrets.compare_digest(token, self.token) else None

    def endpoint(self, name: str | None = None) -> Endpoint:
        running = self._running[name or self.name]
        scheme = "https" if self._certificates is not None else "http"
        authority = self._certificates.authority if self._certificates is not None else ""
        return Endpoint(url=f"{scheme}://{self._host}:{running.listener.server_address[1]}", authority=authority)

    def cluster(self, name: str | None = None) -> Cluster:
        return self._running[name or self.name].cluster

    def snapshot(self, name: str | None = None) -> dict[str, Any]:
        """What GET /_sandbox/objects answers."""
        return snapshot(self.cluster(name))

    def settle(self, name: str | None = None, seconds: float = 10.0) -> bool:
        """Waits until the controllers have nothing left to do at once; False when time is up."""
        return self._running[name or self.name].loop.settle(seconds)

    def remove_cluster(self, name: str) -> None:
        """Ends a cluster with all it holds; nothing happens where there is none of that name."""
        running = self._running.pop(name, None)
        if running is not None:
            running.stop()

    def stop(self) -> None:
        for name in list(self._running):
            self.remove_cluster(name)

    def kubeconfig(self, name: str | None = None, token: str | None = None) -> dict[str, Any]:
        """A kubeconfig with one context, of the first cluster unless told otherwise."""
        name = name or self.name
        endpoint = self.endpoint(name)
        cluster: dict[str, Any] = {"server": endpoint.url}
        if endpoint.authority:
            cluster["certificate-authority-data"] = base64.b64encode(endpoint.authority.encode()).decode()
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": name,
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "clusters": [{"name": name, "cluster": cluster}],
            "users": [{"name": name, "user": {"token": token or self.token}}],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A cluster, its controllers, its listener."""

    cluster: Cluster
    loop: Loop
    listener: Listener
    thread: threading.Thread

    def stop(self) -> None:
        self.cluster.store.close()
        self.listener.shutdown()
        self.listener.close_connections()
        self.listener.server_close()
        self.thread.join()
        self.loop.stop()


def _context(made: certificates.Certificates) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    with tempfile.TemporaryDirectory() as folder:
        # The ssl module reads keys from files only.
        path = Path(folder) / "server.pem"
        path.touch(mode=0o600)
        path.write_text(made.certificate + made.key)
        context.load_cert_chain(path)
    return context


class Listener(ThreadingHTTPServer):
    """A thread for each connection; connections stay open between requests."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(
        self,
        address: tuple[str, int],
        cluster: Cluster,
        authenticate: Authenticate,
        context: ssl.SSLContext | None,
        faults: Callable[[], Faults | None],
    ) -> None:
        self.cluster = cluster
        self.authenticate = authenticate
        self.context = context
        self.faults = faults
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(address, Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """In the connection's own thread: a slow handshake holds up nobody else."""
        request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = request
        with self._guard:
            self._open.add(request)
        try:
            if self.context is not None:
                connection = self.context.wrap_socket(request, server_side=True)
                with self._guard:
                    self._open.add(connection)
            Handler(connection, client_address, self)
        except (OSError, ssl.SSLError):
            return
        finally:
            with self._guard:
                self._open.discard(request)
                self._open.discard(connection)
            connection.close()

    def close_connections(self) -> None:
        with self._guard:
            rows = list(self._open)
        for each in rows:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no error."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    server: Listener

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged: the sandbox's proxy does that where it is wanted."""

    def do_GET(self) -> None:
        self._handle()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_GET  # noqa: N815 - names of the base class

    def _handle(self) -> None:
        parts = urlsplit(self.path)
        body = self._body()
        if body is None:
            return
        faults = self.server.faults()
        fault = faults(self.server.cluster.name, self.command, self.path) if faults is not None else None
        if fault is not None and fault.latency:
            time.sleep(fault.latency)
        if fault is not None and fault.status:
            self._send(_pretended(fault.status))
            return
        found = self._answer(parts.path, parts.query, body)
        if fault is not None and fault.drop:
            self.close_connection = True
            return
        self._send(found)

    def _body(self) -> bytes | None:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            return b"".join(self._chunks())
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST_BODY:
            limit = Refusal("", f"Request entity too large: limit is {LARGEST_BODY}", code=413)
            self._send(Answer(status=413, body=limit.status() | {"reason": "RequestEntityTooLarge"}))
            self.close_connection = True
            return None
        return self.rfile.read(length) if length else b""

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().split(b";")[0] or b"0", 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _answer(self, path: str, query: str, body: bytes) -> Answer:
        user = self._user()
        if user is None:
            return Answer(status=401, body=Refusal("Unauthorized", "Unauthorized").status())
        if user == ANONYMOUS and not is_open(path):
            return self._anonymous(path)
        request = Request(
            method=self.command,
            path=unquote(path),
            query=dict(parse_qsl(query, keep_blank_values=True)),
            headers={key.lower(): each for key, each in self.headers.items()},
            body=body,
            user=user,
            address="{}:{}".format(*self.server.server_address[:2]),
        )
        try:
            return answer(self.server.cluster, request)
        except Exception as problem:
            # A bug in the sandbox must be seen as such, not as a lost connection.
            message = f"the sandbox failed: {type(problem).__name__}: {problem}"
            log.exception("%s %s", self.command, self.path)
            return Answer(status=500, body=Refusal("InternalError", message).status())

    def _user(self) -> str | None:
        """The user of the token; anonymous without one; None for a token that nobody has."""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return ANONYMOUS
        return self.server.authenticate(token.strip())

    def _anonymous(self, path: str) -> Answer:
        verb = {"GET": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}.get(self.command, "get")
        return Answer(status=403, body=anonymous(path, verb).status())

    def _send(self, found: Answer) -> None:
        if isinstance(found.body, dict | str):
            self._send_whole(found, found.body)
        else:
            self._send_stream(found, found.body)

    def _head(self, found: Answer, extra: dict[str, str]) -> bytes:
        self._headers_buffer = []
        self.send_response(found.status)
        self.send_header("Content-Type", found.content_type)
        self.send_header("Cache-Control", "no-cache, private")
        for each in found.warnings:
            text = each.replace("\\", "\\\\").replace('"', '\\"')
            self.send_header("Warning", f'299 - "{text}"')
        for key, each in {**found.headers, **extra}.items():
            self.send_header(key, each)
        self._headers_buffer.append(b"\r\n")
        head = b"".join(self._headers_buffer)
        self._headers_buffer = []
        return head

    def _send_whole(self, found: Answer, body: dict[str, Any] | str) -> None:
        text = body.encode() if isinstance(body, str) else json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
        head = self._head(found, {"Content-Length": str(len(text))})
        # One write: a head sent by itself waits for the peer's delayed acknowledgement.
        self.wfile.write(head if self.command == "HEAD" else head + text)

    def _send_stream(self, found: Answer, events: Iterator[dict[str, Any] | None]) -> None:
        self.wfile.write(self._head(found, {"Transfer-Encoding": "chunked"}))
        self.wfile.flush()
        for event in events:
            if event is None:
                if self._client_gone():
                    self.close_connection = True
                    return
                continue
            text = json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
            self.wfile.write(b"%x\r\n%s\r\n" % (len(text), text))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def _client_gone(self) -> bool:
        try:
            self.connection.settimeout(0.0)
            return not self.connection.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        except OSError:
            return True
        finally:
            self.connection.settimeout(None)


def _pretended(status: int) -> Answer:
    reasons = {429: "TooManyRequests", 500: "InternalError", 503: "ServiceUnavailable", 504: "Timeout"}
    refusal = Refusal("", "the sandbox was asked to fail this request", code=status)
    body = {**refusal.status(), "reason": reasons.get(status, "InternalError")}
    headers = {"Retry-After": "1"} if status in (429, 503) else {}
    return Answer(status=status, body=body, headers=headers)
