"""Types of expressions, for the check before anything is read and for the table of functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias


class ObjectShape(Protocol):
    """What a mapping with known attributes has: a resource, a section such as `inputs`, a part of either.

    Whoever has schemas implements it, lazily where it is large.
    """

    def describe(self) -> str:
        """Its kind for messages: "AWS::SQS::Queue"; a section's own name ("inputs")."""
        ...

    def attributes(self) -> Mapping[str, Type]: ...

    def identifier(self) -> str:
        """The attribute that identifies it ("SubnetId"); empty where there is none or several."""
        ...


@dataclass(frozen=True, slots=True)
class Simple:
    """string, int, uint, double, bool, null, bytes, dyn, timestamp, duration, type."""

    name: str


@dataclass(frozen=True, slots=True)
class ListOf:
    items: Type


@dataclass(frozen=True, slots=True)
class MapOf:
    """A mapping from text to `values`; a repeated resource is one."""

    values: Type


@dataclass(frozen=True, slots=True)
class OptionalOf:
    item: Type


@dataclass(frozen=True, slots=True)
class Nullable:
    """`item`, or null. `because` completes "NAME ..." where there is more to say than "may be null"."""

    item: Type
    because: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, eq=False)
class ObjectOf:
    shape: ObjectShape


@dataclass(frozen=True, slots=True)
class Variable:
    """Stands for one type throughout a function's signature."""

    name: str


Type: TypeAlias = Simple | ListOf | MapOf | OptionalOf | Nullable | ObjectOf | Variable

STRING: Final = Simple("string")
INT: Final = Simple("int")
UINT: Final = Simple("uint")
DOUBLE: Final = Simple("double")
BOOL: Final = Simple("bool")
NULL: Final = Simple("null")
BYTES: Final = Simple("bytes")
DYN: Final = Simple("dyn")
TIMESTAMP: Final = Simple("timestamp")
DURATION: Final = Simple("duration")
TYPE: Final = Simple("type")


class TypeScope(Protocol):
    """What names mean to the check."""

    def resolve(self, root: str) -> Type | None:
        """None where nothing has this name."""
        ...

    def roots(self) -> Iterable[str]:
        """Every name, for suggestions."""
        ...


def describe(kind: Type) -> str:
    match kind:
        case Simple(name=name) | Variable(name=name):
            return name
        case ListOf(items=items):
            return f"list<{describe(items)}>"
        case MapOf(values=values):
            return f"map<{describe(values)}>"
        case OptionalOf(item=item):
            return f"optional<{describe(item)}>"
        case Nullable(item=item):
            return f"{describe(item)} or null"
        case ObjectOf(shape=shape):
            return shape.describe()


def nullable(kind: Type) -> Type:
    return kind if isinstance(kind, Nullable) or kind in (DYN, NULL) else Nullable(kind)


def join(left: Type, right: Type) -> Type:
    """The narrowest type both belong to."""
    if left == right:
        return left
    if left == NULL or right == NULL:
        return nullable(right if left == NULL else left)
    match left, right:
        case (Nullable(item=item), other) | (other, Nullable(item=item)):
            return nullable(join(item, other.item if isinstance(other, Nullable) else other))
        case ListOf(items=a), ListOf(items=b):
            return ListOf(join(a, b))
        case MapOf(values=a), MapOf(values=b):
            return MapOf(join(a, b))
        case OptionalOf(item=a), OptionalOf(item=b):
            return OptionalOf(join(a, b))
    return DYN


def join_all(kinds: Iterable[Type]) -> Type:
    result: Type | None = None
    for kind in kinds:
        result = kind if result is None else join(result, kind)
    return DYN if result is None else result


def accepts(wanted: Type, given: Type, bindings: dict[str, Type]) -> bool:
    """True where a value of `given` may be one of `wanted`. Binds type variables of `wanted`."""
    if isinstance(wanted, Variable):
        bound = bindings.get(wanted.name)
        bindings[wanted.name] = given if bound is None else join(bound, given)
        return True
    if DYN in (wanted, given):
        return True
    match wanted, given:
        case Nullable(item=item), Nullable(item=other):
            return accepts(item, other, bindings)
        case Nullable(item=item), _:
            return given == NULL or accepts(item, given, bindings)
        case ListOf(items=a), ListOf(items=b):
            return accepts(a, b, bindings)
        case MapOf(values=a), MapOf(values=b):
            return accepts(a, b, bindings)
        case MapOf(values=a), ObjectOf():
            return accepts(a, DYN, bindings)
        case OptionalOf(item=a), OptionalOf(item=b):
            return accepts(a, b, bindings)
        case ObjectOf(), (MapOf() | ObjectOf()):
            return True
    return wanted == given


def substitute(kind: Type, bindings: Mapping[str, Type]) -> Type:
    match kind:
        case Variable(name=name):
            return bindings.get(name, DYN)
        case ListOf(items=items):
            return ListOf(substitute(items, bindings))
        case MapOf(values=values):
            return MapOf(substitute(values, bindings))
        case OptionalOf(item=item):
            return OptionalOf(substitute(item, bindings))
        case Nullable(item=item):
            return nullable(substitute(item, bindings))
        case Simple() | ObjectOf():
            return kind


def parse_type(text: str) -> Type:
    """The reading of `describe` for everything but objects: the form of signatures in the table of functions."""
    if text.endswith("?"):
        return nullable(parse_type(text[:-1]))
    head, bracket, rest = text.partition("<")
    inner = parse_type(rest[:-1]) if bracket else DYN
    match head:
        case "list":
            return ListOf(inner)
        case "map":
            return MapOf(inner)
        case "optional":
            return OptionalOf(inner)
    return Variable(head) if len(head) == 1 else Simple(head)
