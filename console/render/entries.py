"""From the changes of a plan to entries of its review."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from console.render.review import Danger, Entry, Leaf
from console.render.shown import LATER, SENSITIVE, clean, is_hidden, leaves, place, shown
from engine.plan import Act, Cause, Change, Field
from providers.contract.diagnostic import Source
from providers.contract.values import Unknown, Value, get, is_known

WORKLOADS = frozenset({"apps/v1/Deployment", "apps/v1/StatefulSet", "apps/v1/DaemonSet"})
LABELS = {
    Act.CREATE: "create",
    Act.UPDATE: "update",
    Act.DELETE: "DELETE",
    Act.ADOPT: "adopt what is there",
    Act.MOVE: "move",
    Act.RETAIN: "keep it alive, no longer declared",
    Act.GRACE: "keep it alive for its grace, then delete",
    Act.FORGET: "forget",
    Act.READ: "read during the apply",
    Act.BLOCKED: "BLOCKED",
}
REASONS = {
    "declared": "declared",
    "config": "config",
    "drift": "drift",
    "undeclared": "no longer declared",
    "vanished": "vanished",
    "grace_over": "its grace is over",
    "superseded": "replaced by a newer generation",
}


def entries_of(changes: Iterable[Change]) -> tuple[Entry, ...]:
    """Everything that acts or is blocked, worst first, then by address; equal ones together."""
    made = [entry_of(change) for change in changes if change.acts or change.act is Act.BLOCKED]
    return tuple(sorted(collapsed(made), key=lambda entry: (entry.danger, entry.stack, entry.address)))


def drift_of(changes: Iterable[Change]) -> tuple[Entry, ...]:
    """What has drifted and is only shown: `drift: report`, and plans that only refresh."""
    found = collapsed([drift_entry(change) for change in changes if change.drifted and not change.acts])
    return tuple(sorted(found, key=lambda entry: (entry.danger, entry.stack, entry.address)))


def collapsed(entries: Iterable[Entry]) -> list[Entry]:
    """Entries that say the same of several addresses become one."""
    found: dict[object, Entry] = {}
    for entry in entries:
        key = _said(entry)
        known = found.get(key)
        found[key] = entry if known is None else replace(known, addresses=(*known.addresses, *entry.addresses))
    return list(found.values())


def _said(entry: Entry) -> object:
    """Everything that a reader is told but which addresses, and where it is written."""
    own = (entry.stack, entry.act, entry.label, entry.type, entry.why, entry.danger, entry.notes, entry.drift, entry.restarts)
    return own, tuple(_same_leaf(leaf) for leaf in entry.leaves)


def _same_leaf(leaf: Leaf) -> tuple[object, ...]:
    return leaf.mark, leaf.path, leaf.before, leaf.after, leaf.note, leaf.drift, leaf.replaces, leaf.block


def entry_of(change: Change) -> Entry:
    return Entry(
        addresses=(change.address,),
        stack=change.address.partition(".")[0],
        act=_act(change),
        label=_label(change),
        type=change.type,
        why=_why(change),
        where=_where(change.source),
        danger=danger_of(change),
        leaves=_leaves(change),
        notes=_notes(change),
        drift=any(field.cause is Cause.DRIFT for field in change.fields) or change.drifted,
        restarts=_restarts(change),
    )


def drift_entry(change: Change) -> Entry:
    vanished = change.reason.code in ("refresh_create", "vanished")
    return Entry(
        addresses=(change.address,),
        stack=change.address.partition(".")[0],
        act="drift",
        label="gone" if vanished else "drift",
        type=change.type,
        why="it is no longer there" if vanished else "the live object differs from what was recorded",
        where=_where(change.source),
        danger=_drift_danger(change, vanished),
        leaves=tuple(_drift_leaf(field) for field in change.fields if field.cause is Cause.DRIFT),
        drift=True,
    )


def _drift_danger(change: Change, vanished: bool) -> Danger:
    if vanished:
        return Danger.DATA if change.recorded is not None and change.recorded.holds_data else Danger.DELETE
    return Danger.REPLACE if any(field.replaces for field in change.fields) else Danger.NONE


def danger_of(change: Change) -> Danger:
    holds = change.recorded is not None and change.recorded.holds_data
    if change.act is Act.BLOCKED:
        return Danger.BLOCKED
    if change.empty and change.act in (Act.CREATE, Act.REPLACE):
        return Danger.EMPTY
    if change.act is Act.REPLACE:
        return Danger.EMPTY if holds else Danger.REPLACE
    if change.act is Act.DELETE:
        return Danger.DATA if holds else Danger.DELETE
    return Danger.NONE


def _act(change: Change) -> str:
    if change.act is Act.NONE:
        return "wait" if change.awaiting else "settle"
    return change.act.value


def _label(change: Change) -> str:
    if change.act is Act.REPLACE:
        order = "create first, then delete" if change.create_first else "delete first"
        return f"REPLACE, {order}" + ("; comes back EMPTY" if danger_of(change) is Danger.EMPTY else "")
    if change.act is Act.CREATE and change.empty:
        return "create; comes back EMPTY"
    if change.act is Act.DELETE and danger_of(change) is Danger.DATA:
        return "DELETE, with the data it holds"
    if change.act in (Act.ADOPT, Act.MOVE) and change.fields:
        return f"{LABELS[change.act]}, and update"
    if change.act is Act.NONE:
        return f"wait until it is ready: {clean(change.awaiting)}" if change.awaiting else "record its lifecycle"
    return LABELS[change.act]


def _why(change: Change) -> str:
    words = REASONS.get(change.reason.code, "")
    text = clean(change.reason.text)
    if change.act is Act.NONE:
        return ""
    if change.previous_address and change.act is Act.MOVE:
        return f"was {change.previous_address}"
    if change.deferred:
        return f"planned by its schema: {text}"
    if change.reason.code == "vanished" and text:
        return text
    if change.act is Act.UPDATE and {field.cause for field in change.fields} == {Cause.CONFIG, Cause.DRIFT}:
        return "config and drift"
    return f"{words}: {text}" if words and text else words or text


def _notes(change: Change) -> tuple[str, ...]:
    notes = []
    if change.predicted:
        notes.append("predicted: the server was not asked")
    if change.settles and change.act is not Act.NONE:
        notes.append("its lifecycle is recorded anew")
    if change.act is Act.BLOCKED:
        notes.extend(f"{item.code}: {clean(item.summary)}" for item in change.diagnostics if item.is_error)
        notes.extend(_choices(change))
    return tuple(dict.fromkeys(notes))


def _choices(change: Change) -> list[str]:
    """What a person can do about it."""
    match change.reason.code:
        case "protected":
            return ["take lifecycle.protect away in a commit of its own"]
        case "stranger":
            return ["say `import:` on the resource, or `adopt: ours|any` in the stack, to take it over"]
        case "unresolved":
            return ["plumb apply finds out what came of it"]
        case "unreadable":
            return ["make it readable again (credentials, network); nothing of it is dropped"]
        case _:
            return []


def _where(source: Source | None) -> str:
    if source is None or not source.file:
        return ""
    return f"{clean(source.file)}:{source.line}" if source.line else clean(source.file)


def _restarts(change: Change) -> str:
    """Of a workload whose pods are made anew: the path that does it."""
    if change.type not in WORKLOADS or change.act is not Act.UPDATE:
        return ""
    found = [field for field in change.fields if field.path[:2] == ("spec", "template")]
    return place(found[0].path) if found else ""


def _leaves(change: Change) -> tuple[Leaf, ...]:
    if change.act in (Act.CREATE, Act.READ):
        return created(change)
    return tuple(leaf for field in change.fields for leaf in field_leaves(field))


def created(change: Change) -> tuple[Leaf, ...]:
    """What is declared, then the outputs that only the apply can tell."""
    desired = change.desired or {}
    found = [
        Leaf(mark="+", path=place(path), after=shown(value), note=_origin(value)) for path, value in leaves(desired) if path
    ]
    for name, value in sorted((change.after or {}).items()):
        if name not in desired and isinstance(value, Unknown):
            found.append(_later(name))
    return tuple(found)


@cache
def _later(name: str) -> Leaf:
    """One for all that have such an output: they are most of what a large plan shows."""
    return Leaf(mark="+", path=place((name,)), after=LATER)


def _origin(value: Value) -> str:
    return f"from {clean(value.origin)}" if isinstance(value, Unknown) and value.origin else ""


def field_leaves(field: Field) -> list[Leaf]:
    """One field of an update; a tree that changes inside is shown leaf by leaf."""
    before, after = field.before, field.after
    if _is_tree(before) and _is_tree(after) and is_known(after):
        return _tree_leaves(field)
    return [_leaf(field, place(field.path), before, after)]


def _is_tree(value: Value) -> bool:
    return isinstance(value, dict | list) and bool(value) and not is_hidden(value)


def _tree_leaves(field: Field) -> list[Leaf]:
    before, after = dict(leaves(field.before)), dict(leaves(field.after))
    paths = [path for path in {**before, **after} if before.get(path) != after.get(path)]
    if len(paths) > 12 or not paths:
        return [_document(field)]
    return [_leaf(field, place((*field.path, *path)), get(field.before, path), get(field.after, path)) for path in paths]


def _document(field: Field) -> Leaf:
    return replace(
        _leaf(field, place(field.path), "", ""),
        before="",
        after="",
        block=text_diff(_pretty(field.before), _pretty(field.after)),
    )


def _pretty(value: Value) -> str:
    from console.render.shown import masked

    return json.dumps(masked(value), indent=2, ensure_ascii=True)


def _leaf(field: Field, path: str, before: Value, after: Value) -> Leaf:
    notes = []
    if field.replaces:
        notes.append("forces replacement")
    if field.cause is Cause.DRIFT:
        notes.append("drift")
    origin = field.origin or (after.origin if isinstance(after, Unknown) else "")
    if origin:
        notes.append(f"from {clean(origin)}")
    old, new = _sides(before, after)
    lines = _lines(before, after)
    return Leaf(
        mark="!" if old and new else "-" if old else "+",
        path=path,
        before="" if lines else old,
        after="" if lines else new,
        note=", ".join(notes),
        where=_where(field.source) if field.cause is Cause.CONFIG else "",
        drift=field.cause is Cause.DRIFT,
        replaces=field.replaces,
        block=lines,
    )


def _drift_leaf(field: Field) -> Leaf:
    """Recorded on the left, live on the right: what has happened, not what an apply would do."""
    old, new = _sides(field.after, field.before)
    return Leaf(mark="!" if old and new else "-" if old else "+", path=place(field.path), before=old, after=new, drift=True)


def _sides(before: Value, after: Value) -> tuple[str, str]:
    if is_hidden(before) or is_hidden(after):
        return ("" if before is None else SENSITIVE, "" if after is None else "(sensitive, changes)")
    return ("" if before is None else shown(before), "" if after is None else shown(after))


def _lines(before: Value, after: Value) -> tuple[str, ...]:
    """The difference inside of two texts of several lines."""
    if not (isinstance(before, str) and isinstance(after, str)) or "\n" not in before + after:
        return ()
    return text_diff(before, after)


def text_diff(before: str, after: str) -> tuple[str, ...]:
    """Changed lines with two lines around, each with its mark."""
    pairs = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2)
    return tuple(_line(line) for line in list(pairs)[2:])


def _line(line: str) -> str:
    return "..." if line.startswith("@@") else line[0] + clean(line[1:])
