"""One law on trial: makes what the example needs, does the steps, watches every request, cleans up."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn, cast

from providers.contract.check_subject import Build, Example, Subject
from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Absent, Failed, Live, Observation, Ready, Target
from providers.contract.proposal import Action, Proposal, Wanted
from providers.contract.schema import TypeSchema
from providers.contract.step import Done, NoEffect, Preparation, Produced, Refused, Step, StepReply
from providers.contract.transport import Answer
from providers.contract.values import Path, Secret, Value, get, put, render_path, reveal, walk

Inputs = dict[str, Value]
READERS_CHANGE_NOTHING = "readers change nothing"


class LawBroken(AssertionError):
    """`law` is the one that was broken."""

    def __init__(self, law: str, subject: str, text: str) -> None:
        super().__init__(f"law broken: {law} [{subject}]: {text}")
        self.law = law


@dataclass(slots=True, kw_only=True)
class Trial:
    """`law` names what is examined; `example` the type. Everything made is kept in `alive` until `clean`."""

    law: str
    subject: Subject
    example: Example
    mark: str
    made: dict[str, Live] = field(default_factory=dict)
    alive: list[tuple[str, Live]] = field(default_factory=list)
    shown: list[object] = field(default_factory=list)
    """Everything that the provider returned: no text of it may show a secret."""

    def fail(self, text: str) -> NoReturn:
        raise LawBroken(self.law, str(self.example), text)

    def expect(self, holds: bool, text: str) -> None:
        if not holds:
            self.fail(text)

    # The world, seen through two doors.

    def reading(self, operation: str, parameters: Mapping[str, Any]) -> Answer:
        """The `send` of readers."""
        if self.subject.mutates(operation, parameters):
            raise LawBroken(READERS_CHANGE_NOTHING, str(self.example), f"a reader sent {operation}")
        return self.subject.send(operation, parameters)

    # What the example says.

    @property
    def schema(self) -> TypeSchema:
        return self.schema_of(self.example.type)

    def schema_of(self, type: str) -> TypeSchema:
        schema = self.subject.provider.schema(type)
        if isinstance(schema, Diagnostic):
            self.fail(f"{type} is not served: {schema.summary}")
        return schema

    def inputs(self, build: Build | None = None, mark: str = "") -> Inputs:
        """Normalised, with what the example needs made before."""
        return self.subject.provider.normalize(self.example.type, self.written(build, mark))

    def written(self, build: Build | None = None, mark: str = "") -> Inputs:
        """As a person would write them, before any normal form."""
        for name, need in self.example.needs.items():
            self._need(name, need)
        return (build or self.example.inputs)(self.made, mark or self.mark)

    def _need(self, name: str, need: Example) -> None:
        if name in self.made:
            return
        for inner_name, inner in need.needs.items():
            self._need(inner_name, inner)
        mark = f"{self.mark}{name}"
        inputs = self.subject.provider.normalize(need.type, need.inputs(self.made, mark))
        self.made[name] = self.create(inputs, type=need.type, mark=mark)

    def owner(self, mark: str = "") -> dict[str, str]:
        resource = hashlib.sha256((mark or self.mark).encode()).hexdigest()[:16]
        return {"plumb.dev/stack": "check0stack", "plumb.dev/resource": resource, "plumb.dev/generation": "1"}

    # What is done.

    def create_steps(self, inputs: Inputs, *, type: str = "", mark: str = "") -> list[Step]:
        return self.steps(
            Preparation(type=type or self.example.type, action=Action.CREATE, inputs=inputs, owner=self.owner(mark))
        )

    def steps(self, preparation: Preparation) -> list[Step]:
        prepared = self.subject.provider.prepare(preparation)
        self.shown.append(prepared)
        steps = [item for item in prepared if isinstance(item, Step)]
        if len(steps) != len(prepared):
            self.fail(f"prepare refused {preparation.action}: {prepared}")
        return steps

    def create(self, inputs: Inputs, *, type: str = "", mark: str = "") -> Live:
        """Created, ready and read: the live object."""
        type = type or self.example.type
        identity = self.perform(self.create_steps(inputs, type=type, mark=mark), mark=mark, type=type, inputs=inputs)
        live = self.settled(type, identity, inputs)
        self.alive = [(kept, item) for kept, item in self.alive if (kept, item.identity) != (type, live.identity)]
        self.alive.append((type, live))
        return live

    def perform(self, steps: list[Step], *, mark: str = "", type: str = "", inputs: Inputs | None = None) -> str:
        """Sends all steps in order, each until it is done; the identity of what they act on."""
        done: list[Done] = []
        identity = ""
        for number, step in enumerate(steps):
            reply = self.persist(self.bound(step, number, done, mark))
            if not isinstance(reply, Done):
                self.fail(f"step {step.note or step.operation} was not done: {reply}")
            done.append(reply)
            identity = identity or reply.identity or step.identity
            if step.creates and identity:
                self.alive.append((type or self.example.type, Live(identity=identity, values=dict(inputs or {}))))
        return identity

    def bound(self, step: Step, number: int = 0, done: list[Done] | None = None, mark: str = "") -> Step:
        """The step as the engine would send it: produced values and the client token put in."""
        parameters = cast("dict[str, object]", _produced(step.parameters, done or []))
        if step.token is not None:
            seed = f"{self.example}/{mark or self.mark}/{number}"
            parameters = cast("dict[str, object]", put(cast(Value, parameters), step.token.path, _token(seed, step)))
        return replace(step, parameters=parameters)

    def persist(self, step: Step) -> StepReply:
        """Sends again what certainly had no effect, as the engine does."""
        reply = self.send(step)
        for _ in range(self.subject.patience):
            if not isinstance(reply, NoEffect):
                break
            self.subject.pause()
            reply = self.send(step)
        return reply

    def send(self, step: Step) -> StepReply:
        reply = self.subject.provider.send_step(step, self.subject.send)
        self.shown.append(reply)
        return reply

    # What is seen.

    def read(self, type: str, identity: str, inputs: Inputs | None = None) -> Observation:
        target = Target(key="it", type=type, identity=identity, inputs=inputs or {})
        batches = self.subject.provider.batches([target])
        found: dict[str, Observation] = {}
        for batch in batches:
            found |= self.subject.provider.read(batch, self.reading)
        self.shown.append(found)
        if set(found) != {"it"}:
            self.fail(f"read answered for {sorted(found)}, asked was 'it'")
        return found["it"]

    def live(self, identity: str, inputs: Inputs | None = None) -> Live:
        seen = self.read(self.example.type, identity, inputs)
        if not isinstance(seen, Live):
            self.fail(f"{identity} was read as {seen}")
        return seen

    def settled(self, type: str, identity: str, inputs: Inputs | None = None) -> Live:
        """The object once it is ready."""
        seen: object = None
        for _ in range(self.subject.patience):
            seen = self.read(type, identity, inputs)
            state = self.subject.provider.ready(type, seen) if isinstance(seen, Live) else None
            if isinstance(seen, Live) and isinstance(state, Ready):
                return seen
            if isinstance(state, Failed):
                self.fail(f"{type} {identity} failed: {state.diagnostic.summary}")
            self.subject.pause()
        return self.fail(f"{type} {identity} did not become ready: {seen}")

    def gone(self, type: str, identity: str) -> Observation:
        """What is seen in the end; Absent at once where it is."""
        seen = self.read(type, identity)
        for _ in range(self.subject.patience):
            if isinstance(seen, Absent):
                break
            self.subject.pause()
            seen = self.read(type, identity)
        return seen

    def propose(self, inputs: Inputs, *, recorded: Inputs | None = None, live: Live | None = None) -> Proposal:
        """The proposal for one question. A write-only leaf that `recorded` holds alike counts as sent."""
        digests = {
            render_path(path): "same"
            for path in self.schema.write_only
            if recorded is not None and (value := get(recorded, path)) is not None and value == get(inputs, path)
        }
        wanted = Wanted(type=self.example.type, inputs=inputs, recorded=recorded, live=live, digests=digests)
        proposals = self.subject.provider.plan([wanted], self.reading)
        self.shown.append(proposals)
        if len(proposals) != 1:
            self.fail(f"one question, {len(proposals)} proposals")
        errors = [item.summary for item in proposals[0].diagnostics if item.is_error]
        if errors:
            self.fail(f"plan refused: {'; '.join(errors)}")
        return proposals[0]

    def update(self, inputs: Inputs, recorded: Inputs, live: Live, proposal: Proposal) -> list[Step]:
        return self.steps(
            Preparation(
                type=self.example.type,
                action=Action.UPDATE,
                inputs=inputs,
                recorded=recorded,
                live=live,
                proposal=proposal,
                owner=self.owner(),
            )
        )

    def delete_steps(self, type: str, live: Live) -> list[Step]:
        return self.steps(Preparation(type=type, action=Action.DELETE, live=live, owner=self.owner()))

    def clean(self) -> None:
        """Deletes what is still there, the youngest first; never fails, the law's own failure counts."""
        for type, kept in reversed(self.alive):
            seen = self.read(type, kept.identity)
            if isinstance(seen, Live):
                for step in self.delete_steps(type, seen):
                    self.persist(self.bound(step))
                self.gone(type, kept.identity)


