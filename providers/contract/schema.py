"""What a type looks like: the facts that checks, plans, diffs and editors read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from providers.contract.values import Path, Value

ANY_ITEM = "*"
"""In a path pattern: every item of the list, or every value of the map, at this place."""


class Kind(StrEnum):
    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    OBJECT = "object"
    LIST = "list"
    MAP = "map"
    JSON = "json"
    """A document: written as a mapping, sent and compared parsed."""
    ANY = "any"


class Ordering(StrEnum):
    """How two lists are compared."""

    ORDERED = "ordered"
    SET = "set"
    KEYED = "keyed"


class RecoveryClass(StrEnum):
    """How a create whose answer is lost is resolved. RELIABILITY.md, "Recovery classes"."""

    TOKEN = "A"
    NAME = "B"
    NATURAL_KEY = "N"
    TAGS = "C"
    NONE = "D"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One place in a schema. Where `ref` is set, all else is at `definitions[ref]` of the type.

    `alternatives` holds the other kinds a value may have (an IntOrString is STRING with alternative
    INTEGER). `tags` marks a list of Key/Value pairs that may be written as a map.
    `open` says that members beyond `properties` are allowed. `default` of None means that none is known.
    """

    kind: Kind = Kind.ANY
    ref: str = ""
    properties: Mapping[str, Node] = field(default_factory=dict)
    items: Node | None = None
    required: frozenset[str] = frozenset()
    open: bool = False
    alternatives: tuple[Kind, ...] = ()
    enum: tuple[Value, ...] = ()
    pattern: str = ""
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    ordering: Ordering = Ordering.ORDERED
    keys: tuple[str, ...] = ()
    tags: bool = False
    default: Value = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeSchema:
    """The facts of one type. Paths are patterns: `("SecurityGroupIngress", "*", "CidrIp")`.

    `identifier`: the paths whose values together name one live object, in order.
    `create_only`: a change there replaces. `read_only`: outputs; never an input.
    `write_only`: never read back, compared by keyed digest of what was sent.
    `refused`: properties of the published schema that this provider does not serve, with the reason.
    `unique_name`: identity is known from the inputs (Kubernetes objects, uniquely named types), as long as the
    paths in `identifier` are all inputs. `holds_data`: created anew, it comes back EMPTY.
    """

    type: str
    root: Node
    recovery: RecoveryClass = RecoveryClass.NONE
    definitions: Mapping[str, Node] = field(default_factory=dict)
    identifier: tuple[Path, ...] = ()
    create_only: frozenset[Path] = frozenset()
    read_only: frozenset[Path] = frozenset()
    write_only: frozenset[Path] = frozenset()
    refused: Mapping[str, str] = field(default_factory=dict)
    taggable: bool = False
    unique_name: bool = False
    holds_data: bool = False

    def resolve(self, node: Node) -> Node:
        """The node itself, with its reference followed."""
        while node.ref:
            node = self.definitions[node.ref]
        return node

    def node(self, path: Path) -> Node | None:
        """The node at `path` (indexes and keys stand for items), or None where the schema has nothing there."""
        node = self.resolve(self.root)
        for part in path:
            child = node.properties.get(part) if isinstance(part, str) else None
            if child is None and (node.kind in (Kind.LIST, Kind.MAP) or node.items is not None):
                child = node.items
            if child is None:
                return ANY_NODE if node.kind in (Kind.ANY, Kind.JSON) or node.open else None
            node = self.resolve(child)
        return node


ANY_NODE = Node(kind=Kind.ANY)


def matches(pattern: Path, path: Path) -> bool:
    """True where `pattern` names `path` itself."""
    return len(pattern) == len(path) and all(want == ANY_ITEM or want == have for want, have in zip(pattern, path))


def covers(patterns: frozenset[Path], path: Path) -> bool:
    """True where a pattern names `path` or a place above it."""
    return any(matches(pattern, path[: len(pattern)]) for pattern in patterns if len(pattern) <= len(path))
