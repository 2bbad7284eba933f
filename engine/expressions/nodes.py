"""The syntax tree. Spans (`start`, `end` exclusive, in characters) take no part in equality."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from engine.expressions.runtime import Uint

Constant: TypeAlias = None | bool | int | float | str | bytes | Uint


@dataclass(frozen=True, slots=True, kw_only=True)
class Spanned:
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Literal(Spanned):
    """A constant. Equal only to a constant of the same type, so that 1, 1.0 and true stay apart."""

    value: Constant

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Literal) and type(self.value) is type(other.value) and repr(self.value) == repr(other.value)

    def __hash__(self) -> int:
        return hash((type(self.value), repr(self.value)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Name(Spanned):
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Select(Spanned):
    """`operand.field`, or `operand.?field` where `optional`."""

    operand: Node
    field: str
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Index(Spanned):
    """`operand[index]`, or `operand[?index]` where `optional`."""

    operand: Node
    index: Node
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Has(Spanned):
    """`has(operand.field)`."""

    operand: Node
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Spanned):
    """`function(arguments)`, or `target.function(arguments)`; a function of a namespace is `math.abs`, no target."""

    function: str
    arguments: tuple[Node, ...]
    target: Node | None = None
    name_start: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unary(Spanned):
    operator: str
    operand: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Binary(Spanned):
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditional(Spanned):
    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Spanned):
    """One member of a list literal; an `optional` one (`?x`) is left out where its value is none."""

    value: Node
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLiteral(Spanned):
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Spanned):
    key: Node
    value: Node
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MapLiteral(Spanned):
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comprehension(Spanned):
    """`target.macro(variables..., bodies...)`: the bodies see the variables."""

    macro: str
    target: Node
    variables: tuple[str, ...]
    bodies: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bind(Spanned):
    """`cel.bind(variable, value, body)`."""

    variable: str
    value: Node
    body: Node


Node: TypeAlias = (
    Literal | Name | Select | Index | Has | Call | Unary | Binary | Conditional
    | ListLiteral | MapLiteral | Comprehension | Bind
)  # fmt: skip


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below, in the order of the text."""
    match node:
        case Literal() | Name():
            return ()
        case Select(operand=operand) | Has(operand=operand) | Unary(operand=operand):
            return (operand,)
        case Index(operand=operand, index=index):
            return (operand, index)
        case Call(arguments=arguments, target=target):
            return arguments if target is None else (target, *arguments)
        case Binary(left=left, right=right):
            return (left, right)
        case Conditional(condition=condition, then=then, otherwise=otherwise):
            return (condition, then, otherwise)
        case ListLiteral(items=items):
            return tuple(item.value for item in items)
        case MapLiteral(entries=entries):
            return tuple(part for entry in entries for part in (entry.key, entry.value))
        case Comprehension(target=target, bodies=bodies):
            return (target, *bodies)
        case Bind(value=value, body=body):
            return (value, body)


def height(node: Node, limit: int) -> int:
    """The longest way down, in nodes; stops at the first level beyond `limit`. Needs no recursion."""
    level: list[Node] = [node]
    count = 0
    while level and count <= limit:
        count += 1
        level = [child for item in level for child in children(item)]
    return count
