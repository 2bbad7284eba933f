"""The objects of one cluster, their one rising counter, and the log that watches read."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

Object = dict[str, Any]
Objects = list[Object]
Key = tuple[str, str]
LOG_LENGTH = 20_000


def copied(value: Any) -> Any:
    """A deep copy of a JSON tree."""
    if isinstance(value, dict):
        return {key: copied(each) for key, each in value.items()}
    if isinstance(value, list):
        return [copied(each) for each in value]
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`sort`: ADDED, MODIFIED, DELETED. `before` is None for an addition."""

    version: int
    sort: str
    key: Key
    value: Object
    before: Object | None


def owners(value: Object | None) -> set[str]:
    """The uids of an object's owners."""
    return {each["uid"] for each in value["metadata"].get("ownerReferences") or ()} if value is not None else set()


class Store:
    """Objects are replaced, never changed in place: a reader needs no copy. All writers hold `lock`."""

    def __init__(self, log_length: int = LOG_LENGTH) -> None:
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.version = 0
        self.oldest = 0
        self.closed = False
        self._objects: dict[Key, dict[tuple[str, str], Object]] = {}
        self._owned: dict[tuple[Key, str], set[tuple[str, str]]] = {}
        self._log: deque[Change] = deque(maxlen=log_length)
        self._listeners: list[Callable[[Change], None]] = []

    def listen(self, listener: Callable[[Change], None]) -> None:
        """`listener` is called under the lock after each change."""
        self._listeners.append(listener)

    def get(self, key: Key, namespace: str, name: str) -> Object | None:
        return self._objects.get(key, {}).get((namespace, name))

    def list(self, key: Key, namespace: str = "") -> Objects:
        """Sorted by namespace and name, as etcd's keys are."""
        rows = self._objects.get(key, {})
        if namespace:
            return [rows[each] for each in sorted(rows) if each[0] == namespace]
        return [rows[each] for each in sorted(rows)]

    def owned(self, key: Key, uid: str) -> Objects:
        """The objects that name `uid` as an owner, sorted by namespace and name."""
        rows = self._objects.get(key, {})
        return [rows[each] for each in sorted(self._owned.get((key, uid), ()))]

    def everything(self) -> Iterator[tuple[Key, Object]]:
        with self.lock:
            rows = [(key, value) for key, found in self._objects.items() for value in found.values()]
        yield from rows

    def put(self, key: Key, value: Object) -> Object:
        """Stores `value` under the next version and returns it; the caller gives it away."""
        with self.lock:
            metadata = value["metadata"]
            where = (metadata.get("namespace", ""), metadata["name"])
            rows = self._objects.setdefault(key, {})
            before = rows.get(where)
            self.version += 1
            metadata["resourceVersion"] = str(self.version)
            rows[where] = value
            self._record("ADDED" if before is None else "MODIFIED", key, value, before)
            return value

    def drop(self, key: Key, value: Object) -> Object:
        """Removes the object; returns it as its last watch event shows it."""
        with self.lock:
            metadata = value["metadata"]
            before = self._objects[key].pop((metadata.get("namespace", ""), metadata["name"]))
            self.version += 1
            last = {**before, "metadata": {**before["metadata"], "resourceVersion": str(self.version)}}
            self._record("DELETED", key, last, before)
            return last

    def _index(self, key: Key, value: Object, before: Object | None, gone: bool) -> None:
        where = (value["metadata"].get("namespace", ""), value["metadata"]["name"])
        for each in owners(before) - owners(None if gone else value):
            self._owned[(key, each)].discard(where)
        for each in owners(None if gone else value):
            self._owned.setdefault((key, each), set()).add(where)

    def _record(self, sort: str, key: Key, value: Object, before: Object | None) -> None:
        self._index(key, value, before, sort == "DELETED")
        if len(self._log) == self._log.maxlen:
            self.oldest = self._log[0].version
        change = Change(version=self.version, sort=sort, key=key, value=value, before=before)
        self._log.append(change)
        for listener in self._listeners:
            listener(change)
        self.changed.notify_all()

    def compact(self) -> None:
        """Forgets the log: watches from an earlier version get 410."""
        with self.lock:
            self._log.clear()
            self.oldest = self.version

    def since(self, version: int) -> Sequence[Change]:
        """The changes after `version`; the caller holds the lock and has checked `oldest`."""
        if not self._log or self._log[-1].version <= version:
            return ()
        first = self._log[0].version
        # Each change has its own version and none is skipped, so a position is a subtraction.
        return tuple(islice(self._log, max(0, version + 1 - first), None))

    def close(self) -> None:
        with self.lock:
            self.closed = True
            self.changed.notify_all()
