"""The provider on one real server, as the engine would drive it: one thing at a time, every request counted."""

from __future__ import annotations

import contextlib
import json
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from providers.contract.observation import Absent, Live, Observation, Target
from providers.contract.proposal import Action, Proposal, Wanted
from providers.contract.step import Done, NoEffect, Preparation, Step, StepReply
from providers.contract.transport import Answer, Bounds
from providers.contract.values import Path as TreePath
from providers.contract.values import Value
from providers.kubernetes.names import type_of
from providers.kubernetes.opening import open_kubernetes
from providers.kubernetes.provider import Kubernetes
from providers.kubernetes.transport import ClusterTransport
from tests.kube.client import Client
from tests.kube.servers import Server

SECONDS = 30.0
OWNER = {
    "plumb.dev/stack": "stack-1",
    "plumb.dev/resource": "resource-1",
    "plumb.dev/generation": "1",
    "plumb.dev/at": "acme:dev:shop.web[a]",
}
PROVIDER = Kubernetes()
Manifest = dict[str, Any]


def embedded_is_there() -> bool:
    return find_spec("sandbox.kubernetes.server") is not None


def open_server(server: Server) -> ClusterTransport:
    """By its kubeconfig, as a user's settings name it."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "config"
        file.write_text(json.dumps(server.kubeconfig))
        transport = open_kubernetes({"kubeconfig": str(file)})
    assert isinstance(transport, ClusterTransport), transport
    return transport


@dataclass(slots=True, kw_only=True)
class World:
    transport: ClusterTransport
    client: Client
    namespace: str = "default"
    sent: list[str] = field(default_factory=list)
    """Operations, a dry run with a question mark."""

    @staticmethod
    def of(server: Server) -> World:
        return World(transport=open_server(server), client=server.client)

    @contextlib.contextmanager
    def own_namespace(self) -> Iterator[None]:
        self.namespace = f"provider-{secrets.token_hex(4)}"
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}}
        self.client.post("/api/v1/namespaces", body).ok()
        try:
            yield
        finally:
            self.client.delete(f"/api/v1/namespaces/{self.namespace}")

    def send(self, operation: str, parameters: Mapping[str, Any]) -> Answer:
        dry = bool(parameters.get("dryRun"))
        self.sent.append(f"{operation}?" if dry else operation)
        write = operation in ("apply", "delete") and not dry
        now = time.time()
        return self.transport.call(operation, parameters, Bounds(write=write, deadline=now + SECONDS, not_after=now + SECONDS))

    def count(self) -> list[str]:
        """What was sent since the last count."""
        sent, self.sent = self.sent, []
        return sent

    def inputs(self, manifest: Manifest) -> Manifest:
        """As the engine gets it: placed in this world's namespace, in normal form."""
        type = self.type(manifest)
        placed = PROVIDER.place(type, manifest, {"namespace": self.namespace})
        return PROVIDER.normalize(type, placed)

    def type(self, manifest: Manifest) -> str:
        return str(type_of(manifest))

    def read(self, manifest: Manifest) -> Observation:
        target = Target(key="it", type=self.type(manifest), inputs=manifest)
        (batch,) = PROVIDER.batches([target])
        return PROVIDER.read(batch, self.send)["it"]

    def live(self, manifest: Manifest) -> Live:
        found = self.read(manifest)
        assert isinstance(found, Live), found
        return found

    def plan(
        self,
        manifest: Manifest,
        recorded: Manifest | None = None,
        live: Live | None = None,
        ignore: tuple[TreePath, ...] = (),
    ) -> Proposal:
        wanted = Wanted(type=self.type(manifest), inputs=manifest, recorded=recorded, live=live, ignore=ignore)
        (proposal,) = PROVIDER.plan([wanted], self.send)
        return proposal

    def steps(self, action: Action, manifest: Manifest, **more: Any) -> list[Step]:
        asked = Preparation(type=self.type(manifest), action=action, inputs=manifest, **{"owner": OWNER, **more})
        prepared = PROVIDER.prepare(asked)
        steps = [item for item in prepared if isinstance(item, Step)]
        assert len(steps) == len(prepared), prepared
        return steps

    def reply(self, step: Step) -> StepReply:
        return PROVIDER.send_step(step, self.send)

    def do(self, action: Action, manifest: Manifest, **more: Any) -> None:
        for step in self.steps(action, manifest, **more):
            reply = until(lambda step=step: self._unless_no_effect(step))  # type: ignore[misc]
            assert isinstance(reply, Done), reply

    def _unless_no_effect(self, step: Step) -> StepReply | None:
        reply = self.reply(step)
        return None if isinstance(reply, NoEffect) else reply

    def create(self, manifest: Manifest) -> tuple[Manifest, Live]:
        """The normalised inputs and the object, once it is there."""
        inputs = self.inputs(manifest)
        self.do(Action.CREATE, inputs)
        return inputs, self.live(inputs)

    def update(self, manifest: Manifest, recorded: Manifest, live: Live, proposal: Proposal | None = None) -> Live:
        self.do(Action.UPDATE, manifest, recorded=recorded, live=live, proposal=proposal)
        return self.live(manifest)

    def delete(self, manifest: Manifest) -> None:
        self.do(Action.DELETE, manifest, live=self.live(manifest))
        until(lambda: isinstance(self.read(manifest), Absent))

    def path(self, plural: str, name: str, root: str = "/api/v1") -> str:
        """Where the plain client finds an object of this namespace."""
        return f"{root}/namespaces/{self.namespace}/{plural}/{name}"


def until(condition: Any) -> Any:
    """The first value that is not None or False, within a time that is never short."""
    deadline = time.monotonic() + SECONDS
    while True:
        value = condition()
        if value is not None and value is not False:
            return value
        assert time.monotonic() < deadline
        time.sleep(0.02)


def changed(manifest: Manifest, path: tuple[str | int, ...], value: Value) -> Manifest:
    from providers.contract.values import put

    result = put(manifest, path, value)
    assert isinstance(result, dict)
    return result


def config_map(name: str = "web", **data: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data or {"a": "1"}}


def deployment(name: str = "api", *, image: str = "example/api:1", **container: Any) -> Manifest:
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "main", "image": image, **container}]},
            },
        },
    }
