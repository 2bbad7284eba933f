"""The one writer of a run: a thread that turns all that is queued into one transaction per stack."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from engine.failpoints import passage
from engine.journal import Line, encode
from engine.stores import problems
from engine.stores.store import Head, Lease, Store, StoreError

Answer: TypeAlias = Head | Lease | Exception
Told: TypeAlias = Callable[[Answer], None]


@dataclass(frozen=True, slots=True)
class _Append:
    stack: str
    payloads: list[bytes]
    told: Told


@dataclass(frozen=True, slots=True)
class _Renew:
    stack: str
    told: Told


@dataclass(slots=True)
class _Answer:
    """What a caller that blocks waits for."""

    arrived: threading.Event = field(default_factory=threading.Event)
    result: Answer | None = None

    def __call__(self, result: Answer) -> None:
        self.result = result
        self.arrived.set()

    def wait(self) -> Head | Lease:
        self.arrived.wait()
        assert self.result is not None
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


class Writer:
    """`leases` by stack; a renewal puts the later one there. `length` of a renewed lease in seconds.

    It writes at once when it is idle, and what came meanwhile together: it never waits to fill a batch. Renewals go first.
    After the first failure every waiter gets it, and so does everything that comes later: nothing more is written.
    """

    def __init__(self, store: Store, leases: dict[str, Lease], length: float = 60.0) -> None:
        self.store = store
        self.leases = leases
        self.length = length
        self._changed = threading.Condition(threading.Lock())
        self._appends: list[_Append] = []
        self._renewals: list[_Renew] = []
        self._failure: Exception | None = None
        self._closing = False
        self._thread: threading.Thread | None = None
        self._last: dict[str, int] = {}

    # Appender

    def append(self, stack: str, lines: tuple[Line, ...]) -> Head:
        """Durable when it returns. The head is that of the transaction, which may hold later lines of others."""
        answer = _Answer()
        self.put(stack, lines, answer)
        head = answer.wait()
        assert isinstance(head, Head)
        return head

    def renew(self, stack: str) -> Lease:
        answer = _Answer()
        self.put_renewal(stack, answer)
        lease = answer.wait()
        assert isinstance(lease, Lease)
        return lease

    # Without waiting: `told` is called on the writer's thread, must not block, and gets the error as a value

    def put(self, stack: str, lines: tuple[Line, ...], told: Told) -> None:
        append = _Append(stack, [encode(line) for line in lines], told)
        with self._changed:
            self._appends.append(append)
            self._wake()

    def put_renewal(self, stack: str, told: Told) -> None:
        with self._changed:
            self._renewals.append(_Renew(stack, told))
            self._wake()

    def close(self) -> None:
        """Returns when all that was put has been answered."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _wake(self) -> None:
        if self._closing:
            raise RuntimeError("the writer is closed")
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="plumb-writer", daemon=True)
            self._thread.start()
        self._changed.notify()

    # The writer's thread

    def _run(self) -> None:
        while True:
            with self._changed:
                while not (self._appends or self._renewals or self._closing):
                    self._changed.wait()
                renewals, self._renewals = self._renewals, []
                appends: list[_Append] = []
                if not renewals:
                    appends, self._appends = self._appends, []
                if not renewals and not appends:
                    return
            for renewal in renewals:
                renewal.told(self._guarded(lambda stack=renewal.stack: self._renew(stack)))  # type: ignore[misc]
            self._write(appends)

    def _write(self, appends: list[_Append]) -> None:
        by_stack: dict[str, list[_Append]] = {}
        for append in appends:
            by_stack.setdefault(append.stack, []).append(append)
        for stack, group in by_stack.items():
            payloads = [payload for append in group for payload in append.payloads]
            result = self._guarded(lambda stack=stack, payloads=payloads: self._commit(stack, payloads))  # type: ignore[misc]
            for append in group:
                append.told(result)

    def _guarded(self, act: Callable[[], Head | Lease]) -> Answer:
        if self._failure is not None:
            return self._failure
        try:
            return act()
        except Exception as error:  # noqa: BLE001 - whatever it was, nothing may be written after it
            self._failure = error
            return error

    def _renew(self, stack: str) -> Lease:
        self.leases[stack] = lease = self.store.renew(self.leases[stack], self.length)
        return lease

    def _commit(self, stack: str, payloads: list[bytes]) -> Head:
        lease = self.leases[stack]
        if stack not in self._last:
            self._last[stack] = self.store.head(stack).seq
        passage("before_append")
        try:
            head = self.store.append(lease, payloads)
        except StoreError as error:
            if not error.unknown:
                raise
            head = self._settle(lease, payloads, error)
        passage("after_append")
        self._last[stack] = head.seq
        return head

    def _settle(self, lease: Lease, payloads: list[bytes], error: StoreError) -> Head:
        """Whether it took place: nobody else writes under this epoch, so the journal itself tells."""
        try:
            found = self.store.lines(lease.stack, self._last[lease.stack])
        except StoreError:
            raise error from None
        ours = [line for line in found if line.epoch == lease.epoch]
        if [line.payload for line in ours] == payloads:
            return Head(seq=found[-1].seq, hash=found[-1].hash)
        if ours:
            raise problems.damaged(lease.stack, ours[0].seq, "only a part of one transaction is there")
        raise StoreError(error.diagnostic)


__all__ = ["Answer", "Told", "Writer"]
