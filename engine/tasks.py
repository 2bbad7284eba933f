"""Operations as generators on one thread: each yields what it asks for and is resumed with the answer.

Pure like the machines that use it: events in, effects out, the order always the same for the same events.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from engine import effects
from engine.effects import Broken, Effect, Reply
from engine.instances import Instance
from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Observation, Target, Unreadable


@dataclass(frozen=True, slots=True)
class Ask:
    """Answered with the effect's result, or the Broken event."""

    make: Callable[[int], Effect]


@dataclass(frozen=True, slots=True)
class Look:
    """Reads one target, together with all that are looked at in the same round; answered with an Observation."""

    instance: Instance
    target: Target


@dataclass(frozen=True, slots=True)
class Sleep:
    """Answered with None at that time, or earlier with True where the run is stopping."""

    until: float


@dataclass(frozen=True, slots=True)
class Slot:
    """Answered once the operation may send; the lower `rank`, the sooner."""

    rank: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Leave:
    """Gives the slot back."""


Wish: TypeAlias = Ask | Look | Sleep | Slot | Leave
Task: TypeAlias = Generator[Wish, Any, Any]


@dataclass(slots=True)
class _Running:
    name: str
    task: Task
    done: Callable[[Any], None]
    holds: bool = False
    sleeping: int = 0


@dataclass(slots=True)
class Tasks:
    """`parallelism` bounds the operations that hold a slot. `stopping` wakes sleepers and grants no more slots."""

    parallelism: int
    now: float = 0.0
    stopping: bool = False
    _pending: dict[int, Callable[[Any], None]] = field(default_factory=dict)
    _sleepers: dict[int, _Running] = field(default_factory=dict)
    _outgoing: list[Effect] = field(default_factory=list)
    _looks: list[tuple[Look, _Running]] = field(default_factory=list)
    _queue: list[tuple[tuple[Any, ...], int, _Running]] = field(default_factory=list)
    _resumable: deque[tuple[_Running, Any]] = field(default_factory=deque)
    _held: int = 0
    _running: int = 0
    _ticket: int = 0
    _sequence: int = 0

    @property
    def idle(self) -> bool:
        """Nothing runs, and nothing waits for an answer."""
        return self._running == 0

    def spawn(self, name: str, task: Task, done: Callable[[Any], None]) -> None:
        """Runs the task from the next `advance` on; `done` gets what it returns."""
        self._running += 1
        self._resumable.append((_Running(name, task, done), None))

    def tell(self, effect: Effect) -> None:
        self._outgoing.append(effect)

    def ask(self, make: Callable[[int], Effect], handler: Callable[[Any], None]) -> int:
        self._ticket += 1
        self._pending[self._ticket] = handler
        self._outgoing.append(make(self._ticket))
        return self._ticket

    def take(self, event: Reply | Broken) -> None:
        handler = self._pending.pop(event.ticket, None)
        if handler is not None:
            handler(event.result if isinstance(event, Reply) else event)

    def stop(self) -> None:
        """Sleepers are woken with True; what waits for a slot is answered with False and has to end."""
        self.stopping = True
        for ticket, running in sorted(self._sleepers.items()):
            self._pending.pop(ticket, None)
            self._resume(running, True)
        self._sleepers.clear()
        while self._queue:
            _, _, running = heapq.heappop(self._queue)
            self._resume(running, False)

    def advance(self) -> list[Effect]:
        """Everything that can run runs; then the looks of this round go out, batched."""
        while self._resumable or self._grantable():
            while self._resumable:
                running, answer = self._resumable.popleft()
                self._step(running, answer)
            self._grant()
        self._flush_looks()
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def _resume(self, running: _Running, answer: Any) -> None:
        self._resumable.append((running, answer))

    def _step(self, running: _Running, answer: Any) -> None:
        try:
            wish = running.task.send(answer)
        except StopIteration as end:
            self._running -= 1
            if running.holds:
                self._held -= 1
            running.done(end.value)
            return
        self._serve(running, wish)

    def _serve(self, running: _Running, wish: Wish) -> None:
        match wish:
            case Ask(make=make):
                self.ask(make, lambda result: self._resume(running, result))
            case Look():
                self._looks.append((wish, running))
            case Sleep(until=until):
                self._sleep(running, until)
            case Slot(rank=rank):
                self._sequence += 1
                heapq.heappush(self._queue, (rank, self._sequence, running))
            case Leave():
                if running.holds:
                    running.holds = False
                    self._held -= 1
                self._resume(running, None)

    def _sleep(self, running: _Running, until: float) -> None:
        if self.stopping:
            self._resume(running, True)
            return
        ticket = self.ask(lambda ticket: effects.Waking(ticket=ticket, at=until), lambda result: self._woken(running, ticket))
        self._sleepers[ticket] = running

    def _woken(self, running: _Running, ticket: int) -> None:
        self._sleepers.pop(ticket, None)
        self._resume(running, None)

    def _grantable(self) -> bool:
        return bool(self._queue) and (self.stopping or self._held < self.parallelism)

    def _grant(self) -> None:
        while self._grantable():
            _, _, running = heapq.heappop(self._queue)
            if self.stopping:
                self._resume(running, False)
                continue
            running.holds = True
            self._held += 1
            self._resume(running, True)

    def _flush_looks(self) -> None:
        looks, self._looks = self._looks, []
        by_instance: dict[str, list[tuple[Look, _Running]]] = {}
        for look, running in looks:
            by_instance.setdefault(look.instance.key, []).append((look, running))
        for group in by_instance.values():
            instance = group[0][0].instance
            waiting = {look.target.key: running for look, running in group}
            for batch in instance.provider.batches([look.target for look, _ in group]):
                members = {target.key: waiting[target.key] for target in batch.targets}
                self.ask(
                    lambda ticket, batch=batch, instance=instance: effects.Reading(  # type: ignore[misc]
                        ticket=ticket, instance=instance, batch=batch
                    ),
                    lambda result, members=members: self._seen(members, result),  # type: ignore[misc]
                )

    def _seen(self, members: dict[str, _Running], result: dict[str, Observation] | Broken) -> None:
        for key, running in members.items():
            if isinstance(result, Broken):
                observation: Observation = Unreadable(diagnostic=result.diagnostic)
            else:
                found = result.get(key)
                missing = Diagnostic(code="P0412", summary="the read gave no answer")
                observation = found if found is not None else Unreadable(diagnostic=missing)
            self._resume(running, observation)
