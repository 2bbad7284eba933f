"""Reads: targets grouped into few requests, answers turned into observations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from providers.aws.codes import is_missing
from providers.aws.forms import unpaired
from providers.aws.paging import flat, pages
from providers.aws.shape import project
from providers.aws.table import Entry, Follow, Read
from providers.aws.template import Filling, dotted, identity_parts
from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Absent, Batch, Live, Observation, Target, Unreadable
from providers.contract.schema import Node, TypeSchema
from providers.contract.transport import Answer, Answered, Lost, Rejected, Send
from providers.contract.values import Secret, Value, get, put, walk

OWNER = "plumb.dev/"
AMAZON = "aws:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Type:
    """An entry beside its schema, with the identity of inputs."""

    entry: Entry
    schema: TypeSchema
    identity: Callable[[Mapping[str, Value]], str] = field(repr=False)

    def identity_of(self, target: Target) -> str:
        return canonical_identity(self.entry, target.identity) or self.identity(target.inputs)


def canonical_identity(entry: Entry, identity: str) -> str:
    """An imported identity in our own form: of a type that is known by its name, a URL or ARN stands for its last part."""
    if entry.name and len(entry.identity) <= 1 and (identity.startswith(("https://", "http://", "arn:"))):
        return identity.replace(":", "/").rsplit("/", 1)[-1]
    if len(entry.identity) == 2 and "|" not in identity:
        return identity.replace("/", "|", 1)
    return identity


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


def unreadable(answer: Answer) -> Diagnostic:
    match answer:
        case Rejected(code=code, message=message):
            return Diagnostic(code="P0541", summary=f"AWS refused to read: {code}", detail=message)
        case Lost(reason=reason):
            return Diagnostic(code="P0542", summary="no answer from AWS", detail=reason)
        case _:
            return Diagnostic(code="P0543", summary="an answer that settles nothing")


def objects(kind: Type, items: list[Any]) -> list[dict[str, Any]]:
    """The objects of the type among the items of an answer."""
    return kind.entry.read.split(items) if kind.entry.read.split is not None else items


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


@dataclass(slots=True)
class Finding:
    """A target whose item was found, on its way to an observation."""

    kind: Type
    target: Target
    item: dict[str, Any]
    gained: dict[str, Any] = field(default_factory=dict)
    """Answer values that follow-up requests gave, by property."""
    failed: Answer | None = None

    @property
    def identity(self) -> str:
        return live_identity(self.kind, self.item, self.target)

    @property
    def status(self) -> str:
        return str(get(self.item, dotted(self.kind.entry.read.status)) or "") if self.kind.entry.read.status else ""

    def known(self) -> dict[str, Any]:
        recorded = {name: value for name, value in self.target.recorded.items() if value is not None}
        return {**recorded, **private_of(self), **values_of(self.kind, self.item), **self.gained}

    def needs(self, follow: Follow) -> bool:
        """Asked where nothing is recorded, where somebody declares it, and for facts not recorded yet."""
        target = self.target
        if follow.always or not target.recorded:
            return True
        if follow.fixed:
            return any(name not in target.recorded for name in follow.gives)
        return any(name in target.inputs for name in follow.gives)


def finish(pending: Sequence[Finding], send: Send) -> dict[str, Observation]:
    """Asks what is still lacking, and builds the observations."""
    living = [finding for finding in pending if finding.status not in finding.kind.entry.gone]
    found: dict[str, Observation] = {
        finding.target.key: Absent(reason=f"it is {finding.status}") for finding in pending if finding not in living
    }
    follows: dict[int, tuple[Follow, list[Finding]]] = {}
    for finding in living:
        for follow in finding.kind.entry.read.follows:
            if finding.needs(follow):
                follows.setdefault(id(follow), (follow, []))[1].append(finding)
    for follow, findings in follows.values():
        ask(follow, findings, send)
    for finding in living:
        ask_more(finding, send)
        found[finding.target.key] = observed(finding)
    return found


def ask(follow: Follow, findings: list[Finding], send: Send) -> None:
    if follow.limit == 1:
        for finding in findings:
            if finding.failed is None:
                ask_one(follow, finding, send)
        return
    for start in range(0, len(findings), follow.limit):
        part = findings[start : start + follow.limit]
        filling = Filling(entry=part[0].kind.entry, ids=[finding.identity for finding in part])
        items = pages(send, follow.call.operation, filling.fill(dict(follow.call.parameters)), follow.items)
        for finding in part:
            if not isinstance(items, list):
                finding.failed = items
                continue
            mine = [item for item in items if get(item, follow.key) == finding.identity]
            gain(finding, follow, mine[0] if mine else {})


def ask_one(follow: Follow, finding: Finding, send: Send) -> None:
    filling = Filling(entry=finding.kind.entry, identity=finding.identity, known=finding.known(), wanted=finding.known())
    parameters = filling.fill(dict(follow.call.parameters))
    if follow.items:
        items = pages(send, follow.call.operation, parameters, follow.items)
        if isinstance(items, list):
            finding.gained.update(dict.fromkeys(follow.gives, items))
        elif isinstance(items, Rejected) and items.code in follow.absent:
            finding.gained.update(dict.fromkeys(follow.gives))
        else:
            finding.failed = items
        return
    answer = send(follow.call.operation, parameters)
    if isinstance(answer, Answered):
        gain(finding, follow, answer.body)
    elif isinstance(answer, Rejected) and answer.code in follow.absent:
        finding.gained.update(dict.fromkeys(follow.gives))
    else:
        finding.failed = answer


def gain(finding: Finding, follow: Follow, body: Any) -> None:
    if follow.convert is not None:
        finding.gained.update(follow.convert(body, finding.identity))
        return
    for name, place in follow.gives.items():
        finding.gained[name] = get(body, dotted(place))


def ask_more(finding: Finding, send: Send) -> None:
    read = finding.kind.entry.read
    if read.more is None or finding.failed is not None:
        return
    target = finding.target
    if target.recorded and not read.more_always and not any(name in target.inputs for name in read.more_gives):
        return
    gained = read.more(finding.item, finding.identity, target, send)
    if isinstance(gained, dict):
        finding.gained.update(gained)
    else:
        finding.failed = gained


def live_identity(kind: Type, item: dict[str, Any], target: Target) -> str:
    return kind.identity(values_of(kind, item)) or kind.identity_of(target)


def values_of(kind: Type, item: dict[str, Any]) -> dict[str, Value]:
    """The properties that the item itself holds."""
    read = kind.entry.read
    shaped = read.shape(item) if read.shape is not None else item
    root = kind.schema.resolve(kind.schema.root)
    values: dict[str, Value] = {}
    for name, place in read.answer.items():
        value = property_of(kind, name, look(shaped, place or name), root)
        if value is not None:
            values[name] = value
    return values


def property_of(kind: Type, name: str, raw: Any, root: Node) -> Value:
    node = root.properties.get(name, Node())
    tagging = kind.entry.tagging
    if tagging is not None and name == tagging.property and not node.tags and raw is not None:
        return dict(sorted(unpaired(raw).items()))
    return project(raw, node, kind.schema, lower=kind.entry.read.lower)


def private_of(finding: Finding) -> dict[str, Value]:
    read = finding.kind.entry.read
    found = {name: look(finding.item, place) for name, place in read.private.items()}
    found |= {name: value for name, value in finding.gained.items() if name.startswith("~")}
    return {name: value for name, value in found.items() if value is not None}


def look(item: dict[str, Any], place: str) -> Any:
    """The value at a place of an item; with "*" in it, a list of all."""
    path = dotted(place)
    return flat(item, path) if "*" in path else get(item, path)


def observed(finding: Finding) -> Observation:
    if finding.failed is not None:
        return observation_of_follow(finding)
    kind, entry = finding.kind, finding.kind.entry
    root = kind.schema.resolve(kind.schema.root)
    values = values_of(kind, finding.item)
    for name, raw in finding.gained.items():
        if name.startswith("~"):
            continue
        value = property_of(kind, name, raw, root)
        if value is not None:
            values[name] = value
    asked = {name for follow in entry.read.follows for name in follow.gives} | entry.read.more_gives
    for name in asked - set(finding.gained):
        if name in finding.target.recorded and name not in values:
            values[name] = finding.target.recorded[name]
    owner = take_owner(kind, values)
    return Live(
        identity=finding.identity,
        values=hide_secrets(values, finding.target),
        owner=owner,
        private=private_of(finding),
        status=with_reason(finding),
        created_at=seconds(get(finding.item, dotted(entry.read.created_at))) if entry.read.created_at else None,
    )


def observation_of_follow(finding: Finding) -> Observation:
    """A follow-up that says that the object is not there proves nothing of an object that was just listed."""
    assert finding.failed is not None
    return Unreadable(diagnostic=unreadable(finding.failed))


def with_reason(finding: Finding) -> str:
    reason = finding.kind.entry.read.status_reason
    text = get(finding.item, dotted(reason)) if reason else None
    return f"{finding.status}: {text}" if text else finding.status


def hide_secrets(values: dict[str, Value], target: Target) -> dict[str, Value]:
    """What was written as a secret is read as one."""
    hidden: Value = values
    for source in (target.inputs, target.recorded):
        for path, leaf in walk(source):
            have = get(hidden, path)
            if isinstance(leaf, Secret) and have is not None and not isinstance(have, Secret):
                hidden = put(hidden, path, Secret(have))
    assert isinstance(hidden, dict)
    return hidden


def take_owner(kind: Type, values: dict[str, Value]) -> dict[str, str]:
    """Takes the owner tags out of the values; tags of AWS's own are dropped, and all where the schema has no tags."""
    if kind.entry.tagging is None:
        return {}
    name = kind.entry.tagging.property
    tags = unpaired(values.get(name))
    owner = {key: value for key, value in tags.items() if key.startswith(OWNER)}
    rest = {key: value for key, value in tags.items() if not key.startswith((OWNER, AMAZON))}
    if name in values and (not rest or not kind.schema.taggable):
        del values[name]
    elif name in values:
        listed = isinstance(values[name], list)
        values[name] = [{"Key": key, "Value": rest[key]} for key in sorted(rest)] if listed else dict(sorted(rest.items()))
    return owner


def seconds(value: Value) -> float | None:
    """A time of an answer, in seconds since the epoch: ISO text, or a number (of milliseconds where it is that large)."""
    from datetime import datetime

    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value).timestamp()
        except ValueError:
            return None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value / 1000 if value > 1e11 else float(value)
    return None
