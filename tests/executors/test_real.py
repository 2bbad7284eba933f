"""The real executor: answers to everything, in any order, without ever blocking in `submit`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from engine import effects
from engine.effects import Broken, Effect, Event, Interrupt, Notice, Reply
from engine.executor import drive
from engine.executors.real import RealExecutor
from engine.instances import Instance, InstanceSpec
from engine.journal import Resumed
from engine.perform import Ports
from engine.stores import problems
from engine.stores.memory import MemoryStore
from engine.stores.store import Head, Lease
from engine.stores.writer import Writer
from providers.contract.diagnostic import Diagnostic, DiagnosticError
from tests.stores.worlds import World, leased

LONG = 30.0


@dataclass
class Provider:
    """Reads by calling what a test gives it."""

    act: Callable[[Any], Any]

    def read(self, batch: Any, send: Any) -> Any:
        return self.act(batch)

    def send_step(self, step: Any, send: Any) -> Any:
        return self.act(step)


@dataclass
class Transport:
    instant: bool = False

    def call(self, operation: str, parameters: Any, bounds: Any) -> Any:
        raise AssertionError

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class Nobody:
    """No provider is opened here."""

    problems: list[str] = field(default_factory=list)

    def reader(self, kind: str) -> Any:
        raise AssertionError

    def open(self, spec: InstanceSpec, connection: Any, renew: Any) -> Any:
        raise AssertionError


def instance(act: Callable[[Any], Any], *, instant: bool = False, parallelism: int | None = None, key: str = "k") -> Instance:
    provider: Any = Provider(act)
    return Instance(key=key, kind="test", provider=provider, transport=Transport(instant), parallelism=parallelism)


def reading(ticket: int, where: Instance, batch: Any = None) -> Effect:
    return effects.Reading(ticket=ticket, instance=where, batch=batch)


@contextmanager
def executing(appender: Any = None, **settings: Any) -> Iterator[RealExecutor]:
    executor = RealExecutor(Ports(providers=Nobody(), appender=appender), **settings)
    try:
        yield executor
    finally:
        executor.close()


def answers(executor: RealExecutor, count: int) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for _ in range(count):
        event = executor.next()
        assert not isinstance(event, Interrupt)
        found[event.ticket] = event.result if isinstance(event, Reply) else event
    return found


@pytest.mark.parametrize("instant", [False, True])
def test_every_effect_is_answered_once(instant: bool) -> None:
    where = instance(lambda batch: {"seen": batch}, instant=instant)
    with executing(parallelism=4) as executor:
        for ticket in range(200):
            executor.submit(reading(ticket, where, ticket))
        assert answers(executor, 200) == {ticket: {"seen": ticket} for ticket in range(200)}
        with pytest.raises(RuntimeError, match="nothing is under way"):
            executor.next()


def test_effects_run_side_by_side_up_to_the_bound() -> None:
    """Four meet at a barrier: with fewer threads they never would, with more than four a fifth would be seen."""
    barrier = threading.Barrier(4)
    lock = threading.Lock()
    running, most = 0, 0

    def act(batch: Any) -> Any:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        barrier.wait(LONG)
        with lock:
            running -= 1
        return {}

    with executing(parallelism=4) as executor:
        for ticket in range(12):
            executor.submit(reading(ticket, instance(act)))
        assert answers(executor, 12) == {ticket: {} for ticket in range(12)}
    assert most == 4


def test_an_instance_bounds_its_own() -> None:
    lock = threading.Lock()
    running, most = 0, 0

    def narrow(batch: Any) -> Any:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        gate.wait(LONG)
        with lock:
            running -= 1
        return batch

    gate = threading.Event()
    tight = instance(narrow, parallelism=2, key="tight")
    free = instance(lambda batch: batch, key="free")
    with executing(parallelism=8) as executor:
        for ticket in range(10):
            executor.submit(reading(ticket, tight, ticket))
        for ticket in range(10, 20):
            executor.submit(reading(ticket, free, ticket))
        assert set(answers(executor, 10)) == set(range(10, 20))
        gate.set()
        found = answers(executor, 10)
    assert set(found) == set(range(10))
    assert most == 2


def test_submit_does_not_block_while_everything_is_busy() -> None:
    gate = threading.Event()
    where = instance(lambda batch: gate.wait(LONG))
    with executing(parallelism=1) as executor:
        for ticket in range(5):
            executor.submit(reading(ticket, where))
        gate.set()
        assert answers(executor, 5) == dict.fromkeys(range(5), True)


def test_timers_come_in_the_order_of_their_time() -> None:
    world = World()
    with executing(clock=world.clock) as executor:
        for ticket, at in ((1, 30.0), (2, 10.0), (3, 20.0)):
            executor.submit(effects.Waking(ticket=ticket, at=world.time + at))
        world.advance(15.0)
        assert executor.next() == Reply(ticket=2, result=None, time=world.time)
        world.advance(15.0)
        assert [executor.next().ticket for _ in range(2)] == [3, 1]  # type: ignore[union-attr]


def test_a_timer_is_waited_for() -> None:
    with executing() as executor:
        at = executor.now() + 0.05
        executor.submit(effects.Waking(ticket=1, at=at))
        event = executor.next()
        assert isinstance(event, Reply)
        assert event.time >= at


def test_an_answer_comes_before_a_later_timer() -> None:
    with executing() as executor:
        executor.submit(effects.Waking(ticket=1, at=executor.now() + 3600.0))
        executor.submit(reading(2, instance(lambda batch: {})))
        assert answers(executor, 1) == {2: {}}


def test_notices_are_heard_at_once_on_the_callers_thread() -> None:
    heard: list[tuple[Notice, int]] = []
    with executing(listen=lambda notice: heard.append((notice, threading.get_ident()))) as executor:
        notice = Notice(verb="started", address="shop.a")
        executor.submit(notice)
    assert heard == [(notice, threading.get_ident())]


def test_appends_and_renewals_take_no_thread_of_the_pool() -> None:
    """The only thread of the pool waits for an append: with the append on the pool that would never end."""
    store = MemoryStore(clock=World().clock)
    done = threading.Event()
    with executing(Writer(store, {"shop": leased(store)}), parallelism=1) as executor:
        executor.submit(reading(1, instance(lambda batch: done.wait(LONG))))
        executor.submit(effects.Appending(ticket=2, stack="shop", lines=(Resumed(time=1.0),)))
        executor.submit(effects.Renewing(ticket=3, stack="shop"))
        found = answers(executor, 2)
        assert isinstance(found[2], Head)
        assert isinstance(found[3], Lease)
        done.set()
        assert answers(executor, 1) == {1: True}
    assert store.head("shop").seq == 1


def test_an_appender_of_another_kind_is_used_as_it_is() -> None:
    store = MemoryStore(clock=World().clock)
    lease = leased(store)

    class Plain:
        def append(self, stack: str, lines: Any) -> Head:
            return store.append(lease, [b"x"] * len(lines))

        def renew(self, stack: str) -> Lease:
            return store.renew(lease, 60.0)

    with executing(Plain()) as executor:
        executor.submit(effects.Appending(ticket=1, stack="shop", lines=(Resumed(time=1.0),)))
        executor.submit(effects.Renewing(ticket=2, stack="shop"))
        found = answers(executor, 2)
    assert isinstance(found[1], Head)
    assert found[2] == lease


def broken(executor: RealExecutor) -> Broken:
    event = executor.next()
    assert isinstance(event, Broken)
    return event


def test_a_store_that_fails_breaks_its_effect() -> None:
    world = World()
    store = MemoryStore(clock=world.clock)
    append = effects.Appending(ticket=1, stack="shop", lines=(Resumed(time=1.0),))

    def full(verb: str, moment: str) -> None:
        raise problems.refused(problems.FULL, "the disk is full")

    with executing(Writer(store, {"shop": leased(store)})) as executor:
        store.hook = full
        executor.submit(append)
        event = broken(executor)
        assert (event.store, event.lost_lease, event.diagnostic.summary) == (True, False, "the disk is full")
    store = MemoryStore(clock=world.clock)
    with executing(Writer(store, {"shop": leased(store)})) as executor:
        world.advance(60.0)
        executor.submit(append)
        event = broken(executor)
        assert (event.store, event.lost_lease) == (True, True)


@pytest.mark.parametrize("instant", [False, True])
def test_a_bug_is_told_without_its_way(instant: bool) -> None:
    def act(batch: Any) -> Any:
        raise KeyError("QueueUrl")

    with executing() as executor:
        executor.submit(reading(1, instance(act, instant=instant)))
        diagnostic = broken(executor).diagnostic
    assert diagnostic.code == "P0900"
    assert diagnostic.summary == "internal error: KeyError: 'QueueUrl'"
    assert "Traceback" not in repr(diagnostic)
    assert "test_real.py" in diagnostic.detail


def test_a_bug_while_sending_repeats_no_word_of_it(caplog: pytest.LogCaptureFixture) -> None:
    def act(step: Any) -> Any:
        raise ValueError(f"cannot send {step}")

    caplog.set_level("DEBUG", logger="plumb.executor")
    where = instance(act)
    step: Any = "hunter2"
    with executing() as executor:
        executor.submit(effects.Sending(ticket=1, instance=where, step=step, not_after=0.0))
        event = broken(executor)
    assert event.diagnostic.summary == "internal error: ValueError"
    assert "in act" in caplog.text
    assert "hunter2" not in caplog.text + repr(event)


def test_a_problem_that_was_raised_is_told_as_it_is() -> None:
    problem = Diagnostic(code="P0999", summary="no such region")

    def act(batch: Any) -> Any:
        raise DiagnosticError([problem])

    with executing() as executor:
        executor.submit(reading(1, instance(act)))
        assert broken(executor).diagnostic == problem


def test_a_run_without_a_journal_cannot_write() -> None:
    with executing() as executor:
        executor.submit(effects.Appending(ticket=1, stack="shop", lines=()))
        assert "without a journal" in broken(executor).diagnostic.summary


def test_an_interrupt_from_a_signal_handler_is_an_event() -> None:
    with executing() as executor:
        before = signal.signal(signal.SIGUSR1, lambda number, frame: executor.interrupt("asked to end"))
        try:
            executor.submit(effects.Waking(ticket=1, at=executor.now() + 3600.0))
            timer = threading.Timer(0.05, lambda: os.kill(os.getpid(), signal.SIGUSR1))
            timer.start()
            event = executor.next()
            timer.join()
        finally:
            signal.signal(signal.SIGUSR1, before)
    assert isinstance(event, Interrupt)
    assert event.reason == "asked to end"


def test_close_ends_its_threads() -> None:
    before = set(threading.enumerate())
    store = MemoryStore(clock=World().clock)
    with executing(Writer(store, {"shop": leased(store)})) as executor:
        for ticket in range(20):
            executor.submit(reading(ticket, instance(lambda batch: {})))
        executor.submit(effects.Appending(ticket=99, stack="shop", lines=(Resumed(time=1.0),)))
        answers(executor, 21)
    assert set(threading.enumerate()) == before


def test_close_does_not_wait_for_an_answer_that_nobody_hears() -> None:
    gate = threading.Event()
    executor = RealExecutor(Ports(providers=Nobody()))
    executor.submit(reading(1, instance(lambda batch: gate.wait(LONG))))
    executor.close()
    gate.set()


class Counting:
    """A machine that reads a hundred times, each after the answer to the one before."""

    def __init__(self, where: Instance) -> None:
        self.where = where
        self.count = 0

    @property
    def finished(self) -> bool:
        return self.count == 100

    def start(self, now: float) -> list[Effect]:
        return [reading(0, self.where)]

    def step(self, event: Event) -> list[Effect]:
        self.count += 1
        return [] if self.finished else [reading(self.count, self.where)]


@pytest.mark.parametrize("instant", [False, True])
def test_it_drives_a_machine_to_its_end(instant: bool) -> None:
    machine = Counting(instance(lambda batch: {}, instant=instant))
    with executing() as executor:
        drive(machine, executor)
    assert machine.count == 100


POINTS = """
import sys
from engine import effects
from engine.executors.real import RealExecutor
from engine.perform import Ports
from tests.executors.test_real import Nobody, instance
def act(step):
    print("sent", flush=True)
    return {}
executor = RealExecutor(Ports(providers=Nobody()))
for ticket in range(3):
    executor.submit(effects.Sending(ticket=ticket, instance=instance(act), step=None, not_after=0.0))
    executor.next()
    print("told", flush=True)
"""


@pytest.mark.parametrize(
    ("point", "seen"),
    [
        ("before_send:2", "sent told"),
        ("after_send:2", "sent told sent"),
        ("any:1", ""),
        ("any:2", "sent"),
        ("elsewhere:1", "sent told sent told sent told"),
    ],
)
def test_a_failpoint_kills_at_its_nth_passage(point: str, seen: str) -> None:
    found = subprocess.run(
        [sys.executable, "-c", POINTS],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PLUMB_FAILPOINTS": "allow", "PLUMB_FAILPOINT": point},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert " ".join(found.stdout.split()) == seen
    assert found.returncode == (0 if point.startswith("elsewhere") else -signal.SIGKILL)
