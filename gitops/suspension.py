"""Telling the controller to leave stacks alone: lines of their journals, under a short lease that meets no run's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from engine import journal
from engine.session import Busy, read_state
from engine.stores.store import Held, Holder, Lease, Store
from gitops.seat import holder_of
from gitops.status import suspension

SECONDS = 30.0


def suspend(store: Store, holder: Holder, stack: str, *, until: float = 0.0, reason: str = "") -> None:
    """From now on the controller plans the stack and applies nothing of it. `until` in seconds since the epoch, by the
    store's clock; 0: until it is resumed. What is in flight is finished. Raises Busy and StoreError."""
    line = journal.Suspended(time=store.now(), until=until, reason=reason, who=holder.who)
    _append(store, holder, stack, lambda: line)


def resume(store: Store, holder: Holder, stack: str) -> bool:
    """False where it was not suspended. Raises Busy and StoreError."""

    def line() -> journal.Line | None:
        state = read_state(store, stack)
        return journal.Resumed(time=store.now(), who=holder.who) if state.suspended is not None else None

    return _append(store, holder, stack, line)


def hold(store: Store, holder: Holder, stacks: Iterable[str], reason: str) -> list[str]:
    """Suspends those of the stacks that a running controller would touch; which it did. A person applies another commit
    beside it: without this it would undo that at its next look. Nothing where no controller runs."""
    if holder_of(store) is None:
        return []
    held = [name for name in sorted(stacks) if not suspension(read_state(store, name), store.now())]
    for name in held:
        suspend(store, holder, name, reason=reason)
    return held


def _append(store: Store, holder: Holder, stack: str, make: Callable[[], journal.Line | None]) -> bool:
    with _briefly(store, holder, stack) as lease:
        line = make()
        if line is None:
            return False
        store.append(lease, [journal.encode(line)])
        return True


@contextmanager
def _briefly(store: Store, holder: Holder, stack: str) -> Iterator[Lease]:
    found = store.acquire(stack, (f"{stack}.-suspension",), (), holder, SECONDS)
    if isinstance(found, Held):
        raise Busy(stack, found)
    try:
        yield found
    finally:
        store.release(found)
