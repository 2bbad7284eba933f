"""One cluster: its objects, what it serves, its clock and identities."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.kubernetes import custom
from sandbox.kubernetes.problem import no_such_path, not_imitated
from sandbox.kubernetes.resources import Resource, built_in
from sandbox.kubernetes.store import Change, Object, Store

VERSION = "v1.36.3"
CRDS = ("apiextensions.k8s.io", "customresourcedefinitions")
# Served by a real server, known by name, not imitated here.
NOT_SERVED = {("autoscaling", "v1")}


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(slots=True, kw_only=True)
class Settings:
    """`readiness_delay`: seconds until a started pod is Ready. `balancer_prefix`: of the addresses that Services of
    type LoadBalancer get."""

    readiness_delay: float = 0.0
    balancer_prefix: str = "192.0.2."
    service_prefix: str = "10.96."


class Cluster:
    """A cluster by its name. `writes` made through it hold the store's lock.

    `clock` gives RFC 3339 times, `identity` new uids: both may be replaced for determinism. `authority` is the PEM text
    of the CA that signed the server's certificate.
    """

    def __init__(
        self,
        name: str,
        *,
        settings: Settings | None = None,
        clock: Callable[[], str] = now,
        identity: Callable[[], str] = lambda: str(uuid.uuid4()),
        authority: str = "",
    ) -> None:
        self.name = name
        self.settings = settings or Settings()
        self.clock = clock
        self.identity = identity
        self.authority = authority
        self.own: set[str] = set()
        self.store = Store()
        self.warnings = threading.local()
        self._built_in: dict[tuple[str, str, str], Resource] = {
            (each.group, each.version, each.plural): each for each in built_in() if (each.group, each.version) not in NOT_SERVED
        }
        self._custom: dict[tuple[str, str, str], Resource] = {}
        self.discovery_version = 0
        self.store.listen(self._refresh)

    def _refresh(self, change: Change) -> None:
        if change.key != CRDS:
            return
        found: dict[tuple[str, str, str], Resource] = {}
        for crd in self.store.list(CRDS):
            if established(crd):
                for each in custom.resources_of(crd):
                    found[(each.group, each.version, each.plural)] = each
        self._custom = found
        self.discovery_version += 1

    def resources(self) -> list[Resource]:
        return [*self._built_in.values(), *self._custom.values()]

    def resource(self, group: str, version: str, plural: str) -> Resource:
        """NotFound as a real server says it; 501 for a group version that is known but not imitated."""
        key = (group, version, plural)
        found = self._built_in.get(key) or self._custom.get(key)
        if found is None:
            if (group, version) in NOT_SERVED:
                raise not_imitated(f"{group}/{version} {plural}")
            raise no_such_path()
        return found

    def find(self, group: str, kind: str) -> Resource | None:
        """The resource of a kind, at the version listed first."""
        for each in self.resources():
            if each.group == group and each.kind == kind:
                return each
        return None

    def uid(self) -> str:
        """The cluster's identity: the uid of kube-system."""
        found = self.store.get(("", "namespaces"), "", "kube-system")
        return found["metadata"]["uid"] if found else ""

    def warn(self, text: str) -> None:
        """Adds a warning to the request that this thread serves."""
        rows = getattr(self.warnings, "found", None)
        if rows is not None and text not in rows:
            rows.append(text)


def established(crd: Object) -> bool:
    conditions = (crd.get("status") or {}).get("conditions") or ()
    return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)


def reference(owner: Object) -> dict[str, Any]:
    """The controller reference to `owner`."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
