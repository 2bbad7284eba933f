"""Conversions between types, and `type`. A conversion that would lose something is refused."""

from __future__ import annotations

import math
import re
from typing import Final

from engine.expressions.codes import Code
from engine.expressions.functions.table import function
from engine.expressions.meter import Meter
from engine.expressions.moments import (
    as_datetime,
    read_duration,
    read_timestamp,
    show_duration,
    show_timestamp,
)
from engine.expressions.operators import unsigned, whole
from engine.expressions.problem import Refusal
from engine.expressions.runtime import Duration, Running, Timestamp, TypeName, Uint, an, kind_of, type_name

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,20}\Z", re.ASCII)
_DOUBLE: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,4})?\Z", re.ASCII)
_BOOLS: Final = {"true": True, "True": True, "TRUE": True, "t": True, "1": True,
                 "false": False, "False": False, "FALSE": False, "f": False, "0": False}  # fmt: skip


def show_text(value: Running) -> str:
    """The form inside text. Raises Refusal (whose summary is the kind) where there is none."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return show_number(value)
        case Uint(value=number):
            return str(number)
        case Timestamp():
            return show_timestamp(value)
        case Duration():
            return show_duration(value)
        case None:
            raise Refusal("null", 'say what stands for it: x != null ? x : "..."', Code.IN_TEXT)
        case list() | dict():
            raise Refusal(an(kind_of(value)), "write to_json(x)", Code.IN_TEXT)
        case bytes():
            raise Refusal("bytes", "write base64(x), or string(x)", Code.IN_TEXT)
    raise Refusal(an(kind_of(value)), "end it with .orValue(x)", Code.IN_TEXT)


def show_number(value: float) -> str:
    """A double as text: 1.0 is "1", as in CEL."""
    if math.isfinite(value) and value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return {"inf": "+Inf", "-inf": "-Inf", "nan": "NaN"}.get(repr(value), repr(value))


@function("string(dyn) -> string")
def to_string(meter: Meter, value: Running) -> str:
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise Refusal("these bytes are no UTF-8") from None
    try:
        return show_text(value)
    except Refusal as refusal:
        raise Refusal(f"string is not defined for {kind_of(value)}", refusal.help, Code.ARGUMENTS) from None


@function("int(int) -> int", "int(uint) -> int", "int(double) -> int", "int(string) -> int", "int(timestamp) -> int")
def to_int(meter: Meter, value: Running) -> int:
    match value:
        case Uint(value=number):
            return whole(number)
        case float():
            if not math.isfinite(value):
                raise Refusal(f"{value} is no int", code=Code.ARITHMETIC)
            return whole(int(value))
        case str():
            if not _INTEGER.match(value):
                raise Refusal(f"{value[:60]!r} is no int")
            return whole(int(value))
        case Timestamp(nanoseconds=nanoseconds):
            return nanoseconds // 1_000_000_000
    assert isinstance(value, int)
    return value


@function("uint(uint) -> uint", "uint(int) -> uint", "uint(double) -> uint", "uint(string) -> uint")
def to_uint(meter: Meter, value: Running) -> Uint:
    return value if isinstance(value, Uint) else unsigned(to_int_unbounded(value))


def to_int_unbounded(value: Running) -> int:
    if isinstance(value, str):
        if not _INTEGER.match(value):
            raise Refusal(f"{value[:60]!r} is no uint")
        return int(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise Refusal(f"{value} is no uint", code=Code.ARITHMETIC)
    assert isinstance(value, int | float)
    return int(value)


@function("double(double) -> double", "double(int) -> double", "double(uint) -> double", "double(string) -> double")
def to_double(meter: Meter, value: Running) -> float:
    if isinstance(value, Uint):
        return float(value.value)
    if isinstance(value, str):
        if value in ("NaN", "nan", "inf", "-inf", "Inf", "+Inf", "-Inf"):
            return float(value)
        if len(value) > 400 or not _DOUBLE.match(value):
            raise Refusal(f"{value[:60]!r} is no double")
        return float(value)
    assert isinstance(value, int | float)
    return float(value)


@function("bool(bool) -> bool", "bool(string) -> bool")
def to_bool(meter: Meter, value: bool | str) -> bool:
    if isinstance(value, bool):
        return value
    if value not in _BOOLS:
        raise Refusal(f"{value[:60]!r} is no bool")
    return _BOOLS[value]


@function("bytes(bytes) -> bytes", "bytes(string) -> bytes")
def to_bytes(meter: Meter, value: bytes | str) -> bytes:
    return value if isinstance(value, bytes) else value.encode()


@function("timestamp(timestamp) -> timestamp", "timestamp(string) -> timestamp")
def to_timestamp(meter: Meter, value: Timestamp | str) -> Timestamp:
    return value if isinstance(value, Timestamp) else read_timestamp(value)


@function("duration(duration) -> duration", "duration(string) -> duration")
def to_duration(meter: Meter, value: Duration | str) -> Duration:
    return value if isinstance(value, Duration) else read_duration(value)


@function("dyn(A) -> dyn", shape=True)
def to_dyn(meter: Meter, value: Running) -> Running:
    return value


@function("type(dyn) -> type")
def type_of(meter: Meter, value: Running) -> TypeName:
    return type_name(value)


def _part(name: str, format: str) -> None:
    """The getters of a timestamp, in UTC; months, days of the week and of the year from 0, as CEL counts them."""
    minus = 1 if name in ("getMonth", "getDayOfMonth", "getDayOfYear") else 0

    @function(f"timestamp.{name}() -> int")
    def get(meter: Meter, value: Timestamp) -> int:
        return int(as_datetime(value).strftime(format)) - minus


for _name, _format in {
    "getFullYear": "%Y", "getMonth": "%m", "getDate": "%d", "getDayOfMonth": "%d", "getDayOfWeek": "%w",
    "getDayOfYear": "%j", "getHours": "%H", "getMinutes": "%M", "getSeconds": "%S",
}.items():  # fmt: skip
    _part(_name, _format)


@function("duration.getSeconds() -> int")
def seconds(meter: Meter, value: Duration) -> int:
    return int(value.nanoseconds / 1_000_000_000)


@function("duration.getMinutes() -> int")
def minutes(meter: Meter, value: Duration) -> int:
    return int(value.nanoseconds / 60_000_000_000)


@function("duration.getHours() -> int")
def hours(meter: Meter, value: Duration) -> int:
    return int(value.nanoseconds / 3_600_000_000_000)
