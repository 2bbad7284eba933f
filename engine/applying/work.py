"""What a plan comes to: pieces of work and who waits for whom, with the longest way to the end for each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from engine.plan import Act, Change, Plan


class Kind(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    READ = "read"
    NOTE = "note"
    """Only the journal: adopt, move, retain, forget, a changed lifecycle."""
    WAIT = "wait"
    """It is there and not ready yet: a wait that a former run began."""


@dataclass(slots=True, kw_only=True)
class Work:
    """One piece. `key` is its name in the schedule: the address, with "-" before it for a deletion of a replaced
    generation. `distance` is the number of pieces on the longest way from here to the end of the schedule."""

    key: str
    kind: Kind
    change: Change
    waits: set[str] = field(default_factory=set)
    blocks: list[str] = field(default_factory=list)
    distance: int = 1


def schedule(plan: Plan) -> dict[str, Work]:
    """All work of the plan, in address order. Edges of deletion are DESIGN.md section 2's."""
    works = {work.key: work for change in plan.changes for work in _works(change)}
    users = _users(works.values())
    for work in works.values():
        if work.kind is Kind.DELETE:
            _delete_edges(work, works, users)
        else:
            _forward_edges(work, works)
    _break_cycles(works)
    for work in works.values():
        for wait in work.waits:
            works[wait].blocks.append(work.key)
    _measure(works)
    return works


def _works(change: Change) -> Iterable[Work]:
    match change.act:
        case Act.CREATE:
            yield Work(key=change.address, kind=Kind.CREATE, change=change)
        case Act.UPDATE:
            yield Work(key=change.address, kind=Kind.UPDATE, change=change)
        case Act.REPLACE:
            yield Work(key=change.address, kind=Kind.CREATE, change=change)
            yield Work(key=f"-{change.address}", kind=Kind.DELETE, change=change)
        case Act.DELETE:
            yield Work(key=_deletion_key(change), kind=Kind.DELETE, change=change)
        case Act.READ:
            yield Work(key=change.address, kind=Kind.READ, change=change)
        case Act.ADOPT | Act.MOVE:
            yield Work(key=change.address, kind=Kind.UPDATE if change.fields else Kind.NOTE, change=change)
        case Act.RETAIN | Act.GRACE | Act.FORGET:
            yield Work(key=_deletion_key(change), kind=Kind.NOTE, change=change)
        case Act.NONE:
            if change.awaiting:
                yield Work(key=change.address, kind=Kind.WAIT, change=change)
            elif change.settles:
                yield Work(key=change.address, kind=Kind.NOTE, change=change)
        case Act.BLOCKED:
            return


def _deletion_key(change: Change) -> str:
    return f"-{change.address}#{change.generation}"


def _forward_edges(work: Work, works: dict[str, Work]) -> None:
    """It comes after what it needs, and, replaced delete-first, after its own deletion."""
    for need in work.change.needs:
        if need in works:
            work.waits.add(need)
    own = f"-{work.change.address}"
    if work.kind is Kind.CREATE and own in works and not work.change.create_first:
        work.waits.add(own)


@dataclass(frozen=True, slots=True)
class _Users:
    """Who needs an address: by what was recorded, and by what is wanted now."""

    recorded: dict[str, list[Work]]
    wanted: dict[str, list[Work]]


def _users(works: Iterable[Work]) -> _Users:
    recorded: dict[str, list[Work]] = {}
    wanted: dict[str, list[Work]] = {}
    for work in works:
        for need in work.change.recorded.needs if work.change.recorded is not None else ():
            recorded.setdefault(need, []).append(work)
        for need in work.change.needs if work.kind is not Kind.DELETE else ():
            wanted.setdefault(need, []).append(work)
    return _Users(recorded, wanted)


def _delete_edges(work: Work, works: dict[str, Work], users: _Users) -> None:
    """X is deleted after every change at an address whose recorded needs hold X; a superseded X also after its
    successor, and after all whose new needs hold X's address. A delete-first X cannot wait for what waits for its
    successor: only for deletions."""
    address = work.change.address
    superseded = work.change.act is Act.REPLACE or work.change.reason.code == "superseded"
    delete_first = work.change.act is Act.REPLACE and not work.change.create_first
    for other in users.recorded.get(address, ()):
        if other.kind is Kind.DELETE or (not delete_first and other.change.address != address):
            work.waits.add(other.key)
    if superseded and not delete_first:
        work.waits.update(other.key for other in users.wanted.get(address, ()))
        if address in works and works[address].kind is Kind.CREATE:
            work.waits.add(address)
    work.waits.discard(work.key)


def _break_cycles(works: dict[str, Work]) -> None:
    """A deletion in a circle waits for deletions alone; what is left of a circle is a bug of the planner."""
    for key in _unordered(works):
        work = works[key]
        if work.kind is Kind.DELETE:
            work.waits = {wait for wait in work.waits if works[wait].kind is Kind.DELETE}
    left = _unordered(works)
    assert not left, f"these wait for each other: {sorted(left)}"


def _unordered(works: dict[str, Work]) -> set[str]:
    waiting = {key: len(work.waits) for key, work in works.items()}
    blocks: dict[str, list[str]] = {}
    for key, work in works.items():
        for wait in work.waits:
            blocks.setdefault(wait, []).append(key)
    free = [key for key, count in waiting.items() if count == 0]
    while free:
        key = free.pop()
        del waiting[key]
        for user in blocks.get(key, ()):
            waiting[user] -= 1
            if waiting[user] == 0:
                free.append(user)
    return set(waiting)


def _measure(works: dict[str, Work]) -> None:
    """`distance`, from the ends of the schedule backwards."""
    left = {key: len(work.blocks) for key, work in works.items()}
    free = [key for key, count in left.items() if count == 0]
    while free:
        key = free.pop()
        work = works[key]
        for wait in work.waits:
            before = works[wait]
            before.distance = max(before.distance, work.distance + 1)
            left[wait] -= 1
            if left[wait] == 0:
                free.append(wait)
