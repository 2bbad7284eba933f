"""The types of operators: the rows of operators.BINARY, said of types."""

from __future__ import annotations

from typing import Final

from engine.expressions.operators import BINARY
from engine.expressions.runtime import Duration, Timestamp, Uint
from engine.expressions.types import BOOL, DYN, ListOf, MapOf, ObjectOf, Simple, Type, accepts, describe, join

_NAMES: Final[dict[type, str]] = {
    int: "int", float: "double", Uint: "uint", str: "string", bytes: "bytes", bool: "bool",
    Duration: "duration", Timestamp: "timestamp",
}  # fmt: skip
_COMPARISONS: Final = frozenset({"<", "<=", ">", ">=", "==", "!=", "in"})
_MOMENTS: Final = {
    ("-", "timestamp", "timestamp"): "duration",
    ("+", "duration", "timestamp"): "timestamp",
}


def _rows() -> dict[tuple[str, str, str], Type]:
    rows: dict[tuple[str, str, str], Type] = {}
    for sign, left, right in BINARY:
        key = (sign, _NAMES[left], _NAMES[right])
        rows[key] = BOOL if sign in _COMPARISONS else Simple(_MOMENTS.get(key, _NAMES[left]))
    return rows


_ROWS: Final = _rows()


def binary_type(sign: str, left: Type, right: Type) -> Type | None:
    """The result's type; None where the operator is not defined for these."""
    if sign == "in":
        return _membership(left, right)
    if isinstance(left, ListOf) and isinstance(right, ListOf) and sign == "+":
        return join(left, right)
    if DYN not in (left, right):
        return _ROWS.get((sign, describe(left), describe(right)))
    known = right if left == DYN else left
    if sign in _COMPARISONS:
        return BOOL
    if known == DYN or (sign == "+" and isinstance(known, ListOf)):
        return DYN
    named = known.name if isinstance(known, Simple) else ""
    return known if (sign, named, named) in _ROWS and named not in ("duration", "timestamp") else _maybe(sign, named)


def _maybe(sign: str, name: str) -> Type | None:
    return DYN if any(row[0] == sign and name in row[1:] for row in _ROWS) else None


def _membership(left: Type, right: Type) -> Type | None:
    match right:
        case ListOf(items=items):
            return BOOL if accepts(items, left, {}) or accepts(left, items, {}) else None
        case MapOf() | ObjectOf():
            return BOOL if left in (DYN, Simple("string")) else None
        case Simple(name="dyn"):
            return BOOL
    return None
