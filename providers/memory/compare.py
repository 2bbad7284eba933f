"""What is declared beside what is live: exact differences, and the request that ends them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from providers.contract.proposal import Difference
from providers.contract.schema import TypeSchema, covers
from providers.contract.values import Path, Secret, Unknown, Value, put, render_path, reveal, without

_SCALARS = frozenset({str, int, float, bool, type(None)})
_ALL_TEXT = frozenset({"Labels", "Tags"})
"""Properties that hold nothing but text: there, equal is the same."""


def differences(
    schema: TypeSchema,
    inputs: Mapping[str, Value],
    recorded: Mapping[str, Value] | None,
    live: Mapping[str, Value],
    ignore: tuple[Path, ...] = (),
    digests: Mapping[str, str] | None = None,
) -> list[Difference]:
    """One for each declared leaf that is not so, and for each recorded leaf that is declared no more.

    A list is compared item by item where both are of one length, else as a whole. A write-only leaf
    is taken as sent where `digests` holds its path or `recorded` its value.
    """
    found: list[Difference] = []
    before = recorded or {}
    for name, want in inputs.items():
        have = live.get(name)
        if type(have) is type(want) and have == want and (type(want) in _SCALARS or name in _ALL_TEXT or _same(want, have)):
            continue
        if (name,) in schema.write_only:
            if not _sent(name, want, before, digests or {}):
                found.append(Difference(path=(name,), before=None, after=_hidden(want)))
        elif name == "Tags":
            found.extend(_tags(want, before.get(name), have))
        else:
            found.extend(_leaves((name,), want, before.get(name), have))
    for name in before:
        if name not in inputs:
            found.extend(_released(schema, name, before[name], live))
    if ignore:
        return [item for item in found if not covers(frozenset(ignore), item.path)]
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What an update sends: whole properties to set and to unset, tags by key."""

    set: dict[str, Value] = field(default_factory=dict)
    unset: list[str] = field(default_factory=list)
    tags: dict[str, Value] = field(default_factory=dict)
    untag: list[str] = field(default_factory=list)


def request(found: list[Difference], live: Mapping[str, Value]) -> Request:
    """The one update after which none of `found` is left; what nobody declared stays as it is live."""
    wanted = Request()
    changed: dict[str, Value] = {}
    for item in found:
        name = cast(str, item.path[0])
        if name == "Tags" and len(item.path) > 1:
            key = cast(str, item.path[1])
            if item.after is None:
                wanted.untag.append(key)
            else:
                wanted.tags[key] = item.after
        elif len(item.path) == 1:
            changed[name] = item.after
        else:
            value = changed.get(name, live.get(name))
            changed[name] = without(value, item.path[1:]) if item.after is None else put(value, item.path[1:], item.after)
    for name, value in changed.items():
        if value is None:
            wanted.unset.append(name)
        else:
            wanted.set[name] = value
    return wanted


def apply(found: list[Difference], live: Mapping[str, Value]) -> dict[str, Value]:
    """The live values with every difference made true: what is planned."""
    after: Value = dict(live)
    for item in found:
        if item.path[0] == "Tags":
            continue
        after = without(after, item.path) if item.after is None else put(after, item.path, item.after)
    planned = cast("dict[str, Value]", after)
    tags = [item for item in found if item.path[0] == "Tags"]
    if tags:
        planned["Tags"] = _retagged(tags, live.get("Tags"))
        if not planned["Tags"]:
            del planned["Tags"]
    return planned


def _retagged(found: list[Difference], live: Value) -> Value:
    merged = tag_map(live)
    for item in found:
        if len(item.path) == 1:
            return item.after
        key = cast(str, item.path[1])
        if item.after is None:
            merged.pop(key, None)
        else:
            merged[key] = item.after
    return tag_list(merged)


def tag_map(tags: Value) -> dict[str, Value]:
    """Key to value, from the form that schemas have."""
    if not isinstance(tags, list):
        return {}
    return {str(tag["Key"]): tag.get("Value") for tag in tags if isinstance(tag, dict) and "Key" in tag}


def tag_list(tags: Mapping[str, Value]) -> list[Value]:
    return [{"Key": key, "Value": tags[key]} for key in sorted(tags)]


def _sent(name: str, want: Value, recorded: Mapping[str, Value], digests: Mapping[str, str]) -> bool:
    if render_path((name,)) in digests:
        return True
    return name in recorded and not isinstance(want, Unknown) and reveal(recorded[name]) == reveal(want)


def _tags(want: Value, recorded: Value, live: Value) -> Iterator[Difference]:
    """By key: tags that nobody declared are nobody's business."""
    if not isinstance(want, list):
        yield Difference(path=("Tags",), before=live, after=want)
        return
    wanted, before, have = tag_map(want), tag_map(recorded), tag_map(live)
    for key in sorted({*wanted, *(key for key in before if key in have)}):
        if key not in wanted or not _same(wanted[key], have.get(key)):
            yield Difference(path=("Tags", key), before=_beside(have.get(key), wanted.get(key)), after=wanted.get(key))


def _leaves(path: Path, want: Value, recorded: Value, live: Value) -> Iterator[Difference]:
    if isinstance(want, dict) and isinstance(live, dict):
        before = recorded if isinstance(recorded, dict) else {}
        for key, item in want.items():
            yield from _leaves((*path, key), item, before.get(key), live.get(key))
        for key in before:
            if key not in want and key in live:
                yield Difference(path=(*path, key), before=live[key], after=None)
    elif isinstance(want, list) and isinstance(live, list) and len(want) == len(live):
        before_items = recorded if isinstance(recorded, list) and len(recorded) == len(want) else [None] * len(want)
        for index, item in enumerate(want):
            yield from _leaves((*path, index), item, before_items[index], live[index])
    elif not _same(want, live):
        yield Difference(path=path, before=_beside(live, want), after=want)


def _released(schema: TypeSchema, name: str, recorded: Value, live: Mapping[str, Value]) -> Iterator[Difference]:
    """What is recorded and declared no more goes back: to its default, or away."""
    if (name,) in schema.write_only:
        yield Difference(path=(name,), before=_hidden(recorded), after=None)
    elif name == "Tags":
        yield from _tags([], recorded, live.get(name))
    elif name == "Labels":
        yield from _leaves((name,), {}, recorded, live.get(name, {}))
    else:
        node = schema.node((name,))
        default = None if node is None else node.default
        if live.get(name) is not None and not _same(default, live.get(name)):
            yield Difference(path=(name,), before=_beside(live.get(name), recorded), after=default)


def _same(want: Value, have: Value) -> bool:
    """Equal in value and in kind: true is not 1."""
    if isinstance(want, Unknown):
        return False
    if isinstance(want, Secret):
        return _same(want.value, have)
    if isinstance(have, Secret):
        return _same(want, have.value)
    if isinstance(want, dict) and isinstance(have, dict):
        return want.keys() == have.keys() and all(_same(item, have[key]) for key, item in want.items())
    if isinstance(want, list) and isinstance(have, list):
        return len(want) == len(have) and all(map(_same, want, have))
    return isinstance(want, bool) == isinstance(have, bool) and want == have


def _hidden(value: Value) -> Value:
    return value if isinstance(value, Secret | Unknown) else Secret(value)


def _beside(live: Value, want: Value) -> Value:
    """The live side of a leaf that is declared secret is no less secret."""
    return Secret(live) if isinstance(want, Secret) and live is not None and not isinstance(live, Secret) else live
