"""Typed values by their shape: which fields a value sets, how two values differ, merge, removal.

The rules are those of structured merge: associative lists are merged by key, atomic ones are leaves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sandbox.kubernetes.paths import EMPTY, Element, Path, PathSet, compact, printed
from sandbox.kubernetes.shapes import ANY, Shape


class Missing:
    """The type of `ABSENT`: a value that is not there, unlike null."""


ABSENT: Final = Missing()
DEDUCED = Shape("map", relation="granular")
DEDUCED.items = Shape("deduced")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    added: PathSet
    modified: PathSet
    removed: PathSet

    @property
    def same(self) -> bool:
        return not (self.added or self.modified or self.removed)


def settled(shape: Shape, value: Any) -> Shape:
    """A deduced shape takes the form of its value: maps are granular, lists and scalars leaves."""
    if shape.sort != "deduced":
        return shape
    return DEDUCED if isinstance(value, dict) else ANY


def element(shape: Shape, item: Any) -> Element:
    """The path element of one item of an associative list; ValueError when all its keys are missing."""
    if shape.relation == "set":
        return ("v", compact(item))
    keys = {}
    inner = shape.items or ANY
    for key in shape.keys:
        if isinstance(item, dict) and key in item and item[key] is not None:
            keys[key] = item[key]
        elif (default := inner.child(key).default) is not None:
            keys[key] = default
    if not keys:
        names = " ".join(f'"{key}"' for key in shape.keys)
        raise ValueError(
            "associative list with keys has an element that omits all key fields "
            f"[{names}] (and doesn't have default values for any key fields)"
        )
    return ("k", compact(keys))


def is_map(shape: Shape) -> bool:
    return shape.sort in ("struct", "map")


def granular(shape: Shape, value: Any) -> bool:
    """True where paths go on below this value."""
    if is_map(shape):
        return shape.relation != "atomic" and isinstance(value, dict)
    return shape.associative and isinstance(value, list)


def field_set(shape: Shape, value: Any) -> PathSet:
    """Every path that a configuration with this value claims."""
    found: set[Path] = set()
    _field_set(shape, value, (), found)
    return frozenset(found)


def _field_set(shape: Shape, value: Any, path: Path, found: set[Path]) -> None:
    shape = settled(shape, value)
    if is_map(shape) and shape.relation != "atomic":
        for key, each in (value or {}).items():
            below = (*path, ("f", key))
            _field_set(shape.child(key), each, below, found)
            if each is None or each == {} or key not in shape.fields:
                found.add(below)
    elif shape.associative:
        for item in value or ():
            below = (*path, element(shape, item))
            _field_set(shape.items or ANY, item, below, found)
            found.add(below)
    else:
        found.add(path)


def compare(shape: Shape, old: Any, new: Any) -> Comparison:
    added: set[Path] = set()
    modified: set[Path] = set()
    removed: set[Path] = set()
    _compare(shape, old, new, (), (added, modified, removed))
    return Comparison(added=frozenset(added), modified=frozenset(modified), removed=frozenset(removed))


def _compare(shape: Shape, old: Any, new: Any, path: Path, found: tuple[set[Path], set[Path], set[Path]]) -> None:
    if old is new:
        return
    added, modified, removed = found
    known = old not in (ABSENT, None) and new not in (ABSENT, None)
    if shape.sort == "deduced" and known and isinstance(old, dict) != isinstance(new, dict):
        _compare_changed_form(old, new, path, found)
        return
    shape = settled(shape, new if new not in (ABSENT, None) else old)
    both_empty = old in (ABSENT, None, {}, []) and new in (ABSENT, None, {}, [])
    deep = (is_map(shape) and shape.relation != "atomic") or shape.associative
    if not deep or both_empty:
        if old is ABSENT:
            added.add(path)
        elif new is ABSENT:
            removed.add(path)
        elif not equal(old, new):
            modified.add(path)
        return
    for below, inner, left, right in children(shape, old, new):
        _compare(inner, left, right, (*path, below), found)
    if old is ABSENT:
        added.add(path)
    elif new is ABSENT:
        removed.add(path)


def _compare_changed_form(old: Any, new: Any, path: Path, found: tuple[set[Path], set[Path], set[Path]]) -> None:
    """A map became a leaf or the other way round: the value is modified, and the map's members come or go."""
    found[1].add(path)
    members, side = (old, 2) if isinstance(old, dict) else (new, 0)
    inner = DEDUCED.items or ANY
    for key, each in members.items():
        left, right = (each, ABSENT) if side == 2 else (ABSENT, each)
        _compare(inner, left, right, (*path, ("f", key)), found)


