"""The text of what is left to evaluate: known operands as their values, unknown ones as address and path.

The text reads as an expression over the origins of its unknowns. Equal texts mean equal future values.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

from engine.expressions.marks import clear
from engine.expressions.moments import show_duration, show_timestamp
from engine.expressions.printer import quote, show_constant
from engine.expressions.runtime import Duration, Maybe, Running, Timestamp, TypeName, Uint
from providers.contract.values import Secret, Unknown, Value

MAX_LITERAL: Final = 4096
"""A longer text stands in a residual as its SHA-256, so that a residual stays small."""


def render(value: Running, digest: Callable[[Value], str]) -> str:
    match value:
        case Unknown(residual=residual, origin=origin):
            return residual or origin or "unknown"
        case Secret(value=inner):
            return _secret(inner, digest)
        case str() if len(value) > MAX_LITERAL:
            return "sha256:" + hashlib.sha256(value.encode()).hexdigest()
        case dict():
            members = (f"{quote(key)}: {render(value[key], digest)}" for key in sorted(value))
            return "{" + ", ".join(members) + "}"
        case list():
            return "[" + ", ".join(render(item, digest) for item in value) + "]"
        case None | bool() | int() | float() | str() | bytes() | Uint():
            return show_constant(value)
        case Maybe(present=present, value=inner):
            return f"optional.of({render(inner, digest)})" if present else "optional.none()"
        case TypeName(name=name):
            return name
        case Timestamp():
            return f'timestamp("{show_timestamp(value)}")'
        case Duration():
            return f'duration("{show_duration(value)}")'
    raise TypeError(f"{type(value).__name__} is no value of an expression")


def _secret(inner: Running, digest: Callable[[Value], str]) -> str:
    """A digest of the whole; where an Unknown is inside, of each known leaf, so that its place stays visible."""
    if isinstance(inner, Secret):
        return _secret(inner.value, digest)
    if isinstance(inner, Unknown):
        return render(inner, digest)
    if isinstance(inner, str | int | float | None):
        return "secret:" + digest(inner)
    if _known(inner):
        return "secret:" + digest(["text", render(clear(inner), digest)])
    if isinstance(inner, dict):
        return render({key: _hidden(item) for key, item in inner.items()}, digest)
    if isinstance(inner, list):
        return render([_hidden(item) for item in inner], digest)
    assert isinstance(inner, Maybe)
    return render(Maybe(inner.present, _hidden(inner.value)), digest)


def _hidden(value: Running) -> Running:
    return value if isinstance(value, Secret | Unknown) else Secret(value)  # type: ignore[arg-type]


def _known(value: Running) -> bool:
    if isinstance(value, dict):
        return all(map(_known, value.values()))
    if isinstance(value, list):
        return all(map(_known, value))
    if isinstance(value, Secret | Maybe):
        return _known(value.value)
    return not isinstance(value, Unknown)
