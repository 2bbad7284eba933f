"""`read` and `list`: what is only read, never owned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.decide import Decision
from engine.plan import Act
from engine.planning.candidate import Candidate
from engine.planning.values import cloud_reads
from engine.scopes import unknown_of
from engine.stack import Form
from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Absent, Live, NotYet, Observation, Target, Unreadable
from providers.contract.provider import Reader
from providers.contract.schema import TypeSchema
from providers.contract.values import Value, get, is_known

if TYPE_CHECKING:
    from engine.planning.run import PlanRun


def read_identity(reader: Reader, schema: TypeSchema, inputs: dict[str, Value]) -> str:
    """The identity that a `read` names: by what the type is identified with, or by its unique name; "" for a filter."""
    parts = [get(inputs, path) for path in schema.identifier]
    if parts and all(isinstance(part, str) and part for part in parts):
        others = len(inputs) - len({path[0] for path in schema.identifier})
        if others == 0:
            return "|".join(str(part) for part in parts)
    return reader.identity(schema.type, inputs)


def listed_value(form: Form, found: list[Live], inputs: dict[str, Value]) -> Value | Diagnostic:
    """What a listing is worth: all by identity, or the one; else the candidates are named."""
    if form is Form.LIST:
        return {live.identity: dict(live.values) for live in sorted(found, key=lambda live: live.identity)}
    if len(found) == 1:
        return found[0].values
    if not found:
        return Diagnostic(code="P0413", summary="nothing matches what is read")
    names = ", ".join(sorted(live.identity for live in found)[:10])
    return Diagnostic(
        code="P0414",
        summary=f"{len(found)} objects match what is read; exactly one must",
        notes=(("found", names), ("help", "narrow the filter, read by the identifier, or use list")),
    )


@dataclass(slots=True)
class Reading:
    run: PlanRun

    def begin(self, candidate: Candidate) -> None:
        resource = candidate.resource
        assert resource is not None
        declared = self.run.declared
        reader = declared.reader(candidate)
        schema = declared.schema(candidate)
        if isinstance(reader, Diagnostic) or schema is None:
            self._fail(candidate, Diagnostic(code="P0415", summary=f"{candidate.type} is not served"))
            return
        cloud = self.run.cloud_of(candidate)
        if not is_known(candidate.inputs) or candidate.blocked_by or not cloud_reads(cloud) or self._uncertain(candidate):
            self._later(candidate, cloud.closed)
            return
        identity = read_identity(reader, schema, candidate.inputs)
        if resource.declaration.form is Form.LIST or not identity:
            self.run.survey.enumerate(cloud, candidate)
            return
        candidate.identity = identity
        target = Target(key=candidate.address, type=candidate.type, identity=identity, inputs=candidate.inputs)
        self.run.survey.observe(cloud, target, lambda observation: self._observed(candidate, observation))

    def _uncertain(self, candidate: Candidate) -> bool:
        """Something it depends on changes in this run, so what is read now may not be what is there then."""
        for need in candidate.needs:
            found = self.run.declared.at(need)
            if found is not None and found.decision is not None and found.decision.act not in (Act.NONE, Act.BLOCKED):
                return True
        return False

    def _observed(self, candidate: Candidate, observation: Observation) -> None:
        candidate.observation = observation
        match observation:
            case Live():
                self._done(candidate, observation.values)
            case Absent(reason=reason):
                self._fail(candidate, Diagnostic(code="P0413", summary="nothing is there to read", detail=reason))
            case Unreadable(diagnostic=diagnostic):
                self._fail(candidate, diagnostic)
            case _:
                self._later(candidate, observation)

    def listed(self, candidate: Candidate, result: list[Live] | Diagnostic | Observation | None) -> None:
        resource = candidate.resource
        assert resource is not None
        match result:
            case list():
                value = listed_value(resource.declaration.form, result, candidate.inputs)
                if isinstance(value, Diagnostic):
                    self._fail(candidate, value)
                else:
                    self._done(candidate, value)
            case Diagnostic():
                self._fail(candidate, result)
            case Unreadable(diagnostic=diagnostic):
                self._fail(candidate, diagnostic)
            case _:
                self._later(candidate, result)

    def _done(self, candidate: Candidate, value: Value) -> None:
        candidate.value = value
        candidate.decision = Decision(act=Act.NONE, code="read")
        self.run.declared.finish(candidate)

    def _later(self, candidate: Candidate, why: Observation | None) -> None:
        reason = why.reason if isinstance(why, NotYet) else "its inputs are known only then"
        candidate.later = True
        candidate.observation = NotYet(reason=reason)
        candidate.value = unknown_of(candidate.address, "object")
        if candidate.blocked_by:
            candidate.decision = Decision(
                act=Act.BLOCKED, code="dependency", text=f"waits for {candidate.blocked_by}, which is blocked"
            )
        else:
            candidate.decision = Decision(act=Act.READ, code="later", text=reason)
        self.run.declared.finish(candidate)

    def _fail(self, candidate: Candidate, diagnostic: Diagnostic) -> None:
        stack, resource = candidate.stack, candidate.resource
        assert stack is not None
        assert resource is not None
        source = stack.locator(resource.declaration.file, resource.declaration.path)
        candidate.diagnostics.append(diagnostic.at(candidate.address).located(source))
        candidate.observation = Unreadable(diagnostic=diagnostic)
        candidate.decision = Decision(act=Act.BLOCKED, code="unreadable", text=diagnostic.summary)
        candidate.value = unknown_of(candidate.address, "object")
        self.run.declared.finish(candidate)
