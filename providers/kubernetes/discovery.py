"""Which path a kind is served at, asked from the cluster only where its release is not known to serve it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from providers.contract.transport import Answer, Answered, Rejected
from providers.kubernetes.answers import KIND_NOT_SERVED
from providers.kubernetes.names import ObjectType
from providers.kubernetes.schemas import built_ins

Get = Callable[[str], Answer]
"""Reads one path of the server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where objects of a kind are served."""

    api_version: str
    plural: str
    namespaced: bool

    def path(self, namespace: str, name: str = "") -> str:
        """`namespace` of "" is every namespace, or none."""
        root = f"/apis/{self.api_version}" if "/" in self.api_version else f"/api/{self.api_version}"
        within = f"/namespaces/{quote(namespace)}" if self.namespaced and namespace else ""
        return f"{root}{within}/{self.plural}" + (f"/{quote(name, safe=':')}" if name else "")


@dataclass(slots=True)
class Discovery:
    """What one cluster serves, as far as it was asked. A kind that was not found is asked for again every time."""

    found: dict[str, Place] = field(default_factory=dict)
    doubted: set[str] = field(default_factory=set)
    """Groups whose built-in kinds the cluster turned out not to serve as its release would."""

    def place(self, type: ObjectType, get: Get, *, any_version: bool = False) -> Place | Answer:
        """Where `type` is served; else a Rejected of code KindNotServed, when the cluster has said so completely, or the
        answer that kept it from saying so. `any_version`: in another version where the one asked for is gone."""
        known = self.found.get(str(type)) or self._built_in(type)
        if known is not None:
            return known
        place = _ask(type, get)
        if any_version and type.group and _is_not_served(place):
            place = _elsewhere(type, get)
        if isinstance(place, Place):
            self.found[str(type)] = place
        return place

    def forget(self) -> None:
        """All that was asked is asked again."""
        self.found.clear()
        self.doubted.clear()

    def doubt(self, type: ObjectType) -> bool:
        """After a 404 that names no object: ask the cluster itself. False where it was asked already."""
        first = str(type) not in self.doubted
        self.doubted.add(str(type))
        return self.found.pop(str(type), None) is not None or first

    def _built_in(self, type: ObjectType) -> Place | None:
        facts = built_ins().get(str(type))
        if facts is None or str(type) in self.doubted:
            return None
        return Place(api_version=type.api_version, plural=facts.plural, namespaced=facts.namespaced)


def _versions(group: str, get: Get) -> list[str] | Answer:
    answer = get(f"/apis/{group}")
    if isinstance(answer, Answered) and isinstance(answer.body, dict):
        return [str(item["version"]) for item in answer.body.get("versions") or ()]
    return [] if _is_absent(answer) else answer


def _elsewhere(type: ObjectType, get: Get) -> Place | Answer:
    """The kind in another version of its group."""
    versions = _versions(type.group, get)
    if not isinstance(versions, list):
        return versions
    for version in versions:
        other = ObjectType(group=type.group, version=version, kind=type.kind)
        place = _ask(other, get) if version != type.version else not_served(type)
        if not _is_not_served(place):
            return place
    return not_served(type)


def _ask(type: ObjectType, get: Get) -> Place | Answer:
    root = f"/apis/{type.api_version}" if type.group else f"/api/{type.version}"
    answer = get(root)
    if not isinstance(answer, Answered) or not isinstance(answer.body, dict):
        return not_served(type) if _is_absent(answer) else answer
    for resource in answer.body.get("resources") or ():
        if resource.get("kind") == type.kind and "/" not in resource.get("name", "/"):
            plural, namespaced = str(resource["name"]), bool(resource["namespaced"])
            return Place(api_version=type.api_version, plural=plural, namespaced=namespaced)
    return not_served(type)


def _is_absent(answer: Answer) -> bool:
    """Only the API server itself answers 404 for a group or version: one that is merely unavailable gives 503."""
    return isinstance(answer, Rejected) and answer.status == 404


def _is_not_served(answer: Any) -> bool:
    return isinstance(answer, Rejected) and answer.code == KIND_NOT_SERVED


def not_served(type: ObjectType) -> Rejected:
    message = f"the cluster serves no {type.kind} in {type.api_version}"
    return Rejected(code=KIND_NOT_SERVED, message=message, status=404)
