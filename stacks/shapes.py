"""What may stand where in a stack file: shapes of which the table of keys is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Is(StrEnum):
    TEXT = "text"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    DURATION = "duration"
    EXPRESSION = "expression"
    """One whole `${...}`."""
    ADDRESS = "address"
    VALUE = "value"
    """Any tree, with expressions at its leaves."""
    LITERAL = "literal"
    """Any tree without expressions."""
    PROPERTIES = "properties"
    """A mapping whose keys the type's schema knows."""
    MAP = "map"
    LIST = "list"
    RECORD = "record"
    EITHER = "either"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """`names`: what the keys of a map name ("input"), checked as declared names; "" for any text. `or_expression`:
    one `${...}` may stand for the whole. `open`: a record takes other keys too, as they are."""

    kind: Is
    choices: tuple[str, ...] = ()
    items: Shape | None = None
    names: str = ""
    keys: Mapping[str, Key] = field(default_factory=dict)
    options: tuple[Shape, ...] = ()
    or_expression: bool = False
    open: bool = False
    what: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """`default` as a reader of the reference sees it. `later`: known, and answered with when it comes."""

    shape: Shape
    about: str
    default: str = ""
    required: bool = False
    later: str = ""


TEXT = Shape(kind=Is.TEXT)
TEXT_OR_EXPRESSION = Shape(kind=Is.TEXT, or_expression=True)
BOOLEAN = Shape(kind=Is.BOOLEAN)
BOOLEAN_OR_EXPRESSION = Shape(kind=Is.BOOLEAN, or_expression=True)
INTEGER = Shape(kind=Is.INTEGER)
NUMBER = Shape(kind=Is.NUMBER)
DURATION = Shape(kind=Is.DURATION)
EXPRESSION = Shape(kind=Is.EXPRESSION)
ADDRESS = Shape(kind=Is.ADDRESS)
VALUE = Shape(kind=Is.VALUE)
LITERAL = Shape(kind=Is.LITERAL)
PROPERTIES = Shape(kind=Is.PROPERTIES)


def choice(*values: str) -> Shape:
    return Shape(kind=Is.TEXT, choices=values)


def list_of(items: Shape) -> Shape:
    return Shape(kind=Is.LIST, items=items)


def map_of(items: Shape, names: str = "") -> Shape:
    return Shape(kind=Is.MAP, items=items, names=names)


def record(what: str, *, is_open: bool = False, **keys: Key) -> Shape:
    return Shape(kind=Is.RECORD, keys={name.rstrip("_"): key for name, key in keys.items()}, what=what, open=is_open)


def either(*options: Shape) -> Shape:
    return Shape(kind=Is.EITHER, options=options)
