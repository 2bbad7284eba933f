"""What is really there, asked of the sandbox: one object for each expected one, nothing else of ours, no identity changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

AT = "plumb.dev/at"
OWNER = "plumb.dev/resource"
GENERATION = "plumb.dev/generation"
DERIVED = frozenset({"Endpoints", "EndpointSlice.discovery.k8s.io", "ReplicaSet.apps", "Pod"})
"""Kinds that the cluster makes by itself out of ours: they come and go, and a bare labelled one is nobody's."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Name -> identities of the live objects that carry it. A name is the same in every run: the type and the address of
    the owner tag, else the type and an identity in which other identities are named so."""

    found: Mapping[str, tuple[str, ...]]
    replaced: tuple[str, ...] = ()

    @property
    def counts(self) -> Counter[str]:
        return Counter({name: len(identities) for name, identities in self.found.items()})


def scene(objects: Iterable[Mapping[str, Any]]) -> Scene:
    kept = [item for item in objects if not (item.get("cluster") and item["type"] in DERIVED)]
    names = {str(item["id"]): str(item["tags"][AT]) for item in kept if AT in item["tags"]}
    found: dict[str, list[str]] = {}
    for item in kept:
        found.setdefault(_name(item, names), []).append(str(item["id"]))
    replaced = sorted(_name(item, names) for item in kept if item["tags"].get(GENERATION, "1") != "1")
    return Scene({name: tuple(sorted(identities)) for name, identities in found.items()}, tuple(replaced))


def _name(item: Mapping[str, Any], names: Mapping[str, str]) -> str:
    type, tags = str(item["type"]), item["tags"]
    if AT in tags:
        return f"{type} {tags[AT]}"
    if item.get("cluster"):
        return f"{item['cluster']} {type} {item['id']}" + ("" if OWNER in tags else " (without an owner)")
    if "assoc" in str(item["id"]):
        return type
    return f"{type} {'|'.join(names.get(part, part) for part in str(item['id']).split('|'))}"


def violations(expected: Scene, now: Scene, before: Scene | None = None) -> list[str]:
    """What is lost, doubled, a stranger or made anew, against a run that nobody killed and, for the identities, against
    what was there just after the kill."""
    said = []
    for name in sorted({*expected.counts, *now.counts}):
        want, have = expected.counts[name], now.counts[name]
        if have < want:
            said.append(f"lost: {name} ({have} of {want})")
        elif have > want:
            said.append(f"{'twice' if want else 'nobody asked for'}: {name}: {', '.join(now.found[name])}")
    said.extend(f"replaced: {name}" for name in now.replaced)
    for name, identities in before.found.items() if before is not None else ():
        gone = set(identities) - set(now.found.get(name, ()))
        said.extend(f"made anew: {name}, which was {identity}" for identity in sorted(gone))
    return said
