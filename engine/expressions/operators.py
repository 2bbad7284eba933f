"""Operators on known scalars, one row per pair of types. What has no row is a type error, as in CEL."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from engine.expressions import moments
from engine.expressions.codes import Code
from engine.expressions.meter import Meter
from engine.expressions.problem import Refusal
from engine.expressions.runtime import INT_MAX, INT_MIN, UINT_MAX, Duration, Maybe, Running, Timestamp, Uint
from providers.contract.values import Secret, Unknown

Rule: TypeAlias = Callable[[Any, Any], Running]


def whole(number: int) -> int:
    if not INT_MIN <= number <= INT_MAX:
        raise Refusal("an int overflows: it has 64 bits", code=Code.ARITHMETIC)
    return number


def unsigned(number: int) -> Uint:
    if not 0 <= number <= UINT_MAX:
        raise Refusal("a uint overflows: it has 64 bits and no sign", code=Code.ARITHMETIC)
    return Uint(number)


def _divide(left: int, right: int) -> int:
    """Towards zero, as CEL does."""
    if right == 0:
        raise Refusal("division by zero", code=Code.ARITHMETIC)
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _remainder(left: int, right: int) -> int:
    return left - right * _divide(left, right)


def _divide_doubles(left: float, right: float) -> float:
    if right != 0:
        return left / right
    if left == 0 or math.isnan(left):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


_INT: Final[dict[str, Callable[[int, int], int]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "%": _remainder,
}
_ORDER: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _number(value: int | float | Uint) -> int | float:
    return value.value if isinstance(value, Uint) else value


def _table() -> dict[tuple[str, type, type], Rule]:
    rules: dict[tuple[str, type, type], Rule] = {}
    for sign, act in _INT.items():
        rules[sign, int, int] = lambda a, b, act=act: whole(act(a, b))  # type: ignore[misc]
        rules[sign, Uint, Uint] = lambda a, b, act=act: unsigned(act(a.value, b.value))  # type: ignore[misc]
    rules["+", float, float] = operator.add
    rules["-", float, float] = operator.sub
    rules["*", float, float] = operator.mul
    rules["/", float, float] = _divide_doubles
    rules["+", str, str] = operator.add
    rules["+", bytes, bytes] = operator.add
    rules["+", Duration, Duration] = lambda a, b: moments.duration(a.nanoseconds + b.nanoseconds)
    rules["-", Duration, Duration] = lambda a, b: moments.duration(a.nanoseconds - b.nanoseconds)
    rules["+", Timestamp, Duration] = lambda a, b: moments.timestamp(a.nanoseconds + b.nanoseconds)
    rules["+", Duration, Timestamp] = lambda a, b: moments.timestamp(a.nanoseconds + b.nanoseconds)
    rules["-", Timestamp, Duration] = lambda a, b: moments.timestamp(a.nanoseconds - b.nanoseconds)
    rules["-", Timestamp, Timestamp] = lambda a, b: moments.duration(a.nanoseconds - b.nanoseconds)
    for sign, compare in _ORDER.items():
        for kind in (str, bytes, bool, Duration, Timestamp):
            rules[sign, kind, kind] = compare
        for left in (int, float, Uint):
            for right in (int, float, Uint):
                rules[sign, left, right] = lambda a, b, compare=compare: compare(_number(a), _number(b))  # type: ignore[misc]
    for same in (str, bool, int):
        rules["==", same, same] = operator.eq
        rules["!=", same, same] = operator.ne
    return rules


BINARY: Final = _table()

_NUMBERS: Final = (int, float, Uint)


def equal(left: Running, right: Running, meter: Meter) -> bool | None:
    """Deep equality; None where an Unknown decides. Numbers of different types are compared as numbers."""
    while isinstance(left, Secret):
        left = left.value
    while isinstance(right, Secret):
        right = right.value
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return None
    if type(left) in _NUMBERS and type(right) in _NUMBERS:
        return _number(left) == _number(right)  # type: ignore[arg-type]
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and _all_equal(list(zip(left, right)), meter)
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and _all_equal([(left[k], right[k]) for k in left], meter)
    if isinstance(left, Maybe) and isinstance(right, Maybe):
        return left.present == right.present and equal(left.value, right.value, meter)
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    return type(left) is type(right) and left == right


def _all_equal(pairs: list[tuple[Running, Running]], meter: Meter) -> bool | None:
    meter.members(len(pairs))
    undecided = False
    for left, right in pairs:
        result = equal(left, right, meter)
        if result is False:
            return False
        undecided = undecided or result is None
    return None if undecided else True


def contained(item: Running, members: list[Running], meter: Meter) -> bool | None:
    """Whether a member equals the item; None where an Unknown decides."""
    meter.members(len(members))
    undecided = False
    for member in members:
        result = equal(item, member, meter)
        if result:
            return True
        undecided = undecided or result is None
    return None if undecided else False
