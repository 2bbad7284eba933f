"""The file of the SQLite store: how it is opened, whose it is, and one transaction at a time."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from engine.stores import problems
from engine.stores.key_file import sync_folder

FORMAT = 1
APPLICATION = 0x504C4D42
BUSY_SECONDS = 10.0

SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE stacks (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, uid TEXT NOT NULL DEFAULT '', fingerprint TEXT NOT NULL DEFAULT '',
    epoch INTEGER NOT NULL DEFAULT 0, seq INTEGER NOT NULL DEFAULT 0, hash TEXT NOT NULL
);
CREATE TABLE lines (
    stack INTEGER NOT NULL, seq INTEGER NOT NULL, epoch INTEGER NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL,
    payload BLOB NOT NULL, PRIMARY KEY (stack, seq)
) WITHOUT ROWID;
CREATE TABLE leases (
    stack INTEGER NOT NULL, epoch INTEGER NOT NULL, until REAL NOT NULL, sets TEXT NOT NULL, holder TEXT NOT NULL,
    PRIMARY KEY (stack, epoch)
) WITHOUT ROWID;
CREATE TABLE notes (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
"""


class Database:
    """One connection, used by one thread at a time. `made` is True where the file was made by opening it.

    Raises StoreError for a file of another repository or environment, of a newer format, or that is no store.
    """

    def __init__(self, path: Path, repository: str, environment: str, busy: float = BUSY_SECONDS) -> None:
        self.path = path
        self.made = False
        self._lock = threading.Lock()
        self._closed = False
        try:
            _prepare(path)
            self.connection = sqlite3.connect(path, timeout=busy, isolation_level=None, check_same_thread=False)
        except OSError as error:
            raise problems.of_disk(error, str(path)) from error
        except sqlite3.Error as error:
            raise problems.of_sqlite(error, str(path)) from error
        try:
            self._open({"repository": repository, "environment": environment})
        except BaseException:
            self.connection.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One state of the file, whatever others write meanwhile."""
        with self._transaction("DEFERRED") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """All that is done in it is durable afterwards, or, after an error, none of it."""
        with self._transaction("IMMEDIATE") as connection:
            yield connection

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self.connection.close()

    @contextmanager
    def _transaction(self, kind: str) -> Iterator[sqlite3.Connection]:
        with self._lock:
            if self._closed:
                raise problems.refused(problems.CLOSED, "the store is closed")
            committing = False
            try:
                self.connection.execute(f"BEGIN {kind}")
                yield self.connection
                committing = True
                self.connection.execute("COMMIT")
            except sqlite3.Error as error:
                self._roll_back()
                raise problems.of_sqlite(error, str(self.path), committing=committing) from error
            except BaseException:
                self._roll_back()
                raise

    def _roll_back(self) -> None:
        """After some errors SQLite has done it by itself."""
        with suppress(sqlite3.Error):
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")

    def _open(self, owner: dict[str, str]) -> None:
        with self.reading() as connection:
            application, version = _marks(connection)
            empty = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
        try:
            # PERSIST: a commit syncs no folder. EXTRA: what a commit says is on the disk is on the disk.
            self.connection.execute("PRAGMA journal_mode=PERSIST")
            self.connection.execute("PRAGMA synchronous=EXTRA")
        except sqlite3.Error as error:
            raise problems.of_sqlite(error, str(self.path)) from error
        if empty and application == 0:
            self._make(owner)
            with self.reading() as connection:
                application, version = _marks(connection)
        self._check(application, version, owner)

    def _make(self, owner: dict[str, str]) -> None:
        with self.writing() as connection:
            if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                return
            for statement in SCHEMA.split(";"):
                connection.execute(statement)
            connection.executemany("INSERT INTO facts VALUES (?, ?)", owner.items())
            connection.execute(f"PRAGMA application_id={APPLICATION}")
            connection.execute(f"PRAGMA user_version={FORMAT}")
            self.made = True

    def _check(self, application: int, version: int, owner: dict[str, str]) -> None:
        if application != APPLICATION:
            raise problems.refused(problems.FOREIGN, "the file is no store of plumb", "check the path", detail=str(self.path))
        if version > FORMAT:
            summary = f"the store has format {version}, and this plumb knows up to {FORMAT}"
            raise problems.refused(problems.NEWER, summary, "use a newer plumb", detail=str(self.path))
        with self.reading() as connection:
            facts = dict(connection.execute("SELECT name, value FROM facts"))
        for name, value in owner.items():
            if facts.get(name) != value:
                summary = f"the store was written for another {name}: {facts.get(name, '')!r}, not {value!r}"
                raise problems.refused(problems.FOREIGN, summary, "the state of this is elsewhere", detail=str(self.path))


def _marks(connection: sqlite3.Connection) -> tuple[int, int]:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    return application, connection.execute("PRAGMA user_version").fetchone()[0]


def _prepare(path: Path) -> None:
    """The file exists, for its owner alone."""
    if not path.parent.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(0o700)
    if not path.exists():
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        sync_folder(path.parent)
