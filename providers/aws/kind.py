"""A served type: its entry beside its schema, and what an answer's item says in the schema's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from providers.aws.forms import unpaired
from providers.aws.paging import flat
from providers.aws.shape import project
from providers.aws.table import Entry
from providers.aws.template import dotted
from providers.contract.observation import Target
from providers.contract.schema import Node, TypeSchema
from providers.contract.values import Value, get

OWNER = "plumb.dev/"
AMAZON = "aws:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Type:
    """An entry beside its schema, with the identity of inputs."""

    entry: Entry
    schema: TypeSchema
    identity: Callable[[Mapping[str, Value]], str] = field(repr=False)

    def identity_of(self, target: Target) -> str:
        return canonical_identity(self.entry, target.identity) or self.identity(target.inputs)


def canonical_identity(entry: Entry, identity: str) -> str:
    """An imported identity in our own form: of a type that is known by its name, a URL or ARN stands for its last part."""
    if entry.name and len(entry.identity) <= 1 and (identity.startswith(("https://", "http://", "arn:"))):
        return identity.replace(":", "/").rsplit("/", 1)[-1]
    if len(entry.identity) == 2 and identity and "|" not in identity:
        return identity.replace("/", "|", 1) if "/" in identity else f"|{identity}"
    return identity


def objects(kind: Type, items: list[Any]) -> list[dict[str, Any]]:
    """The objects of the type among the items of an answer."""
    return kind.entry.read.split(items) if kind.entry.read.split is not None else items


def values_of(kind: Type, item: dict[str, Any]) -> dict[str, Value]:
    """The properties that the item itself holds."""
    read = kind.entry.read
    shaped = read.shape(item) if read.shape is not None else item
    root = kind.schema.resolve(kind.schema.root)
    values: dict[str, Value] = {}
    for name, place in read.answer.items():
        value = property_of(kind, name, look(shaped, place or name), root)
        if value is not None:
            values[name] = value
    return values


def property_of(kind: Type, name: str, raw: Any, root: Node) -> Value:
    node = root.properties.get(name, Node())
    tagging = kind.entry.tagging
    if tagging is not None and name == tagging.property and not node.tags and raw is not None:
        return dict(sorted(unpaired(raw).items()))
    return project(raw, node, kind.schema, lower=kind.entry.read.lower)


def look(item: dict[str, Any], place: str) -> Any:
    """The value at a place of an item; with "*" in it, a list of all."""
    path = dotted(place)
    return flat(item, path) if "*" in path else get(item, path)


def live_identity(kind: Type, item: dict[str, Any], target: Target) -> str:
    return kind.identity(values_of(kind, item)) or kind.identity_of(target)
