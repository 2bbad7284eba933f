"""Proposals: what would change, and whether in place."""

from __future__ import annotations

from collections.abc import Iterable

from providers.aws.catalog import forces_replacement, kind_at
from providers.aws.compare import Comparison, same
from providers.aws.forms import unpaired
from providers.aws.kind import Type
from providers.aws.table import ListUpdate, Update
from providers.aws.template import dotted
from providers.aws.wanted import Desired, desired
from providers.contract.observation import Live
from providers.contract.proposal import Action, Difference, Proposal, Wanted
from providers.contract.schema import ANY_ITEM, Kind, covers
from providers.contract.values import Path, Unknown, Value, get, put, render_path, walk


def propose(kind: Type, wanted: Wanted) -> Proposal:
    if wanted.live is None:
        return Proposal(action=Action.CREATE, planned=planned_new(kind, wanted.inputs), differences=all_new(wanted.inputs))
    goal = desired(kind, wanted.inputs, wanted.recorded)
    found = tuple(differences(kind, wanted, goal, wanted.live))
    if not found:
        return Proposal(action=Action.NONE, planned={**wanted.live.values, **merged(kind, goal, wanted.live)})
    replaces = tuple(item.path for item in found if forces_replacement(kind, item.path))
    if replaces:
        return Proposal(
            action=Action.REPLACE,
            planned=planned_new(kind, wanted.inputs),
            differences=found,
            replaces=replaces,
            create_first=not keeps_identity(kind, wanted),
        )
    return Proposal(action=Action.UPDATE, planned={**wanted.live.values, **merged(kind, goal, wanted.live)}, differences=found)


def all_new(inputs: dict[str, Value]) -> tuple[Difference, ...]:
    return tuple(Difference(path=path, before=None, after=leaf) for path, leaf in walk(inputs) if path)


def planned_new(kind: Type, inputs: dict[str, Value]) -> dict[str, Value]:
    """The object after its creation: inputs, known defaults, and Unknown for what only the cloud will tell."""
    schema, entry = kind.schema, kind.entry
    planned: Value = dict(inputs)
    for name, default in entry.defaults.items():
        if get(planned, dotted(name)) is None:
            planned = put(planned, dotted(name), default)
    readable = [name for name in entry.read.answer if name not in inputs]
    outputs: Iterable[Path] = [*((name,) for name in readable), *sorted(schema.read_only, key=str)]
    for path in outputs:
        if ANY_ITEM not in path and get(planned, path) is None and not is_tags(kind, path):
            planned = put(planned, path, Unknown(kind=kind_at(schema, path)))
    assert isinstance(planned, dict)
    return planned


def is_tags(kind: Type, path: Path) -> bool:
    return kind.entry.tagging is not None and path == (kind.entry.tagging.property,)


def merged(kind: Type, goal: Desired, live: Live) -> dict[str, Value]:
    """The wanted values laid over the live ones: a mapping keeps members that nobody declared."""
    return {
        name: over(live.values.get(name), value)
        for name, value in goal.values.items()
        if not covers(kind.schema.write_only, (name,))
    }


def over(live: Value, wanted: Value) -> Value:
    if isinstance(live, dict) and isinstance(wanted, dict):
        return {**live, **{name: over(live.get(name), item) for name, item in wanted.items()}}
    return wanted


def keeps_identity(kind: Type, wanted: Wanted) -> bool:
    """True where the new object would have the identity of the old one, so that they cannot live side by side."""
    assert wanted.live is not None
    if not kind.entry.known_identity:
        return False
    identity = kind.identity(wanted.inputs)
    return identity == wanted.live.identity


def differences(kind: Type, wanted: Wanted, goal: Desired, live: Live) -> Iterable[Difference]:
    schema = kind.schema
    comparison = Comparison(schema=schema, skip=schema.write_only, defaults=kind.entry.defaults, ignore=wanted.ignore)
    yield from comparison.differences(goal.values, live.values, schema.root)
    yield from hidden(kind, wanted)
    yield from gone(kind, wanted, goal, live)


def hidden(kind: Type, wanted: Wanted) -> Iterable[Difference]:
    """Write-only leaves: beside what was sent last. With nothing recorded there is nothing to compare."""
    if wanted.recorded is None:
        return
    for path, leaf in walk(wanted.inputs):
        if not covers(kind.schema.write_only, path) or path in wanted.ignore or path[0] in kind.entry.ignored:
            continue
        before = get(wanted.recorded, path)
        if before is None and render_path(path) in wanted.digests:
            continue
        if not same(leaf, before):
            yield Difference(path=path, before=before, after=leaf)


def gone(kind: Type, wanted: Wanted, goal: Desired, live: Live) -> Iterable[Difference]:
    """What was declared once: removed where the table knows how, else released."""
    for name in sorted(goal.removed):
        before = live.values.get(name)
        if before not in (None, [], {}, "") and (name,) not in wanted.ignore and can_undo(kind, name):
            yield Difference(path=(name,), before=before, after=None)
    yield from lost_keys(kind, wanted, live)
    tagging = kind.entry.tagging
    if tagging is not None:
        have = unpaired(live.values.get(tagging.property))
        for key in goal.removed_tags:
            if key in have and (tagging.property,) not in wanted.ignore:
                yield Difference(path=(tagging.property, key), before=have[key], after=None)


def lost_keys(kind: Type, wanted: Wanted, live: Live) -> Iterable[Difference]:
    """Keys of maps that were declared once and are still there; the map itself is declared."""
    for path, _ in walk(wanted.recorded or {}):
        node = kind.schema.node(path[:-1]) if len(path) > 1 and not is_tags(kind, path[:1]) else None
        if node is None or kind.schema.resolve(node).kind is not Kind.MAP:
            continue
        before = get(live.values, path)
        if get(wanted.inputs, path) is None and get(wanted.inputs, path[:-1]) is not None and before is not None:
            yield Difference(path=path, before=before, after=None)


def can_undo(kind: Type, name: str) -> bool:
    return any(
        (isinstance(update, Update) and update.undo is not None and name in update.on)
        or (isinstance(update, ListUpdate) and update.on == name)
        for update in kind.entry.updates
    )
