"""What a piece of work is about: the address, its inputs as they are known now, and everything that follows from them."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from engine.applying.desk import Desk
from engine.applying.identity import owner_tags
from engine.applying.work import Kind, Work
from engine.encoding import to_plain
from engine.instances import Instance
from engine.link import node_of
from engine.plan import Change
from engine.planning.changes import keep_of
from engine.records import Keep, Pin, Recorded, Role
from engine.resolve import Resolution, locate, triggers
from engine.taint import tainted_live
from engine.tasks import Look, Wish
from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Live, Observation, Target
from providers.contract.proposal import Action
from providers.contract.step import Done
from providers.contract.values import Value, reveal


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """`result`: done, failed, stopped (a person must decide), left (interrupted while waiting), unresolved."""

    result: str
    diagnostic: Diagnostic | None = None


DONE = End(result="done")
Running = Generator[Wish, Any, End]
DEFAULT_SECONDS = 1800.0


@dataclass(slots=True)
class Subject:
    """`instance` is open and `name` names the operation once it has begun. `produced` holds the replies of its steps so
    far, `live` the object as it was last seen, `identity` how it is addressed, once that is known."""

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

    def resolve(self) -> Diagnostic | None:
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
        provider = self.provider()
        self.inputs = provider.normalize(self.change.type, provider.place(self.change.type, inputs, candidate.spec.settings))
        errors = [item for item in provider.check(self.change.type, self.inputs) if item.is_error]
        return errors[0].at(self.change.address) if errors else None

    def unmet(self) -> str:
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

    def owner(self) -> dict[str, str]:
        origin = self.desk.plan.origin
        return owner_tags(self.desk.keys(self.stack), self.uid, self.change.generation, self.change.address, origin)

    def generation(self) -> int:
        recorded = self.change.recorded
        if self.work.kind is Kind.DELETE and recorded is not None:
            return recorded.generation
        return self.change.generation

    def pin(self) -> Pin:
        assert self.instance is not None
        recorded = self.change.recorded
        if self.work.kind is Kind.DELETE and recorded is not None:
            return recorded.pin
        candidate = self.desk.candidate(self.change.address)
        assert candidate is not None
        return candidate.spec.pin(self.instance.identity)

    def record(self, identity: str) -> Recorded:
        change = self.change
        candidate = self.desk.candidate(change.address)
        keep, position = Keep(), ""
        if candidate is not None and candidate.resource is not None:
            keep = keep_of(candidate.resource.declaration.lifecycle)
        if change.source is not None:
            position = f"{change.source.file}:{change.source.line}"
        schema = self.provider().schema(change.type)
        plain = to_plain(self.inputs, self.desk.digest(self.stack))
        return Recorded(
            address=change.address,
            uid=self.uid,
            generation=change.generation,
            type=change.type,
            pin=self.pin(),
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

    def has_ready_rule(self) -> bool:
        candidate = self.desk.candidate(self.change.address)
        return bool(candidate and candidate.resource and candidate.resource.declaration.ready is not None)

    def rule_holds(self, live: Live) -> bool:
        candidate = self.desk.candidate(self.change.address)
        if candidate is None or candidate.resource is None or candidate.stack is None:
            return True
        rule = candidate.resource.declaration.ready
        if rule is None:
            return True
        uses = self.desk.scopes.graph_uses(candidate.stack, rule)
        own = {"self": tainted_live(live, self.inputs).values}
        scope = self.desk.scopes.scope(candidate.stack, uses, each=candidate.resource.each, own=own)
        return reveal(Resolution(scope).value(rule)) is True

    def provider(self) -> Any:
        assert self.instance is not None
        return self.instance.provider

    def timeouts(self) -> Any:
        candidate = self.desk.candidate(self.change.address)
        return candidate.resource.declaration.timeouts if candidate and candidate.resource else None

    def timeout(self, action: Action) -> float:
        timeouts = self.timeouts()
        found = getattr(timeouts, action.value, None) if timeouts is not None else None
        return found or DEFAULT_SECONDS

    def lag(self) -> float:
        return self.instance.listing_lag if self.instance is not None else 0.0

    def ready_timeout(self) -> float:
        timeouts = self.timeouts()
        return (timeouts.ready if timeouts is not None else None) or DEFAULT_SECONDS

    def finished(self, live: Live) -> End:
        self.desk.lives[self.change.address] = live
        self.desk.put(self.change.address, tainted_live(live, self.inputs).values)
        self.desk.tell("done", self.change, identity=live.identity)
        return DONE

    def failed(self, diagnostic: Diagnostic | None) -> End:
        found = diagnostic or Diagnostic(code="P0446", summary="the journal could not be written")
        self.desk.tell("failed", self.change, found.summary)
        return End(result="failed", diagnostic=found)

    def stopped(self, reason: str) -> End:
        self.desk.tell("failed", self.change, reason)
        summary = f"not applied: {reason}"
        return End(result="stopped", diagnostic=Diagnostic(code="P0447", summary=summary, address=self.change.address))

    def read(self, identity: str) -> Generator[Wish, Any, Observation]:
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

    def ours(self, live: Live) -> bool:
        return live.owner.get("plumb.dev/stack") == self.desk.keys(self.stack).uid
