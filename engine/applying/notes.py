"""Work that only the journal sees, and reads that only the run can make."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import msgspec

from engine import effects, journal
from engine.applying.desk import Desk
from engine.applying.subject import DONE, End, Running
from engine.applying.work import Kind, Work
from engine.encoding import to_plain
from engine.link import node_of
from engine.plan import Act
from engine.planning.changes import keep_of
from engine.planning.reading import listed_value, read_identity
from engine.records import Recorded, Role
from engine.resolve import Resolution
from engine.stack import Form
from engine.tasks import Ask, Look, Sleep, Slot, Wish
from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Live, Ready, Target, Waiting
from providers.contract.values import Value

LONGEST_WAIT = 1800.0


@dataclass(slots=True)
class Note:
    """Adopt, move, retain, forget, a changed lifecycle, and waits that a former run began."""

    desk: Desk
    work: Work

    @property
    def stack(self) -> str:
        return self.work.change.address.partition(".")[0]

    def run(self) -> Running:
        if self.work.kind is Kind.WAIT:
            return (yield from self._wait())
        self.desk.tell("started", self.work.change)
        lines = self._lines()
        for stack, members in lines:
            if not (yield from self.desk.append(stack, *members)):
                return End(result="failed", diagnostic=self.desk.broken)
        self._known()
        self.desk.tell("done", self.work.change)
        return DONE

    def _known(self) -> None:
        change = self.work.change
        if change.live is not None and change.act in (Act.ADOPT, Act.MOVE, Act.NONE):
            self.desk.lives[change.address] = change.live
            self.desk.put(change.address, change.live.values)

    def _lines(self) -> list[tuple[str, tuple[journal.Line, ...]]]:
        change, now = self.work.change, self.desk.now
        recorded = change.recorded
        if change.act is Act.MOVE and change.previous_address:
            return self._move()
        if change.act in (Act.ADOPT, Act.MOVE, Act.NONE):
            return [(self.stack, (journal.Noted(time=now, record=self._record(), reason=change.reason.code),))]
        assert recorded is not None
        stack = recorded.address.partition(".")[0]
        if change.act is Act.RETAIN:
            role = journal.Roled(
                time=now, address=recorded.address, generation=recorded.generation, role=Role.RETAINED, reason="undeclared"
            )
            return [(stack, (role,))]
        if change.act is Act.GRACE:
            until = now + recorded.keep.grace
            grace = journal.Roled(
                time=now,
                address=recorded.address,
                generation=recorded.generation,
                role=Role.GRACE,
                until=until,
                reason="undeclared",
            )
            return [(stack, (grace,))]
        forgot = journal.Forgot(time=now, address=recorded.address, generation=recorded.generation, reason=change.reason.code)
        return [(stack, (forgot,))]

    def _move(self) -> list[tuple[str, tuple[journal.Line, ...]]]:
        change, now = self.work.change, self.desk.now
        before = change.previous_address.partition(".")[0]
        noted = journal.Noted(time=now, record=self._record(), reason=f"from {change.previous_address}")
        if before == self.stack:
            moved = journal.Moved(time=now, from_address=change.previous_address, to_address=change.address)
            return [(self.stack, (moved, noted))]
        assert change.recorded is not None
        forgot = journal.Forgot(
            time=now,
            address=change.previous_address,
            generation=change.recorded.generation,
            reason=f"moved to {change.address}",
        )
        return [(self.stack, (noted,)), (before, (forgot,))]

    def _record(self) -> Recorded:
        """The record after this note: what was there before, with what is declared now."""
        change, desk = self.work.change, self.desk
        candidate = desk.candidate(change.address)
        assert candidate is not None
        assert candidate.resource is not None
        cloud = desk.planned.survey.cloud(candidate.spec)
        identity = cloud.instance.identity if cloud.instance is not None else {}
        live = change.live
        before = change.recorded or Recorded(
            address=change.address,
            uid=desk.settings.ids(),
            generation=1,
            type=change.type,
            pin=candidate.spec.pin(identity),
            created_at=desk.now,
        )
        schema = desk.planned.declared.schema(candidate)
        record = msgspec.structs.replace(
            before,
            address=change.address,
            role=Role.CURRENT,
            until=0.0,
            keep=keep_of(candidate.resource.declaration.lifecycle),
            inputs=to_plain(candidate.inputs, desk.digest(self.stack)),
            needs=change.needs,
            holds_data=schema is not None and schema.holds_data,
            commit=desk.plan.origin.commit,
        )
        if live is None:
            return record
        return msgspec.structs.replace(
            record,
            identity=live.identity,
            object_uid=live.uid,
            values=desk.stored(self.stack, live.values),
            ready=True,
        )

    def _wait(self) -> Running:
        """Reads until it is ready; sends nothing."""
        change, desk = self.work.change, self.desk
        candidate, recorded = desk.candidate(change.address), change.recorded
        assert candidate is not None
        assert recorded is not None
        desk.tell("started", change)
        instance = yield from desk.instance(candidate.spec)
        if isinstance(instance, Diagnostic):
            return End(result="failed", diagnostic=instance)
        pause, started = 0.5, desk.now
        while True:
            target = Target(key=change.address, type=change.type, identity=recorded.identity, inputs=candidate.inputs)
            observation = yield Look(instance, target)
            readiness = instance.provider.ready(change.type, observation) if isinstance(observation, Live) else None
            if isinstance(observation, Live) and isinstance(readiness, Ready):
                return (yield from self._is_ready(recorded, observation))
            if readiness is not None and not isinstance(readiness, Waiting | Ready):
                return End(result="failed", diagnostic=readiness.diagnostic.at(change.address))
            if desk.now - started > LONGEST_WAIT:
                late = Diagnostic(code="P0443", summary="still not ready", address=change.address)
                return End(result="failed", diagnostic=late)
            desk.tell("waiting", change, readiness.reason if isinstance(readiness, Waiting) else "it cannot be read")
            if (yield Sleep(desk.now + pause)):
                return End(result="left")
            pause = min(pause * 1.5, 10.0)

    def _is_ready(self, recorded: Recorded, live: Live) -> Running:
        record = msgspec.structs.replace(
            recorded,
            identity=live.identity,
            object_uid=live.uid,
            values=self.desk.stored(self.stack, live.values),
            ready=True,
        )
        noted = journal.Noted(time=self.desk.now, record=record, reason="ready")
        if not (yield from self.desk.append(self.stack, noted)):
            return End(result="failed", diagnostic=self.desk.broken)
        self.desk.lives[self.work.change.address] = live
        self.desk.put(self.work.change.address, live.values)
        self.desk.tell("done", self.work.change)
        return DONE


@dataclass(slots=True)
class Later:
    """A `read` or `list` whose inputs are known only in the run."""

    desk: Desk
    work: Work

    def run(self) -> Running:
        change, desk = self.work.change, self.desk
        if not (yield Slot((-self.work.distance, self.work.key))):
            return End(result="left")
        candidate = desk.candidate(change.address)
        assert candidate is not None
        assert candidate.resource is not None
        desk.tell("started", change)
        instance = yield from desk.instance(candidate.spec)
        if isinstance(instance, Diagnostic):
            return End(result="failed", diagnostic=instance.at(change.address))
        inputs = self._inputs()
        if isinstance(inputs, Diagnostic):
            return End(result="failed", diagnostic=inputs.at(change.address))
        value = yield from self._read(instance, inputs, candidate.resource.declaration.form)
        if isinstance(value, Diagnostic):
            return End(result="failed", diagnostic=value.at(change.address))
        desk.put(change.address, value)
        desk.tell("done", change)
        return DONE

    def _inputs(self) -> dict[str, Value] | Diagnostic:
        candidate = self.desk.candidate(self.work.change.address)
        assert candidate is not None
        resource, stack = candidate.resource, candidate.stack
        assert resource is not None
        assert stack is not None
        uses = self.desk.planned.graph.uses[node_of(stack.name, resource.declaration.name)]
        scope = self.desk.scopes.scope(stack, uses, provider=resource.declaration.provider, each=resource.each)
        resolution = Resolution(scope)
        inputs = resolution.value(resource.inputs)
        if resolution.problems:
            return resolution.problems[0][1].diagnostic
        assert isinstance(inputs, dict)
        return inputs

    def _read(self, instance: Any, inputs: dict[str, Value], form: Form) -> Generator[Wish, Any, Value | Diagnostic]:
        schema = instance.provider.schema(self.work.change.type)
        if isinstance(schema, Diagnostic):
            return schema
        identity = "" if form is Form.LIST else read_identity(instance.provider, schema, inputs)
        if identity:
            target = Target(key=self.work.key, type=schema.type, identity=identity, inputs=inputs)
            observation = yield Look(instance, target)
            if isinstance(observation, Live):
                return observation.values
            return Diagnostic(code="P0413", summary="nothing is there to read")
        result = yield Ask(lambda ticket: effects.Listing(ticket=ticket, instance=instance, type=schema.type, filter=inputs))
        if isinstance(result, list):
            return listed_value(form, result, inputs)
        return result if isinstance(result, Diagnostic) else result.diagnostic
