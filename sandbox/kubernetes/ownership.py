"""Who set which field: managedFields for applies and for all other writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sandbox.kubernetes import paths
from sandbox.kubernetes.paths import EMPTY, Element, Path, PathSet
from sandbox.kubernetes.problem import Refusal
from sandbox.kubernetes.shapes import Shape
from sandbox.kubernetes.typed import compare, equal, field_set, merge, remove, with_named_fields

MOST_UPDATE_MANAGERS = 10
STRIPPED = [
    (("f", "apiVersion"),),
    (("f", "kind"),),
    (("f", "metadata"),),
    *(
        (("f", "metadata"), ("f", name))
        for name in (
            "name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation", "managedFields",
            "resourceVersion",
        )
    ),
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Manager:
    """Identity of an entry: an applier is one over all versions, so `version` is '' for it."""

    name: str
    operation: str
    version: str
    subresource: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """What one manager owns; `time` is RFC 3339, kept while the set stays the same."""

    paths: PathSet
    version: str
    time: str


Managers = dict[Manager, Owned]


def decode(entries: Any) -> Managers:
    found: Managers = {}
    for entry in entries or ():
        operation = entry.get("operation", "Update")
        version = entry.get("apiVersion", "")
        key = Manager(
            name=entry.get("manager", ""),
            operation=operation,
            version="" if operation == "Apply" else version,
            subresource=entry.get("subresource", ""),
        )
        found[key] = Owned(paths=paths.decode(entry.get("fieldsV1", {})), version=version, time=entry.get("time", ""))
    return found


def encode(managers: Managers) -> list[dict[str, Any]]:
    rows = []
    for key, owned in managers.items():
        entry: dict[str, Any] = {
            "manager": key.name,
            "operation": key.operation,
            "apiVersion": owned.version,
            **({"time": owned.time} if owned.time else {}),
            "fieldsType": "FieldsV1",
            "fieldsV1": paths.encode(owned.paths),
        }
        if key.subresource:
            entry["subresource"] = key.subresource
        rows.append(entry)
    rows.sort(key=order)
    return rows


def order(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(row.get(key, "") for key in ("operation", "time", "manager", "apiVersion", "subresource"))


def stripped(found: PathSet) -> PathSet:
    return found.difference(STRIPPED)


def without_reset(found: PathSet, reset: Iterable[Path]) -> PathSet:
    """The set without what lies at or under the paths that this endpoint ignores."""
    prefixes = tuple(reset)
    if not prefixes:
        return found
    return frozenset(each for each in found if not any(each[: len(prefix)] == prefix for prefix in prefixes))


def content(value: Mapping[str, Any]) -> dict[str, Any]:
    """The object without managedFields, which own nothing themselves."""
    metadata = {key: each for key, each in (value.get("metadata") or {}).items() if key != "managedFields"}
    return {**value, "metadata": metadata}


def _displaced(
    managers: Managers, actor: Manager, touched: PathSet, removed: PathSet, force: bool
) -> tuple[Managers, dict[Manager, PathSet]]:
    kept: Managers = {}
    conflicts: dict[Manager, PathSet] = {}
    for key, owned in managers.items():
        if key == actor:
            kept[key] = owned
            continue
        clash = owned.paths & touched
        if clash:
            conflicts[key] = clash
        left = owned.paths - clash - removed
        if left:
            kept[key] = owned if left == owned.paths else replace(owned, paths=left)
    return (kept, {} if force else conflicts)


def after_update(
    shape: Shape,
    live: Mapping[str, Any],
    new: Mapping[str, Any],
    managers: Managers,
    actor: Manager,
    now: str,
    reset: Iterable[Path] = (),
) -> Managers:
    """Ownership after a write that is no apply: the actor owns what it added or changed."""
    found = compare(shape, content(live), content(new))
    touched = without_reset(found.modified | found.added, reset)
    removed = without_reset(found.removed, reset)
    kept, _ = _displaced(managers, actor, touched, removed, True)
    before = kept[actor].paths if actor in kept else EMPTY
    owned = stripped((before - removed) | touched)
    if not owned:
        kept.pop(actor, None)
    elif actor in kept and not stripped(touched):
        kept[actor] = replace(kept[actor], paths=owned)
    else:
        kept[actor] = Owned(paths=owned, version=actor.version, time=now)
    return _capped(kept)


def _capped(managers: Managers) -> Managers:
    """At most ten updaters; the oldest of the same version fold into `ancient-changes`."""
    updates = [key for key in managers if key.operation == "Update"]
    if len(updates) <= MOST_UPDATE_MANAGERS:
        return managers
    updates.sort(key=lambda key: (managers[key].time, key.name))
    result = dict(managers)
    for key in updates[: len(updates) - MOST_UPDATE_MANAGERS + 1]:
        folded = Manager(name="ancient-changes", operation="Update", version=key.version, subresource="")
        owned = result.pop(key)
        earlier = result.get(folded)
        union = owned.paths | (earlier.paths if earlier else EMPTY)
        result[folded] = replace(owned, paths=union)
    return result


def after_apply(
    shape: Shape,
    live: Mapping[str, Any],
    config: Mapping[str, Any],
    managers: Managers,
    actor: Manager,
    version: str,
    now: str,
    force: bool,
    reset: Iterable[Path] = (),
) -> tuple[dict[str, Any], Managers]:
    """The merged object and who owns what; Conflict is raised as the real server words it."""
    live, config = content(live), content(config)
    merged = merge(shape, live, config)
    wanted = without_reset(field_set(shape, config), reset)
    last = managers.get(actor)
    updated = dict(managers)
    updated[actor] = Owned(paths=wanted, version=version, time=now)
    pruned = _pruned(shape, merged, updated, last)
    found = compare(shape, live, pruned)
    touched = without_reset(found.modified | found.added, reset)
    kept, conflicts = _displaced(updated, actor, touched, without_reset(found.removed, reset), force)
    if conflicts:
        raise conflict_refusal(conflicts)
    owned = stripped(wanted)
    if not owned:
        kept.pop(actor, None)
    else:
        time = now if not equal(live, pruned) else (last.time if last is not None else "")
        kept[actor] = Owned(paths=owned, version=version, time=time)
    return pruned, kept


def _pruned(shape: Shape, merged: Any, managers: Managers, last: Owned | None) -> Any:
    """Without what the actor applied before, and neither applies now nor anyone else owns."""
    if last is None or not last.paths:
        return merged
    dropped = with_named_fields(shape, last.paths)
    pruned = remove(shape, merged, dropped)
    merged_set = with_named_fields(shape, field_set(shape, merged))
    pruned_set = with_named_fields(shape, field_set(shape, pruned or {}))
    owned = with_named_fields(shape, frozenset().union(*(each.paths for each in managers.values())))
    pruned = remove(shape, merged, merged_set - (pruned_set | owned))
    pruned_set = with_named_fields(shape, field_set(shape, pruned or {}))
    return remove(shape, merged, (merged_set - pruned_set) & dropped)


def members_first(path: Path) -> tuple[tuple[int, Element], ...]:
    """The order in which a set of paths is told: at each level what ends there before what goes on below."""
    return tuple((0 if depth == len(path) - 1 else 1, each) for depth, each in enumerate(path))


def printed_manager(key: Manager, version: str) -> str:
    text = f'"{key.name}"'
    if key.subresource:
        text += f' with subresource "{key.subresource}"'
    return f"{text} using {version}" if key.operation == "Update" else text


def conflict_refusal(conflicts: Mapping[Manager, PathSet]) -> Refusal:
    rows = [
        (printed_manager(key, key.version), paths.printed(path))
        for key, clash in sorted(conflicts.items(), key=lambda pair: (pair[0].name, pair[0].operation))
        for path in sorted(clash, key=members_first)
    ]
    causes = [{"reason": "FieldManagerConflict", "message": f"conflict with {who}", "field": where} for who, where in rows]
    if len(rows) == 1:
        message = f"Apply failed with 1 conflict: conflict with {rows[0][0]}: {rows[0][1]}"
    else:
        lines = []
        for who in dict.fromkeys(who for who, _ in rows):
            lines.append(f"conflicts with {who}:")
            lines += [f"- {where}" for other, where in rows if other == who]
        message = f"Apply failed with {len(rows)} conflicts: " + "\n".join(lines)
    return Refusal("Conflict", message, details={"causes": causes})


__all__ = ["Manager", "Managers", "Owned", "after_apply", "after_update", "decode", "encode"]
