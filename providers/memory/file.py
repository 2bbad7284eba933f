"""A world in a file, for several runs and processes."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any

import msgspec

from providers.memory.shelf import Effect, Item, Key, Token
from providers.memory.world import World

_TABLES = """
CREATE TABLE IF NOT EXISTS numbers (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS items (
  partition TEXT NOT NULL, type TEXT NOT NULL, identity TEXT NOT NULL, number INTEGER NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY (partition, type, identity)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tokens (
  partition TEXT NOT NULL, token TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (partition, token)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS effects (number INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL);
INSERT OR IGNORE INTO numbers VALUES ('all', 0);
"""


class FileShelf:
    """In SQLite. An effect survives the death of the process at any instant, not of the machine."""

    def __init__(self, path: str) -> None:
        self._lock = RLock()
        self._file = sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)
        self._file.execute("PRAGMA journal_mode=PERSIST")
        self._file.execute("PRAGMA synchronous=OFF")
        self._file.executescript(f"BEGIN IMMEDIATE;{_TABLES}COMMIT;")
        self._encode = msgspec.json.Encoder().encode
        self._item: msgspec.json.Decoder[Item] = msgspec.json.Decoder(Item)

    def close(self) -> None:
        self._file.close()

    @contextmanager
    def atomic(self) -> Iterator[None]:
        with self._lock:
            self._file.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._file.execute("ROLLBACK")
                raise
            self._file.execute("COMMIT")

    def number(self) -> int:
        row = self._file.execute("UPDATE numbers SET value = value + 1 WHERE name = 'all' RETURNING value").fetchone()
        return int(row[0])

    def item(self, key: Key) -> Item | None:
        body = self._one("SELECT body FROM items WHERE partition = ? AND type = ? AND identity = ?", *key)
        return None if body is None else self._item.decode(body)

    def items(self, partition: str | None = None, type: str = "") -> list[Item]:
        rows = self._file.execute(
            "SELECT body FROM items WHERE (?1 IS NULL OR partition = ?1) AND (?2 = '' OR type = ?2) ORDER BY number",
            (partition, type),
        )
        return [self._item.decode(body) for (body,) in rows]

    def put(self, item: Item) -> None:
        self._file.execute("INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?)", (*item.key, item.number, self._encode(item)))

    def remove(self, key: Key) -> None:
        self._file.execute("DELETE FROM items WHERE partition = ? AND type = ? AND identity = ?", key)

    def token(self, partition: str, token: str) -> Token | None:
        body = self._one("SELECT body FROM tokens WHERE partition = ? AND token = ?", partition, token)
        return None if body is None else msgspec.json.decode(body, type=Token)

    def put_token(self, partition: str, token: str, spent: Token) -> None:
        self._file.execute("INSERT OR REPLACE INTO tokens VALUES (?, ?, ?)", (partition, token, self._encode(spent)))

    def record(self, effect: Effect) -> None:
        self._file.execute("INSERT INTO effects (body) VALUES (?)", (self._encode(effect),))

    def effects(self) -> list[Effect]:
        rows = self._file.execute("SELECT body FROM effects ORDER BY number")
        return [msgspec.json.decode(body, type=Effect) for (body,) in rows]

    def _one(self, query: str, *values: str) -> bytes | None:
        row: Any = self._file.execute(query, values).fetchone()
        return None if row is None else row[0]


class FileWorld(World):
    """The world kept at `path`, made there where it is missing; its clock is the wall clock unless told."""

    def __init__(
        self,
        path: str,
        *,
        clock: Callable[[], float] = time.time,
        account: str = "memory-account",
        listing_lag: float = 0.0,
    ) -> None:
        self._file_shelf = FileShelf(path)
        super().__init__(clock=clock, shelf=self._file_shelf, account=account, listing_lag=listing_lag)

    def close(self) -> None:
        self._file_shelf.close()
