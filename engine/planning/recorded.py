"""The recorded side of a plan: what is read again, what has moved, and what is declared no more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from engine import address as addresses
from engine.address import parse_address
from engine.decide import Removal
from engine.instances import InstanceSpec
from engine.link import node_of
from engine.planning.candidate import Candidate, Stage
from engine.planning.changes import settle
from engine.planning.clouds import Cloud, mismatch, spec_of
from engine.records import Recorded, Role
from engine.stack import Stack
from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Absent, Observation, Target, Unreadable
from providers.contract.schema import TypeSchema

if TYPE_CHECKING:
    from engine.planning.run import PlanRun

STANDING = (Role.CURRENT, Role.RETAINED, Role.GRACE)


def record_key(record: Recorded) -> str:
    return f"{record.address}#{record.generation}"


@dataclass(slots=True)
class Records:
    """`by_address`: the record that stands for each address, after `moved` blocks; its own address is the old one.
    `taken` are records that a declared candidate stands for. `removals` says what `removed` blocks say, by address."""

    run: PlanRun
    by_address: dict[str, Recorded] = field(default_factory=dict)
    by_identity: dict[tuple[str, str], Recorded] = field(default_factory=dict)
    removals: dict[str, Removal] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    observed: dict[str, Observation] = field(default_factory=dict)
    undeclared: dict[str, Candidate] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    _all: dict[str, Recorded] = field(default_factory=dict)
    _waiting: dict[str, Candidate] = field(default_factory=dict)
    _specs: dict[str, InstanceSpec] = field(default_factory=dict)

    def begin(self) -> None:
        """Names every record, applies the moves, and asks for all of them to be read."""
        for state in self.run.question.states.values():
            for record in state.records.values():
                self._all[record_key(record)] = record
                if record.role in STANDING:
                    self._stand(record)
        self._apply_moves()
        self._note_removals()
        for key, record in self._all.items():
            if self.run.choosing.selected(self.place(record)):
                self._read(key, record)

    def _stand(self, record: Recorded) -> None:
        known = self.by_address.get(record.address)
        if known is None or known.role is not Role.CURRENT:
            self.by_address[record.address] = record
        if record.identity:
            self.by_identity[self.spec(record).key, f"{record.type} {record.identity}"] = record

    def _apply_moves(self) -> None:
        for stack in self.run.question.stacks.stacks.values():
            for move in stack.moved:
                for record in list(self.by_address.values()):
                    if addresses.covers(move.from_, record.address):
                        self._move(record, move.to + record.address[len(move.from_) :])

    def _move(self, record: Recorded, to: str) -> None:
        """Where the new address is recorded too, the block has done its work and stays without effect."""
        if to in self.by_address or to == record.address:
            return
        del self.by_address[record.address]
        self.by_address[to] = record

    def _note_removals(self) -> None:
        for stack in self.run.question.stacks.stacks.values():
            for block in stack.removed:
                for record in self._all.values():
                    if addresses.covers(block.from_, record.address):
                        self.removals[record.address] = Removal.KEEP if block.keep else Removal.DELETE

    def place(self, record: Recorded) -> str:
        """The address that the record stands for now: its own, unless a `moved` block says otherwise."""
        if self.by_address.get(record.address) is record:
            return record.address
        return next((place for place, found in self.by_address.items() if found is record), record.address)

    def spec(self, record: Recorded) -> InstanceSpec:
        key = msgspec.json.encode(record.pin).decode()
        found = self._specs.get(key)
        if found is None:
            found = self._specs[key] = spec_of(record.pin)
        return found

    def _read(self, key: str, record: Recorded) -> None:
        cloud = self.run.survey.cloud(self.spec(record))
        cloud.records += 1
        if not record.identity:
            self._observed(key, Absent(reason="its creation never answered"))
            return
        target = Target(key=key, type=record.type, identity=record.identity, inputs=record.inputs, recorded=record.values)
        self.run.survey.observe(cloud, target, lambda observation: self._seen(cloud, key, observation))

    def _seen(self, cloud: Cloud, key: str, observation: Observation) -> None:
        record = self._all[key]
        wrong = mismatch(record.pin, cloud.instance) if cloud.instance is not None else None
        if wrong is not None:
            observation = Unreadable(diagnostic=wrong.at(record.address))
        elif self._is_successors(record):
            observation = Absent(reason="what has its identity now is a newer generation")
        self._observed(key, observation)

    def _is_successors(self, record: Recorded) -> bool:
        """A former generation whose identity belongs to the one that stands now: reading it finds the new object."""
        if record.role in STANDING:
            return False
        standing = self.by_address.get(record.address)
        return standing is not None and standing.identity == record.identity and standing.pin.carrier == record.pin.carrier

    def _observed(self, key: str, observation: Observation) -> None:
        self.observed[key] = observation
        waiting = self._waiting.pop(key, None)
        if waiting is not None:
            self.run.declared.observed(waiting, observation)

    def take(self, record: Recorded, candidate: Candidate) -> None:
        """The candidate stands for the record; it is told the observation as soon as there is one."""
        key = record_key(record)
        self.taken.add(key)
        seen = self.observed.get(key)
        if seen is not None:
            self.run.declared.observed(candidate, seen)
        else:
            self._waiting[key] = candidate

    def observation_at(self, address: str) -> tuple[Recorded, Observation] | None:
        """What was read for the record at the address; None until it has been read. Nothing recorded is Absent."""
        record = self.by_address.get(address)
        if record is None:
            record = next((item for item in self._all.values() if item.address == address), None)
        if record is None:
            blank = Recorded(address=address, uid="", generation=0, type="", pin=next(iter(self._all.values())).pin)
            return blank, Absent(reason="nothing is recorded there")
        seen = self.observed.get(record_key(record))
        return None if seen is None else (record, seen)

    def elsewhere(self, spec: InstanceSpec, type: str, identity: str) -> Recorded | None:
        """An undeclared record of this very object under another address."""
        record = self.by_identity.get((spec.key, f"{type} {identity}"))
        if record is None or record_key(record) in self.taken or record.role is not Role.CURRENT:
            return None
        parsed = parse_address(record.address)
        node = node_of(parsed.stack, parsed.name)
        return None if self.run.declared.expects(node, record.address) else record

    def settle_undeclared(self) -> bool:
        """Decides the records that nothing declared stands for. True where that was something new."""
        fresh = [
            (key, record)
            for key, record in self._all.items()
            if key not in self.taken and key not in self.undeclared and key in self.observed
        ]
        for key, record in sorted(fresh):
            self._settle(key, record)
        return bool(fresh)

    def _settle(self, key: str, record: Recorded) -> None:
        stack_name = parse_address(record.address).stack
        candidate = Candidate(
            key=key,
            address=record.address,
            stack=self.stack_of(stack_name),
            spec=self.spec(record),
            type=record.type,
            recorded=record,
            needs=record.needs,
            observation=self.observed[key],
            stage=Stage.DECIDED,
        )
        settle(candidate, self.run.around(stack_name), self._schema(record))
        self.undeclared[key] = candidate

    def stack_of(self, name: str) -> Stack | None:
        return self.run.question.stacks.stacks.get(name)

    def _schema(self, record: Recorded) -> TypeSchema | None:
        reader = self.run.question.providers.reader(record.pin.kind)
        found = None if isinstance(reader, Diagnostic) else reader.schema(record.type)
        return None if isinstance(found, Diagnostic) else found
