"""Where the nodes of a text stand. Read again only where a place is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml._yaml import CParser

from providers.contract.values import Path


@dataclass(slots=True)
class Spot:
    """One node. Indexes count characters of the text. `style` is that of a scalar: "", "'", '"', "|" or ">"."""

    start: int
    end: int
    style: str | None = None
    value: str = ""
    key: Spot | None = None
    members: dict[str, Spot] = field(default_factory=dict)
    items: list[Spot] = field(default_factory=list)

    def child(self, part: str | int) -> Spot | None:
        if isinstance(part, int):
            return self.items[part] if part < len(self.items) else None
        return self.members.get(part)


@dataclass(slots=True)
class _Open:
    spot: Spot
    mapping: bool
    anchor: str | None
    key: Spot | None = None


def spots(text: str) -> list[Spot]:
    """One for each document, as far as the text can be read; of equal keys the first counts."""
    documents: list[Spot] = []
    stack: list[_Open] = []
    anchors: dict[str, Spot] = {}
    next_event = CParser(text).get_event
    try:
        while True:
            event = next_event()
            if event.__class__ is yaml.StreamEndEvent:
                return documents
            if not _event(event, stack, documents, anchors):
                return [*documents, stack[0].spot] if stack else documents
    except yaml.YAMLError:
        return [*documents, stack[0].spot] if stack else documents


def _event(event: Any, stack: list[_Open], documents: list[Spot], anchors: dict[str, Spot]) -> bool:
    """False where the nesting goes deeper than any stack file may."""
    kind = event.__class__
    if kind is yaml.ScalarEvent:
        spot = Spot(event.start_mark.index, event.end_mark.index, event.style, event.value)
    elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
        spot = Spot(event.start_mark.index, event.end_mark.index)
        stack.append(_Open(spot, kind is yaml.MappingStartEvent, event.anchor))
        return len(stack) <= 100
    elif kind is yaml.AliasEvent:
        target = anchors.get(event.anchor)
        spot = Spot(event.start_mark.index, event.end_mark.index, value=target.value if target else "")
        if target is not None:
            spot.members, spot.items = target.members, target.items
    elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
        done = stack.pop()
        spot = done.spot
        spot.end = event.end_mark.index
        if done.anchor is not None:
            anchors[done.anchor] = spot
        _attach(spot, stack, documents)
        return True
    else:
        return True
    if getattr(event, "anchor", None) and kind is yaml.ScalarEvent:
        anchors[event.anchor] = spot
    _attach(spot, stack, documents)
    return True


def _attach(spot: Spot, stack: list[_Open], documents: list[Spot]) -> None:
    if not stack:
        documents.append(spot)
        return
    parent = stack[-1]
    if not parent.mapping:
        parent.spot.items.append(spot)
    elif parent.key is None:
        parent.key = spot
    else:
        spot.key = parent.key
        parent.spot.members.setdefault(parent.key.value, spot)
        parent.key = None


def nearest(root: Spot, path: Path) -> tuple[Spot, int]:
    """The deepest spot there is on the way, and how many parts of the path lead to it."""
    spot = root
    for count, part in enumerate(path):
        child = spot.child(part)
        if child is None:
            return spot, count
        spot = child
    return spot, len(path)


def plain_spans(text: str) -> list[tuple[int, int]]:
    """The plain scalars that begin with or hold `${`, as far as the text can be read."""
    found: list[tuple[int, int]] = []
    next_event: Any = CParser(text).get_event
    try:
        while True:
            event = next_event()
            kind: Any = event.__class__
            if kind is yaml.ScalarEvent and event.style == "" and "${" in event.value:
                found.append((event.start_mark.index, event.end_mark.index))
            elif kind is yaml.StreamEndEvent:
                return found
    except yaml.YAMLError:
        return found


def raw_offsets(text: str, spot: Spot) -> list[int]:
    """For each character of the decoded scalar the index in the text that gave it, and one more for its end."""
    raw = text[spot.start : spot.end]
    match spot.style:
        case '"':
            offsets = _escaped(raw, spot.value)
        case "'":
            offsets = _aligned(raw, spot.value, 1, doubled=True)
        case "|" | ">":
            first = raw.find("\n") + 1
            offsets = _aligned(raw, spot.value, first)
        case _:
            offsets = _aligned(raw, spot.value, 0)
    end = offsets[-1] + 1 if offsets else 0
    return [spot.start + offset for offset in (*offsets, end)]


def _aligned(raw: str, value: str, position: int, doubled: bool = False) -> list[int]:
    """What is no white space stands in the text in the same order; white space is folded around it."""
    offsets: list[int] = []
    for character in value:
        if character.isspace():
            offsets.append(min(position, max(len(raw) - 1, 0)))
            if position < len(raw) and raw[position] == character:
                position += 1
            continue
        while position < len(raw) and raw[position].isspace():
            position += 1
        offsets.append(min(position, max(len(raw) - 1, 0)))
        position += 2 if doubled and character == "'" else 1
    return offsets


_LENGTHS = {"x": 4, "u": 6, "U": 10}


def _escaped(raw: str, value: str) -> list[int]:
    """Double quotes: an escape gives one character, an escaped line break none, a line break is folded."""
    offsets: list[int] = []
    position = 1
    for character in value:
        while raw.startswith("\\\n", position) or raw.startswith("\\\r\n", position):
            position += 2
            while position < len(raw) and raw[position] in " \t\r\n":
                position += 1
        if position < len(raw) and raw[position] == "\\":
            offsets.append(position)
            position += _LENGTHS.get(raw[position + 1 : position + 2], 2)
            continue
        if not character.isspace():
            while position < len(raw) and raw[position].isspace():
                position += 1
        offsets.append(min(position, max(len(raw) - 1, 0)))
        if not character.isspace() or (position < len(raw) and raw[position] == character):
            position += 1
    return offsets
