"""The value tree: what properties, answers and outputs are made of.

A value is null, a boolean, an integer, a float, text, a list of values, a mapping from text to
values, or one of two marks: `Unknown` (not known yet, may enter a plan and never a request) and
`Secret` (known, never shown). Lists and mappings are treated as immutable once built: change a tree
by building another one.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias, Union

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A value that only a later moment can give.

    `origin` names where it comes from, as an address and a path ("shop.orders.QueueUrl"). `residual`
    is the normalised text of the expression that is left to evaluate, with every known operand as its
    value; equal residuals mean equal future values. `kind` is a schema kind, or "any".
    """

    kind: str = "any"
    origin: str = ""
    residual: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A value that must not enter text, state or a plan in clear. What is computed from it is one too."""

    value: Value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__


Value: TypeAlias = Union[None, bool, int, float, str, Unknown, Secret, "list[Value]", "dict[str, Value]"]


def walk(value: Value, path: Path = ()) -> Iterator[tuple[Path, Value]]:
    """Every leaf with its path, in order. Empty lists and mappings are leaves; marks are leaves."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from walk(item, (*path, key))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from walk(item, (*path, index))
    else:
        yield path, value


def get(value: Value, path: Path) -> Value:
    """The value at `path`, or None where there is nothing. An Unknown on the way is the answer itself."""
    for part in path:
        if isinstance(value, Unknown):
            return value
        if isinstance(value, Secret):
            inner = get(value.value, (part,))
            value = inner if inner is None or isinstance(inner, Secret) else Secret(inner)
        elif isinstance(part, int):
            value = value[part] if isinstance(value, list) and -len(value) <= part < len(value) else None
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return value


def put(value: Value, path: Path, item: Value) -> Value:
    """A copy of `value` with `item` at `path`; mappings on the way are made where they are missing."""
    if not path:
        return item
    head, rest = path[0], path[1:]
    if isinstance(head, int):
        items = list(value) if isinstance(value, list) else []
        items.extend([None] * (head + 1 - len(items)))
        items[head] = put(items[head], rest, item)
        return items
    mapping = dict(value) if isinstance(value, dict) else {}
    mapping[head] = put(mapping.get(head), rest, item)
    return mapping


def without(value: Value, path: Path) -> Value:
    """A copy of `value` that has nothing at `path`; `value` itself where there was nothing."""
    if not path:
        return None
    head, rest = path[0], path[1:]
    if isinstance(head, str) and isinstance(value, dict) and head in value:
        if not rest:
            return {key: item for key, item in value.items() if key != head}
        return {**value, head: without(value[head], rest)}
    if isinstance(head, int) and isinstance(value, list) and -len(value) <= head < len(value):
        items = list(value)
        if rest:
            items[head] = without(items[head], rest)
        else:
            del items[head]
        return items
    return value


def map_leaves(value: Value, change: Callable[[Value], Value]) -> Value:
    """The tree with `change` applied to every scalar and mark."""
    if isinstance(value, dict):
        return {key: map_leaves(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [map_leaves(item, change) for item in value]
    return change(value)


def unknown_paths(value: Value) -> list[Path]:
    return [path for path, leaf in walk(value) if isinstance(leaf, Unknown)]


def is_known(value: Value) -> bool:
    """True where no Unknown is in the tree, at any depth, inside secrets too."""
    if isinstance(value, dict):
        return all(is_known(item) for item in value.values())
    if isinstance(value, list):
        return all(is_known(item) for item in value)
    if isinstance(value, Secret):
        return is_known(value.value)
    return not isinstance(value, Unknown)


def reveal(value: Value) -> Value:
    """The tree with every Secret replaced by what it holds: for the request itself, nothing else."""
    if isinstance(value, Secret):
        return reveal(value.value)
    if isinstance(value, dict):
        return {key: reveal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [reveal(item) for item in value]
    return value


def has_secret(value: Value) -> bool:
    if isinstance(value, dict):
        return any(has_secret(item) for item in value.values())
    if isinstance(value, list):
        return any(has_secret(item) for item in value)
    return isinstance(value, Secret)


def keyed_digest(value: Value, key: bytes) -> str:
    """What stands for a secret where it may be compared and never read: HMAC-SHA-256, 32 hex digits."""
    text = json.dumps(reveal(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:32]


def drop_nulls(value: Value) -> Value:
    """`null` means "not set": members and items that are null are left out, at any depth."""
    if isinstance(value, dict):
        return {key: drop_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [drop_nulls(item) for item in value if item is not None]
    return value


def render_path(path: Path) -> str:
    """`("a", 0, "b")` as `a[0].b`, the grammar of `ignore` and of messages."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part.replace("_", "a").replace("-", "a").isalnum():
            text += f".{part}" if text else part
        else:
            text += f"[{json.dumps(part, ensure_ascii=False)}]"
    return text
