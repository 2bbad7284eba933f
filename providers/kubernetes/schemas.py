"""The facts of built-in types, read lazily from `providers/schemas/kubernetes.schemas`; its README has the format."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

from providers.contract.diagnostic import Diagnostic
from providers.contract.schema import Kind, Node, Ordering, RecoveryClass, TypeSchema
from providers.contract.values import Path
from providers.kubernetes.immutable import IMMUTABLE
from providers.kubernetes.names import ObjectType

MAGIC = b"PLUMBSC1"
OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
QUANTITY = "quantity"
SERVER_METADATA = (
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "managedFields",
    "selfLink",
)
"""Members of `metadata` that only the server writes."""
HOLD_DATA = frozenset({"PersistentVolumeClaim"})
KEY_DEFAULTS: Mapping[str, str] = {"protocol": "TCP"}
"""The one default that the key of a list has; the API documents it, the published schemas leave it out."""


@dataclass(frozen=True, slots=True)
class SchemaFile:
    """An open schema file. `entries`: name -> (offset, length) of a block."""

    data: bytes
    head: Mapping[str, Any]
    entries: Mapping[str, tuple[int, int]]

    @staticmethod
    def read(data: bytes) -> SchemaFile:
        if data[:8] != MAGIC:
            raise ValueError("not a schema file")
        end = 12 + int.from_bytes(data[8:12], "big")
        head = json.loads(zlib.decompress(data[12:end]))
        entries = {name: (end + offset, length) for name, (offset, length) in head.pop("entries").items()}
        return SchemaFile(data, head, entries)

    def entry(self, name: str) -> dict[str, Any]:
        offset, length = self.entries[name]
        found: dict[str, Any] = json.loads(zlib.decompress(self.data[offset : offset + length]))
        return found


@cache
def schema_file() -> SchemaFile:
    return SchemaFile.read(files("providers.schemas").joinpath("kubernetes.schemas").read_bytes())


@cache
def definition(name: str) -> dict[str, Any]:
    return schema_file().entry(name)


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A kind that every cluster of the release has. `plural` is "" for what cannot be stored (lists, options)."""

    definition: str
    plural: str
    namespaced: bool


@cache
def built_ins() -> Mapping[str, BuiltIn]:
    """By type (`apps/v1/Deployment`), sorted."""
    return {
        type: BuiltIn(facts["definition"], facts["plural"], facts["namespaced"])
        for type, facts in sorted(schema_file().head["kinds"].items())
        if facts.get("plural")
    }


@cache
def scopes() -> Mapping[str, bool]:
    """Group and kind (`Deployment.apps`) -> lives in a namespace; of any version."""
    return {_parsed(type).group_kind: facts.namespaced for type, facts in built_ins().items()}


@cache
def known_groups() -> frozenset[str]:
    return frozenset(_parsed(type).group for type in built_ins())


def _parsed(type: str) -> ObjectType:
    found = ObjectType.parse(type)
    if found is None:
        raise ValueError(f"not a type: {type}")
    return found


class Shape:
    """A place in a schema, as the file has it, references followed: what merging and comparing look at.

    `keys`: the members that name an item of a list that is merged by item; () for every other place. `is_set`: a list
    whose items are its keys. `is_atomic`: one owner, replaced whole. A place that the schema says nothing of is `OPEN`.
    Nothing changes after construction but what `child` remembers.
    """

    __slots__ = ("_item", "_members", "is_atomic", "is_open", "is_quantity", "is_set", "keys", "raw")

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw = raw
        self.keys: tuple[str, ...] = tuple(sorted(raw.get("keys", ()))) if raw.get("s") == "keyed" else ()
        self.is_set = raw.get("s") == "set"
        self.is_open = raw.get("k", "any") == "any"
        self.is_quantity = raw.get("f") == QUANTITY
        is_list = raw.get("k") == "list"
        self.is_atomic = not self.keys and not self.is_set if is_list else raw.get("m") == "atomic"
        self._members: dict[str, Shape] = {}
        self._item: Shape | None = None

    @staticmethod
    def of(raw: Mapping[str, Any] | None) -> Shape:
        while raw is not None and "r" in raw:
            raw = definition(raw["r"])
        return OPEN if raw is None else Shape(raw)

    def child(self, part: str | int) -> Shape:
        """The place of a member, or of an item of a list or a map."""
        if isinstance(part, str):
            known = self._members.get(part)
            if known is not None:
                return known
            member = self.raw.get("p", {}).get(part)
            if member is not None:
                return self._members.setdefault(part, Shape.of(member))
        if self._item is None:
            self._item = Shape.of(self.raw.get("i"))
        return self._item


OPEN = Shape({})


def has_status(type: str) -> bool:
    """True where controllers may write a status: an answer to a write is not the last word on the object."""
    return type not in built_ins() or "status" in shape(type).raw.get("p", {})


CUSTOM: Mapping[str, Any] = {"k": "object", "o": True, "p": {"metadata": {"r": OBJECT_META}}}


