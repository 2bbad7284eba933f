"""The chain of a journal: made at the end, verified from any line on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.journal import GENESIS, chain
from engine.stores import problems
from engine.stores.store import Head, Stored

START = Head(seq=0, hash=GENESIS)


def extend(head: Head, epoch: int, payloads: Sequence[bytes]) -> list[Stored]:
    """The lines that follow `head`."""
    lines: list[Stored] = []
    previous, seq = head.hash, head.seq
    for payload in payloads:
        seq += 1
        hash = chain(previous, seq, epoch, payload)
        lines.append(Stored(seq=seq, epoch=epoch, previous=previous, hash=hash, payload=payload))
        previous = hash
    return lines


def verify(stack: str, lines: Iterable[Stored], start: Head, end: Head) -> None:
    """Raises StoreError where the lines are not exactly those that lead from `start` to `end`."""
    at = start
    for line in lines:
        if line.seq != at.seq + 1:
            raise problems.damaged(stack, at.seq + 1, f"line {line.seq} stands in its place")
        if line.previous != at.hash:
            raise problems.damaged(stack, line.seq, "it does not follow the line before it")
        if chain(line.previous, line.seq, line.epoch, line.payload) != line.hash:
            raise problems.damaged(stack, line.seq, "its bytes are not those that were written")
        at = Head(seq=line.seq, hash=line.hash)
    meet(stack, at, end, "the table of heads")


def meet(stack: str, last: Head, kept: Head, where: str) -> None:
    """Raises StoreError where the last line is not the head that is kept apart from the lines."""
    if last.seq < kept.seq:
        raise problems.cut(stack, last.seq, kept.seq, where)
    if last.seq > kept.seq:
        raise problems.damaged(stack, last.seq, f"{where} ends at line {kept.seq}")
    if last.hash != kept.hash:
        raise problems.damaged(stack, last.seq, f"its hash is not the one that {where} holds")
