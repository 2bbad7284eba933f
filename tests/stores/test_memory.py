"""Kills of the simulated world: what had not returned is kept or dropped, as the hook says."""

from __future__ import annotations

import pytest

from engine.stores.memory import MemoryStore
from engine.stores.store import StoreError
from tests.stores.worlds import World, leased


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize(("moment", "kept"), [("before", [b"1"]), ("after", [b"1", b"2", b"3"])])
def test_an_append_that_did_not_return_is_kept_or_dropped_whole(moment: str, kept: list[bytes]) -> None:
    world = World()
    store = MemoryStore(clock=world.clock)
    lease = leased(store)
    store.append(lease, [b"1"])

    def kill(verb: str, when: str) -> None:
        if when == moment:
            store.dead = Killed()
            raise store.dead

    store.hook = kill
    with pytest.raises(Killed):
        store.append(lease, [b"2", b"3"])
    with pytest.raises(Killed):
        store.lines("shop")
    again = MemoryStore(store.disk, clock=world.clock)
    assert [line.payload for line in again.lines("shop")] == kept
    again.append(lease, [b"4"])


def test_a_damaged_line_and_a_cut_tail_are_refused() -> None:
    store = MemoryStore(clock=World().clock)
    lease = leased(store)
    store.append(lease, [b"1", b"2", b"3"])
    lines = store.disk.journals["shop"].lines
    last = lines.pop()
    with pytest.raises(StoreError, match="ends at line 2, but line 3 was written"):
        store.lines("shop")
    lines.append(last)
    lines[1], lines[2] = lines[2], lines[1]
    with pytest.raises(StoreError, match="the journal of shop"):
        store.lines("shop")


def test_keys_are_the_same_in_every_run() -> None:
    first, second = (MemoryStore(clock=World().clock).keys("shop") for _ in range(2))
    assert first == second
