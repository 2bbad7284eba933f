"""The real executor: effects on a pool of threads, appends on the writer's, everything else on the caller's."""

from __future__ import annotations

import heapq
import logging
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TypeAlias

from engine import effects
from engine.effects import Broken, Effect, Event, Interrupt, Notice, Reply
from engine.executors.lanes import Lanes
from engine.failpoints import passage
from engine.instances import Instance
from engine.perform import Ports, perform
from engine.stores.store import LeaseLost, StoreError
from engine.stores.writer import Answer, Told, Writer
from providers.contract.diagnostic import Diagnostic, DiagnosticError

log = logging.getLogger("plumb.executor")

LONGEST_WAIT = 5.0
"""Seconds after which the clock is looked at again: it may be set, and a machine may sleep."""

Asked: TypeAlias = (
    effects.Opening
    | effects.Reading
    | effects.Proposing
    | effects.Listing
    | effects.Searching
    | effects.Sending
    | effects.Appending
    | effects.Renewing
)


class RealExecutor:
    """Used by one thread; only `interrupt` may be called from another, or from a signal handler.

    At most `parallelism` effects are under way at a time, and of each instance what it allows. Those of a transport that
    says `instant = True` are performed on the caller's thread, in `next`. `listen` is called on the caller's thread. The
    appender, where it is a Writer, is closed with the executor.
    """

    def __init__(
        self,
        ports: Ports,
        clock: Callable[[], float] = time.time,
        parallelism: int = 16,
        listen: Callable[[Notice], None] | None = None,
    ) -> None:
        self.ports = ports
        self._clock = clock
        self._parallelism = parallelism
        self._listen = listen
        self._events: SimpleQueue[Event] = SimpleQueue()
        self._work: SimpleQueue[Asked | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._lanes: Lanes[Asked] = Lanes()
        self._inline: deque[Asked] = deque()
        self._timers: list[tuple[float, int]] = []
        self._pooled: set[int] = set()
        self._owed = 0

    def now(self) -> float:
        return self._clock()

    def submit(self, effect: Effect) -> None:
        match effect:
            case Notice():
                if self._listen is not None:
                    self._listen(effect)
                return
            case effects.Waking(ticket=ticket, at=at):
                heapq.heappush(self._timers, (at, ticket))
            case effects.Appending() | effects.Renewing():
                self._write(effect)
            case _:
                self._send_off(effect)
        self._owed += 1

    def next(self) -> Event:
        while True:
            event = self._due() or self._arrived() or self._performed() or self._awaited()
            if event is not None:
                return event

    def interrupt(self, reason: str = "interrupted") -> None:
        self._events.put(Interrupt(time=self._clock(), reason=reason))

    def close(self) -> None:
        """Threads end; one that still waits for an answer is left behind and ends with it, unheard."""
        if isinstance(self.ports.appender, Writer):
            self.ports.appender.close()
        for _ in self._threads:
            self._work.put(None)
        if not self._pooled:
            for thread in self._threads:
                thread.join()
        self._threads.clear()

    # Where the next event comes from

    def _due(self) -> Event | None:
        if not self._timers or self._timers[0][0] > self._clock():
            return None
        self._owed -= 1
        return Reply(ticket=heapq.heappop(self._timers)[1], result=None, time=self._clock())

    def _arrived(self) -> Event | None:
        return None if self._events.empty() else self._take(0.0)

    def _performed(self) -> Event | None:
        if not self._inline:
            return None
        self._owed -= 1
        return self._perform(self._inline.popleft())

    def _awaited(self) -> Event | None:
        """None where the clock has to be looked at again."""
        if self._owed == 0 and self._events.empty():
            raise RuntimeError("the run waits, and nothing is under way")
        wait = LONGEST_WAIT
        if self._timers:
            wait = min(wait, max(0.0, self._timers[0][0] - self._clock()))
        return self._take(wait)

    def _take(self, wait: float) -> Event | None:
        try:
            event = self._events.get(timeout=wait)
        except Empty:
            return None
        if not isinstance(event, Interrupt):
            self._owed -= 1
            if event.ticket in self._pooled:
                self._pooled.remove(event.ticket)
                for effect in self._lanes.leave(event.ticket):
                    self._pool(effect)
        return event

    # Where an effect goes

    def _send_off(self, effect: Asked) -> None:
        instance = _instance(effect)
        if instance is not None and getattr(instance.transport, "instant", False):
            self._inline.append(effect)
        elif instance is None or self._lanes.enter(instance.key, instance.parallelism, effect.ticket, effect):
            self._pool(effect)

    def _pool(self, effect: Asked) -> None:
        self._pooled.add(effect.ticket)
        if len(self._threads) < min(self._parallelism, len(self._pooled)):
            thread = threading.Thread(target=self._serve, name=f"plumb-{len(self._threads) + 1}", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._work.put(effect)

    def _serve(self) -> None:
        while (effect := self._work.get()) is not None:
            self._events.put(self._perform(effect))

    def _write(self, effect: effects.Appending | effects.Renewing) -> None:
        writer = self.ports.appender
        if not isinstance(writer, Writer):
            self._pool(effect)
            return
        told = self._teller(effect.ticket)
        try:
            if isinstance(effect, effects.Renewing):
                writer.put_renewal(effect.stack, told)
            else:
                writer.put(effect.stack, effect.lines, told)
        except Exception as error:  # noqa: BLE001 - a line that has no bytes is a bug of ours
            told(error)

    def _teller(self, ticket: int) -> Told:
        def told(answer: Answer) -> None:
            if isinstance(answer, Exception):
                self._events.put(self._broken(ticket, answer, shown=True))
            else:
                passage("before_reply")
                self._events.put(Reply(ticket=ticket, result=answer, time=self._clock()))

        return told

    def _perform(self, effect: Asked) -> Event:
        sending = isinstance(effect, effects.Sending)
        if sending:
            passage("before_send")
        try:
            result = perform(effect, self.ports, self._clock())
        except Exception as error:  # noqa: BLE001 - the core must hear of it, whatever it is
            return self._broken(effect.ticket, error, shown=not isinstance(effect, _SECRETIVE))
        if sending:
            passage("after_send")
        return Reply(ticket=effect.ticket, result=result, time=self._clock())

    def _broken(self, ticket: int, error: Exception, *, shown: bool) -> Broken:
        now = self._clock()
        if isinstance(error, StoreError):
            lost = isinstance(error, LeaseLost)
            return Broken(ticket=ticket, diagnostic=error.diagnostic, time=now, lost_lease=lost, store=True)
        if isinstance(error, DiagnosticError) and error.diagnostics:
            return Broken(ticket=ticket, diagnostic=error.diagnostics[0], time=now)
        return Broken(ticket=ticket, diagnostic=_bug(error, shown=shown), time=now)


_SECRETIVE = (effects.Sending, effects.Proposing, effects.Opening)
"""What holds secrets in clear while it is performed: the text of an exception may repeat them."""


def _instance(effect: Asked) -> Instance | None:
    match effect:
        case (
            effects.Reading(instance=instance)
            | effects.Proposing(instance=instance)
            | effects.Listing(instance=instance)
            | effects.Searching(instance=instance)
            | effects.Sending(instance=instance)
        ):
            return instance
        case effects.Opening() | effects.Appending() | effects.Renewing():
            return None


def _bug(error: Exception, *, shown: bool) -> Diagnostic:
    """Where it happened; what it said only where no secret can be in it. The way there goes to the log."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno} in {frames[-1].name}" if frames else ""
    text = " ".join(str(error).split())[:300] if shown else ""
    name = type(error).__name__
    log.debug("%s %s\n%s", name, text, "".join(traceback.format_tb(error.__traceback__)))
    return Diagnostic(
        code="P0900",
        summary=f"internal error: {name}: {text}" if text else f"internal error: {name}",
        detail=f"at {place}" if place else "",
        notes=(("help", "this is a bug of plumb; with PLUMB_LOG=debug the log tells where it was"),),
    )