@cache
def shape(type: str) -> Shape:
    """The shape of a whole object of the type; a custom kind has only the metadata in common with others."""
    facts = built_ins().get(type)
    return Shape.of(definition(facts.definition) if facts else CUSTOM)


class Definitions(Mapping[str, Node]):
    """Every definition that can be reached from the roots, each decoded when it is asked for."""

    def __init__(self, *roots: str) -> None:
        self._roots = roots

    def __getitem__(self, name: str) -> Node:
        return _definition_node(name)

    def __iter__(self) -> Iterator[str]:
        return iter(_reachable(self._roots))

    def __len__(self) -> int:
        return len(_reachable(self._roots))

    def __contains__(self, name: object) -> bool:
        return name in schema_file().entries


@cache
def _definition_node(name: str) -> Node:
    return node(definition(name))


@cache
def _reachable(roots: tuple[str, ...]) -> tuple[str, ...]:
    seen: dict[str, None] = {}
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen[name] = None
            waiting.extend(_references(definition(name)))
    return tuple(sorted(seen))


def _references(raw: Mapping[str, Any]) -> Iterator[str]:
    if "r" in raw:
        yield raw["r"]
    for member in (*raw.get("p", {}).values(), *filter(None, (raw.get("i"),))):
        yield from _references(member)


def node(raw: Mapping[str, Any]) -> Node:
    """The contract's form of a node of the file."""
    if "r" in raw:
        return Node(ref=raw["r"])
    return Node(
        kind=Kind(raw.get("k", "any")),
        properties={name: node(member) for name, member in raw.get("p", {}).items()},
        items=node(raw["i"]) if "i" in raw else None,
        required=frozenset(raw.get("q", ())),
        open=raw.get("o", False),
        alternatives=tuple(Kind(word) for word in raw.get("a", ())),
        enum=tuple(raw.get("e", ())),
        pattern=raw.get("re", ""),
        minimum=raw.get("min"),
        maximum=raw.get("max"),
        min_length=raw.get("minl"),
        max_length=raw.get("maxl"),
        ordering=Ordering(raw.get("s", "ordered")),
        keys=tuple(raw.get("keys", ())),
        tags=raw.get("t", False),
        default=raw.get("d"),
    )


@cache
def schema(type: str) -> TypeSchema | Diagnostic:
    """The facts of a type. A kind of a group that the release does not have is a custom one, open beyond its metadata;
    custom groups have a dot in their name, those without one are of releases long gone."""
    parsed = ObjectType.parse(type)
    if parsed is None:
        return Diagnostic(code="P0821", summary=f'"{type}" is not an apiVersion and a kind')
    facts = built_ins().get(type)
    if facts is None and (parsed.group in known_groups() or "." not in parsed.group):
        return _unknown(parsed)
    root = definition(facts.definition) if facts else {}
    roots = tuple(_references(root)) if facts else (OBJECT_META,)
    found = TypeSchema(
        type=type,
        root=node(root) if facts else _custom_root(),
        recovery=RecoveryClass.NATURAL_KEY,
        definitions=Definitions(*roots),
        identifier=_identifier(facts),
        taggable=True,
        refused={"metadata.generateName": "an object needs a name that stays the same"},
        unique_name=True,
        holds_data=parsed.group_kind in HOLD_DATA,
    )
    outputs: tuple[Path, ...] = (("status",), *(("metadata", name) for name in SERVER_METADATA))
    fixed = IMMUTABLE.get(parsed.group_kind, ())
    return replace(found, read_only=_known(found, outputs), create_only=_known(found, fixed))


def _known(schema: TypeSchema, paths: Iterable[Path]) -> frozenset[Path]:
    """Those that this version of the kind has."""
    return frozenset(path for path in paths if schema.node(path) is not None)


def _identifier(facts: BuiltIn | None) -> tuple[Path, ...]:
    name: Path = ("metadata", "name")
    return (name,) if facts and not facts.namespaced else (("metadata", "namespace"), name)


def _custom_root() -> Node:
    text = Node(kind=Kind.STRING)
    return Node(
        kind=Kind.OBJECT,
        open=True,
        properties={"apiVersion": text, "kind": text, "metadata": Node(ref=OBJECT_META)},
        required=frozenset({"apiVersion", "kind"}),
    )


def _unknown(type: ObjectType) -> Diagnostic:
    known = [_parsed(text) for text in built_ins()]
    exact = [one for one in known if one.group_kind == type.group_kind] or [one for one in known if one.kind == type.kind]
    same_group = [str(one) for one in known if one.group == type.group]
    near = [str(one) for one in exact] or get_close_matches(str(type), [*same_group, *built_ins()], n=1)
    release = schema_file().head["version"]
    return Diagnostic(
        code="P0822",
        summary=f"Kubernetes {release} has no {type.kind} in {type.api_version}",
        notes=(("help", f'did you mean "{near[0]}"?'),) if near else (),
    )
