"""What a cloud gives back of a secret is one too: marks come back on, by where a secret was put in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.encoding import is_digest
from providers.contract.observation import Live
from providers.contract.values import Path, Secret, Value

NAMES = ("name", "Name", "Key", "key")
"""What tells the items of a list apart, where they have it."""


def tainted(value: Value, *likes: Any) -> Value:
    """`value` with a Secret wherever one of `likes` has one, or what stands for one in records.

    Items of lists may have changed places: they are told apart by name, and where they have none, what is secret in one
    item is so in all. Where the shapes differ, all below is secret. Nothing is copied where there is no secret.
    """
    for like in likes:
        if _holds(like):
            value = _taint(value, [like])
    return value


def tainted_live(live: Live, *likes: Any) -> Live:
    values = tainted(live.values, *likes)
    if values is live.values:
        return live
    return replace(live, values=values if isinstance(values, dict) else {})


def tainted_at(value: Value, path: Path, *likes: Any) -> Value:
    """As `tainted`, of a value that stands at `path` of the whole."""
    for like in likes:
        found = [like]
        for part in path:
            found = [inner for item in found for inner in _below(item, part)]
        if any(map(_holds, found)):
            value = _taint(value, found)
    return value


def _below(like: Any, part: str | int) -> list[Any]:
    if isinstance(like, Secret) or is_digest(like):
        return [like]
    if isinstance(like, dict):
        return [like[part]] if part in like else []
    return list(like) if isinstance(like, list) else []


def _holds(like: Any) -> bool:
    if isinstance(like, Secret) or is_digest(like):
        return True
    if isinstance(like, dict):
        return any(map(_holds, like.values()))
    return isinstance(like, list) and any(map(_holds, like))


def _taint(value: Value, likes: list[Any]) -> Value:
    """Each of `likes` may hold secrets; the value is what stands where they stand."""
    holding = [like for like in likes if _holds(like)]
    if not holding or value is None or isinstance(value, Secret):
        return value
    if isinstance(value, dict) and all(isinstance(like, dict) and not is_digest(like) for like in holding):
        return {key: _taint(item, [like[key] for like in holding if key in like]) for key, item in value.items()}
    if isinstance(value, list) and all(isinstance(like, list) for like in holding):
        items = [item for like in holding for item in like]
        return [_taint(item, _meant(item, items)) for item in value]
    return Secret(value)


def _meant(item: Value, likes: list[Any]) -> list[Any]:
    """Of the items of a list those with the same name; all where there are no names, or none is the same."""
    for key in NAMES:
        if isinstance(item, dict) and key in item and all(isinstance(like, dict) and key in like for like in likes):
            found = [like for like in likes if like[key] == item[key]]
            return found or likes
    return likes