def equal(left: Any, right: Any) -> bool:
    """JSON equality: true is not 1."""
    if left is right:
        return True
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    return bool(left == right)


def children(shape: Shape, old: Any, new: Any) -> Iterator[tuple[Element, Shape, Any, Any]]:
    """Matched members of two maps or associative lists; ABSENT where one side has none."""
    if is_map(shape):
        left = old if isinstance(old, dict) else {}
        right = new if isinstance(new, dict) else {}
        for key in dict.fromkeys([*left, *right]):
            yield ("f", key), shape.child(key), left.get(key, ABSENT), right.get(key, ABSENT)
        return
    lefts, rights = indexed(shape, old), indexed(shape, new)
    for each in dict.fromkeys([*lefts, *rights]):
        yield each, shape.items or ANY, lefts.get(each, ABSENT), rights.get(each, ABSENT)


def indexed(shape: Shape, value: Any) -> dict[Element, Any]:
    found: dict[Element, Any] = {}
    for item in value if isinstance(value, list) else ():
        try:
            found.setdefault(element(shape, item), item)
        except ValueError:
            continue
    return found


def merge(shape: Shape, live: Any, config: Any) -> Any:
    """`live` with all that `config` sets laid over it; list order follows the configuration where both know an item."""
    if config is ABSENT:
        return live
    shape = settled(shape, config)
    deep = (is_map(shape) and shape.relation != "atomic") or shape.associative
    if live in (ABSENT, None, {}, []) or not deep or (is_map(shape) and not isinstance(live, dict)):
        return config
    if config in (None, {}, []):
        return live
    if is_map(shape):
        merged = dict(live)
        for key, value in config.items():
            merged[key] = merge(shape.child(key), live.get(key, ABSENT), value)
        return merged
    return _merge_list(shape, live, config)


def _merge_list(shape: Shape, live: list[Any], config: list[Any]) -> list[Any]:
    lefts, rights = indexed(shape, live), indexed(shape, config)
    inner = shape.items or ANY
    order = _merged_order(list(lefts), list(rights))
    return [merge(inner, lefts.get(each, ABSENT), rights[each]) if each in rights else lefts[each] for each in order]


def _merged_order(live: list[Element], config: list[Element]) -> list[Element]:
    """Live-only items keep their place before the next shared one; shared and new items follow the configuration."""
    known, wanted = set(live), set(config)
    shared = [each for each in config if each in known]
    placed: list[Element] = []
    left = right = 0
    while left < len(live) or right < len(config):
        if left < len(live):
            each = live[left]
            if each not in wanted:
                placed.append(each)
                left += 1
                continue
            if each in placed or (shared and each != shared[0] and right < len(config)):
                left += 1
                continue
        if right < len(config):
            each = config[right]
            placed.append(each)
            right += 1
            if shared and shared[0] == each:
                shared.pop(0)
            if left < len(live) and live[left] == each:
                left += 1
    return placed


Tree = dict[Element, Any]


def tree_of(paths: PathSet) -> Tree:
    """The set as nested maps; the key ("", "") marks a member."""
    root: Tree = {}
    for path in paths:
        at = root
        for each in path:
            at = at.setdefault(each, {})
        at[("", "")] = {}
    return root


MEMBER: Element = ("", "")


