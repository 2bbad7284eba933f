"""A small threaded HTTP/1.1 server: one thread per connection, keep-alive, requests and replies as values.

werkzeug's development server closes the connection after each reply and hides the socket, so that a
lost reply cannot be played; here a handler that returns None closes the connection without an answer.
"""

from __future__ import annotations

import math
import socket
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import BinaryIO
from urllib.parse import unquote

LONGEST_LINE = 65536
LARGEST_BODY = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. `path` is percent-decoded, `raw_path` as sent; `headers` has lower-case names; `arrived` is the
    time, in seconds since the epoch, at which its head had come in; infinite where it did not come by a connection."""

    method: str
    path: str
    raw_path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    arrived: float = math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer. Content-Length, Date and Server are added when it is sent."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


Handler = Callable[[Request], Reply | None]


class Malformed(Exception):
    """The bytes on the connection are not a request that this server reads."""


def read_request(stream: BinaryIO, acknowledge: Callable[[], None]) -> Request | None:
    """The next request of a connection, or None at its end.

    `acknowledge` is called when the client waits for "100 Continue" before it sends the body.
    """
    line = stream.readline(LONGEST_LINE)
    if not line.strip():
        return None
    try:
        method, target, _ = line.decode("latin-1").split()
    except ValueError:
        raise Malformed("request line") from None
    headers = _read_headers(stream)
    arrived = time.time()
    if headers.get("expect", "").lower() == "100-continue":
        acknowledge()
    raw_path, _, query = target.partition("?")
    return Request(
        method=method,
        path=unquote(raw_path),
        raw_path=raw_path,
        query=query,
        headers=headers,
        body=_read_body(stream, headers),
        arrived=arrived,
    )


def _read_headers(stream: BinaryIO) -> dict[str, str]:
    headers: dict[str, str] = {}
    while True:
        line = stream.readline(LONGEST_LINE).decode("latin-1").rstrip("\r\n")
        if not line:
            return headers
        name, colon, value = line.partition(":")
        if not colon or len(headers) > 200:
            raise Malformed("header")
        headers[name.strip().lower()] = value.strip()


def _read_body(stream: BinaryIO, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return b"".join(iter(lambda: _read_chunk(stream), b""))
    length = int(headers.get("content-length") or 0)
    if not 0 <= length <= LARGEST_BODY:
        raise Malformed("body size")
    body = stream.read(length) if length else b""
    if len(body) < length:
        raise Malformed("body cut short")
    return body


def _read_chunk(stream: BinaryIO) -> bytes:
    size = int(stream.readline(LONGEST_LINE).split(b";")[0], 16)
    chunk = stream.read(size)
    while stream.readline(LONGEST_LINE).strip():
        continue
    return chunk


def render(reply: Reply, *, head: bool, keep: bool) -> bytes:
    """The bytes of a reply; `head` leaves the body out and keeps its length."""
    lines = [f"HTTP/1.1 {reply.status} {_reason(reply.status)}"]
    names = {name.lower() for name, _ in reply.headers}
    lines.extend(f"{name}: {value}" for name, value in reply.headers)
    if "content-length" not in names:
        lines.append(f"Content-Length: {len(reply.body)}")
    if "date" not in names:
        lines.append(f"Date: {formatdate(time.time(), usegmt=True)}")
    lines.append(f"Connection: {'keep-alive' if keep else 'close'}")
    start = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
    return start if head else start + reply.body


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


@dataclass(slots=True)
class Server:
    """Serves `handler` on 127.0.0.1. `start` returns once connections are accepted; `stop` ends them all."""

    handler: Handler
    port: int = 0
    _socket: socket.socket | None = None
    _open: set[socket.socket] = field(default_factory=set)
    _stopped: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(256)
        self._socket, self.port = listener, listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(listener,), daemon=True, name="accept").start()

    def stop(self) -> None:
        self._stopped.set()
        if self._socket is not None:
            _close(self._socket)
        for connection in tuple(self._open):
            _close(connection)

    def _accept(self, listener: socket.socket) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with connection.makefile("rb") as stream:
                while self._answer_next(connection, stream):
                    continue
        except (OSError, Malformed, ValueError):
            pass
        finally:
            self._open.discard(connection)
            _close(connection)

    def _answer_next(self, connection: socket.socket, stream: BinaryIO) -> bool:
        """True while the connection stays open."""
        request = read_request(stream, lambda: connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n"))
        if request is None:
            return False
        try:
            reply = self.handler(request)
        except Exception:  # noqa: BLE001
            # A bug of the handler must be seen in the log, and must not look like a dropped connection.
            traceback.print_exc()
            reply = Reply(status=500, body=b"the sandbox has a bug: see its log")
        if reply is None:
            return False
        keep = request.headers.get("connection", "").lower() != "close"
        connection.sendall(render(reply, head=request.method == "HEAD", keep=keep))
        return keep


def _close(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    connection.close()
