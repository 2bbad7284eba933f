"""The served types: each entry of the table joined with the published facts, made when it is first asked for."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from providers.aws import schemas
from providers.aws.kind import Type
from providers.aws.table import Entry, ListUpdate
from providers.aws.template import dotted
from providers.contract.diagnostic import Diagnostic
from providers.contract.schema import Kind, Node, Ordering, TypeSchema, covers
from providers.contract.values import Path, Unknown, Value, get, reveal


@cache
def entries() -> Mapping[str, Entry]:
    from providers.aws.types import ENTRIES

    return ENTRIES


@cache
def served(type: str) -> Type:
    """The type, which must be one of `entries()`."""
    entry = entries()[type]
    facts = schemas.facts(type)
    if not entry.identity:
        entry = replace(entry, identity=tuple(".".join(map(str, path)) for path in facts.identifier))
    schema = build_schema(entry, facts)
    return Type(entry=entry, schema=schema, identity=lambda inputs: identity_of(entry, inputs))


def build_schema(entry: Entry, facts: schemas.Facts) -> TypeSchema:
    parts = tuple(dotted(part.split("/")[0].split("=")[0]) for part in entry.identity)
    update = {dotted(path) for path in entry.update}
    replaced = {dotted(path) for path in entry.replace}
    fixed = {(name,) for name in facts.root.properties} - {(name,) for name in updatable(entry)} - facts.read_only
    fixed -= {dotted(name) for name in entry.refused} | {dotted(name) for name in entry.ignored}
    return TypeSchema(
        type=entry.type,
        root=with_sets(facts.root, entry.sets),
        definitions=facts.definitions,
        recovery=entry.recovery,
        identifier=parts,
        create_only=frozenset((facts.create_only | facts.conditional | replaced | fixed) - update),
        read_only=facts.read_only,
        write_only=(facts.write_only | {dotted(path) for path in entry.unread}) - {dotted(path) for path in entry.readable},
        refused=entry.refused,
        taggable=entry.tagging is not None and entry.tagging.property in facts.root.properties,
        unique_name=entry.known_identity and not entry.computed,
        holds_data=entry.holds_data,
    )


def with_sets(root: Node, sets: frozenset[str]) -> Node:
    """The node with lists at these top-level names compared as sets."""
    if not sets:
        return root
    members = {
        name: replace(item, ordering=Ordering.SET) if name in sets and not item.ref else item
        for name, item in root.properties.items()
    }
    return replace(root, properties=members)


def identity_of(entry: Entry, values: Mapping[str, Value]) -> str:
    """The parts joined by "|", or "" where one of them is not there or not known yet."""
    parts = [part_of(entry, part, values) for part in entry.identity]
    return "|".join(parts) if parts and all(parts) else ""


def part_of(entry: Entry, part: str, values: Mapping[str, Value]) -> str:
    for choice in part.split("/"):
        name, _, word = choice.partition("=")
        if not name:
            return word
        value = reveal(get(dict(values), dotted(name)))
        if isinstance(value, Unknown):
            return ""
        if value not in (None, ""):
            return word or str(value)
        if name in entry.computed:
            return entry.computed[name](values)
    return ""


def not_served(type: str) -> Diagnostic:
    """Why a type is not served: AWS has it and we do not, or nobody has."""
    if type in schemas.names():
        return Diagnostic(
            code="P0502",
            summary=f"AWS has the type {type}, Plumb does not serve it yet",
            label="not served",
            notes=(("help", "`plumb types` lists what is served"),),
        )
    near = difflib.get_close_matches(type, entries(), n=1, cutoff=0.6) or difflib.get_close_matches(
        type, sorted(schemas.names()), n=1, cutoff=0.6
    )
    notes = (("help", f"did you mean {near[0]}?"),) if near else ()
    return Diagnostic(code="P0501", summary=f"unknown type {type}", label="AWS has no such type", notes=notes)


def updatable(entry: Entry) -> frozenset[str]:
    """The top-level properties that an update brings to what is wanted."""
    names: set[str] = {entry.tagging.property} if entry.tagging is not None else set()
    for update in entry.updates:
        names.update((update.on,) if isinstance(update, ListUpdate) else update.on)
    return frozenset(names)


def forces_replacement(type: Type, path: Path) -> bool:
    """True where a change at `path` needs a new object: AWS says so, or nothing here can update it."""
    return covers(type.schema.create_only, path)


def kind_at(schema: TypeSchema, path: Path) -> str:
    node = schema.node(path)
    return (node.kind if node is not None else Kind.ANY).value


def deleted_by(operation: str) -> Entry | None:
    """The entry whose delete request this is."""
    return next((entry for entry in entries().values() if entry.delete.call.operation == operation), None)


def created_by(operation: str) -> Type | None:
    """The type whose create request this is."""
    return next((served(entry.type) for entry in entries().values() if entry.create.call.operation == operation), None)
