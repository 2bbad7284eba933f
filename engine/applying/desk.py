"""What every operation of an apply works with."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine import effects
from engine.effects import Broken, Notice
from engine.encoding import Seal, digest_secrets, to_plain
from engine.instances import Instance, InstanceSpec
from engine.journal import Line
from engine.link import node_of
from engine.plan import Change, Plan
from engine.planning.candidate import Candidate
from engine.planning.run import PlanRun
from engine.planning.values import node_value
from engine.scopes import Scopes
from engine.stores.store import Head, Lease, StackKeys
from engine.tasks import Ask, Tasks, Wish
from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Live
from providers.contract.values import Value

MARGIN = 5.0
"""Seconds before a lease's end from which nothing new is sent under it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a run is told beside its plan. `ids` mints names that are never used twice. `seals` closes, by stack, what
    a cloud shows once. `run` and `who` go into the journal."""

    run: str
    who: str
    command: str
    ids: Callable[[], str]
    seals: Mapping[str, Seal]
    parallelism: int = 10
    wait: bool = False
    message: str = ""
    timeout: float = 1800.0


@dataclass(slots=True)
class Desk:
    plan: Plan
    planned: PlanRun
    settings: Settings
    leases: dict[str, Lease]
    tasks: Tasks
    scopes: Scopes = field(init=False)
    lives: dict[str, Live] = field(default_factory=dict)
    opened: dict[str, Instance] = field(default_factory=dict)
    operations: int = 0
    broken: Diagnostic | None = None

    def __post_init__(self) -> None:
        planned = self.planned.scopes
        pending = {node_of(*_place(change.address)) for change in self.plan.changes if change.acts}
        self.scopes = Scopes(
            stacks=planned.stacks,
            graph=planned.graph,
            keys=planned.keys,
            outside=planned.outside,
            nodes=dict(planned.nodes),
            facts=dict(planned.facts),
            pending=pending,
        )

    @property
    def now(self) -> float:
        return self.tasks.now

    def keys(self, stack: str) -> StackKeys:
        return self.planned.question.keys[stack]

    def digest(self, stack: str) -> Seal:
        return digest_secrets(self.keys(stack).identity_key)

    def stored(self, stack: str, values: Mapping[str, Value]) -> dict[str, Any]:
        """Values as they are journaled: what is secret in them sealed."""
        plain = to_plain(dict(values), self.settings.seals[stack])
        assert isinstance(plain, dict)
        return plain

    def not_after(self, stack: str) -> float:
        return self.leases[stack].until - MARGIN

    def operation(self) -> str:
        self.operations += 1
        return f"{self.settings.run}-{self.operations}"

    def candidate(self, address: str) -> Candidate | None:
        return self.planned.declared.at(address)

    def append(self, stack: str, *lines: Line) -> Generator[Wish, Any, bool]:
        """True once the lines are durable. False: the store failed, and nothing more may be sent."""
        result = yield Ask(lambda ticket: effects.Appending(ticket=ticket, stack=stack, lines=lines))
        if isinstance(result, Head):
            return True
        assert isinstance(result, Broken)
        self.fail(result.diagnostic)
        return False

    def fail(self, diagnostic: Diagnostic) -> None:
        """The journal cannot be written: everything stops, nothing is sent any more."""
        if self.broken is None:
            self.broken = diagnostic
        self.tasks.stop()

    def tell(self, verb: str, change: Change, text: str = "", identity: str = "") -> None:
        self.tasks.tell(Notice(verb=verb, address=change.address, act=change.act.value, text=text, identity=identity))

    def put(self, address: str, value: Value) -> None:
        """The address has its final value: expressions see it from now on."""
        candidate = self.candidate(address)
        if candidate is None or candidate.resource is None or candidate.stack is None:
            return
        candidate.value = value
        name = candidate.resource.declaration.name
        node = node_of(candidate.stack.name, name)
        part = candidate.resource.address.object or candidate.resource.address.key
        known = self.scopes.nodes.get(node)
        if part is None:
            self.scopes.nodes[node] = node_value(candidate.resource.declaration, [candidate])
        elif isinstance(known, dict):
            known[part] = value

    def instance(self, spec: InstanceSpec) -> Generator[Wish, Any, Instance | Diagnostic]:
        """The open instance; opened now where the plan could not, because what carries it was only to be made."""
        cloud = self.planned.survey.cloud(spec)
        found = self.opened.get(spec.key) or cloud.instance
        if found is not None:
            return found
        carrier = None
        if spec.carrier:
            holder = self.candidate(spec.carrier)
            live = self.lives.get(spec.carrier)
            if holder is None or live is None:
                return Diagnostic(code="P0440", summary=f"{spec.carrier}, which its provider is built on, is not there")
            base = yield from self.instance(holder.spec)
            if isinstance(base, Diagnostic):
                return base
            carrier = (base, holder.type, live)
        result = yield Ask(lambda ticket: effects.Opening(ticket=ticket, spec=spec, carrier=carrier))
        if isinstance(result, Instance):
            self.opened[spec.key] = result
            return result
        return result if isinstance(result, Diagnostic) else result.diagnostic


def _place(address: str) -> tuple[str, str]:
    from engine.address import parse_address

    parsed = parse_address(address)
    return parsed.stack, parsed.name
