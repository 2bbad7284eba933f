"""Functions of numbers."""

from __future__ import annotations

import math
from typing import Any, Final

from engine.expressions.codes import Code
from engine.expressions.functions.table import function
from engine.expressions.meter import Meter
from engine.expressions.operators import unsigned, whole
from engine.expressions.problem import Refusal
from engine.expressions.runtime import Running, Uint, kind_of

_NUMBERS: Final = ("int", "uint", "double")


def _order(value: Running) -> Any:
    return value.value if isinstance(value, Uint) else value


def _numbers(name: str, values: tuple[Running, ...]) -> list[Running]:
    found = list(values[0]) if len(values) == 1 and isinstance(values[0], list) else list(values)
    if not found:
        raise Refusal(f"{name} of nothing")
    for value in found:
        if kind_of(value) not in _NUMBERS:
            raise Refusal(f"{name} takes numbers, not {kind_of(value)}", code=Code.ARGUMENTS)
    return found


@function("math.greatest(A...) -> A", "math.greatest(list<A>) -> A")
def greatest(meter: Meter, *values: Running) -> Running:
    return max(_numbers("math.greatest", values), key=_order)


@function("math.least(A...) -> A", "math.least(list<A>) -> A")
def least(meter: Meter, *values: Running) -> Running:
    return min(_numbers("math.least", values), key=_order)


@function("math.abs(int) -> int", "math.abs(double) -> double", "math.abs(uint) -> uint")
def absolute(meter: Meter, value: int | float | Uint) -> Running:
    if isinstance(value, Uint):
        return value
    return whole(abs(value)) if isinstance(value, int) else abs(value)


@function("math.sign(int) -> int", "math.sign(double) -> double")
def sign(meter: Meter, value: int | float) -> int | float:
    if isinstance(value, int):
        return (value > 0) - (value < 0)
    return value if value == 0 or math.isnan(value) else math.copysign(1.0, value)


@function("math.ceil(double) -> double")
def ceil(meter: Meter, value: float) -> float:
    return float(math.ceil(value)) if math.isfinite(value) else value


@function("math.floor(double) -> double")
def floor(meter: Meter, value: float) -> float:
    return float(math.floor(value)) if math.isfinite(value) else value


@function("math.trunc(double) -> double")
def trunc(meter: Meter, value: float) -> float:
    return float(math.trunc(value)) if math.isfinite(value) else value


@function("math.round(double) -> double")
def rounded(meter: Meter, value: float) -> float:
    """Halves go away from zero."""
    if not math.isfinite(value):
        return value
    return math.copysign(math.floor(abs(value) + 0.5), value)


@function("sum(list<A>) -> A")
def total(meter: Meter, items: list[Running]) -> Running:
    """Of ints, of uints or of doubles; of an empty list 0."""
    meter.members(len(items))
    kinds = {kind_of(item) for item in items}
    if len(kinds) > 1 or not kinds.issubset(_NUMBERS):
        raise Refusal(f"sum takes numbers of one type, not {' and '.join(sorted(kinds))}", code=Code.ARGUMENTS)
    if kinds == {"uint"}:
        return unsigned(sum(_order(item) for item in items))
    added = sum(_order(item) for item in items)
    return whole(added) if isinstance(added, int) else added