def remove(shape: Shape, value: Any, paths: PathSet) -> Any:
    """`value` without the items at `paths`; a map or list that becomes empty is null (and is dropped by normalising)."""
    return _remove(shape, value, tree_of(paths)) if paths else value


def _remove(shape: Shape, value: Any, tree: Tree) -> Any:
    shape = settled(shape, value)
    if is_map(shape):
        if not isinstance(value, dict) or not value or shape.relation == "atomic":
            return None
        kept = {}
        for key, each in value.items():
            below = tree.get(("f", key))
            if below is not None and MEMBER in below:
                continue
            kept[key] = _remove(shape.child(key), each, below) if below else each
        return kept or None
    if shape.sort == "list":
        if not isinstance(value, list) or not value or not shape.associative:
            return None
        items = []
        for item in value:
            below = tree.get(element(shape, item))
            if below is not None and MEMBER in below:
                continue
            items.append(_remove(shape.items or ANY, item, below) if below else item)
        return items or None
    return value


def with_named_fields(shape: Shape, paths: PathSet) -> PathSet:
    """The set and every named field (not map key, not list item) on the way to its members."""
    found = set(paths)
    for path in paths:
        at = shape
        for depth, (sort, text) in enumerate(path[:-1]):
            if at.sort == "struct" and sort == "f" and text in at.fields:
                found.add(path[: depth + 1])
            at = at.child(text) if sort == "f" else (at.items or ANY)
    return frozenset(found)


def faults(shape: Shape, value: Any, path: str = "") -> list[str]:
    """What structured merge refuses in a configuration, each as `.spec.x: what`."""
    shape = settled(shape, value)
    if value is None:
        return []
    if is_map(shape):
        return _map_faults(shape, value, path)
    if shape.sort == "list":
        return _list_faults(shape, value, path)
    problem = _leaf_fault(shape, value)
    return [f"{path}: {problem}"] if problem else []


def _map_faults(shape: Shape, value: Any, path: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path}: expected map, got &{{{value}}}"]
    found: list[str] = []
    for key, each in sorted(value.items()):
        if shape.sort == "struct" and key not in shape.fields and not shape.open and shape.items is None:
            found.append(f"{path}.{key}: field not declared in schema")
        else:
            found += faults(shape.child(key), each, f"{path}.{key}")
    return found


def _list_faults(shape: Shape, value: Any, path: str) -> list[str]:
    if not isinstance(value, list):
        return [f"{path}: expected list, got &{{{value}}}"]
    found: list[str] = []
    seen: set[Element] = set()
    for index, item in enumerate(value):
        at = f"[{index}]"
        if shape.associative:
            try:
                each = element(shape, item)
            except ValueError as problem:
                return [*found, f"{path}: element {index}: {problem}"]
            at = printed_element(each)
            if each in seen:
                found.append(f"{path}: duplicate entries for key {at}")
            seen.add(each)
        found += faults(shape.items or ANY, item, path + at)
    return found


def printed_element(each: Element) -> str:
    return printed((each,))


def _leaf_fault(shape: Shape, value: Any) -> str:
    if shape.sort in ("string", "bytes", "time", "microtime") and not isinstance(value, str):
        return f"expected string, got &value.valueUnstructured{{Value:{go_printed(value)}}}"
    if shape.sort in ("integer", "number") and (isinstance(value, bool) or not isinstance(value, int | float)):
        return f"expected numeric (int or float), got {go_type(value)}"
    if shape.sort == "boolean" and not isinstance(value, bool):
        return f"expected boolean, got &{{{value}}}"
    if shape.sort in ("quantity", "intstr") and isinstance(value, dict | list):
        return f"expected any scalar, got &{{{value}}}"
    return ""


def go_printed(value: Any) -> str:
    return compact(value) if isinstance(value, str | bool | int | float) else "map[string]interface {}{}"


def go_type(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, str):
        return "string"
    return "map[string]interface {}" if isinstance(value, dict) else "[]interface {}"


__all__ = ["ABSENT", "EMPTY", "Comparison", "compare", "field_set", "merge", "remove"]
