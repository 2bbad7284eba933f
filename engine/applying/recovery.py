"""What a run that was cut off has left open: every operation without an end is settled by its class, or stays shown."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine import effects, journal
from engine.applying.requests import quarantined
from engine.applying.run import RENEWAL
from engine.applying.settle import Answered, Found, Gone, Never, Question, Settlement, Unsettled, settle
from engine.applying.subject import End
from engine.effects import Broken, Effect, Event, Interrupt, Notice, Reply
from engine.encoding import from_plain
from engine.instances import Instance
from engine.planning.clouds import spec_of
from engine.records import Pin
from engine.state import Open, State
from engine.stores.store import Head, Lease
from engine.tasks import Ask, Look, Tasks, Wish
from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Absent, Live, Target
from providers.contract.schema import RecoveryClass
from providers.contract.step import Done, Refused, Step

Recovering = Generator[Wish, Any, End]


@dataclass(slots=True)
class RecoverRun:
    """`states` and `leases` by stack; the leases must cover what is open. `unsettled` names, by operation, what a person
    has to settle. Nothing new is begun here: what was half done goes on with the next plan."""

    states: Mapping[str, State]
    leases: dict[str, Lease]
    unsettled: dict[str, Unsettled] = field(default_factory=dict)
    settled: int = 0
    broken: Diagnostic | None = None
    tasks: Tasks = field(default_factory=lambda: Tasks(parallelism=10))
    _instances: dict[str, Instance] = field(default_factory=dict)

    @property
    def finished(self) -> bool:
        return self.tasks.idle

    def start(self, now: float) -> Iterable[Effect]:
        self.tasks.now = now
        for stack in sorted(self.leases):
            self._keep_alive(stack)
            for name, item in list(self.states[stack].open.items()):
                self.tasks.spawn(name, self._recover(stack, name, item), lambda end: None)
        return self.tasks.advance()

    def step(self, event: Event) -> Iterable[Effect]:
        self.tasks.now = max(self.tasks.now, event.time)
        match event:
            case Interrupt():
                self.tasks.stop()
            case Reply() | Broken():
                self.tasks.take(event)
        return self.tasks.advance()

    def _keep_alive(self, stack: str) -> None:
        tasks = self.tasks

        def renewed(result: Any) -> None:
            if isinstance(result, Lease):
                self.leases[stack] = result
                self._keep_alive(stack)
            else:
                self._fail(result.diagnostic)

        def renew(_: Any) -> None:
            tasks.ask(lambda ticket: effects.Renewing(ticket=ticket, stack=stack), renewed)

        tasks.ask(lambda ticket: effects.Waking(ticket=ticket, at=tasks.now + RENEWAL), renew)

    def _fail(self, diagnostic: Diagnostic) -> None:
        self.broken = self.broken or diagnostic
        self.tasks.stop()

    def _append(self, stack: str, *lines: journal.Line) -> Generator[Wish, Any, End]:
        result = yield Ask(lambda ticket: effects.Appending(ticket=ticket, stack=stack, lines=lines))
        if isinstance(result, Head):
            self.settled += 1
            return End(result="done")
        self._fail(result.diagnostic)
        return End(result="failed", diagnostic=result.diagnostic)

    def _recover(self, stack: str, name: str, item: Open) -> Recovering:
        if not item.unresolved:
            return (yield from self._half_done(stack, name, item))
        self.tasks.tell(Notice(verb="recovering", address=item.first.address, text=item.last.request))
        instance = yield from self._instance(item.last.pin)
        if isinstance(instance, Diagnostic):
            return self._unsettled(name, Unsettled(diagnostic=instance))
        settlement = yield from self._settle(instance, item)
        return (yield from self._write(stack, name, item, settlement))

    def _half_done(self, stack: str, name: str, item: Open) -> Recovering:
        """Every request has its outcome. A deletion that was accepted is over once nothing is there; all else goes on
        from the record, by the next plan."""
        now, last = self.tasks.now, item.last
        outcome = item.outcomes[last.step]
        if last.deletes and outcome.result == "done" and (outcome.gone or (yield from self._is_gone(item))):
            return (yield from self._append(stack, journal.Done(time=now, operation=name)))
        return (yield from self._append(stack, journal.Failed(time=now, operation=name, message="cut off")))

    def _is_gone(self, item: Open) -> Generator[Wish, Any, bool]:
        instance = yield from self._instance(item.last.pin)
        if isinstance(instance, Diagnostic):
            return False
        target = Target(key=item.last.operation, type=item.last.type, identity=item.last.identity)
        observation = yield Look(instance, target)
        return isinstance(observation, Absent)

    def _settle(self, instance: Instance, item: Open) -> Generator[Wish, Any, Settlement]:
        last = item.last
        resend = not _holds_secret(last.parameters)
        if not last.creates and not last.deletes:
            return Never()
        parameters = from_plain(last.parameters)
        assert isinstance(parameters, dict)
        step = Step(
            operation=last.request,
            parameters=dict(parameters),
            recovery=RecoveryClass(last.recovery),
            creates=last.creates,
            deletes=last.deletes,
            identity=last.identity,
            note=last.note,
        )
        question = Question(
            instance=instance,
            type=last.type,
            step=step,
            owner=dict(last.owner),
            not_after=min(last.not_after, self.tasks.now),
            since=last.time,
            signature_life=last.signature_life,
            listing_lag=last.listing_lag,
            resend=resend,
        )
        return (yield from settle(question, lambda: self.tasks.now))

    def _write(self, stack: str, name: str, item: Open, settlement: Settlement) -> Recovering:
        now, last = self.tasks.now, item.last
        match settlement:
            case Found(live=live, others=others):
                lines = [_took_effect(item, live.identity, now), *quarantined(others, last, now)]
                lines.append(journal.Failed(time=now, operation=name, message="cut off, found again"))
                return (yield from self._append(stack, *lines))
            case Answered(reply=Done(identity=identity, gone=gone)):
                if last.deletes:
                    closing: journal.Line = (
                        journal.Done(time=now, operation=name)
                        if gone
                        else journal.Failed(time=now, operation=name, message="cut off, deletion under way")
                    )
                    return (yield from self._append(stack, _took_effect(item, last.identity, now), closing))
                failed = journal.Failed(time=now, operation=name, message="cut off, sent again")
                return (yield from self._append(stack, _took_effect(item, identity or last.identity, now), failed))
            case Answered(reply=Refused(missing=True)) if last.deletes:
                return (yield from self._append(stack, journal.Done(time=now, operation=name)))
            case Answered(reply=Refused(diagnostic=diagnostic)):
                return (yield from self._append(stack, *_nothing(item, now, diagnostic.summary)))
            case Gone():
                return (yield from self._append(stack, journal.Done(time=now, operation=name)))
            case Never():
                return (yield from self._append(stack, *_nothing(item, now, "it never took effect, or is planned again")))
            case Unsettled():
                return self._unsettled(name, settlement)
        raise AssertionError(settlement)

    def _unsettled(self, name: str, why: Unsettled) -> End:
        self.unsettled[name] = why
        return End(result="unresolved", diagnostic=why.diagnostic)

    # Instances, from what was recorded alone

    def _instance(self, pin: Pin) -> Generator[Wish, Any, Instance | Diagnostic]:
        spec = spec_of(pin)
        if spec.key in self._instances:
            return self._instances[spec.key]
        carrier = None
        if pin.carrier:
            found = yield from self._carrier(pin.carrier)
            if isinstance(found, Diagnostic):
                return found
            carrier = found
        result = yield Ask(lambda ticket: effects.Opening(ticket=ticket, spec=spec, carrier=carrier))
        if isinstance(result, Instance):
            self._instances[spec.key] = result
            return result
        return result if isinstance(result, Diagnostic) else result.diagnostic

    def _carrier(self, address: str) -> Generator[Wish, Any, tuple[Instance, str, Live] | Diagnostic]:
        state = self.states.get(address.partition(".")[0])
        record = state.current(address) if state is not None else None
        if record is None:
            return Diagnostic(code="P0440", summary=f"{address}, which its provider is built on, is not recorded")
        instance = yield from self._instance(record.pin)
        if isinstance(instance, Diagnostic):
            return instance
        target = Target(key=address, type=record.type, identity=record.identity, recorded=record.values)
        observation = yield Look(instance, target)
        if isinstance(observation, Live):
            return instance, record.type, observation
        return Diagnostic(code="P0440", summary=f"{address}, which its provider is built on, cannot be read")


def _took_effect(item: Open, identity: str, now: float) -> journal.Outcome:
    last = item.last
    return journal.Outcome(time=now, operation=last.operation, step=last.step, result="done", identity=identity)


def _nothing(item: Open, now: float, message: str) -> tuple[journal.Line, journal.Line]:
    last = item.last
    return (
        journal.Outcome(time=now, operation=last.operation, step=last.step, result="refused", message=message),
        journal.Failed(time=now, operation=last.operation, message=message),
    )


def _holds_secret(value: Any) -> bool:
    """A secret stands in the journal as its digest only: such a request cannot be made again from it."""
    if isinstance(value, dict):
        return set(value) == {"$secret"} or any(_holds_secret(item) for item in value.values())
    return isinstance(value, list) and any(_holds_secret(item) for item in value)
