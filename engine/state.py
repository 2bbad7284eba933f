"""State: a fold over the journal, with numbered invariants."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from engine import journal
from engine.records import Recorded, Role

Key = tuple[str, int]
"""(address, generation)."""


@dataclass(slots=True, kw_only=True)
class Open:
    """An operation whose end is not in the journal. `outcomes` by step; `ready` once the outputs were complete."""

    intents: list[journal.Intent]
    outcomes: dict[int, journal.Outcome] = field(default_factory=dict)
    identity: str = ""
    ready: bool = False

    @property
    def last(self) -> journal.Intent:
        return self.intents[-1]

    @property
    def first(self) -> journal.Intent:
        return self.intents[0]

    @property
    def unresolved(self) -> bool:
        """True while nobody knows whether the last request took effect."""
        outcome = self.outcomes.get(self.last.step)
        return outcome is None or outcome.result == "unanswered"


@dataclass(slots=True, kw_only=True)
class State:
    """Of one stack. Only `fold` changes it; everybody else reads.

    `generations` holds, per resource uid, the highest generation an intent ever named: it never falls.
    `head` and `seq` are those of the last line folded in.
    """

    stack: str
    uid: str = ""
    records: dict[Key, Recorded] = field(default_factory=dict)
    open: dict[str, Open] = field(default_factory=dict)
    generations: dict[str, int] = field(default_factory=dict)
    held_data: set[str] = field(default_factory=set)
    outputs: dict[str, Any] | None = None
    commit: str = ""
    suspended: journal.Suspended | None = None
    last_run: journal.Began | None = None
    last_end: journal.Ended | None = None
    seq: int = 0
    head: str = journal.GENESIS

    def current(self, address: str) -> Recorded | None:
        """The record that stands for the address: current, else retained or in grace; None where there is none."""
        best: Recorded | None = None
        for record in self.at(address):
            if record.role is Role.CURRENT:
                return record
            if record.role in (Role.RETAINED, Role.GRACE):
                best = record
        return best

    def at(self, address: str) -> Iterator[Recorded]:
        generation = self._index().get(address)
        return iter(()) if generation is None else (self.records[address, item] for item in generation)

    def addresses(self) -> list[str]:
        return sorted(self._index())

    def open_at(self, address: str) -> list[str]:
        """The operations that are open at the address, oldest first."""
        return [name for name, item in self.open.items() if item.first.address == address]

    _by_address: dict[str, list[int]] | None = field(default=None, repr=False)
    """Generations in order. None until somebody asks; from then on kept beside `records`."""

    def _index(self) -> dict[str, list[int]]:
        if self._by_address is None:
            self._by_address = {}
            for address, generation in sorted(self.records):
                self._by_address.setdefault(address, []).append(generation)
        return self._by_address


def fold(state: State, line: journal.Line) -> None:
    """Takes one line into the state, in place. Total: a line that does not fit changes nothing and is found by `verify`."""
    match line:
        case journal.Intent():
            _intend(state, line)
        case journal.Outcome():
            _outcome(state, line)
        case journal.Ready():
            _ready(state, line)
        case journal.Done():
            _done(state, line)
        case journal.Failed():
            _failed(state, line)
        case journal.Noted():
            _put(state, line.record)
            state.generations[line.record.uid] = max(line.record.generation, state.generations.get(line.record.uid, 0))
        case journal.Roled():
            _role(state, line)
        case journal.Forgot():
            _drop(state, (line.address, line.generation))
        case journal.Moved():
            _move(state, line)
        case journal.Output():
            state.outputs = line.values
        case journal.Began():
            state.last_run = line
        case journal.Ended():
            state.last_end = line
            if line.result == "applied" and state.last_run is not None:
                state.commit = state.last_run.commit
        case journal.Suspended():
            state.suspended = line
        case journal.Resumed():
            state.suspended = None


def _put(state: State, record: Recorded) -> None:
    key = (record.address, record.generation)
    if key not in state.records and state._by_address is not None:
        insort(state._by_address.setdefault(record.address, []), record.generation)
    state.records[key] = record
    if record.holds_data:
        state.held_data.add(record.address)


def _drop(state: State, key: Key) -> None:
    if state.records.pop(key, None) is None or state._by_address is None:
        return
    address, generation = key
    generations = state._by_address[address]
    generations.remove(generation)
    if not generations:
        del state._by_address[address]


def _intend(state: State, line: journal.Intent) -> None:
    known = state.open.get(line.operation)
    if known is None:
        state.open[line.operation] = Open(intents=[line], identity=line.identity)
    else:
        known.intents.append(line)
    state.generations[line.uid] = max(line.generation, state.generations.get(line.uid, 0))


def _outcome(state: State, line: journal.Outcome) -> None:
    known = state.open.get(line.operation)
    if known is None:
        return
    known.outcomes[line.step] = line
    if line.result != "done":
        return
    known.identity = line.identity or known.identity
    first = known.first
    if first.record is not None and known.identity:
        before = state.records.get((first.address, first.generation))
        values = before.values if before is not None else {}
        object_uid = before.object_uid if before is not None else ""
        record = msgspec.structs.replace(
            first.record, identity=known.identity, values=values, object_uid=object_uid, ready=False
        )
        if before is not None and line.step < first.steps - 1:
            record = msgspec.structs.replace(before, identity=known.identity, ready=False)
        _put(state, record)
        _supersede(state, record)


def _supersede(state: State, record: Recorded) -> None:
    """At most one current generation at an address: the older ones wait for their deletion."""
    for other in list(state.at(record.address)):
        if other.generation < record.generation and other.role is Role.CURRENT:
            _put(state, msgspec.structs.replace(other, role=Role.SUPERSEDED))


def _ready(state: State, line: journal.Ready) -> None:
    known = state.open.get(line.operation)
    if known is None:
        return
    known.ready = True
    key = (known.first.address, known.first.generation)
    record = state.records.get(key)
    if record is not None:
        state.records[key] = msgspec.structs.replace(
            record, identity=line.identity, object_uid=line.object_uid, values=line.values, ready=True
        )


def _done(state: State, line: journal.Done) -> None:
    known = state.open.pop(line.operation, None)
    if known is not None and known.first.action == "delete":
        _drop(state, (known.first.address, known.first.generation))


def _failed(state: State, line: journal.Failed) -> None:
    state.open.pop(line.operation, None)


def _role(state: State, line: journal.Roled) -> None:
    key = (line.address, line.generation)
    record = state.records.get(key)
    if record is not None:
        state.records[key] = msgspec.structs.replace(record, role=line.role, until=line.until)


def _move(state: State, line: journal.Moved) -> None:
    for record in list(state.at(line.from_address)):
        _drop(state, (record.address, record.generation))
        _put(state, msgspec.structs.replace(record, address=line.to_address))
    for address, generation in list(state.records):
        record = state.records[address, generation]
        if line.from_address in record.needs:
            needs = tuple(line.to_address if need == line.from_address else need for need in record.needs)
            state.records[address, generation] = msgspec.structs.replace(record, needs=needs)
    if line.from_address in state.held_data:
        state.held_data.add(line.to_address)


def verify(state: State) -> list[str]:
    """The invariants, numbered; what is broken, in words. Empty where all hold.

    1 at most one current generation per address. 2 a record that is ready has an identity. 3 no generation above
    the highest an intent named for its uid. 4 a uid is at one address only. 5 an open operation has an intent.
    6 nothing current needs itself.
    """
    broken: list[str] = []
    places: dict[str, str] = {}
    for (address, generation), record in sorted(state.records.items()):
        current = [item for item in state.at(address) if item.role is Role.CURRENT]
        if len(current) > 1 and record is current[0]:
            broken.append(f"1: {address} has {len(current)} current generations")
        if record.ready and not record.identity:
            broken.append(f"2: {address} generation {generation} is ready and has no identity")
        if generation > state.generations.get(record.uid, 0):
            broken.append(f"3: {address} generation {generation} was never intended")
        if places.setdefault(record.uid, address) != address:
            broken.append(f"4: uid {record.uid} is at {places[record.uid]} and at {address}")
        if record.role is Role.CURRENT and address in record.needs:
            broken.append(f"6: {address} needs itself")
    broken.extend(f"5: operation {name} has no intent" for name, item in state.open.items() if not item.intents)
    return broken


def replay(stack: str, lines: Iterable[journal.Line]) -> State:
    state = State(stack=stack)
    for line in lines:
        fold(state, line)
    return state
