"""EKS clusters and node groups as the sandbox holds them, and the Kubernetes API behind each cluster."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

Authenticator = Callable[[str], str | None]


class KubernetesApi(Protocol):
    """A running Kubernetes API. `endpoint` is a URL, `authority` the PEM of the CA that signed its certificate."""

    endpoint: str
    authority: str

    def things(self) -> list[dict[str, Any]]:
        """Facts of its live objects: `type` (kind and group), `id` (namespace/name), `tags` (labels), `made_by`."""

    def stop(self) -> None: ...


# Called with the cluster's ARN and what tells a user's name by a bearer token (None: not let in).
StartKubernetes = Callable[[str, Authenticator], KubernetesApi]


@dataclass(slots=True, kw_only=True)
class Update:
    """A change of a cluster or node group: in progress until `ready` on the monotonic clock."""

    values: dict[str, Any]
    ready: float

    def shown(self) -> dict[str, Any]:
        return {**self.values, "status": "Successful" if time.monotonic() >= self.ready else "InProgress"}


@dataclass(slots=True, kw_only=True)
class Phased:
    """What a delay stands before: CREATING until `ready`, UPDATING until a later `ready`, DELETING until `gone`."""

    values: dict[str, Any]
    ready: float
    phase: str = "CREATING"
    gone: float | None = None
    updates: dict[str, Update] = field(default_factory=dict)

    @property
    def status(self) -> str:
        now = time.monotonic()
        if self.gone is not None:
            return "DELETING"
        return "ACTIVE" if now >= self.ready else self.phase

    @property
    def over(self) -> bool:
        return self.gone is not None and time.monotonic() >= self.gone

    def update(self, kind: str, parameters: Mapping[str, Any], delay: float, now: Any) -> Update:
        """Note a change of this kind and be UPDATING for `delay` seconds."""
        number = str(uuid.uuid4())
        params = [{"type": name, "value": str(value)} for name, value in parameters.items()]
        values = {"id": number, "type": kind, "params": params, "createdAt": now, "errors": []}
        self.ready, self.phase = time.monotonic() + delay, "UPDATING"
        self.updates[number] = Update(values=values, ready=self.ready)
        return self.updates[number]


@dataclass(slots=True, kw_only=True)
class Nodegroup(Phased):
    def shown(self) -> dict[str, Any]:
        return {**self.values, "status": self.status}


@dataclass(slots=True, kw_only=True)
class Cluster(Phased):
    """`group` and `interfaces` are the security group and network interfaces that AWS makes for the cluster."""

    api: KubernetesApi
    group: str
    interfaces: tuple[str, ...]
    nodegroups: dict[str, Nodegroup] = field(default_factory=dict)

    def shown(self) -> dict[str, Any]:
        """As DescribeCluster shows it: no endpoint and no certificate before it is ready."""
        status = self.status
        values = {**self.values, "status": status}
        if status != "CREATING":
            import base64

            values["endpoint"] = self.api.endpoint
            values["certificateAuthority"] = {"data": base64.b64encode(self.api.authority.encode()).decode()}
        return values
