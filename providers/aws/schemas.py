"""Reads the AWS schema facts: one file, an index, and one block for each type that is decoded when asked for.

The form of the file is described in providers/schemas/README.md.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path as File
from typing import Any

from providers.contract.schema import Kind, Node, Ordering
from providers.contract.values import Path

FILE = File(__file__).parents[1] / "schemas" / "aws.schemas"
MAGIC = b"PLUMBSC1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What AWS publishes about one type. `conditional` are paths whose change replaces only sometimes."""

    type: str
    root: Node
    definitions: Mapping[str, Node] = field(default_factory=dict)
    identifier: tuple[Path, ...] = ()
    create_only: frozenset[Path] = frozenset()
    conditional: frozenset[Path] = frozenset()
    read_only: frozenset[Path] = frozenset()
    write_only: frozenset[Path] = frozenset()
    tags: str = ""


@cache
def _index() -> tuple[dict[str, list[int]], int]:
    """Name -> (offset, length), and where the blocks begin."""
    with FILE.open("rb") as file:
        head = file.read(12)
        if head[:8] != MAGIC:
            raise ValueError(f"{FILE.name} is not a schema file")
        size = struct.unpack(">I", head[8:])[0]
        index = json.loads(zlib.decompress(file.read(size)))
    return index["entries"], 12 + size


@cache
def names() -> frozenset[str]:
    """Every type AWS publishes, served here or not."""
    return frozenset(_index()[0])


@cache
def facts(type: str) -> Facts:
    """The facts of `type`, which must be in `names()`."""
    places, start = _index()
    offset, length = places[type]
    with FILE.open("rb") as file:
        file.seek(start + offset)
        raw = json.loads(zlib.decompress(file.read(length)))
    return Facts(
        type=type,
        root=node(raw["root"]),
        definitions={name: node(item) for name, item in raw.get("definitions", {}).items()},
        identifier=tuple(tuple(path) for path in raw.get("identifier", ())),
        create_only=_paths(raw, "createOnly"),
        conditional=_paths(raw, "conditionalCreateOnly"),
        read_only=_paths(raw, "readOnly"),
        write_only=_paths(raw, "writeOnly"),
        tags=raw.get("tags", ""),
    )


def _paths(raw: dict[str, Any], name: str) -> frozenset[Path]:
    return frozenset(tuple(path) for path in raw.get(name, ()))


def node(raw: dict[str, Any]) -> Node:
    if "r" in raw:
        return Node(ref=raw["r"])
    return Node(
        kind=Kind(raw.get("k", "any")),
        properties={name: node(item) for name, item in raw.get("p", {}).items()},
        items=node(raw["i"]) if "i" in raw else None,
        required=frozenset(raw.get("q", ())),
        open=raw.get("o", False),
        alternatives=tuple(Kind(kind) for kind in raw.get("a", ())),
        enum=tuple(raw.get("e", ())),
        pattern=raw.get("re", ""),
        minimum=raw.get("min"),
        maximum=raw.get("max"),
        min_length=raw.get("minl"),
        max_length=raw.get("maxl"),
        ordering=Ordering(raw.get("s", "ordered")),
        keys=tuple(raw.get("keys", ())),
        tags=raw.get("t", False),
        default=raw.get("d"),
    )
