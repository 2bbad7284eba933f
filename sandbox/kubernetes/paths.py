"""Sets of field paths, and their wire form `fieldsV1`.

A path is a tuple of elements, each a pair: ("f", name), ("k", canonical JSON of the keys), ("v", canonical JSON of the
value), ("i", index as text). A set is a frozenset of paths; a path in it may have longer ones beside it.
"""

from __future__ import annotations

import json
from typing import Any

Element = tuple[str, str]
Path = tuple[Element, ...]
PathSet = frozenset[Path]
EMPTY: PathSet = frozenset()


def compact(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def encode(paths: PathSet) -> dict[str, Any]:
    """fieldsV1; `.` marks a member that has children."""
    root: dict[str, Any] = {}
    for path in sorted(paths):
        at = root
        for sort, text in path:
            at = at.setdefault(f"{sort}:{text}", {})
        at["."] = {}
    return _trimmed(root)


def _trimmed(tree: dict[str, Any]) -> dict[str, Any]:
    if len(tree) == 1 and "." in tree:
        return {}
    return {key: value if key == "." else _trimmed(value) for key, value in tree.items()}


def decode(tree: dict[str, Any]) -> PathSet:
    found: set[Path] = set()
    _decode(tree, (), found)
    return frozenset(found)


def _decode(tree: dict[str, Any], path: Path, found: set[Path]) -> None:
    for key, value in tree.items():
        if key == ".":
            found.add(path)
            continue
        sort, _, text = key.partition(":")
        if sort in ("k", "v"):
            text = compact(json.loads(text))
        below = (*path, (sort, text))
        if value:
            _decode(value, below, found)
        else:
            found.add(below)


def printed(path: Path) -> str:
    """`.spec.containers[name="web"].image`, as conflicts print it."""
    parts = []
    for sort, text in path:
        if sort == "f":
            parts.append(f".{text}")
        elif sort == "k":
            keys = json.loads(text)
            parts.append("[" + ",".join(f"{key}={compact(value)}" for key, value in sorted(keys.items())) + "]")
        elif sort == "v":
            parts.append(f"[={text}]")
        else:
            parts.append(f"[{text}]")
    return "".join(parts)


def under(paths: PathSet, element: Element) -> PathSet:
    """What lies below one element, the element itself left out."""
    return frozenset(path[1:] for path in paths if len(path) > 1 and path[0] == element)
