"""Fields as server-side apply sees them: by name, by the keys of a list's item, by the value of a set's item.

A field is a tuple of steps in the notation the API uses in conflicts: `(".spec", ".ports",
'[port=80,protocol="TCP"]', ".targetPort")`. A field does not change when a list is reordered.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from providers.contract.values import Path, Secret, Unknown, Value, reveal
from providers.kubernetes.schemas import KEY_DEFAULTS, Shape

Field: TypeAlias = tuple[str, ...]

MANAGER = "plumb"
PLAIN = re.compile(r"[A-Za-z0-9_./:-]*")
"""Text that needs no escapes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """What has one owner: a scalar, a mark, an empty container, or a list or mapping that is replaced whole.

    `path` is where it stands in the tree it was found in.
    """

    field: Field
    path: Path
    value: Value
    shape: Shape


def leaves(value: Value, shape: Shape) -> list[Leaf]:
    """Every leaf of an object, in order."""
    found: list[Leaf] = []
    _collect_leaves(found, value, shape, (), ())
    return found


def _collect_leaves(found: list[Leaf], value: Value, shape: Shape, field: Field, path: Path) -> None:
    if not value or _is_whole(value, shape, field):
        found.append(Leaf(field=field, path=path, value=value, shape=shape))
    elif isinstance(value, dict):
        for key, item in value.items():
            _collect_leaves(found, item, shape.child(key), (*field, f".{key}"), (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _collect_leaves(found, item, shape.child(index), (*field, item_step(item, shape)), (*path, index))


def _is_whole(value: Value, shape: Shape, field: Field) -> bool:
    """True for what has one owner: everything but the containers that are merged."""
    if isinstance(value, dict):
        return bool(field) and shape.is_atomic
    return not isinstance(value, list) or shape.is_atomic or shape.is_open


def item_step(item: Value, shape: Shape) -> str:
    """The step to an item of a keyed list or a set; `shape` is the list's."""
    keys = shape.keys
    if not keys:
        return f"[={_text(item)}]"
    members = item if isinstance(item, dict) else {}
    if len(keys) == 1:
        return f"[{keys[0]}={_text(members.get(keys[0]))}]"
    return "[" + ",".join(f"{key}={_text(members.get(key, KEY_DEFAULTS.get(key)))}" for key in keys) + "]"


def _text(value: Value) -> str:
    if isinstance(value, Unknown):
        return f"?{value.origin}{value.residual}"
    if isinstance(value, str) and PLAIN.fullmatch(value):
        return f'"{value}"'
    return json.dumps(reveal(value), ensure_ascii=False, default=repr)


def places(value: Value, shape: Shape) -> dict[Field, Value]:
    """What stands at every place down to the leaves, what holds others included."""
    found: dict[Field, Value] = {}
    _collect_places(found, value, shape, ())
    return found


def _collect_places(found: dict[Field, Value], value: Value, shape: Shape, field: Field) -> None:
    found[field] = value
    if _is_whole(value, shape, field):
        return
    if isinstance(value, dict):
        for key, item in value.items():
            _collect_places(found, item, shape.child(key), (*field, f".{key}"))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _collect_places(found, item, shape.child(index), (*field, item_step(item, shape)))


def covered(field: Field, fields: frozenset[Field]) -> bool:
    """True where the field, or a place above it, is among `fields`."""
    return any(field[:length] in fields for length in range(1, len(field) + 1))


def text_of(field: Field) -> str:
    """As the API writes it in a conflict."""
    return "".join(field)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """One entry of managedFields. `operation` is Apply or Update; `fields` are leaves."""

    manager: str
    operation: str
    fields: frozenset[Field]

    @property
    def is_ours(self) -> bool:
        return self.manager == MANAGER and self.operation == "Apply"


def ownerships(managers: Value) -> list[Ownership]:
    """The entries that concern the object itself, not those of its sub-resources."""
    found = []
    for entry in managers if isinstance(managers, list) else []:
        if isinstance(entry, dict) and not entry.get("subresource"):
            fields = frozenset(_owned(entry.get("fieldsV1"), ()))
            found.append(Ownership(manager=str(entry.get("manager")), operation=str(entry.get("operation")), fields=fields))
    return found


def _owned(tree: Any, field: Field) -> Iterator[Field]:
    for key, item in (tree or {}).items():
        if key == ".":
            continue
        inner = (*field, _owned_step(key))
        if not item or (len(item) == 1 and "." in item):
            yield inner
        else:
            yield from _owned(item, inner)


def _owned_step(key: str) -> str:
    """`f:spec`, `k:{"name":"web"}` and `v:"x"` in the notation of conflicts."""
    if key.startswith("f:"):
        return f".{key[2:]}"
    word, _, rest = key.partition(":")
    if word == "k":
        pairs: Mapping[str, Value] = json.loads(rest)
        return "[" + ",".join(f"{name}={_text(pairs[name])}" for name in sorted(pairs)) + "]"
    return f"[={rest}]" if word == "v" else f"[{rest}]"


def is_marked(value: Value) -> bool:
    return isinstance(value, Secret | Unknown)
