"""From an item of an answer to an observation: what the item lacks is asked for, owner tags and secrets are put apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from providers.aws.codes import unreadable
from providers.aws.forms import unpaired
from providers.aws.kind import AMAZON, OWNER, Type, live_identity, look, property_of, values_of
from providers.aws.paging import pages
from providers.aws.table import Follow
from providers.aws.template import Filling, dotted
from providers.contract.observation import Absent, Live, Observation, Target, Unreadable
from providers.contract.transport import Answer, Answered, Rejected, Send
from providers.contract.values import Secret, Value, get, put, walk


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


def private_of(finding: Finding) -> dict[str, Value]:
    read = finding.kind.entry.read
    found = {name: look(finding.item, place) for name, place in read.private.items()}
    found |= {name: value for name, value in finding.gained.items() if name.startswith("~")}
    return {name: value for name, value in found.items() if value is not None}


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
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value).timestamp()
        except ValueError:
            return None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value / 1000 if value > 1e11 else float(value)
    return None
