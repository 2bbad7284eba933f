"""The one writer: what is queued goes together, renewals go first, the first failure ends everything."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from engine.journal import Line, Resumed, decode
from engine.stores import problems
from engine.stores.memory import MemoryStore
from engine.stores.store import Head, Lease, LeaseLost, StoreError
from engine.stores.writer import Answer, Writer
from tests.stores.worlds import World, leased, sqlite_store


def line(number: float) -> Line:
    return Resumed(time=float(number), who="x")


class Gate:
    """A hook that holds the writer inside a write until it is let go, and counts the transactions."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.open = threading.Event()
        self.seen: list[str] = []

    def __call__(self, verb: str, moment: str) -> None:
        if moment == "before" and verb in ("append", "renew"):
            self.seen.append(verb)
            self.entered.set()
            assert self.open.wait(30)


class Told:
    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.done = threading.Semaphore(0)

    def __call__(self, answer: Answer) -> None:
        self.answers.append(answer)
        self.done.release()

    def wait(self, count: int) -> list[Answer]:
        for _ in range(count):
            assert self.done.acquire(timeout=30)
        return self.answers


def memory() -> tuple[World, MemoryStore]:
    world = World()
    return world, MemoryStore(clock=world.clock)


def test_what_is_queued_goes_together_and_renewals_first() -> None:
    _, store = memory()
    gate, told = Gate(), Told()
    writer = Writer(store, {"shop": leased(store), "billing": leased(store, stack="billing")})
    store.hook = gate
    writer.put("shop", (line(1),), told)
    assert gate.entered.wait(30)
    for number in range(2, 7):
        writer.put("shop", (line(number),), told)
    writer.put("billing", (line(7), line(8)), told)
    writer.put_renewal("shop", told)
    gate.open.set()
    answers = told.wait(8)
    writer.close()
    assert gate.seen == ["append", "renew", "append", "append"]
    assert isinstance(answers[1], Lease)
    assert [decode(item.payload).time for item in store.lines("shop")] == [1, 2, 3, 4, 5, 6]
    assert [item.seq for item in answers if isinstance(item, Head)] == [1, 6, 6, 6, 6, 6, 2]


def test_many_threads_are_all_answered(tmp_path: Path) -> None:
    store = sqlite_store(tmp_path)
    writer = Writer(store, {"shop": leased(store)})

    def write(who: int) -> None:
        for number in range(20):
            head = writer.append("shop", (line(who * 100 + number),))
            assert head.seq >= number

    threads = [threading.Thread(target=write, args=(who,)) for who in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    times = [decode(item.payload).time for item in store.lines("shop")]
    assert sorted(times) == sorted(who * 100 + number for who in range(10) for number in range(20))
    for who in range(10):
        mine = [time for time in times if time // 100 == who]
        assert mine == sorted(mine)


def test_a_renewal_puts_the_later_lease() -> None:
    world, store = memory()
    leases = {"shop": leased(store)}
    writer = Writer(store, leases, length=60.0)
    world.advance(30.0)
    lease = writer.renew("shop")
    assert leases["shop"] == lease
    assert lease.until == world.time + 60.0
    writer.close()


def full(verb: str, moment: str) -> None:
    if (verb, moment) == ("append", "before"):
        raise problems.refused(problems.FULL, "the disk of the store is full: nothing was written")


def test_the_first_failure_is_everybodys_and_the_last_word() -> None:
    _, store = memory()
    gate, told = Gate(), Told()
    writer = Writer(store, {"shop": leased(store), "billing": leased(store, stack="billing")})
    store.hook = gate
    writer.put("shop", (line(1),), told)
    assert gate.entered.wait(30)
    for number in range(3):
        writer.put("shop", (line(number),), told)
    writer.put("billing", (line(4),), told)
    store.hook = full
    gate.open.set()
    answers = told.wait(5)
    assert isinstance(answers[0], Head)
    assert all(isinstance(item, StoreError) and "full" in str(item) for item in answers[1:])
    store.hook = gate
    with pytest.raises(StoreError, match="full"):
        writer.append("billing", (line(5),))
    with pytest.raises(StoreError, match="full"):
        writer.renew("shop")
    assert store.head("shop").seq == 1
    assert store.head("billing").seq == 0
    writer.close()


def test_a_lost_lease_ends_everything() -> None:
    world, store = memory()
    writer = Writer(store, {"shop": leased(store)})
    writer.append("shop", (line(1),))
    world.advance(60.0)
    with pytest.raises(LeaseLost):
        writer.append("shop", (line(2),))
    with pytest.raises(LeaseLost):
        writer.append("shop", (line(3),))
    writer.close()


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_unknown_outcome_is_settled_by_the_journal(moment: str) -> None:
    """A connection is lost at a commit: the lines are there, or they are not, and the writer finds out."""
    _, store = memory()
    other = leased(store, "shop.b", who="two")
    lease = leased(store, "shop.a")
    writer = Writer(store, {"shop": lease})
    writer.append("shop", (line(1),))
    store.append(other, [b"somebody else's"])

    def lost(verb: str, when: str) -> None:
        if (verb, when) == ("append", moment):
            raise problems.refused(problems.BROKEN, "the connection is lost", unknown=True)

    store.hook = lost
    if moment == "after":
        assert writer.append("shop", (line(2), line(3))).seq == 4
        assert [item.epoch for item in store.lines("shop")] == [lease.epoch, other.epoch, lease.epoch, lease.epoch]
    else:
        with pytest.raises(StoreError) as found:
            writer.append("shop", (line(2), line(3)))
        assert not found.value.unknown
        assert store.head("shop").seq == 2
    writer.close()


def test_an_outcome_that_cannot_be_settled_stays_unknown() -> None:
    _, store = memory()
    writer = Writer(store, {"shop": leased(store)})
    writer.append("shop", (line(1),))

    def gone(verb: str, when: str) -> None:
        store.dead = problems.refused(problems.BROKEN, "the store is gone", unknown=True)
        raise store.dead

    store.hook = gone
    with pytest.raises(StoreError) as found:
        writer.append("shop", (line(2),))
    assert found.value.unknown
    writer.close()


def test_a_closed_writer_takes_nothing() -> None:
    _, store = memory()
    writer = Writer(store, {"shop": leased(store)})
    told = Told()
    for number in range(5):
        writer.put("shop", (line(number),), told)
    writer.close()
    assert len(told.answers) == 5
    with pytest.raises(RuntimeError):
        writer.put("shop", (line(9),), told)
    writer.close()
