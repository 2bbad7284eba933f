"""What values are while an expression runs: the value tree, and what only CEL has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from providers.contract.values import Secret, Unknown

Running: TypeAlias = object
"""A Value, or one of the classes below, or bytes; lists and mappings may hold any of them."""

INT_MIN: Final = -(2**63)
INT_MAX: Final = 2**63 - 1
UINT_MAX: Final = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Uint:
    value: int


@dataclass(frozen=True, slots=True)
class Maybe:
    """CEL's optional: a value, or nothing. `value` means nothing where `present` is false."""

    present: bool
    value: Running = None


NOTHING: Final = Maybe(False)


def maybe(value: Running) -> Maybe:
    """null is "not set" in a stack, so it is nothing here too."""
    return NOTHING if value is None else Maybe(True, value)


@dataclass(frozen=True, slots=True)
class TypeName:
    """What `type(x)` gives."""

    name: str


@dataclass(frozen=True, slots=True, order=True)
class Duration:
    nanoseconds: int


@dataclass(frozen=True, slots=True, order=True)
class Timestamp:
    """Nanoseconds since 1970-01-01T00:00:00Z, between the years 1 and 9999."""

    nanoseconds: int


_KINDS: Final[dict[type, str]] = {
    type(None): "null",
    bool: "bool",
    int: "int",
    float: "double",
    str: "string",
    bytes: "bytes",
    list: "list",
    dict: "map",
    Uint: "uint",
    Maybe: "optional",
    TypeName: "type",
    Duration: "duration",
    Timestamp: "timestamp",
    Unknown: "unknown",
    Secret: "secret",
}

TYPE_NAMES: Final[dict[str, TypeName]] = {
    name: TypeName(name) for name in ("bool", "int", "uint", "double", "string", "bytes", "list", "map", "null_type", "type")
}


def kind_of(value: Running) -> str:
    kind = _KINDS.get(type(value))
    if kind is not None:
        return kind
    for known, name in _KINDS.items():
        if isinstance(value, known):
            return name
    raise TypeError(f"{type(value).__name__} is no value of an expression")


def type_name(value: Running) -> TypeName:
    kind = kind_of(value)
    return TypeName("null_type" if kind == "null" else kind)


def an(kind: str) -> str:
    """The kind with its article, for messages: "a string", "an int", "null", "AWS::SQS::Queue"."""
    if kind in ("null", "bytes") or kind[:1].isupper():
        return kind
    return f"{'an' if kind[0] in 'aeio' else 'a'} {kind}"
