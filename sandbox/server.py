"""The sandbox's process: one HTTP server for the AWS API and, under /_sandbox/, for the control of the sandbox itself.

moto and the proxy share one process and one small server of our own. Measured on the way here: moto behind werkzeug and
Flask answers a simple call in 1.5 to 4.8 ms without keep-alive; moto's dispatch functions called directly take 0.5 to
1.8 ms, and the proxy sees parsed calls and moto's objects instead of bytes of a second HTTP hop. All state is in the
memory of this process and ends with it.
"""

from __future__ import annotations

import os
import secrets
import signal
import sys
import threading
from pathlib import Path

from sandbox import clusters, runtime
from sandbox.aws.cloud import preload
from sandbox.aws.control import Control
from sandbox.aws.proxy import Proxy
from sandbox.settings import ACCESS_KEY, SECRET_KEY, Settings
from sandbox.wire import Reply, Request, Server

# Seconds until the loss of the record is noticed.
NOTICE = 2.0


def serve(directory: Path, settings: Settings, *, tied: bool) -> None:
    """Serve until SIGTERM or SIGINT, or until the record of this process is gone, by which alone it is found; when
    `tied`, also until standard input ends with the parent's death."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    if tied:
        threading.Thread(target=_await_parent, args=(ended,), daemon=True).start()
    token = secrets.token_urlsafe(24)
    proxy = Proxy(settings=settings)
    local = clusters.start(clusters.LOCAL, None, proxy.kubernetes_fault) if settings.local_cluster else None
    control = Control(proxy=proxy, token=token, local=local)

    def handle(request: Request) -> Reply | None:
        return control.handle(request) if request.path.startswith("/_sandbox/") else proxy.handle(request)

    server = Server(handler=handle, port=settings.port)
    server.start()
    info = _information(directory, settings, server.port, token)
    if local is not None:
        runtime.write_kubeconfig(info, local.kubeconfig())
    runtime.write(info)
    threading.Thread(target=_load, args=(proxy,), daemon=True).start()
    try:
        while not ended.wait(NOTICE) and runtime.read(directory) == info:
            continue
    finally:
        server.stop()
        if local is not None:
            local.stop()
        proxy.clusters.clear()
        if runtime.read(directory) == info:
            runtime.remove(directory)
        # All state is given up: taking a large heap apart object by object would cost seconds.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def _information(directory: Path, settings: Settings, port: int, token: str) -> runtime.SandboxInfo:
    return runtime.SandboxInfo(
        endpoint=f"http://127.0.0.1:{port}",
        pid=os.getpid(),
        started=runtime.start_time(os.getpid()),
        token=token,
        directory=str(directory),
        region=settings.region,
        access_key=ACCESS_KEY,
        secret_key=SECRET_KEY,
    )


def _load(proxy: Proxy) -> None:
    """Import moto while the caller goes on; a call that comes earlier waits for it at the lock.

    The services follow without the lock: an import of seconds behind it would let other calls' signatures grow old.
    """
    with proxy.cloud.lock:
        proxy.load()
    preload()


def _await_parent(ended: threading.Event) -> None:
    sys.stdin.buffer.read()
    ended.set()
