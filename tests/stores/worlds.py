"""Stores on a clock that only the test moves."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from engine.stores.check_subject import Subject, holder
from engine.stores.memory import Disk, MemoryStore
from engine.stores.sqlite import SqliteStore
from engine.stores.store import Held, Holder, Lease, Store

NOW = 1_800_000_000.0


@dataclass
class World:
    """What both kinds of store under test share: the time, and who is dead."""

    time: float = NOW
    dead: set[Holder] = field(default_factory=set)

    def clock(self) -> float:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += seconds


def memory_subject() -> Subject:
    world, disks = World(), [None]

    def open_store() -> Store:
        store = MemoryStore(disks[0], clock=world.clock, proven_dead=world.dead.__contains__)
        disks[0] = store.disk  # type: ignore[call-overload]
        return store

    return Subject(open=open_store, advance=world.advance, bury=world.dead.add)


def sqlite_subject(folder: Path) -> Subject:
    world = World()
    return Subject(
        open=lambda: sqlite_store(folder, world),
        advance=world.advance,
        bury=world.dead.add,
    )


def sqlite_store(folder: Path, world: World | None = None, busy: float = 10.0) -> SqliteStore:
    world = world or World()
    return SqliteStore(
        folder / "state" / "journal.db",
        repository="repo-1",
        environment="dev",
        clock=world.clock,
        dead=world.dead.__contains__,
        busy=busy,
    )


def leased(store: Store, *write: str, stack: str = "shop", who: str = "one", length: float = 60.0) -> Lease:
    found = store.acquire(stack, write or (f"{stack}.",), (), holder(who), length)
    assert not isinstance(found, Held)
    return found


__all__ = ["Disk", "World", "leased", "memory_subject", "sqlite_store", "sqlite_subject"]
