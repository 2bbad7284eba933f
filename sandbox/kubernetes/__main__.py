"""Run the embedded Kubernetes API until SIGTERM: `python -m sandbox.kubernetes --kubeconfig PATH`."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path

from sandbox.kubernetes.cluster import Settings
from sandbox.kubernetes.server import KubernetesServer


def main() -> int:
    parser = argparse.ArgumentParser(prog="sandbox.kubernetes", description=__doc__)
    parser.add_argument("--name", default="sandbox", help="name of the cluster and of the kubeconfig's context")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--kubeconfig", type=Path, help="where to write the kubeconfig")
    parser.add_argument("--token", default=os.environ.get("SANDBOX_KUBERNETES_TOKEN"), help="drawn when not given")
    parser.add_argument("--plain", action="store_true", help="HTTP without TLS")
    parser.add_argument("--readiness-delay", type=float, default=0.0, help="seconds until a pod is Ready")
    given = parser.parse_args()
    server = KubernetesServer(
        name=given.name,
        host=given.host,
        port=given.port,
        tls=not given.plain,
        token=given.token,
        settings=Settings(readiness_delay=given.readiness_delay),
    )
    done = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: done.set())
    endpoint = server.start()
    if given.kubeconfig is not None:
        given.kubeconfig.touch(mode=0o600)
        given.kubeconfig.write_text(json.dumps(server.kubeconfig(), indent=2) + "\n")
    sys.stdout.write(endpoint.url + "\n")
    sys.stdout.flush()
    done.wait()
    server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
