"""What is served: built-in resources from the facts, custom ones from CustomResourceDefinitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sandbox.kubernetes.shapes import Shape, definition, facts

GroupVersion = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subresource:
    name: str
    kind: str
    group: str
    version: str
    verbs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Resource:
    """One served resource at one version. `custom` is the version entry of its CRD, None for built-in ones."""

    group: str
    version: str
    plural: str
    singular: str
    kind: str
    namespaced: bool
    verbs: tuple[str, ...]
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: Mapping[str, Subresource] = field(default_factory=dict)
    shape: Shape
    custom: Mapping[str, Any] | None = None
    list_kind: str = ""

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def store_key(self) -> tuple[str, str]:
        """Where its objects lie: the same for all versions; both kinds of Event share one."""
        return ("", "events") if self.plural == "events" and self.group == "events.k8s.io" else (self.group, self.plural)

    @property
    def id(self) -> tuple[str, str]:
        return (self.group, self.kind)


def package(group: str) -> str:
    """The word that short definition names begin with."""
    return {"": "core", "rbac.authorization.k8s.io": "rbac"}.get(group, group.split(".")[0])


def shape_of(group: str, version: str, kind: str) -> Shape:
    return definition(f"{package(group)}.{version}.{kind}")


@cache
def built_in() -> tuple[Resource, ...]:
    """Every resource of the stable versions, in the order of the aggregated discovery."""
    found = []
    for row in facts()["resources"]:
        subresources: dict[str, dict[str, Subresource]] = {}
        for each in row["resources"]:
            plural, _, part = each["name"].partition("/")
            if part:
                subresources.setdefault(plural, {})[part] = Subresource(
                    name=part,
                    kind=each["kind"],
                    group=each.get("group", row["group"]),
                    version=each.get("version", row["version"]),
                    verbs=tuple(each["verbs"]),
                )
        for each in row["resources"]:
            if "/" not in each["name"]:
                found.append(_resource(row["group"], row["version"], each, subresources.get(each["name"], {})))
    return tuple(found)


def _resource(group: str, version: str, row: dict[str, Any], subresources: dict[str, Subresource]) -> Resource:
    return Resource(
        group=group,
        version=version,
        plural=row["name"],
        singular=row["singularName"],
        kind=row["kind"],
        namespaced=row["namespaced"],
        verbs=tuple(row["verbs"]),
        short_names=tuple(row.get("shortNames", ())),
        categories=tuple(row.get("categories", ())),
        subresources=subresources,
        shape=shape_of(group, version, row["kind"]),
        list_kind=f"{row['kind']}List",
    )
