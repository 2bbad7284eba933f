"""A plan as JSON: Terraform's shapes for equal meanings, ours beside them. Sensitive leaves are null."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from console.render.entries import danger_of
from console.render.review import Danger, Review
from console.render.shown import marks, masked
from engine.address import AddressError, parse_address
from engine.encoding import from_plain
from engine.plan import Act, Cause, Change, Field, Plan
from providers.contract.values import Unknown, Value, is_known, render_path

FORMAT = "1.2"
"""Of Terraform's plan representation; what is ours is only ever added."""
ACTIONS: dict[Act, list[str]] = {
    Act.NONE: ["no-op"],
    Act.BLOCKED: ["no-op"],
    Act.CREATE: ["create"],
    Act.UPDATE: ["update"],
    Act.DELETE: ["delete"],
    Act.ADOPT: ["no-op"],
    Act.MOVE: ["no-op"],
    Act.READ: ["read"],
    Act.RETAIN: ["forget"],
    Act.GRACE: ["forget"],
    Act.FORGET: ["forget"],
}
Digest = Callable[[Change], str]


def plan_json(plan: Plan, review: Review, digest: Digest, version: str) -> dict[str, Any]:
    """`digest` is that of a change, as an approval covers it."""
    impact = _impact(plan)
    acting = [change for change in plan.changes if change.acts or change.act is Act.BLOCKED]
    return {
        "format_version": FORMAT,
        "plumb_version": version,
        "target": review.target,
        "title": review.title,
        "environment": plan.origin.environment,
        "repository": plan.origin.repository,
        "commit": plan.origin.commit,
        "uncommitted": plan.origin.uncommitted,
        "tree_digest": plan.origin.digest,
        "digest": plan.digest,
        "made_at": plan.made_at,
        "evidence_age_s": review.age,
        "identities": list(plan.identities),
        "stacks": [stack.name for stack in plan.stacks],
        "resource_changes": [_change(change, digest, impact.get(change.address, [])) for change in acting],
        "resource_drift": [_drift(change) for change in plan.changes if change.drifted],
        "output_changes": _outputs(plan),
        "checks": [_check(item) for item in plan.diagnostics if item.code == "P0420"],
        "read_set": list(plan.read_set),
        "unresolved": [_unresolved(item) for item in plan.unresolved],
        "diagnostics": _diagnostics(plan),
        "applyable": any(change.acts for change in plan.changes),
        "complete": not plan.targets and not plan.blocked,
        "errored": any(item.is_error for item in plan.diagnostics),
    }


def _change(change: Change, digest: Digest, impact: list[str]) -> dict[str, Any]:
    return {
        **_identity(change),
        "change": _values(change),
        "action_reason": change.reason.code,
        "act": change.act.value,
        "reason": _reason(change),
        "cause": sorted({field.cause.value for field in change.fields}),
        "fields": [_field(field) for field in change.fields],
        "impact": impact,
        "recoverability": recoverability(change),
        "empty": change.empty,
        "deferred": bool(change.deferred),
        "predicted": change.predicted,
        "create_first": change.create_first if change.act is Act.REPLACE else None,
        "previous_address": change.previous_address or None,
        "digest": digest(change) if change.acts else None,
        "generation": change.generation,
    }


def _identity(change: Change) -> dict[str, Any]:
    try:
        address = parse_address(change.address)
        name, index = address.name, address.key
    except AddressError:
        name, index = change.address, None
    found: dict[str, Any] = {"address": change.address, "mode": "managed", "type": change.type, "name": name}
    if index is not None:
        found["index"] = index
    return {**found, "provider_name": change.pin.kind, "stack": change.address.partition(".")[0]}


def _values(change: Change) -> dict[str, Any]:
    before = _before(change)
    after = _after(change)
    return {
        "actions": actions(change),
        "before": masked(before),
        "after": _without_unknown(after),
        "after_unknown": marks(after, "unknown") or {},
        "before_sensitive": marks(before, "secret") or {},
        "after_sensitive": marks(after, "secret") or {},
        "replace_paths": [list(path) for path in change.replaces],
    }


def actions(change: Change) -> list[str]:
    if change.act is Act.REPLACE:
        return ["create", "delete"] if change.create_first else ["delete", "create"]
    if change.act in (Act.ADOPT, Act.MOVE) and change.fields:
        return ["update"]
    return ACTIONS[change.act]


def _before(change: Change) -> Value:
    if change.act in (Act.CREATE, Act.READ):
        return None
    if change.live is not None:
        return change.live.values
    return from_plain(change.recorded.values) if change.recorded is not None else None


