"""The port through which the single-threaded core reaches time and the world, and the loop that drives it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from engine.effects import Effect, Event


class Machine(Protocol):
    """A pure single-threaded run: told events, it answers with effects. No clock, no thread, no random, no I/O."""

    @property
    def finished(self) -> bool: ...

    def start(self, now: float) -> Iterable[Effect]: ...

    def step(self, event: Event) -> Iterable[Effect]: ...


class Executor(Protocol):
    """`submit` never blocks; every effect but a notice is answered by one event from `next`, in any order."""

    def now(self) -> float: ...

    def submit(self, effect: Effect) -> None: ...

    def next(self) -> Event:
        """The next event; blocks until there is one. Raises what ends the run at once (a simulated kill)."""

    def close(self) -> None: ...


def drive(machine: Machine, executor: Executor) -> None:
    """Runs the machine to its end."""
    for effect in machine.start(executor.now()):
        executor.submit(effect)
    while not machine.finished:
        for effect in machine.step(executor.next()):
            executor.submit(effect)
