"""One piece of work from its first look to its last line in the journal."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from engine import effects, journal
from engine.applying.desk import Desk
from engine.applying.identity import owner_tags, token
from engine.applying.narrow import Stop, narrow
from engine.applying.settle import Answered, Found, Gone, Never, Question, settle
from engine.applying.work import Kind, Work
from engine.effects import Broken
from engine.encoding import to_plain
from engine.instances import Instance
from engine.link import node_of
from engine.plan import Act, Change
from engine.planning.changes import keep_of, prior_inputs
from engine.records import Keep, Pin, Recorded, Role
from engine.resolve import Resolution, locate, triggers
from engine.tasks import Ask, Leave, Look, Sleep, Slot, Wish
from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Absent, Failed, Live, Observation, Ready, Target, Unreadable, Waiting
from providers.contract.proposal import Action, Proposal, Wanted
from providers.contract.step import (
    Done,
    NoEffect,
    Preparation,
    Produced,
    Refused,
    Step,
    StepReply,
    Unanswered,
)
from providers.contract.values import Value, get, put, reveal


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """`result`: done, failed, stopped (a person must decide), left (interrupted while waiting), unresolved."""

    result: str
    diagnostic: Diagnostic | None = None


DONE = End(result="done")
Running = Generator[Wish, Any, End]

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 10.0
DEFAULT_SECONDS = 1800.0
QUARANTINE = 1_000_000
"""Generations of quarantined instances begin above this, apart from those that plans count."""


@dataclass(slots=True)
class Operation:
    """Runs as a task. After any end, what was sent is in the journal, and the next run goes on from there."""

    desk: Desk
    work: Work
    instance: Instance | None = None
    live: Live | None = None
    inputs: dict[str, Value] = field(default_factory=dict)
    produced: dict[int, Done] = field(default_factory=dict)
    name: str = ""
    triggers: str = ""
    uid: str = ""
    identity: str = ""

    @property
    def change(self) -> Change:
        return self.work.change

    @property
    def stack(self) -> str:
        return self.change.address.partition(".")[0]

    def run(self) -> Running:
        if not (yield Slot((-self.work.distance, self.work.key))):
            return End(result="left")
        change = self.change
        self.desk.tell("started", change)
        spec = self._spec()
        instance = yield from self.desk.instance(spec)
        if isinstance(instance, Diagnostic):
            return self._failed(instance)
        self.instance = instance
        self.name = self.desk.operation()
        self.uid = change.uid or self.desk.settings.ids()
        if self.work.kind is Kind.DELETE:
            return (yield from self._delete())
        return (yield from self._make())

    def _spec(self) -> Any:
        recorded, candidate = self.change.recorded, self.desk.candidate(self.change.address)
        if self.work.kind is not Kind.DELETE and candidate is not None:
            return candidate.spec
        assert recorded is not None
        return self.desk.planned.records.spec(recorded)

    # Create and update

    def _make(self) -> Running:
        problem = self._resolve()
        if problem is not None:
            return self._failed(problem)
        refused = self._unmet()
        if refused:
            return self._stopped(refused)
        moved = yield from self._moved()
        if not moved:
            return self._failed(self.desk.broken)
        looked = yield from self._look()
        if isinstance(looked, End):
            return looked
        proposal = yield from self._propose()
        if isinstance(proposal, Diagnostic):
            return self._failed(proposal)
        action = narrow(self.change, self.inputs, proposal, self.live)
        if isinstance(action, Stop):
            return self._stopped(action.reason)
        if action is Action.NONE and self.live is not None:
            return (yield from self._nothing(self.live))
        return (yield from self._send_all(action, proposal))

    def _resolve(self) -> Diagnostic | None:
        """The inputs with what is known now."""
        candidate = self.desk.candidate(self.change.address)
        assert candidate is not None
        resource, stack = candidate.resource, candidate.stack
        assert resource is not None
        assert stack is not None
        declaration = resource.declaration
        uses = self.desk.planned.graph.uses[node_of(stack.name, declaration.name)]
        scope = self.desk.scopes.scope(stack, uses, provider=declaration.provider, each=resource.each)
        self.triggers = triggers(declaration, scope, self.desk.digest(self.stack)) or ""
        resolution = Resolution(scope)
        inputs = resolution.value(resource.inputs)
        if resolution.problems or not isinstance(inputs, dict):
            found = locate(stack, declaration.file, declaration.inputs_path, resolution.problems, self.change.address)
            return found[0] if found else Diagnostic(code="P0441", summary="its inputs are no mapping")
        provider = self._provider()
        self.inputs = provider.normalize(self.change.type, provider.place(self.change.type, inputs, candidate.spec.settings))
        errors = [item for item in provider.check(self.change.type, self.inputs) if item.is_error]
        return errors[0].at(self.change.address) if errors else None

    def _unmet(self) -> str:
        """A `before` rule that is false on the final values."""
        candidate = self.desk.candidate(self.change.address)
        assert candidate is not None
        resource, stack = candidate.resource, candidate.stack
        assert resource is not None
        assert stack is not None
        uses = self.desk.planned.graph.uses[node_of(stack.name, resource.declaration.name)]
        scope = self.desk.scopes.scope(
            stack, uses, provider=resource.declaration.provider, each=resource.each, own={"self": self.inputs}
        )
        for rule in resource.declaration.before:
            resolution = Resolution(scope)
            if resolution.value(rule.rule) is not True:
                return str(Resolution(scope).value(rule.message))
        return ""

    def _moved(self) -> Generator[Wish, Any, bool]:
        """A record that lies at another address comes here first."""
        change = self.change
        if not change.previous_address or change.recorded is None:
            return True
        before = change.previous_address.partition(".")[0]
        if before == self.stack:
            line = journal.Moved(time=self.desk.now, from_address=change.previous_address, to_address=change.address)
            return (yield from self.desk.append(self.stack, line))
        values = self.desk.stored(self.stack, change.live.values) if change.live is not None else {}
        record = msgspec.structs.replace(change.recorded, address=change.address, values=values)
        noted = journal.Noted(time=self.desk.now, record=record, reason=f"from {change.previous_address}")
        if not (yield from self.desk.append(self.stack, noted)):
            return False
        forgot = journal.Forgot(
            time=self.desk.now,
            address=change.previous_address,
            generation=change.recorded.generation,
            reason=f"moved to {change.address}",
        )
        return (yield from self.desk.append(before, forgot))

    def _look(self) -> Generator[Wish, Any, End | None]:
        """What is there now. A new object without an identity of its own needs no look."""
        change, provider = self.change, self._provider()
        identity = provider.identity(change.type, self.inputs)
        updates = change.act in (Act.UPDATE, Act.ADOPT, Act.MOVE)
        if change.live is not None and updates:
            identity = change.live.identity
        elif not (identity and change.deferred):
            return None
        observation = yield from self._read(identity)
        match observation:
            case Live():
                self.live = observation
                if not updates and not self._ours(observation):
                    return self._stopped("an object with this identity exists, and nothing says that it is ours")
            case Absent():
                self.live = None
            case Unreadable(diagnostic=diagnostic):
                return self._failed(diagnostic)
        return None

    def _ours(self, live: Live) -> bool:
        return live.owner.get("plumb.dev/stack") == self.desk.keys(self.stack).uid

    def _read(self, identity: str) -> Generator[Wish, Any, Observation]:
        assert self.instance is not None
        recorded = self.change.recorded
        target = Target(
            key=self.work.key,
            type=self.change.type,
            identity=identity,
            inputs=self.inputs,
            recorded=recorded.values if recorded is not None else {},
        )
        observation = yield Look(self.instance, target)
        return observation  # type: ignore[no-any-return]

    def _propose(self) -> Generator[Wish, Any, Proposal | Diagnostic]:
        assert self.instance is not None
        instance, recorded = self.instance, self.change.recorded
        prior: dict[str, Value] | None = None
        digests: dict[str, str] = {}
        if recorded is not None and self.live is not None:
            prior, digests = prior_inputs(recorded, self.inputs, self.desk.keys(self.stack).identity_key)
        candidate = self.desk.candidate(self.change.address)
        ignore = candidate.resource.declaration.lifecycle.ignore if candidate and candidate.resource else ()
        wanted = Wanted(
            type=self.change.type,
            inputs=self.inputs,
            recorded=prior,
            live=self.live,
            ignore=ignore,
            digests=digests,
        )
        if self.live is None and not self.change.deferred and self.change.desired == self.inputs:
            return Proposal(action=Action.CREATE, planned=self.change.after or {})
        result = yield Ask(lambda ticket: effects.Proposing(ticket=ticket, instance=instance, wanted=(wanted,)))
        if isinstance(result, Broken):
            return result.diagnostic
        proposal: Proposal = result[0]
        errors = [item for item in proposal.diagnostics if item.is_error]
        return errors[0].at(self.change.address) if errors else proposal

    def _nothing(self, live: Live) -> Running:
        """It is already as it should be."""
        record = self._record(live.identity)
        record = msgspec.structs.replace(
            record, values=self.desk.stored(self.stack, live.values), object_uid=live.uid, ready=True
        )
        line = journal.Noted(time=self.desk.now, record=record, reason="already so")
        if not (yield from self.desk.append(self.stack, line)):
            return self._failed(self.desk.broken)
        return self._finished(live)

    def _send_all(self, action: Action, proposal: Proposal) -> Running:
        owner = self._owner()
        recorded = self.change.recorded
        prior = None
        if recorded is not None and action is Action.UPDATE:
            prior, _ = prior_inputs(recorded, self.inputs, self.desk.keys(self.stack).identity_key)
        preparation = Preparation(
            type=self.change.type,
            action=action,
            inputs=self.inputs,
            recorded=prior,
            live=self.live,
            proposal=proposal,
            owner=owner,
        )
        steps = self._provider().prepare(preparation)
        problem = next((item for item in steps if isinstance(item, Diagnostic)), None)
        if problem is not None:
            return self._failed(problem.at(self.change.address))
        ready_steps = [item for item in steps if isinstance(item, Step)]
        if self.live is not None:
            self.identity = self.live.identity
        if not ready_steps and self.live is not None:
            return (yield from self._nothing(self.live))
        for index, step in enumerate(ready_steps):
            end = yield from self._step(index, len(ready_steps), step, action)
            if end is not None:
                return end
        return (yield from self._await(ready_steps[-1] if ready_steps else None))

    def _owner(self) -> dict[str, str]:
        origin = self.desk.plan.origin
        return owner_tags(self.desk.keys(self.stack), self.uid, self.change.generation, self.change.address, origin)

    # One step

    def _step(self, index: int, count: int, step: Step, action: Action) -> Generator[Wish, Any, End | None]:
        """Intent, effect, outcome. None: it took effect and its outcome is durable."""
        step = self._filled(index, step)
        intent = self._intent(index, count, step, action)
        if not (yield from self.desk.append(self.stack, intent)):
            return self._failed(self.desk.broken)
        deadline = self.desk.now + self._timeout(action)
        while True:
            if self.desk.broken is not None:
                return self._failed(self.desk.broken)
            reply = yield from self._send(step)
            if not isinstance(reply, NoEffect):
                break
            if self.desk.now >= deadline:
                return (yield from self._refused(index, reply.diagnostic, "no_effect"))
            self.desk.tell("retrying", self.change, reply.diagnostic.summary)
            if (yield Sleep(self.desk.now + reply.retry_after)):
                return (yield from self._refused(index, reply.diagnostic, "no_effect"))
        return (yield from self._outcome(index, count, step, intent, reply))

    def _send(self, step: Step) -> Generator[Wish, Any, StepReply]:
        assert self.instance is not None
        instance, stack = self.instance, self.stack
        reply = yield Ask(
            lambda ticket: effects.Sending(
                ticket=ticket,
                instance=instance,
                step=step,
                not_after=self.desk.not_after(stack),
                address=self.change.address,
            )
        )
        if isinstance(reply, Broken):
            return Unanswered(reason=reply.diagnostic.summary)
        return reply  # type: ignore[no-any-return]

    def _filled(self, index: int, step: Step) -> Step:
        """The step with what earlier ones produced, and its token."""
        parameters = _fill(step.parameters, self.produced)
        if step.token is not None:
            keys = self.desk.keys(self.stack)
            text = token(keys, self.uid, self.change.generation, index, step.token)
            parameters = put(parameters, step.token.path, text)
        assert isinstance(parameters, dict)
        identity = step.identity or self.identity
        return replace(step, parameters=parameters, identity=identity)

    def _intent(self, index: int, count: int, step: Step, action: Action) -> journal.Intent:
        assert self.instance is not None
        change, instance = self.change, self.instance
        digest = self.desk.digest(self.stack)
        slot = step.token
        return journal.Intent(
            time=self.desk.now,
            operation=self.name,
            run=self.desk.settings.run,
            address=change.address,
            uid=self.uid,
            generation=self._generation(),
            action=action.value,
            step=index,
            steps=count,
            request=step.operation,
            parameters=to_plain(step.parameters, digest),
            recovery=step.recovery.value,
            type=change.type,
            pin=self._pin(),
            creates=step.creates,
            deletes=step.deletes,
            identity=step.identity,
            token=str(get(step.parameters, slot.path)) if slot is not None else "",  # type: ignore[arg-type]
            owner=self._owner() if action is not Action.DELETE else {},
            record=self._record(step.identity) if index == 0 and action is not Action.DELETE else None,
            not_after=self.desk.not_after(self.stack),
            signature_life=instance.signature_life,
            listing_lag=instance.listing_lag,
            note=step.note,
        )

    def _generation(self) -> int:
        recorded = self.change.recorded
        if self.work.kind is Kind.DELETE and recorded is not None:
            return recorded.generation
        return self.change.generation

    def _pin(self) -> Pin:
        assert self.instance is not None
        recorded = self.change.recorded
        if self.work.kind is Kind.DELETE and recorded is not None:
            return recorded.pin
        candidate = self.desk.candidate(self.change.address)
        assert candidate is not None
        return candidate.spec.pin(self.instance.identity)

    def _record(self, identity: str) -> Recorded:
        change = self.change
        candidate = self.desk.candidate(change.address)
        keep, position = Keep(), ""
        if candidate is not None and candidate.resource is not None:
            keep = keep_of(candidate.resource.declaration.lifecycle)
        if change.source is not None:
            position = f"{change.source.file}:{change.source.line}"
        schema = self._provider().schema(change.type)
        plain = to_plain(self.inputs, self.desk.digest(self.stack))
        return Recorded(
            address=change.address,
            uid=self.uid,
            generation=change.generation,
            type=change.type,
            pin=self._pin(),
            role=Role.CURRENT,
            identity=identity,
            object_uid=self.live.uid if self.live is not None else "",
            inputs=plain,
            needs=change.needs,
            keep=keep,
            holds_data=not isinstance(schema, Diagnostic) and schema.holds_data,
            commit=self.desk.plan.origin.commit,
            position=position,
            triggers=self.triggers,
            created_at=change.recorded.created_at if change.recorded is not None else self.desk.now,
        )

    def _outcome(
        self, index: int, count: int, step: Step, intent: journal.Intent, reply: StepReply
    ) -> Generator[Wish, Any, End | None]:
        match reply:
            case Done():
                return (yield from self._took_effect(index, count, reply))
            case Refused():
                if step.deletes and reply.missing:
                    return (yield from self._took_effect(index, count, Done(gone=True)))
                if step.creates and reply.exists:
                    return (yield from self._exists(index, count, step, intent, reply))
                return (yield from self._refused(index, reply.diagnostic, "refused"))
            case Unanswered(reason=reason):
                return (yield from self._unanswered(index, count, step, intent, reason))
            case NoEffect(diagnostic=diagnostic):
                return (yield from self._refused(index, diagnostic, "no_effect"))

    def _took_effect(self, index: int, count: int, reply: Done) -> Generator[Wish, Any, End | None]:
        """The last step's outcome may wait for what follows it at once; the others are durable before the next leaves."""
        self.produced[index] = reply
        self.identity = reply.identity or self.identity
        if reply.live is not None:
            self.live = reply.live
        line = journal.Outcome(
            time=self.desk.now,
            operation=self.name,
            step=index,
            result="done",
            identity=self.identity,
            request_id=reply.request_id,
            gone=reply.gone,
        )
        if index == count - 1 and self.work.kind is not Kind.DELETE and self._complete(reply):
            return (yield from self._complete_at_once(line))
        if index == count - 1 and self.work.kind is Kind.DELETE and reply.gone:
            yield Leave()
            return (yield from self._deleted(line))
        if not (yield from self.desk.append(self.stack, line)):
            return self._failed(self.desk.broken)
        return None

    def _complete(self, reply: Done) -> bool:
        if reply.live is None or self._has_ready_rule():
            return False
        return isinstance(self._provider().ready(self.change.type, reply.live), Ready)

    def _complete_at_once(self, outcome: journal.Outcome) -> Running:
        """The answer was the complete object: outcome, ready and done are one append."""
        yield Leave()
        assert self.live is not None
        lines = (outcome, self._ready_line(self.live), *self._done_lines())
        if not (yield from self.desk.append(self.stack, *lines)):
            return self._failed(self.desk.broken)
        return self._after(self.live)

    def _done_lines(self) -> tuple[journal.Line, ...]:
        """The end of the operation; of what was proven gone before it was made anew, the record goes too."""
        done = journal.Done(time=self.desk.now, operation=self.name)
        recorded = self.change.recorded
        if self.change.act is not Act.CREATE or recorded is None:
            return (done,)
        forgot = journal.Forgot(
            time=self.desk.now, address=recorded.address, generation=recorded.generation, reason="made anew"
        )
        return (done, forgot)

    def _ready_line(self, live: Live) -> journal.Ready:
        return journal.Ready(
            time=self.desk.now,
            operation=self.name,
            identity=live.identity,
            object_uid=live.uid,
            values=self.desk.stored(self.stack, live.values),
        )

    def _exists(
        self, index: int, count: int, step: Step, intent: journal.Intent, reply: Refused
    ) -> Generator[Wish, Any, End | None]:
        """A create met an object of its name: ours from a run that was cut off, or a stranger's."""
        assert self.instance is not None
        question = self._question(step, intent, resend=False)
        result = yield Ask(
            lambda ticket: effects.Searching(
                ticket=ticket, instance=question.instance, type=question.type, step=step, owner=dict(intent.owner)
            )
        )
        found = result if isinstance(result, list) else []
        ours = [live for live in found if live.owner and self._ours_fully(live, intent.owner)]
        if len(ours) == 1:
            return (yield from self._took_effect(index, count, Done(identity=ours[0].identity, live=ours[0])))
        return (yield from self._refused(index, reply.diagnostic, "refused"))

    def _ours_fully(self, live: Live, owner: dict[str, str]) -> bool:
        return all(live.owner.get(key) == value for key, value in owner.items() if key != "plumb.dev/at")

    def _refused(self, index: int, diagnostic: Diagnostic, result: str) -> Generator[Wish, Any, End | None]:
        """Nothing came of this step. What earlier steps did stays recorded; the next plan goes on from it."""
        lines = (
            journal.Outcome(time=self.desk.now, operation=self.name, step=index, result=result, message=diagnostic.summary),
            journal.Failed(time=self.desk.now, operation=self.name, message=diagnostic.summary),
        )
        if not (yield from self.desk.append(self.stack, *lines)):
            return self._failed(self.desk.broken)
        return self._failed(diagnostic.at(self.change.address))

    def _question(self, step: Step, intent: journal.Intent, *, resend: bool) -> Question:
        assert self.instance is not None
        return Question(
            instance=self.instance,
            type=self.change.type,
            step=step,
            owner=dict(intent.owner),
            not_after=intent.not_after,
            since=intent.time,
            signature_life=self.instance.signature_life,
            listing_lag=self.instance.listing_lag,
            resend=resend,
        )

    def _unanswered(
        self, index: int, count: int, step: Step, intent: journal.Intent, reason: str
    ) -> Generator[Wish, Any, End | None]:
        outcome = journal.Outcome(time=self.desk.now, operation=self.name, step=index, result="unanswered", message=reason)
        if not (yield from self.desk.append(self.stack, outcome)):
            return self._failed(self.desk.broken)
        self.desk.tell("waiting", self.change, f"no answer to {step.operation}: finding out what came of it")
        settlement = yield from settle(self._question(step, intent, resend=True), lambda: self.desk.now)
        match settlement:
            case Found(live=live, others=others):
                end = yield from self._quarantine(others, intent)
                if end is not None:
                    return end
                return (yield from self._took_effect(index, count, Done(identity=live.identity, live=live)))
            case Answered(reply=reply):
                return (yield from self._outcome(index, count, step, intent, reply))
            case Gone():
                return (yield from self._took_effect(index, count, Done(gone=True)))
            case Never():
                never = Diagnostic(code="P0442", summary=f"{step.operation} never took effect")
                return (yield from self._refused(index, never, "refused"))
            case _:
                return End(result="unresolved", diagnostic=settlement.diagnostic.at(self.change.address))

    def _quarantine(self, others: tuple[Live, ...], intent: journal.Intent) -> Generator[Wish, Any, End | None]:
        lines = quarantined(others, intent, self.desk.now)
        if lines and not (yield from self.desk.append(self.stack, *lines)):
            return self._failed(self.desk.broken)
        return None

    # Readiness

    def _await(self, last: Step | None) -> Running:
        """READY ends an operation: it is read until its outputs are complete."""
        yield Leave()
        pause, started = FIRST_PAUSE, self.desk.now
        limit = self._ready_timeout()
        while True:
            observation = yield from self._read(self.identity)
            verdict = self._verdict(observation)
            if isinstance(verdict, Live):
                lines = (self._ready_line(verdict), *self._done_lines())
                if not (yield from self.desk.append(self.stack, *lines)):
                    return self._failed(self.desk.broken)
                return self._after(verdict)
            if isinstance(verdict, Diagnostic):
                return (yield from self._gave_up(verdict))
            if self.desk.now - started > limit:
                late = Diagnostic(code="P0443", summary=f"not ready after {limit:.0f} s: {verdict}")
                return (yield from self._gave_up(late))
            self.desk.tell("waiting", self.change, verdict)
            if (yield Sleep(self.desk.now + pause)):
                return End(result="left")
            pause = min(pause * 1.5, LONGEST_PAUSE)

    def _verdict(self, observation: Observation) -> Live | Diagnostic | str:
        """The object once it is ready; why it never will be; or what it waits for."""
        match observation:
            case Live():
                readiness = self._provider().ready(self.change.type, observation)
                match readiness:
                    case Failed(diagnostic=diagnostic):
                        return diagnostic
                    case Waiting(reason=reason):
                        return reason
                return observation if self._rule_holds(observation) else "its `ready` rule is not true yet"
            case Unreadable(diagnostic=diagnostic):
                return diagnostic.summary
            case _:
                return "it is not visible yet"

    def _has_ready_rule(self) -> bool:
        candidate = self.desk.candidate(self.change.address)
        return bool(candidate and candidate.resource and candidate.resource.declaration.ready is not None)

    def _rule_holds(self, live: Live) -> bool:
        candidate = self.desk.candidate(self.change.address)
        if candidate is None or candidate.resource is None or candidate.stack is None:
            return True
        rule = candidate.resource.declaration.ready
        if rule is None:
            return True
        uses = self.desk.scopes.graph_uses(candidate.stack, rule)
        scope = self.desk.scopes.scope(candidate.stack, uses, each=candidate.resource.each, own={"self": live.values})
        return reveal(Resolution(scope).value(rule)) is True

    def _gave_up(self, diagnostic: Diagnostic) -> Running:
        """It is there and recorded, and not ready: unhealthy, never recreated for that."""
        line = journal.Failed(time=self.desk.now, operation=self.name, message=diagnostic.summary)
        yield from self.desk.append(self.stack, line)
        return self._failed(diagnostic.at(self.change.address))

    def _after(self, live: Live) -> End:
        """`after` rules on the final values: a false one blocks dependents."""
        candidate = self.desk.candidate(self.change.address)
        if candidate is not None and candidate.resource is not None and candidate.stack is not None:
            resource, stack = candidate.resource, candidate.stack
            for rule in resource.declaration.after:
                uses = self.desk.scopes.graph_uses(stack, rule.rule)
                scope = self.desk.scopes.scope(stack, uses, each=resource.each, own={"self": live.values})
                if Resolution(scope).value(rule.rule) is not True:
                    message = str(Resolution(scope).value(rule.message))
                    self._finished(live)
                    return self._failed(Diagnostic(code="P0444", summary=message, label="this rule is false"))
        return self._finished(live)

    # Delete

    def _delete(self) -> Running:
        change, recorded = self.change, self.change.recorded
        assert recorded is not None
        self.identity = recorded.identity
        observation = yield from self._read(recorded.identity)
        match observation:
            case Absent():
                line = journal.Forgot(
                    time=self.desk.now,
                    address=recorded.address,
                    generation=recorded.generation,
                    reason="already gone",
                )
                if not (yield from self.desk.append(self.stack, line)):
                    return self._failed(self.desk.broken)
                self.desk.tell("done", change)
                return DONE
            case Live():
                if change.live is not None and change.live.uid and observation.uid != change.live.uid:
                    return self._stopped("another object stands in its place since the plan was made")
                self.live = observation
            case Unreadable(diagnostic=diagnostic):
                return self._failed(diagnostic)
        return (yield from self._delete_live(recorded))

    def _delete_live(self, recorded: Recorded) -> Running:
        preparation = Preparation(type=recorded.type, action=Action.DELETE, live=self.live)
        steps = self._provider().prepare(preparation)
        problem = next((item for item in steps if isinstance(item, Diagnostic)), None)
        if problem is not None:
            return self._failed(problem.at(self.change.address))
        ready_steps = [item for item in steps if isinstance(item, Step)]
        for index, step in enumerate(ready_steps):
            end = yield from self._step(index, len(ready_steps), step, Action.DELETE)
            if end is not None:
                return end
        yield Leave()
        return (yield from self._until_gone(recorded))

    def _until_gone(self, recorded: Recorded) -> Running:
        pause, started = FIRST_PAUSE, self.desk.now
        limit = self._timeout(Action.DELETE)
        while True:
            observation = yield from self._read(recorded.identity)
            if isinstance(observation, Absent):
                return (yield from self._deleted())
            if isinstance(observation, Live) and recorded.object_uid and observation.uid != recorded.object_uid:
                return (yield from self._deleted())
            if self.desk.now - started > limit:
                late = Diagnostic(code="P0445", summary=f"still there {limit:.0f} s after its deletion was accepted")
                return (yield from self._gave_up(late))
            self.desk.tell("waiting", self.change, "its deletion is under way")
            if (yield Sleep(self.desk.now + pause)):
                return End(result="left")
            pause = min(pause * 1.5, LONGEST_PAUSE)

    def _deleted(self, *before: journal.Line) -> Running:
        line = journal.Done(time=self.desk.now, operation=self.name)
        if not (yield from self.desk.append(self.stack, *before, line)):
            return self._failed(self.desk.broken)
        self.desk.tell("done", self.change, identity=self.identity)
        return DONE

    # Ends

    def _provider(self) -> Any:
        assert self.instance is not None
        return self.instance.provider

    def _timeouts(self) -> Any:
        candidate = self.desk.candidate(self.change.address)
        return candidate.resource.declaration.timeouts if candidate and candidate.resource else None

    def _timeout(self, action: Action) -> float:
        timeouts = self._timeouts()
        found = getattr(timeouts, action.value, None) if timeouts is not None else None
        return found or DEFAULT_SECONDS

    def _ready_timeout(self) -> float:
        timeouts = self._timeouts()
        return (timeouts.ready if timeouts is not None else None) or DEFAULT_SECONDS

    def _finished(self, live: Live) -> End:
        self.desk.lives[self.change.address] = live
        self.desk.put(self.change.address, live.values)
        self.desk.tell("done", self.change, identity=live.identity)
        return DONE

    def _failed(self, diagnostic: Diagnostic | None) -> End:
        found = diagnostic or Diagnostic(code="P0446", summary="the journal could not be written")
        self.desk.tell("failed", self.change, found.summary)
        return End(result="failed", diagnostic=found)

    def _stopped(self, reason: str) -> End:
        self.desk.tell("failed", self.change, reason)
        summary = f"not applied: {reason}"
        return End(result="stopped", diagnostic=Diagnostic(code="P0447", summary=summary, address=self.change.address))


def quarantined(others: tuple[Live, ...], intent: journal.Intent, now: float) -> list[journal.Line]:
    """Further instances of one create are recorded, never used, and deleted by an approved plan."""
    return [
        journal.Noted(
            time=now,
            record=Recorded(
                address=intent.address,
                uid=f"{intent.uid}-{index}",
                generation=intent.generation + QUARANTINE + index,
                type=intent.type,
                pin=intent.pin,
                role=Role.QUARANTINED,
                identity=live.identity,
                object_uid=live.uid,
            ),
            reason="a second instance that a late request made",
        )
        for index, live in enumerate(others, start=1)
    ]


def _fill(value: Any, produced: dict[int, Done]) -> Any:
    if isinstance(value, Produced):
        reply = produced[value.step]
        found: Value = reply.identity if value.identity else get(reply.produced, value.path)
        return value.text.replace("{}", str(found)) if value.text else found
    if isinstance(value, dict):
        return {key: _fill(item, produced) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_fill(item, produced) for item in value]
    return value


__all__ = ["DONE", "End", "Operation", "quarantined"]
