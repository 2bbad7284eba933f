"""The simulated executor: one effect at a time on the calling thread, the next drawn from a seed, virtual time."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable

from engine import effects
from engine.effects import Broken, Effect, Event, Notice, Reply
from engine.perform import Ports, perform
from engine.stores.store import LeaseLost, StoreError
from providers.contract.diagnostic import Diagnostic


class Killed(BaseException):
    """The process is gone. Nothing catches it."""


class Clock:
    """Seconds since the epoch, moved by the simulation alone."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class SimulatedExecutor:
    """`kill_at`: the number of the effect before which (or, where `after` is set, just after which) the process is
    killed; from then on every call raises. `log` holds one line per effect and event, for comparison byte by byte."""

    def __init__(
        self,
        ports: Ports,
        clock: Clock,
        seed: int = 0,
        *,
        kill_at: int | None = None,
        after: bool = False,
        listen: Callable[[Notice], None] | None = None,
    ) -> None:
        self.ports = ports
        self.clock = clock
        self.random = random.Random(seed)
        self.waiting: list[Effect] = []
        self.timers: list[tuple[float, int]] = []
        self.kill_at = kill_at
        self.after = after
        self.count = 0
        self.dead = False
        self.log: list[str] = []
        self.listen = listen

    def now(self) -> float:
        return self.clock.now

    def submit(self, effect: Effect) -> None:
        self._alive()
        match effect:
            case Notice():
                if self.listen is not None:
                    self.listen(effect)
            case effects.Waking(ticket=ticket, at=at):
                heapq.heappush(self.timers, (at, ticket))
            case _:
                self.waiting.append(effect)

    def next(self) -> Event:
        self._alive()
        if not self.waiting:
            at, ticket = heapq.heappop(self.timers)
            self.clock.now = max(self.clock.now, at)
            return self._event(Reply(ticket=ticket, result=None, time=self.clock.now))
        effect = self.waiting.pop(self.random.randrange(len(self.waiting)))
        self.count += 1
        self.clock.now += 0.001
        if self.count == self.kill_at and not self.after:
            self._die()
        self.log.append(f"{self.count} {describe(effect)}")
        event = self._perform(effect)
        if self.count == self.kill_at:
            self._die()
        return self._event(event)

    def close(self) -> None:
        """Nothing runs on."""

    def _perform(self, effect: Effect) -> Event:
        ticket = effect.ticket  # type: ignore[union-attr]
        try:
            return Reply(ticket=ticket, result=perform(effect, self.ports, self.clock.now), time=self.clock.now)
        except StoreError as error:
            lost = isinstance(error, LeaseLost)
            return Broken(ticket=ticket, diagnostic=error.diagnostic, time=self.clock.now, lost_lease=lost, store=True)

    def _event(self, event: Event) -> Event:
        self.log.append(f"  -> {type(event).__name__} {summary(event)}")
        return event

    def _die(self) -> None:
        self.dead = True
        raise Killed

    def _alive(self) -> None:
        if self.dead:
            raise Killed


def describe(effect: Effect) -> str:
    match effect:
        case effects.Appending(stack=stack, lines=lines):
            return f"append {stack} " + "; ".join(_line(line) for line in lines)
        case effects.Sending(address=address, step=step):
            return f"send {address} {step.operation} {step.parameters!r}"
        case effects.Reading(batch=batch):
            return "read " + ", ".join(target.key for target in batch.targets)
        case effects.Proposing(wanted=wanted):
            return f"propose {len(wanted)}"
        case _:
            return type(effect).__name__.lower()


def _line(line: object) -> str:
    return f"{type(line).__name__} {getattr(line, 'address', '') or getattr(line, 'operation', '')}"


def summary(event: Event) -> str:
    match event:
        case Reply(result=result):
            return repr(result)[:2000] if not hasattr(result, "transport") else "instance"
        case Broken(diagnostic=diagnostic):
            return diagnostic.summary
        case _:
            return ""


__all__ = ["Clock", "Diagnostic", "Killed", "SimulatedExecutor"]
