"""Trees merged as server-side apply merges them: maps by key, lists by their declared keys, all else whole."""

from __future__ import annotations

from providers.contract.values import Value
from providers.kubernetes.fields import Field, item_step
from providers.kubernetes.schemas import Shape


def merge(base: dict[str, Value], patch: dict[str, Value], shape: Shape) -> dict[str, Value]:
    """`base` with all that `patch` says. Items of a keyed list are matched by their keys and new ones come after the
    old; values of a set are added; an atomic list or mapping, and every scalar, is replaced."""
    merged = dict(base)
    for key, item in patch.items():
        merged[key] = _merged(base.get(key), item, shape.child(key))
    return merged


def _merged(base: Value, patch: Value, shape: Shape) -> Value:
    if isinstance(patch, dict) and isinstance(base, dict) and not shape.is_atomic:
        return merge(base, patch, shape)
    if isinstance(patch, list) and isinstance(base, list) and (shape.keys or shape.is_set):
        return _merged_items(base, patch, shape)
    return patch


def _merged_items(base: list[Value], patch: list[Value], shape: Shape) -> list[Value]:
    items = {item_step(item, shape): item for item in base}
    for item in patch:
        step = item_step(item, shape)
        items[step] = _merged(items.get(step), item, shape.child(0))
    return list(items.values())


def remove(value: dict[str, Value], shape: Shape, field: Field) -> dict[str, Value]:
    """The tree without what stands at `field`; mappings that held nothing else stay, empty."""
    removed = _removed(value, shape, field)
    return removed if isinstance(removed, dict) else value


def _removed(value: Value, shape: Shape, field: Field) -> Value:
    step, rest = field[0], field[1:]
    if step.startswith(".") and isinstance(value, dict) and step[1:] in value:
        key = step[1:]
        if not rest:
            return {name: item for name, item in value.items() if name != key}
        return {**value, key: _removed(value[key], shape.child(key), rest)}
    if step.startswith("[") and isinstance(value, list):
        kept = [item for item in value if rest or item_step(item, shape) != step]
        return [_removed(item, shape.child(0), rest) if rest and item_step(item, shape) == step else item for item in kept]
    return value
