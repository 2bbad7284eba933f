"""Optional values. null is "not set", so it counts as nothing when an optional is made of it."""

from __future__ import annotations

from engine.expressions.codes import Code
from engine.expressions.functions.table import function
from engine.expressions.meter import Meter
from engine.expressions.problem import Refusal
from engine.expressions.runtime import NOTHING, Maybe, Running, Uint, maybe


@function("optional.of(A) -> optional<A>", shape=True)
def of(meter: Meter, value: Running) -> Maybe:
    return Maybe(True, value)


@function("optional.none() -> optional<dyn>", shape=True)
def none(meter: Meter) -> Maybe:
    return NOTHING


@function("optional.ofNullable(A) -> optional<A>", shape=True)
def of_nullable(meter: Meter, value: Running) -> Maybe:
    return maybe(value)


@function("optional.ofNonZeroValue(A) -> optional<A>", shape=True)
def of_non_zero(meter: Meter, value: Running) -> Maybe:
    if isinstance(value, bool | int | float | str | bytes | list | dict | None) and not value:
        return NOTHING
    return NOTHING if value == Uint(0) else Maybe(True, value)


@function("optional<A>.hasValue() -> bool", shape=True)
def has_value(meter: Meter, value: Maybe) -> bool:
    return value.present


@function("optional<A>.value() -> A", shape=True)
def value_of(meter: Meter, value: Maybe) -> Running:
    if not value.present:
        raise Refusal("the optional is empty", "write .orValue(x)", Code.NULLABLE)
    return value.value


@function("optional<A>.orValue(A) -> A", shape=True)
def or_value(meter: Meter, value: Maybe, other: Running) -> Running:
    return value.value if value.present else other


@function("optional<A>.or(optional<A>) -> optional<A>", shape=True)
def or_other(meter: Meter, value: Maybe, other: Maybe) -> Maybe:
    return value if value.present else other
