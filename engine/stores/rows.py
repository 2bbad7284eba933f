"""Rows of the SQLite store and what they mean. Every function runs inside a transaction of the caller's."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

from engine.journal import GENESIS
from engine.stores import chain, problems
from engine.stores.store import Head, Holder, Lease, Stored

NOBODY = 0
"""The number of a stack that is not there: no row has it."""

Sets = tuple[tuple[str, ...], tuple[str, ...]]

_encoder = msgspec.json.Encoder()
_sets = msgspec.json.Decoder(Sets)
_holder = msgspec.json.Decoder(Holder)


def text(value: Sets | Holder) -> str:
    return _encoder.encode(value).decode()


def number(connection: sqlite3.Connection, stack: str) -> int:
    """The stack's row, made where there is none."""
    connection.execute("INSERT OR IGNORE INTO stacks (name, hash) VALUES (?, ?)", (stack, GENESIS))
    return int(connection.execute("SELECT id FROM stacks WHERE name = ?", (stack,)).fetchone()[0])


def head(connection: sqlite3.Connection, stack: str) -> tuple[int, Head]:
    """The stack's number, and its head as the table of heads and the last line both say. Raises StoreError where they
    do not agree."""
    row = connection.execute("SELECT id, seq, hash FROM stacks WHERE name = ?", (stack,)).fetchone()
    if row is None:
        return NOBODY, chain.START
    if not (isinstance(row[1], int) and isinstance(row[2], str)):
        raise problems.damaged(stack, 0, "the table of heads cannot be understood")
    kept = Head(seq=row[1], hash=row[2])
    last = connection.execute("SELECT seq, hash FROM lines WHERE stack = ? ORDER BY seq DESC LIMIT 1", (row[0],)).fetchone()
    chain.meet(stack, chain.START if last is None else Head(seq=last[0], hash=last[1]), kept, "the table of heads")
    return int(row[0]), kept


def line_head(connection: sqlite3.Connection, stack: str, stack_number: int, seq: int) -> Head:
    """The head as it was after line `seq`. Raises StoreError where there is no such line."""
    if seq == 0:
        return chain.START
    row = connection.execute("SELECT hash FROM lines WHERE stack = ? AND seq = ?", (stack_number, seq)).fetchone()
    if row is None:
        raise problems.damaged(stack, seq, "it is missing")
    return Head(seq=seq, hash=row[0])


def lines(connection: sqlite3.Connection, stack_number: int, after: int) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT seq, epoch, previous, hash, payload FROM lines WHERE stack = ? AND seq > ? ORDER BY seq",
        (stack_number, after),
    ).fetchall()


def stored(stack: str, place: int, row: tuple[Any, ...]) -> Stored:
    """`place` is where the line stands, for the message. Raises StoreError for a value of another type."""
    seq, epoch, previous, hash, payload = row
    kinds = (type(seq), type(epoch), type(previous), type(hash), type(payload))
    if kinds != (int, int, str, str, bytes):
        raise problems.damaged(stack, place, "it cannot be understood")
    return Stored(seq=seq, epoch=epoch, previous=previous, hash=hash, payload=payload)


def leases(connection: sqlite3.Connection, stack: str, stack_number: int) -> list[Lease]:
    """All that are written down, live or not."""
    found: list[Lease] = []
    for epoch, until, sets, holder in connection.execute(
        "SELECT epoch, until, sets, holder FROM leases WHERE stack = ? ORDER BY epoch", (stack_number,)
    ):
        try:
            write, read = _sets.decode(sets)
            who = _holder.decode(holder)
        except msgspec.DecodeError as error:
            raise problems.refused(problems.DAMAGED, f"a lease on {stack} cannot be understood") from error
        found.append(Lease(stack=stack, epoch=epoch, write=write, read=read, holder=who, until=until))
    return found


def epochs(connection: sqlite3.Connection, stack_number: int) -> list[int]:
    """The counter, and the epochs of the last line and of the leases: a new epoch is above them all."""
    found = connection.execute(
        "SELECT epoch FROM stacks WHERE id = ?1 UNION ALL SELECT max(epoch) FROM leases WHERE stack = ?1 "
        "UNION ALL SELECT * FROM (SELECT epoch FROM lines WHERE stack = ?1 ORDER BY seq DESC LIMIT 1)",
        (stack_number,),
    )
    return [row[0] for row in found if isinstance(row[0], int)]
