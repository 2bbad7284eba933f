"""The embedded Kubernetes API as the sandbox's process uses it: one beside AWS, and one behind each EKS cluster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.kubernetes.server import Faults as KubernetesFaults
    from sandbox.kubernetes.server import KubernetesServer

Authenticate = Callable[[str], str | None]
LOCAL = "sandbox"


@dataclass(slots=True, kw_only=True)
class RunningCluster:
    """A Kubernetes API with its own store, identity, port and certificate authority (PEM)."""

    name: str
    server: KubernetesServer
    endpoint: str
    authority: str

    def things(self) -> list[dict[str, Any]]:
        """Facts of its live objects, in the form of `sandbox.aws.objects`: `type` is Kind or Kind.group."""
        return [
            {
                "type": _type(item),
                "id": "/".join(filter(None, (item.get("namespace", ""), item["name"]))),
                "tags": item["labels"],
                "state": "deleting" if item["deleting"] else "",
                "made_by": "user",
                "alive": True,
            }
            for item in self.server.snapshot()["items"]
        ]

    def stop(self) -> None:
        """End it with all that it holds."""
        self.server.stop()

    def empty(self) -> None:
        """End it and start it anew: same port, token and authority, new store and identity."""
        port = int(self.endpoint.rpartition(":")[2])
        self.server.remove_cluster(self.name)
        self.server.add_cluster(self.name, port=port)

    def kubeconfig(self) -> dict[str, Any]:
        return self.server.kubeconfig()


def _type(item: dict[str, Any]) -> str:
    group, slash, _ = item["apiVersion"].partition("/")
    return f"{item['kind']}.{group}" if slash else str(item["kind"])


def start(name: str, authenticate: Authenticate | None, faults: KubernetesFaults | None) -> RunningCluster:
    """A new cluster that answers when this returns; without `authenticate` a token of its own lets in."""
    from sandbox.kubernetes.server import KubernetesServer

    server = KubernetesServer(name=name, authenticate=authenticate, faults=faults)
    endpoint = server.start()
    return RunningCluster(name=name, server=server, endpoint=endpoint.url, authority=endpoint.authority)
