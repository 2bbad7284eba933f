"""The store of one person and one machine: a SQLite file, one per repository id and environment.

Beside the file `journal.db` lie `journal.db.keys` and the folder `journal.db.heads`.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from engine.failpoints import passage
from engine.stores import chain, leasing, problems, rows
from engine.stores.database import BUSY_SECONDS, Database
from engine.stores.heads import Heads
from engine.stores.holder import is_dead
from engine.stores.key_file import KeyFile, Mint, fingerprint, mint_keys
from engine.stores.store import Head, Held, Holder, Lease, StackKeys, Stored


class SqliteStore:
    """`repository` and `environment` are written into a new file, and must be those of an existing one.

    `clock` decides about leases. `busy` is how many seconds another process is waited for.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        repository: str,
        environment: str = "",
        clock: Callable[[], float] = time.time,
        mint: Mint = os.urandom,
        dead: leasing.Dead = is_dead,
        busy: float = BUSY_SECONDS,
    ) -> None:
        self.path = Path(path)
        self.url = f"sqlite:{self.path}"
        self.database = Database(self.path, repository, environment, busy)
        self.fresh = self.database.made
        self._heads = Heads(self.path.with_name(self.path.name + ".heads"))
        self._key_file = KeyFile(self.path.with_name(self.path.name + ".keys"))
        self._keys: dict[str, StackKeys] = {}
        self._clock = clock
        self._mint = mint
        self._dead = dead

    def now(self) -> float:
        return self._clock()

    def close(self) -> None:
        self.database.close()
        self._heads.close()

    # Keys

    def keys(self, stack: str) -> StackKeys:
        leasing.check_stack(stack)
        known = self._keys.get(stack)
        if known is None:
            with self.database.writing() as connection:
                known = self._keys_of(connection, stack)
            self._keys[stack] = known
        return known

    def _keys_of(self, connection: sqlite3.Connection, stack: str) -> StackKeys:
        """The transaction is the lock on the key file. The file is written first: keys that nothing was made with do
        no harm, and a stack without its keys would."""
        number = rows.number(connection, stack)
        uid, mark = connection.execute("SELECT uid, fingerprint FROM stacks WHERE id = ?", (number,)).fetchone()
        keys = self._key_file.get(stack)
        if uid:
            if keys is None or keys.uid != uid or fingerprint(keys) != mark:
                summary = f"the keys of {stack} are missing" if keys is None else f"the keys of {stack} are not its own"
                help = "put the key file back that was beside the store"
                raise problems.refused(problems.KEYS, summary, help, detail=str(self._key_file.path))
            return keys
        if keys is None:
            keys = mint_keys(self._mint)
            self._key_file.put(stack, keys)
        connection.execute("UPDATE stacks SET uid = ?, fingerprint = ? WHERE id = ?", (keys.uid, fingerprint(keys), number))
        return keys

    # Lines

    def stacks(self) -> list[str]:
        with self.database.reading() as connection:
            return sorted(name for (name,) in connection.execute("SELECT name FROM stacks WHERE seq > 0"))

    def head(self, stack: str) -> Head:
        leasing.check_stack(stack)
        kept = self._heads.get(stack)
        with self.database.reading() as connection:
            number, head = rows.head(connection, stack)
            self._compare(connection, stack, number, head, kept)
        return head

    def lines(self, stack: str, after: int = 0) -> list[Stored]:
        leasing.check_stack(stack)
        # Read before the lines: it may lag behind them, and never lead.
        kept = self._heads.get(stack)
        with self.database.reading() as connection:
            number, head = rows.head(connection, stack)
            self._compare(connection, stack, number, head, kept)
            if after > head.seq:
                raise problems.cut(stack, head.seq, after, "what was read before")
            start = rows.line_head(connection, stack, number, after)
            found = rows.lines(connection, number, after)
        lines = [rows.stored(stack, after + index, row) for index, row in enumerate(found, 1)]
        chain.verify(stack, lines, start, head)
        return lines

    def append(self, lease: Lease, payloads: list[bytes]) -> Head:
        with self.database.writing() as connection:
            number = self._live(connection, lease)
            _, head = rows.head(connection, lease.stack)
            if not payloads:
                return head
            lines = chain.extend(head, lease.epoch, payloads)
            connection.executemany(
                "INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?)",
                [(number, line.seq, line.epoch, line.previous, line.hash, line.payload) for line in lines],
            )
            last = lines[-1]
            connection.execute("UPDATE stacks SET seq = ?, hash = ? WHERE id = ?", (last.seq, last.hash, number))
            passage("in_append")
        head = Head(seq=last.seq, hash=last.hash)
        self._heads.put(lease.stack, head)
        return head

    def _compare(self, connection: sqlite3.Connection, stack: str, number: int, head: Head, kept: Head | None) -> None:
        """The second place names a line that is still there."""
        if kept is None:
            return
        where = f"the file {self._heads.folder / stack}"
        if kept.seq > head.seq:
            raise problems.cut(stack, head.seq, kept.seq, where)
        chain.meet(stack, rows.line_head(connection, stack, number, kept.seq), kept, where)

    # Leases

    def acquire(self, stack: str, write: tuple[str, ...], read: tuple[str, ...], holder: Holder, length: float) -> Lease | Held:
        self.head(stack)
        with self.database.writing() as connection:
            number = rows.number(connection, stack)
            now = self._clock()
            live, over = leasing.sort_out(rows.leases(connection, stack, number), now, self._dead)
            by = tuple(item for item in live if leasing.conflict(item, write, read))
            if by:
                return Held(by=by)
            connection.executemany("DELETE FROM leases WHERE stack = ? AND epoch = ?", [(number, i.epoch) for i in over])
            epoch = 1 + max(rows.epochs(connection, number))
            connection.execute("UPDATE stacks SET epoch = ? WHERE id = ?", (epoch, number))
            lease = Lease(stack=stack, epoch=epoch, write=write, read=read, holder=holder, until=now + length)
            connection.execute(
                "INSERT INTO leases VALUES (?, ?, ?, ?, ?)",
                (number, epoch, lease.until, rows.text((write, read)), rows.text(holder)),
            )
        return lease

    def renew(self, lease: Lease, length: float) -> Lease:
        with self.database.writing() as connection:
            number = self._live(connection, lease)
            until = max(lease.until, self._clock() + length)
            connection.execute("UPDATE leases SET until = ? WHERE stack = ? AND epoch = ?", (until, number, lease.epoch))
        return replace(lease, until=until)

    def release(self, lease: Lease) -> None:
        with self.database.writing() as connection:
            connection.execute(
                "DELETE FROM leases WHERE epoch = ? AND stack = (SELECT id FROM stacks WHERE name = ?)",
                (lease.epoch, lease.stack),
            )

    def leases(self, stack: str) -> list[Lease]:
        with self.database.reading() as connection:
            number, _ = rows.head(connection, stack)
            return leasing.sort_out(rows.leases(connection, stack, number), self._clock(), self._dead)[0]

    def _live(self, connection: sqlite3.Connection, lease: Lease) -> int:
        row = connection.execute(
            "SELECT stack, until FROM leases WHERE epoch = ? AND stack = (SELECT id FROM stacks WHERE name = ?)",
            (lease.epoch, lease.stack),
        ).fetchone()
        if row is None:
            raise problems.lost(lease, "it was given back or taken over")
        if row[1] <= self._clock():
            raise problems.lost(lease, "it was not renewed in time")
        return int(row[0])

    # Notes

    def note(self, key: str, value: bytes | None) -> None:
        with self.database.writing() as connection:
            if value is None:
                connection.execute("DELETE FROM notes WHERE key = ?", (key,))
            else:
                connection.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (key, value))

    def noted(self, key: str) -> bytes | None:
        with self.database.reading() as connection:
            row = connection.execute("SELECT value FROM notes WHERE key = ?", (key,)).fetchone()
        return None if row is None else bytes(row[0])

    def notes(self, prefix: str = "") -> dict[str, bytes]:
        with self.database.reading() as connection:
            found = connection.execute("SELECT key, value FROM notes ORDER BY key").fetchall()
        return {key: bytes(value) for key, value in found if key.startswith(prefix)}
