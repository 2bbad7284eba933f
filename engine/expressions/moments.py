"""Timestamps and durations: reading and writing them. There is no clock here."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from engine.expressions.problem import Refusal
from engine.expressions.runtime import INT_MAX, INT_MIN, Duration, Timestamp

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = 1_000_000_000
_FIRST: Final = -62_135_596_800 * _SECOND
_LAST: Final = 253_402_300_800 * _SECOND - 1
_UNITS: Final = {"h": 3600 * _SECOND, "m": 60 * _SECOND, "s": _SECOND, "ms": 1_000_000, "us": 1000, "ns": 1}
_DURATION: Final = re.compile(r"([+-]?)((?:[0-9]{1,18}(?:\.[0-9]{1,18})?(?:h|ms|m|us|s|ns))+)\Z", re.ASCII)
_PIECE: Final = re.compile(r"([0-9]+)(?:\.([0-9]+))?(h|ms|m|us|s|ns)")
_TIMESTAMP: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?([Zz]|[+-][0-9]{2}:[0-9]{2})\Z",
    re.ASCII,
)


def duration(nanoseconds: int) -> Duration:
    if not INT_MIN <= nanoseconds <= INT_MAX:
        raise Refusal("a duration out of range")
    return Duration(nanoseconds)


def timestamp(nanoseconds: int) -> Timestamp:
    if not _FIRST <= nanoseconds <= _LAST:
        raise Refusal("a timestamp lies between the years 1 and 9999")
    return Timestamp(nanoseconds)


def read_duration(text: str) -> Duration:
    match = _DURATION.match(text)
    if match is None:
        raise Refusal(f"{text[:60]!r} is no duration", 'write "90s", "1h30m" or "250ms"')
    total = 0
    for whole, fraction, unit in _PIECE.findall(match.group(2)):
        size = _UNITS[unit]
        total += int(whole) * size
        if fraction:
            total += int(fraction) * size // 10 ** len(fraction)
    return duration(-total if match.group(1) == "-" else total)


def show_duration(value: Duration) -> str:
    """Seconds, as CEL says them: "5400s", "0.25s"."""
    sign = "-" if value.nanoseconds < 0 else ""
    whole, part = divmod(abs(value.nanoseconds), _SECOND)
    fraction = f".{part:09d}".rstrip("0") if part else ""
    return f"{sign}{whole}{fraction}s"


def read_timestamp(text: str) -> Timestamp:
    match = _TIMESTAMP.match(text)
    try:
        if match is None:
            raise ValueError
        zone = "+00:00" if match.group(3) in "Zz" else match.group(3)
        moment = datetime.fromisoformat(match.group(1).upper() + zone)
        nanoseconds = (moment - _EPOCH) // timedelta(seconds=1) * _SECOND
    except (ValueError, OverflowError):
        raise Refusal(f"{text[:60]!r} is no timestamp", 'write "2026-01-31T12:00:00Z"') from None
    fraction = (match.group(2) or "").ljust(9, "0")
    return timestamp(nanoseconds + int(fraction or "0"))


def as_datetime(value: Timestamp) -> datetime:
    """In UTC, to the second."""
    return _EPOCH + timedelta(seconds=value.nanoseconds // _SECOND)


def show_timestamp(value: Timestamp) -> str:
    part = value.nanoseconds % _SECOND
    fraction = f".{part:09d}".rstrip("0") if part else ""
    moment = as_datetime(value)
    return f"{moment.year:04d}{moment:-%m-%dT%H:%M:%S}{fraction}Z"
