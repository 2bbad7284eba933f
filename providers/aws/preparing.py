"""Steps: the requests that bring an object to what is wanted, in order."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from providers.aws.compare import Comparison
from providers.aws.forms import unpaired
from providers.aws.kind import OWNER, Type
from providers.aws.table import Call, Change, Custom, Delete, ListUpdate, Update
from providers.aws.template import NOTHING, Filling, dotted
from providers.aws.wanted import Desired, desired
from providers.contract.diagnostic import Diagnostic
from providers.contract.proposal import Action
from providers.contract.schema import RecoveryClass
from providers.contract.step import Preparation, Produced, Step
from providers.contract.values import Value, get, render_path, reveal, unknown_paths


def steps(kind: Type, preparation: Preparation) -> list[Step] | list[Diagnostic]:
    unknown = unknown_paths(preparation.inputs)
    if unknown:
        return [Diagnostic(code="P0520", summary=f"{render_path(path)} is not known yet", path=path) for path in unknown]
    match preparation.action:
        case Action.NONE:
            return []
        case Action.CREATE | Action.REPLACE:
            return create_steps(kind, preparation)
        case Action.UPDATE:
            return update_steps(kind, preparation)
        case Action.DELETE:
            return delete_steps(kind, preparation)


def create_steps(kind: Type, preparation: Preparation) -> list[Step]:
    entry = kind.entry
    inputs = named(kind, preparation.inputs, preparation.owner)
    identity = kind.identity(inputs)
    tags = {**unpaired(reveal(inputs.get(entry.tagging.property))), **preparation.owner} if entry.tagging else {}
    filling = Filling(entry=entry, identity=identity, wanted=inputs, tags=tags)
    parameters = filling.fill(dict(entry.create.call.parameters))
    first = Step(
        operation=entry.create.call.operation,
        parameters={} if parameters is NOTHING else parameters,
        recovery=entry.recovery,
        creates=True,
        identity=identity,
        token=entry.create.token,
        note=entry.create.call.note or "create",
    )
    later = replace(filling, identity=identity or Produced(step=0, identity=True), creating=True)
    change = Change(
        identity=later.identity,
        inputs=inputs,
        wanted=inputs,
        live={},
        changed=frozenset(inputs),
        creating=True,
        owner=preparation.owner,
    )
    return [first, *updates(kind, later, change)]


def named(kind: Type, inputs: dict[str, Value], owner: Mapping[str, str]) -> dict[str, Value]:
    """The inputs with a name where the type wants one and nobody chose it: the same for every run of this generation."""
    entry = kind.entry
    inputs = {**inputs, **{name: compute(inputs) for name, compute in entry.computed.items()}}
    if not entry.name or inputs.get(entry.name) not in (None, ""):
        return inputs
    place = owner.get(f"{OWNER}at", "").rsplit(":", 1)[-1]
    readable = re.sub(r"[^a-z0-9]+", "-", place.lower()).strip("-") or "plumb"
    seed = "|".join(f"{key}={owner[key]}" for key in sorted(owner) if not key.endswith("/at"))
    digest = hashlib.sha256(seed.encode()).hexdigest()[:10]
    suffix = entry.name_suffix(inputs) if entry.name_suffix is not None else ""
    room = entry.name_length - len(digest) - len(suffix) - 1
    return {**inputs, entry.name: f"{readable[:room].strip('-')}-{digest}{suffix}"}


def update_steps(kind: Type, preparation: Preparation) -> list[Step]:
    assert preparation.live is not None
    entry, live = kind.entry, preparation.live
    goal = desired(kind, preparation.inputs, preparation.recorded)
    changed = changed_names(kind, goal, preparation)
    filling = Filling(entry=entry, identity=live.identity, wanted=goal.values, known={**live.private, **live.values})
    change = Change(
        identity=live.identity,
        inputs=preparation.inputs,
        wanted=goal.values,
        live={**live.private, **live.values},
        changed=changed,
        creating=False,
        owner=live.owner,
    )
    return [*updates(kind, filling, change), *tag_steps(kind, filling, goal, preparation)]


def changed_names(kind: Type, goal: Desired, preparation: Preparation) -> frozenset[str]:
    """Top-level properties that are not what is wanted: by their live value, or by what was sent where none is read."""
    assert preparation.live is not None
    schema, live = kind.schema, preparation.live.values
    comparison = Comparison(schema=schema, skip=schema.write_only, defaults=kind.entry.defaults)
    found = {str(item.path[0]) for item in comparison.differences(goal.values, live, schema.root)}
    found |= {name for name in goal.removed if live.get(name) not in (None, [], {}, "")}
    if preparation.proposal is not None:
        found |= {str(item.path[0]) for item in preparation.proposal.differences if item.path}
    elif preparation.recorded is not None:
        hidden = {str(path[0]) for path in schema.write_only if path}
        found |= {name for name in hidden if goal.values.get(name) != preparation.recorded.get(name)}
    return frozenset(found)


def updates(kind: Type, filling: Filling, change: Change) -> Iterator[Step]:
    """The steps of every update whose properties are not as wanted."""
    for update in kind.entry.updates:
        if change.creating and update.created:
            continue
        match update:
            case Update():
                yield from plain(update, filling, change)
            case ListUpdate():
                yield from list_steps(kind, update, filling, change)
            case Custom():
                if any(name in change.changed for name in update.on):
                    yield from update.steps(change)


def plain(update: Update, filling: Filling, change: Change) -> Iterator[Step]:
    names = [name for name in update.on if name in change.changed]
    if not names:
        return
    if all(change.wanted.get(name) is None for name in names):
        if update.undo is not None:
            yield step(update.undo, filling, f"reset {', '.join(names)}")
        return
    if update.changed_only:
        others = set(update.on) - set(names)
        wanted = {name: value for name, value in filling.wanted.items() if name not in others}
        filling = replace(filling, wanted=wanted)
    yield step(update.call, filling, f"set {', '.join(names)}")


def step(call: Call, filling: Filling, note: str) -> Step:
    parameters = filling.fill(dict(call.parameters))
    return Step(
        operation=call.operation,
        parameters={} if parameters is NOTHING else parameters,
        recovery=RecoveryClass.NATURAL_KEY,
        identity=filling.identity if isinstance(filling.identity, str) else "",
        note=call.note or note,
    )


def list_steps(kind: Type, update: ListUpdate, filling: Filling, change: Change) -> Iterator[Step]:
    if update.on not in change.changed:
        return
    before = list(update.initial) if change.creating else as_list(change.live.get(update.on))
    after = as_list(change.wanted.get(update.on))
    node = kind.schema.node((update.on,))
    item_node = kind.schema.resolve(node.items) if node is not None and node.items is not None else None
    comparison = Comparison(schema=kind.schema)

    def equal(wanted: Value, live: Value) -> bool:
        assert item_node is not None
        return not any(comparison.differences(wanted, live, item_node))

    removed = [item for item in before if not any(same_key(update, item, other, equal) for other in after)]
    added = [item for item in after if not any(same_key(update, item, other, equal) for other in before)]
    differing = [item for item in after if update.key and item not in added and not any(equal(item, other) for other in before)]
    if update.replace:
        keys = [tuple(get(item, dotted(name)) for name in update.key) for item in differing]
        removed += [item for item in before if tuple(get(item, dotted(name)) for name in update.key) in keys]
    yield from item_steps(update.remove, update.together, removed, filling, f"remove from {update.on}")
    yield from item_steps(update.add, update.together, [*added, *differing], filling, f"add to {update.on}")


def same_key(update: ListUpdate, one: Value, other: Value, equal: Any) -> bool:
    if update.key:
        return all(get(one, dotted(name)) == get(other, dotted(name)) for name in update.key)
    return bool(equal(one, other) or equal(other, one))


def as_list(value: Value) -> list[Value]:
    return value if isinstance(value, list) else []


def item_steps(call: Call, together: bool, items: list[Value], filling: Filling, note: str) -> Iterable[Step]:
    if together:
        return [step(call, replace(filling, items=items), note)] if items else []
    return [step(call, replace(filling, item=item), note) for item in items]


def tag_steps(kind: Type, filling: Filling, goal: Desired, preparation: Preparation) -> Iterator[Step]:
    tagging = kind.entry.tagging
    assert preparation.live is not None
    if tagging is None:
        return
    live = unpaired(preparation.live.values.get(tagging.property))
    wanted = unpaired(reveal(goal.values.get(tagging.property)))
    changed = {key: value for key, value in wanted.items() if live.get(key) != value}
    removed = [key for key in goal.removed_tags if key in live]
    if tagging.whole:
        kept = {key: value for key, value in live.items() if key not in removed}
        if changed or removed:
            tags = {**kept, **wanted, **preparation.live.owner}
            yield step(tagging.add, replace(filling, tags=tags), "tag")
        return
    if changed:
        yield step(tagging.add, replace(filling, tags=changed), "tag")
    if removed and tagging.remove is not None:
        yield step(tagging.remove, replace(filling, tag_keys=removed), "untag")


def delete_steps(kind: Type, preparation: Preparation) -> list[Step]:
    assert preparation.live is not None
    entry, live = kind.entry, preparation.live
    filling = Filling(
        entry=entry, identity=live.identity, wanted={**live.values, **preparation.inputs}, known={**live.private, **live.values}
    )
    made = list(before_delete(kind, entry.delete, filling, live.values))
    if entry.delete.custom is not None:
        change = Change(
            identity=live.identity,
            inputs=preparation.inputs,
            wanted={},
            live={**live.private, **live.values},
            changed=frozenset(),
            creating=False,
            owner=live.owner,
        )
        made.extend(entry.delete.custom(change))
    last = step(entry.delete.call, filling, "delete")
    return [*made, replace(last, deletes=True, note=entry.delete.call.note or "delete")]


def before_delete(kind: Type, delete: Delete, filling: Filling, live: Mapping[str, Value]) -> Iterator[Step]:
    for update in kind.entry.updates:
        if isinstance(update, ListUpdate) and update.on in delete.before:
            items = as_list(live.get(update.on))
            yield from item_steps(update.remove, update.together, items, filling, f"remove from {update.on}")
