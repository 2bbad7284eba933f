"""What the suite needs of a store under test, and one law on trial."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NoReturn, TypeAlias

from engine.stores.store import Held, Holder, Lease, LeaseLost, Store, StoreError


class LawBroken(AssertionError):
    """`law` is the one that was broken."""

    def __init__(self, law: str, text: str) -> None:
        super().__init__(f"law broken: {law}: {text}")
        self.law = law


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One empty store. `open` opens it once more, as another process would. `advance` moves the store's clock by seconds.
    `bury` makes the holder one that is proven dead."""

    open: Callable[[], Store]
    advance: Callable[[float], None]
    bury: Callable[[Holder], None]


Make: TypeAlias = Callable[[], Subject]

STACK = "shop"


def holder(who: str = "one") -> Holder:
    return Holder(who=who, host="host", boot="boot", namespace="pid:[1]", process=sum(who.encode()), began=7)


@dataclass(slots=True, kw_only=True)
class Trial:
    law: str
    subject: Subject
    opened: list[Store] = field(default_factory=list)

    def store(self) -> Store:
        store = self.subject.open()
        self.opened.append(store)
        return store

    def close(self) -> None:
        for store in self.opened:
            store.close()

    def fail(self, text: str) -> NoReturn:
        raise LawBroken(self.law, text)

    def expect(self, holds: bool, text: str) -> None:
        if not holds:
            self.fail(text)

    def lease(
        self, store: Store, *write: str, stack: str = STACK, read: tuple[str, ...] = (), who: str = "one", length: float = 60.0
    ) -> Lease:
        """Fails where it is held."""
        found = store.acquire(stack, write or (f"{stack}.",), read, holder(who), length)
        if isinstance(found, Held):
            self.fail(f"{write} is held by {[lease.write for lease in found.by]}")
        return found

    def held(self, store: Store, *write: str, read: tuple[str, ...] = (), who: str = "two") -> Held | None:
        """None where it was given; then it is given back at once."""
        found = store.acquire(STACK, write, read, holder(who), 60.0)
        if isinstance(found, Held):
            return found
        store.release(found)
        return None

    @contextmanager
    def refused(self, text: str, *, lost: bool = False) -> Iterator[None]:
        """Fails where the store does not refuse, with LeaseLost where `lost`."""
        try:
            yield
        except StoreError as error:
            self.expect(isinstance(error, LeaseLost) or not lost, f"{text}: refused, but not as a lost lease")
            self.expect(not error.unknown, f"{text}: a refusal that leaves the outcome open")
            self.expect(bool(error.diagnostic.summary), f"{text}: refused without a word")
            return
        self.fail(f"{text}: not refused")
