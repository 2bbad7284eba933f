"""Where a world keeps its things: in memory here, in a file in `file.py`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import RLock
from typing import Any, Protocol

import msgspec

Key = tuple[str, str, str]
"""Partition, type, identity."""


class Item(msgspec.Struct, frozen=True, omit_defaults=True):
    """One object. `values` are its inputs, write-only ones too; `tags` hold owner tags and others.

    `before` is the object before its last change, for stale reads; None where that was its creation.
    """

    type: str
    identity: str
    uid: str
    created: float
    values: dict[str, Any]
    tags: dict[str, str] = {}
    partition: str = ""
    generation: int = 1
    number: int = 0
    before: Item | None = None

    @property
    def key(self) -> Key:
        return self.partition, self.type, self.identity


class Token(msgspec.Struct, frozen=True):
    """A spent client token: what it made, from which request, and until when it is remembered."""

    identity: str
    uid: str
    digest: str
    expires: float


class Effect(msgspec.Struct, frozen=True):
    """One change that took effect on request, for judges."""

    operation: str
    type: str
    identity: str
    uid: str
    name: str = ""
    partition: str = ""
    tags: dict[str, str] = {}


class Shelf(Protocol):
    """All verbs are called inside `atomic()`, which is re-entrant for no one: whole or not at all."""

    def atomic(self) -> AbstractContextManager[None]: ...

    def number(self) -> int:
        """The next number, from 1; never given twice."""

    def item(self, key: Key) -> Item | None: ...

    def items(self, partition: str | None = None, type: str = "") -> list[Item]:
        """In the order of their creation; of every partition where it is None, of every type where that is empty."""

    def put(self, item: Item) -> None: ...

    def remove(self, key: Key) -> None: ...

    def token(self, partition: str, token: str) -> Token | None: ...

    def put_token(self, partition: str, token: str, spent: Token) -> None: ...

    def record(self, effect: Effect) -> None: ...

    def effects(self) -> list[Effect]:
        """In the order in which they were recorded."""


class MemoryShelf:
    def __init__(self) -> None:
        self._lock = RLock()
        self._items: dict[Key, Item] = {}
        self._tokens: dict[tuple[str, str], Token] = {}
        self._effects: list[Effect] = []
        self._number = 0

    @contextmanager
    def atomic(self) -> Iterator[None]:
        with self._lock:
            yield

    def number(self) -> int:
        self._number += 1
        return self._number

    def item(self, key: Key) -> Item | None:
        return self._items.get(key)

    def items(self, partition: str | None = None, type: str = "") -> list[Item]:
        found: Iterable[Item] = self._items.values()
        return [
            item for item in found if (partition is None or item.partition == partition) and (not type or item.type == type)
        ]

    def put(self, item: Item) -> None:
        self._items[item.key] = item

    def remove(self, key: Key) -> None:
        self._items.pop(key, None)

    def token(self, partition: str, token: str) -> Token | None:
        return self._tokens.get((partition, token))

    def put_token(self, partition: str, token: str, spent: Token) -> None:
        self._tokens[partition, token] = spent

    def record(self, effect: Effect) -> None:
        self._effects.append(effect)

    def effects(self) -> list[Effect]:
        return list(self._effects)
