"""The store of tests and of the simulated world: the same law, in memory, with a hook at every write."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from engine.stores import chain, leasing, problems
from engine.stores.key_file import mint_keys
from engine.stores.store import Head, Held, Holder, Lease, StackKeys, Stored

Hook = Callable[[str, str], None]
"""Called with a verb ("append", "acquire", "renew", "release", "keys", "note") and a moment: "before" it is written, or
"after", when it is written and has not returned. What the hook raises, the verb raises: a kill or a full disk before
drops what was being written, a kill or a lost connection after keeps it."""


def _nothing(verb: str, moment: str) -> None:
    """No hook."""


def _alive(holder: Holder) -> bool:
    return False


def counted() -> Callable[[int], bytes]:
    """Bytes that are never the same twice, and always the same in the same order."""
    numbers = itertools.count(1)
    return lambda length: next(numbers).to_bytes(length, "big")


@dataclass(slots=True)
class Journal:
    """Of one stack. `head` is kept apart from the lines."""

    lines: list[Stored] = field(default_factory=list)
    head: Head = chain.START
    epoch: int = 0
    leases: dict[int, Lease] = field(default_factory=dict)
    keys: StackKeys | None = None


@dataclass(slots=True)
class Disk:
    """What outlives a process. Several stores may be open on one."""

    journals: dict[str, Journal] = field(default_factory=dict)
    notes: dict[str, bytes] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def journal(self, stack: str) -> Journal:
        leasing.check_stack(stack)
        return self.journals.setdefault(stack, Journal())


class MemoryStore:
    """`hook` may be set at any time. Once `dead` is set every verb raises it, for good."""

    def __init__(
        self,
        disk: Disk | None = None,
        *,
        clock: Callable[[], float],
        mint: Callable[[int], bytes] | None = None,
        proven_dead: leasing.Dead = _alive,
        hook: Hook = _nothing,
    ) -> None:
        self.url = "memory:"
        self.fresh = disk is None
        self.disk = disk or Disk()
        self.hook = hook
        self.dead: BaseException | None = None
        self._clock = clock
        self._mint = mint or counted()
        self._proven_dead = proven_dead
        self._closed = False

    def now(self) -> float:
        return self._clock()

    def close(self) -> None:
        self._closed = True

    def keys(self, stack: str) -> StackKeys:
        with self._open():
            journal = self.disk.journal(stack)
            if journal.keys is None:
                self.hook("keys", "before")
                journal.keys = mint_keys(self._mint)
                self.hook("keys", "after")
            return journal.keys

    def stacks(self) -> list[str]:
        with self._open():
            return sorted(stack for stack, journal in self.disk.journals.items() if journal.head.seq)

    def head(self, stack: str) -> Head:
        with self._open():
            return _head(stack, self.disk.journal(stack))

    def lines(self, stack: str, after: int = 0) -> list[Stored]:
        with self._open():
            journal = self.disk.journal(stack)
            head = _head(stack, journal)
            if after > head.seq:
                raise problems.cut(stack, head.seq, after, "what was read before")
            lines = journal.lines[after:]
            start = Head(seq=after, hash=journal.lines[after - 1].hash) if after else chain.START
        chain.verify(stack, lines, start, head)
        return lines

    def append(self, lease: Lease, payloads: list[bytes]) -> Head:
        with self._open():
            journal = self._live(lease)
            head = _head(lease.stack, journal)
            if not payloads:
                return head
            lines = chain.extend(head, lease.epoch, payloads)
            self.hook("append", "before")
            journal.lines.extend(lines)
            journal.head = Head(seq=lines[-1].seq, hash=lines[-1].hash)
            self.hook("append", "after")
            return journal.head

    def acquire(self, stack: str, write: tuple[str, ...], read: tuple[str, ...], holder: Holder, length: float) -> Lease | Held:
        with self._open():
            journal = self.disk.journal(stack)
            _head(stack, journal)
            live, over = leasing.sort_out(journal.leases.values(), self.now(), self._proven_dead)
            by = tuple(item for item in live if leasing.conflict(item, write, read))
            if by:
                return Held(by=by)
            self.hook("acquire", "before")
            for item in over:
                del journal.leases[item.epoch]
            journal.epoch += 1
            until = self.now() + length
            lease = Lease(stack=stack, epoch=journal.epoch, write=write, read=read, holder=holder, until=until)
            journal.leases[lease.epoch] = lease
            self.hook("acquire", "after")
            return lease

    def renew(self, lease: Lease, length: float) -> Lease:
        with self._open():
            journal = self._live(lease)
            self.hook("renew", "before")
            renewed = replace(lease, until=max(lease.until, self.now() + length))
            journal.leases[lease.epoch] = renewed
            self.hook("renew", "after")
            return renewed

    def release(self, lease: Lease) -> None:
        with self._open():
            self.hook("release", "before")
            self.disk.journal(lease.stack).leases.pop(lease.epoch, None)
            self.hook("release", "after")

    def leases(self, stack: str) -> list[Lease]:
        with self._open():
            found = self.disk.journal(stack).leases.values()
            return leasing.sort_out(found, self.now(), self._proven_dead)[0]

    def note(self, key: str, value: bytes | None) -> None:
        with self._open():
            self.hook("note", "before")
            if value is None:
                self.disk.notes.pop(key, None)
            else:
                self.disk.notes[key] = value
            self.hook("note", "after")

    def noted(self, key: str) -> bytes | None:
        with self._open():
            return self.disk.notes.get(key)

    def notes(self, prefix: str = "") -> dict[str, bytes]:
        with self._open():
            return {key: value for key, value in sorted(self.disk.notes.items()) if key.startswith(prefix)}

    def _open(self) -> threading.RLock:
        if self.dead is not None:
            raise self.dead
        if self._closed:
            raise problems.refused(problems.CLOSED, "the store is closed")
        return self.disk.lock

    def _live(self, lease: Lease) -> Journal:
        journal = self.disk.journal(lease.stack)
        known = journal.leases.get(lease.epoch)
        if known is None:
            raise problems.lost(lease, "it was given back or taken over")
        if known.until <= self.now():
            raise problems.lost(lease, "it was not renewed in time")
        return journal


def _head(stack: str, journal: Journal) -> Head:
    last = chain.START
    if journal.lines:
        last = Head(seq=journal.lines[-1].seq, hash=journal.lines[-1].hash)
    chain.meet(stack, last, journal.head, "the table of heads")
    return journal.head
