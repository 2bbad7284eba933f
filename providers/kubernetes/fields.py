"""Fields as server-side apply sees them: by name, by the keys of a list's item, by the value of a set's item.

A field is a tuple of steps in the notation the API uses in conflicts: `(".spec", ".ports",
'[port=80,protocol="TCP"]', ".targetPort")`. A field does not change when a list is reordered.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from providers.contract.values import Path, Secret, Unknown, Value, reveal
from providers.kubernetes.schemas import KEY_DEFAULTS, Shape

Field: TypeAlias = tuple[str, ...]

MANAGER = "plumb"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """What has one owner: a scalar, a mark, an empty container, or a list or mapping that is replaced whole.

    `path` is where it stands in the tree it was found in.
    """

    field: Field
    path: Path
    value: Value
    shape: Shape


def leaves(value: Value, shape: Shape, field: Field = (), path: Path = ()) -> Iterator[Leaf]:
    """Every leaf, in order."""
    is_tree = isinstance(value, dict | list) and value
    if not is_tree or (field and shape.is_atomic) or (isinstance(value, list) and shape.is_open):
        yield Leaf(field=field, path=path, value=value, shape=shape)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, shape.child(key), (*field, f".{key}"), (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, shape.child(index), (*field, item_step(item, shape)), (*path, index))


def item_step(item: Value, shape: Shape) -> str:
    """The step to an item of a keyed list or a set; `shape` is the list's."""
    if not shape.keys:
        return f"[={_text(item)}]"
    members = item if isinstance(item, dict) else {}
    pairs = {key: members.get(key, KEY_DEFAULTS.get(key)) for key in shape.keys}
    return "[" + ",".join(f"{key}={_text(pairs[key])}" for key in sorted(pairs)) + "]"


def _text(value: Value) -> str:
    if isinstance(value, Unknown):
        return f"?{value.origin}{value.residual}"
    return json.dumps(reveal(value), ensure_ascii=False, default=repr)


def at(value: Value, shape: Shape, field: Field) -> Value:
    """What stands at a field, or None where there is nothing."""
    for step in field:
        if step.startswith("."):
            if not isinstance(value, dict):
                return None
            value, shape = value.get(step[1:]), shape.child(step[1:])
        else:
            items = value if isinstance(value, list) else []
            value = next((item for item in items if item_step(item, shape) == step), None)
            shape = shape.child(0)
    return value


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
            fields = frozenset(_owned(reveal(entry.get("fieldsV1")), ()))
            found.append(Ownership(manager=str(entry.get("manager")), operation=str(entry.get("operation")), fields=fields))
    return found


def _owned(tree: Any, field: Field) -> Iterator[Field]:
    members: Mapping[str, Any] = {key: item for key, item in (tree or {}).items() if key != "."}
    if not members and field:
        yield field
    for key, item in members.items():
        yield from _owned(item, (*field, _owned_step(key)))


def _owned_step(key: str) -> str:
    """`f:spec`, `k:{"name":"web"}` and `v:"x"` in the notation of conflicts."""
    word, _, rest = key.partition(":")
    if word == "f":
        return f".{rest}"
    if word == "k":
        pairs: Mapping[str, Value] = json.loads(rest)
        return "[" + ",".join(f"{name}={_text(pairs[name])}" for name in sorted(pairs)) + "]"
    return f"[={rest}]" if word == "v" else f"[{rest}]"


def is_marked(value: Value) -> bool:
    return isinstance(value, Secret | Unknown)
