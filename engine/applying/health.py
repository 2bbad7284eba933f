"""Waits until objects are healthy, or until it is clear that they will not be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.effects import Broken, Effect, Event, Interrupt, Notice, Reply
from engine.instances import Instance
from engine.planning.candidate import Candidate
from engine.planning.run import PlanRun
from engine.tasks import Look, Sleep, Task, Tasks
from providers.contract.observation import Absent, Health, Live, Observation, Target, Unreadable

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 10.0
DEGRADED_LOOKS = 3
"""An object is given up as degraded once so many looks in a row found it so: a pod may fail once while it starts."""
GOOD = frozenset({"healthy", "unknown"})
"""`unknown`: its type has no notion of health."""


@dataclass(slots=True)
class HealthRun:
    """Writes nothing. `planned` is a finished plan whose instances are open; `addresses` are what is waited for, those
    that it does not declare are passed over. `unhealthy` at the end: address -> why. `timeout` in seconds."""

    planned: PlanRun
    addresses: frozenset[str]
    timeout: float
    unhealthy: dict[str, str] = field(default_factory=dict)
    interrupted: bool = False
    tasks: Tasks = field(default_factory=lambda: Tasks(1))
    _begun: float = 0.0
    _started: bool = False

    @property
    def finished(self) -> bool:
        return self._started and self.tasks.idle

    def start(self, now: float) -> Iterable[Effect]:
        self.tasks.now = self._begun = now
        self._started = True
        for address, candidate in sorted(self.planned.declared.candidates.items()):
            if candidate.address in self.addresses and candidate.type:
                self.tasks.spawn(address, self._wait(candidate), lambda _: None)
        return self.tasks.advance()

    def step(self, event: Event) -> Iterable[Effect]:
        self.tasks.now = max(self.tasks.now, event.time)
        match event:
            case Interrupt():
                self.interrupted = True
                self.tasks.stop()
            case Reply() | Broken():
                self.tasks.take(event)
        return self.tasks.advance()

    def _wait(self, candidate: Candidate) -> Task:
        instance = self.planned.survey.cloud(candidate.spec).instance
        if instance is None:
            self.unhealthy[candidate.address] = "its provider cannot be reached"
            return
        observation, pause, degraded, told = candidate.observation, FIRST_PAUSE, 0, False
        while True:
            health = judged(instance, candidate, observation)
            degraded = degraded + 1 if health.state == "degraded" else 0
            if health.state in GOOD:
                self.unhealthy.pop(candidate.address, None)
                if told:
                    self.tasks.tell(Notice(verb="done", address=candidate.address, act="wait"))
                return
            if not told:
                told = True
                self.tasks.tell(Notice(verb="started", address=candidate.address, act="wait"))
            self.unhealthy[candidate.address] = f"{health.state}: {health.reason}" if health.reason else health.state
            if degraded >= DEGRADED_LOOKS or self.tasks.now - self._begun >= self.timeout:
                self.tasks.tell(Notice(verb="failed", address=candidate.address, act="wait", text=health.reason))
                return
            self.tasks.tell(Notice(verb="waiting", address=candidate.address, act="wait", text=health.reason))
            if (yield Sleep(min(self.tasks.now + pause, self._begun + self.timeout))):
                return
            pause = min(pause * 1.5, LONGEST_PAUSE)
            observation = yield Look(instance, _target(candidate))


def judged(instance: Instance, candidate: Candidate, observation: Observation | None) -> Health:
    match observation:
        case Live():
            return instance.provider.health(candidate.type, observation)
        case Absent():
            return Health(state="degraded", reason="it is not there")
        case Unreadable(diagnostic=diagnostic):
            return Health(state="progressing", reason=diagnostic.summary)
        case _:
            return Health(state="progressing", reason="it is not visible yet")


def _target(candidate: Candidate) -> Target:
    observation, recorded = candidate.observation, candidate.recorded
    identity = observation.identity if isinstance(observation, Live) else recorded.identity if recorded is not None else ""
    return Target(
        key=candidate.address,
        type=candidate.type,
        identity=identity,
        inputs=candidate.inputs,
        recorded=recorded.values if recorded is not None else {},
    )