def _after(change: Change) -> Value:
    if change.act in (Act.DELETE, Act.FORGET, Act.RETAIN, Act.GRACE):
        return None
    return change.after if change.after is not None else change.desired


def _without_unknown(value: Value) -> Any:
    """What is not known yet is left out, as Terraform leaves it out."""
    if isinstance(value, dict) and not is_known(value):
        return {key: _without_unknown(item) for key, item in value.items() if not isinstance(item, Unknown)}
    return masked(value)


def _reason(change: Change) -> dict[str, Any]:
    source = change.reason.source or change.source
    place = {"file": source.file, "line": source.line} if source is not None else {"file": None, "line": None}
    return {"code": change.reason.code, "text": change.reason.text, **place}


def _field(field: Field) -> dict[str, Any]:
    source = field.source
    return {
        "path": render_path(field.path),
        "before": masked(field.before),
        "after": masked(field.after),
        "after_unknown": not is_known(field.after),
        "sensitive": bool(marks(field.before, "secret") or marks(field.after, "secret")),
        "cause": field.cause.value,
        "replaces": field.replaces,
        "origin": field.origin or None,
        "file": source.file if source is not None else None,
        "line": source.line if source is not None else None,
    }


def recoverability(change: Change) -> str:
    """What is left of the object after this and a revert of it."""
    match danger_of(change):
        case Danger.EMPTY | Danger.DATA:
            return "data_lost"
        case Danger.REPLACE | Danger.DELETE:
            return "recreated"
        case _:
            return "full"


def _impact(plan: Plan) -> dict[str, list[str]]:
    """Who is acted on because it needs the address, directly."""
    found: dict[str, list[str]] = {}
    for change in plan.changes:
        if change.acts:
            for need in change.needs:
                found.setdefault(need, []).append(change.address)
    return found


def _drift(change: Change) -> dict[str, Any]:
    """Terraform's: before is what was recorded, after what is live."""
    recorded = from_plain(change.recorded.values) if change.recorded is not None else None
    live = change.live.values if change.live is not None else None
    fields = [_field(field) for field in change.fields if field.cause is Cause.DRIFT]
    values = {
        "actions": ["update"] if live is not None else ["delete"],
        "before": masked(recorded),
        "after": masked(live),
        "before_sensitive": marks(recorded, "secret") or {},
        "after_sensitive": marks(live, "secret") or {},
    }
    return {**_identity(change), "change": values, "fields": fields, "undone": change.acts}


def drift_json(plan: Plan, review: Review) -> dict[str, Any]:
    """Of `plumb drift`."""
    return {
        "format_version": FORMAT,
        "target": review.target,
        "environment": plan.origin.environment,
        "evidence_age_s": review.age,
        "resource_drift": [_drift(change) for change in plan.changes if change.drifted],
        "unreadable": [change.address for change in plan.blocked],
    }


def _outputs(plan: Plan) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for stack in plan.stacks:
        for name in sorted({*stack.outputs, *stack.recorded_outputs}):
            before, after = stack.recorded_outputs.get(name), stack.outputs.get(name)
            found[f"{stack.name}.{name}"] = {
                "actions": _output_actions(before, after),
                "before": masked(before),
                "after": masked(after),
                "after_unknown": marks(after, "unknown") or False,
                "before_sensitive": bool(marks(before, "secret")),
                "after_sensitive": bool(marks(after, "secret")),
            }
    return found


def _output_actions(before: Value, after: Value) -> list[str]:
    if before == after:
        return ["no-op"]
    if before is None:
        return ["create"]
    return ["delete"] if after is None else ["update"]


def _check(item: Any) -> dict[str, Any]:
    return {"status": "fail", "problems": [{"message": item.summary}]}


def _unresolved(item: Any) -> dict[str, Any]:
    return {
        "address": item.address,
        "operation": item.operation,
        "class": item.recovery,
        "request": item.request,
        "since": item.since,
        "candidates": list(item.candidates),
        "settle": item.settle,
    }


def _diagnostics(plan: Plan) -> list[dict[str, Any]]:
    from stacks.formats import to_plain

    return [to_plain(item) for item in plan.diagnostics]


def digests(document: Mapping[str, Any]) -> dict[str, str]:
    """Key of a change -> its digest, from a saved plan."""
    found = {}
    for change in document.get("resource_changes", ()):
        if change.get("digest"):
            key = f"{change['address']}#{change['generation']}" if change["act"] == "delete" else change["address"]
            found[key] = str(change["digest"])
    return found
