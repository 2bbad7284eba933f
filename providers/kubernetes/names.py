"""What a Kubernetes object is called: its type, and its identity on one cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from providers.contract.values import Value, get

NOWHERE = "-"
"""The namespace part of an identity that has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectType:
    """A group, a version and a kind. The core group is ""."""

    group: str
    version: str
    kind: str

    @staticmethod
    def parse(text: str) -> ObjectType | None:
        """`apps/v1/Deployment` or `v1/ConfigMap`; None where it is neither."""
        parts = text.split("/")
        if len(parts) not in (2, 3) or not all(parts):
            return None
        return ObjectType(group=parts[0] if len(parts) == 3 else "", version=parts[-2], kind=parts[-1])

    @staticmethod
    def of(api_version: str, kind: str) -> ObjectType:
        group, _, version = api_version.rpartition("/")
        return ObjectType(group=group, version=version, kind=kind)

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def group_kind(self) -> str:
        """`Deployment.apps`, `ConfigMap`: the first part of an identity."""
        return f"{self.kind}.{self.group}" if self.group else self.kind

    def __str__(self) -> str:
        return f"{self.api_version}/{self.kind}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """One object of a cluster. `namespace` is "" for what has none."""

    group_kind: str
    namespace: str
    name: str

    @staticmethod
    def parse(identity: str) -> Name | None:
        """`Deployment.apps/default/api`; None for any other text."""
        parts = identity.split("/", 2)
        if len(parts) != 3 or not all(parts):
            return None
        namespace = "" if parts[1] == NOWHERE else parts[1]
        return Name(group_kind=parts[0], namespace=namespace, name=parts[2])

    def __str__(self) -> str:
        return f"{self.group_kind}/{self.namespace or NOWHERE}/{self.name}"


def type_of(manifest: Mapping[str, Value]) -> ObjectType | None:
    """The type an object says it has; None where it does not, or not yet."""
    api_version, kind = manifest.get("apiVersion"), manifest.get("kind")
    if not isinstance(api_version, str) or not isinstance(kind, str) or not api_version or not kind:
        return None
    return ObjectType.of(api_version, kind)


def name_of(type: ObjectType, manifest: dict[str, Value]) -> Name | None:
    """The identity that follows from the object alone; None where its name or namespace is missing or unknown."""
    name, namespace = get(manifest, ("metadata", "name")), get(manifest, ("metadata", "namespace"))
    if not isinstance(name, str) or not name or not (namespace is None or isinstance(namespace, str)):
        return None
    return Name(group_kind=type.group_kind, namespace=namespace or "", name=name)
