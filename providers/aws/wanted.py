"""What the properties shall be: the inputs, and what becomes of what was declared once and is not any more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from providers.aws.forms import unpaired
from providers.aws.kind import Type
from providers.aws.template import dotted
from providers.contract.values import Value, get, put, walk


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired:
    """`values` are the inputs with defaults where a recorded leaf is no longer declared. `removed`: top-level properties
    that were recorded, are not declared and have no default. `removed_tags`: tag keys likewise."""

    values: dict[str, Value]
    removed: frozenset[str]
    removed_tags: tuple[str, ...]


def desired(kind: Type, inputs: dict[str, Value], recorded: dict[str, Value] | None) -> Desired:
    entry = kind.entry
    values: Value = dict(inputs)
    removed: set[str] = set()
    for path, _ in walk(recorded or {}):
        top = path[0] if path else ""
        if not isinstance(top, str) or (entry.tagging is not None and top == entry.tagging.property):
            continue
        if top not in inputs and top not in entry.defaults:
            removed.add(top)
        elif get(inputs, path) is None and not any(isinstance(part, int) for part in path):
            default = default_of(entry.defaults, path)
            values = put(values, path, default) if default is not None else values
    for name in set(recorded or {}) - set(inputs):
        if name in entry.defaults:
            values = put(values, (name,), entry.defaults[name])
    assert isinstance(values, dict)
    return Desired(values=values, removed=frozenset(removed), removed_tags=lost_tags(kind, inputs, recorded))


def default_of(defaults: Any, path: tuple[str | int, ...]) -> Value:
    for name, value in defaults.items():
        place = dotted(name)
        if path[: len(place)] == place:
            found: Value = get(value, path[len(place) :])
            return found
    return None


def lost_tags(kind: Type, inputs: dict[str, Value], recorded: dict[str, Value] | None) -> tuple[str, ...]:
    tagging = kind.entry.tagging
    if tagging is None or not recorded:
        return ()
    before, now = unpaired(recorded.get(tagging.property)), unpaired(inputs.get(tagging.property))
    return tuple(sorted(set(before) - set(now)))
