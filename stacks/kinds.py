"""Types for expressions, made from schemas, inputs and files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from engine.expressions import BOOL, DOUBLE, DYN, INT, NULL, STRING, ListOf, MapOf, ObjectOf, Type
from engine.expressions.types import join_all
from providers.contract.schema import Kind, Node, TypeSchema
from providers.contract.values import Secret, Unknown, Value


class OpenTypes(dict[str, Type]):
    """Every name is a member; those that are not listed may be anything."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> Type:
        return DYN


@dataclass(frozen=True, slots=True)
class Section:
    """A mapping with known members: `inputs`, `files`, `stacks`, one of its stacks."""

    name: str
    members: Mapping[str, Type]

    def describe(self) -> str:
        return self.name

    def attributes(self) -> Mapping[str, Type]:
        return self.members

    def identifier(self) -> str:
        return ""


class LazyTypes(dict[str, Type]):
    """Members whose types are found when they are asked for; one that asks for itself is `dyn`."""

    def __init__(self, names: Iterable[str], find: Callable[[str], Type]) -> None:
        super().__init__(dict.fromkeys(names, DYN))
        self.find = find
        self.found: set[str] = set()

    def __getitem__(self, name: str) -> Type:
        if name not in self.found and name in self:
            self.found.add(name)
            self[name] = self.find(name)
        return super().__getitem__(name)


@dataclass(slots=True)
class SchemaShape:
    """A place of a type's schema as an object; one for each place, shared by all resources of the type."""

    schema: TypeSchema
    node: Node
    name: str
    _attributes: dict[str, Type] | None = None

    def describe(self) -> str:
        return self.name

    def attributes(self) -> Mapping[str, Type]:
        if self._attributes is None:
            found = OpenTypes() if self.node.open else {}
            found.update({name: node_type(self.schema, child, name) for name, child in self.node.properties.items()})
            self._attributes = found
        return self._attributes

    def identifier(self) -> str:
        paths = self.schema.identifier
        if self.node is self.schema.resolve(self.schema.root) and len(paths) == 1 and len(paths[0]) == 1:
            return str(paths[0][0])
        return ""


_SIMPLE: Final = {Kind.STRING: STRING, Kind.INTEGER: INT, Kind.BOOLEAN: BOOL}
"""A number is `dyn`: 1 and 1.0 are one number to a cloud, and not to CEL."""


def node_type(schema: TypeSchema, node: Node, name: str, depth: int = 0) -> Type:
    node = schema.resolve(node)
    if node.alternatives or depth > 8:
        return DYN
    match node.kind:
        case Kind.LIST:
            return ListOf(node_type(schema, node.items, name, depth + 1)) if node.items else ListOf(DYN)
        case Kind.MAP:
            return MapOf(node_type(schema, node.items, name, depth + 1)) if node.items else MapOf(DYN)
        case Kind.OBJECT if node.properties:
            return ObjectOf(SchemaShape(schema, node, name))
    return _SIMPLE.get(node.kind, DYN)


@dataclass(slots=True)
class TypeShapes:
    """One shape for each type that is used."""

    found: dict[str, ObjectOf] = field(default_factory=dict)

    def of(self, schema: TypeSchema) -> ObjectOf:
        kind = self.found.get(schema.type)
        if kind is None:
            kind = ObjectOf(SchemaShape(schema, schema.resolve(schema.root), schema.type))
            self.found[schema.type] = kind
        return kind


def value_type(value: Value) -> Type:
    """The type of a known value. An empty list or mapping may hold anything."""
    match value:
        case None:
            return NULL
        case bool():
            return BOOL
        case int():
            return INT
        case float():
            return DOUBLE
        case str():
            return STRING
        case list():
            return ListOf(join_all(map(value_type, value)))
        case dict():
            return MapOf(join_all(map(value_type, value.values())))
        case Secret(value=inner):
            return value_type(inner)
        case Unknown():
            return DYN


ZIP: Final = ObjectOf(Section("a zip", {"base64": STRING, "sha256": STRING, "size": INT}))
AWS_FACTS: Final = ObjectOf(Section("provider", {"region": STRING, "account_id": STRING, "partition": STRING}))
ANY_FACTS: Final = ObjectOf(Section("provider", OpenTypes()))


@dataclass(slots=True)
class Names:
    """Implements TypeScope: what the names mean in one place. `own` comes before the stack's."""

    stack: Mapping[str, Type]
    own: dict[str, Type] = field(default_factory=dict)

    def resolve(self, root: str) -> Type | None:
        return self.own.get(root) or self.stack.get(root)

    def roots(self) -> Iterable[str]:
        return [*self.own, *self.stack]