def leaves(inputs: Value) -> dict[Path, Value]:
    return dict(walk(inputs))


def is_missing(reply: StepReply) -> bool:
    return isinstance(reply, Done) or (isinstance(reply, Refused) and reply.missing)


def any_mark(value: object, holds: Callable[[object], bool]) -> bool:
    """True where some leaf of plain data, inside secrets too, is one that `holds`."""
    if isinstance(value, dict):
        return any(any_mark(item, holds) for item in value.values())
    if isinstance(value, list | tuple):
        return any(any_mark(item, holds) for item in value)
    if isinstance(value, Secret):
        return any_mark(value.value, holds)
    return holds(value)


def _produced(value: object, done: list[Done]) -> object:
    if isinstance(value, dict):
        return {key: _produced(item, done) for key, item in value.items()}
    if isinstance(value, list):
        return [_produced(item, done) for item in value]
    if not isinstance(value, Produced):
        return value
    reply = done[value.step]
    found = reply.identity if value.identity else get(reply.produced, value.path)
    return value.text.replace("{}", str(reveal(found))) if value.text else found


def _token(seed: str, step: Step) -> str:
    digest = hashlib.sha256(seed.encode()).digest()
    if step.token is not None and step.token.uuid:
        return str(uuid.UUID(bytes=digest[:16], version=4))
    longest = step.token.longest if step.token is not None else 64
    return "".join("abcdefghijklmnopqrstuvwxyz234567"[byte % 32] for byte in digest)[:longest]
