"""Reads: targets grouped into few requests, answers turned into observations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from providers.aws.codes import is_missing, unreadable
from providers.aws.following import Finding, finish
from providers.aws.kind import Type, objects, values_of
from providers.aws.paging import flat, pages
from providers.aws.table import Read
from providers.aws.template import Filling, dotted, identity_parts
from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Absent, Batch, Observation, Target, Unreadable
from providers.contract.transport import Answer, Answered, Rejected, Send
from providers.contract.values import get


def batches(types: Mapping[str, Type], targets: Sequence[Target]) -> list[Batch]:
    """Targets of one request are together: same operation and filter, at most `limit` ids; types may share one."""
    groups: dict[tuple[str, str], list[Target]] = {}
    for target in targets:
        read = types[target.type].entry.read
        groups.setdefault((read.call.operation, repr(read.call.parameters)), []).append(target)
    made: list[Batch] = []
    for (operation, _), members in groups.items():
        limit = min(types[member.type].entry.read.limit for member in members)
        made.extend(Batch(targets=tuple(part), operation=operation) for part in chunks(types, members, limit))
    return made


def sought(types: Mapping[str, Type], target: Target) -> str:
    """The id that the request asks for."""
    kind = types[target.type]
    return identity_parts(kind.entry, kind.identity_of(target))[kind.entry.read.sought]


def chunks(types: Mapping[str, Type], members: Sequence[Target], limit: int) -> list[list[Target]]:
    by_id: dict[str, list[Target]] = {}
    for target in members:
        by_id.setdefault(sought(types, target), []).append(target)
    ids = list(by_id)
    return [[target for name in ids[start : start + limit] for target in by_id[name]] for start in range(0, len(ids), limit)]


def read(types: Mapping[str, Type], batch: Batch, send: Send) -> dict[str, Observation]:
    """Every target's observation. A request without an answer makes all of its targets unreadable."""
    nameless = [target for target in batch.targets if not sought(types, target)]
    found: dict[str, Observation] = {target.key: unknown_identity(target) for target in nameless}
    targets = [target for target in batch.targets if target.key not in found]
    if not targets:
        return found
    items = fetch(types, targets, send)
    if not isinstance(items, list):
        for target in targets:
            found[target.key] = observation_of(types[target.type].entry.read, items)
        return found
    pending: list[Finding] = []
    places: dict[str, dict[str, Any]] = {}
    for target in targets:
        kind = types[target.type]
        if target.type not in places:
            places[target.type] = by_identity(kind, items)
        item = places[target.type].get(place_of(kind, target))
        if item is None:
            found[target.key] = Absent(reason="not in a complete answer")
        else:
            pending.append(Finding(kind=kind, target=target, item=item))
    found.update(finish(pending, send))
    return found


def unknown_identity(target: Target) -> Unreadable:
    return Unreadable(diagnostic=Diagnostic(code="P0540", summary=f"nothing says which {target.type} to read"))


def fetch(types: Mapping[str, Type], targets: Sequence[Target], send: Send) -> list[Any] | Answer:
    """The items that one request (all its pages) gives for these targets."""
    kind = types[targets[0].type]
    read, first = kind.entry.read, targets[0]
    ids = list(dict.fromkeys(sought(types, target) for target in targets))
    located = locate(kind, first, send)
    if located is None:
        return []
    if not isinstance(located, dict):
        return located
    filling = Filling(
        entry=kind.entry,
        identity=kind.identity_of(first),
        ids=ids,
        wanted=first.inputs,
        known={**first.inputs, **first.recorded, **located},
    )
    parameters = filling.fill(dict(read.call.parameters))
    if read.limit > 1:
        return pages(send, read.call.operation, parameters, read.items)
    answer = send(read.call.operation, parameters)
    alone = {"Identity": kind.identity_of(first), **located}
    if isinstance(answer, Rejected) and answer.code in read.empty:
        return [alone]
    if not isinstance(answer, Answered):
        return answer
    return [{**alone, **(item if isinstance(item, dict) else {})} for item in flat(answer.body, read.items)]


def locate(kind: Type, target: Target, send: Send) -> dict[str, Any] | Answer | None:
    """What must be known before the read can be asked (the URL of a queue): as recorded, else asked for."""
    follow, by = kind.entry.read.locate, kind.entry.read.locate_by
    if by is not None:
        names = kind.entry.read.located
        if all(target.recorded.get(name) for name in names):
            return {name: target.recorded[name] for name in names}
        found: dict[str, Any] | Answer | None = by(kind.identity_of(target), target, send)
        return found
    if follow is None:
        return {}
    if all(target.recorded.get(name) for name in follow.gives):
        return {name: target.recorded[name] for name in follow.gives}
    filling = Filling(entry=kind.entry, identity=kind.identity_of(target), known=target.inputs, wanted=target.inputs)
    answer = send(follow.call.operation, filling.fill(dict(follow.call.parameters)))
    if not isinstance(answer, Answered):
        return answer
    return {name: get(answer.body, dotted(place)) for name, place in follow.gives.items()}


def observation_of(read: Read, answer: Answer) -> Observation:
    if isinstance(answer, Rejected) and (answer.code in read.absent or (not read.absent and is_missing(answer))):
        return Absent(reason=f"{answer.code}: {answer.message}")
    return Unreadable(diagnostic=unreadable(answer))


def by_identity(kind: Type, items: list[Any]) -> dict[str, dict[str, Any]]:
    """The objects by what a target is known by: its whole identity, or the id that was asked for."""
    read = kind.entry.read
    if read.split is None and read.limit == 1:
        return {"": items[0]} if items else {}
    if read.split is not None:
        return {kind.identity(values_of(kind, item)): item for item in reversed(objects(kind, items))}
    return {str(get(item, read.key)): item for item in items}


def place_of(kind: Type, target: Target) -> str:
    read, identity = kind.entry.read, kind.identity_of(target)
    if read.split is None and read.limit == 1:
        return ""
    return identity if read.split is not None else identity_parts(kind.entry, identity)[read.sought]
