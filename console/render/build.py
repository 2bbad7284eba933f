"""The review of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from console.render.entries import drift_of, entries_of
from console.render.review import Counts, Danger, Entry, Leaf, Review, Scene, StackReview
from console.render.shown import LATER, clean, is_hidden, shown
from engine.plan import Act, Cause, Change, Plan, StackPlan
from providers.contract.values import Unknown, Value

COUNTED = {
    Act.CREATE: "create",
    Act.UPDATE: "update",
    Act.REPLACE: "replace",
    Act.DELETE: "delete",
    Act.ADOPT: "adopt",
    Act.MOVE: "move",
    Act.READ: "read",
    Act.RETAIN: "keep",
    Act.GRACE: "keep",
    Act.FORGET: "forget",
    Act.BLOCKED: "blocked",
}


def review_of(plan: Plan, scene: Scene) -> Review:
    entries = entries_of(plan.changes)
    counts = counts_of(plan.changes, entries)
    return Review(
        target=target_line(plan, scene),
        title=title(plan, counts, entries),
        digest=plan.digest,
        commit=plan.origin.commit,
        uncommitted=plan.origin.uncommitted,
        stacks=tuple(_stack(plan, stack, entries) for stack in plan.stacks),
        entries=entries,
        drift=drift_of(plan.changes),
        counts=counts,
        unresolved=tuple(_unresolved(item, scene.now) for item in plan.unresolved),
        warnings=tuple(clean(item.summary) for item in plan.diagnostics if not item.is_error),
        order=order(plan.changes),
        read=plan.evidence.read,
        unreadable=plan.evidence.unreadable,
        age=max(0, int(scene.now - plan.evidence.oldest)) if plan.evidence.oldest else None,
        later=sum(_unknowns(change.desired) for change in plan.changes if change.acts),
        destroy=plan.destroy,
        targets=plan.targets,
        since=scene.since,
        made_at=plan.made_at,
        acts=sum(change.acts for change in plan.changes),
    )


def target_line(plan: Plan, scene: Scene) -> str:
    """`env prod · aws 0123.. eu-west-1 · state sqlite:..., last apply 2 h ago`"""
    parts = [f"env {plan.origin.environment}" + (" (sandbox)" if scene.sandbox else "")]
    parts.extend(clean(item) for item in plan.identities)
    if scene.fresh or scene.last_apply is None:
        state = f"state {scene.state}, " + ("NEW" if scene.fresh else "never applied")
    else:
        state = f"state {scene.state}, last apply {ago(scene.now - scene.last_apply)}"
    parts.append(state)
    if plan.origin.uncommitted:
        parts.append("uncommitted" + (f", on {plan.origin.commit[:7]}" if plan.origin.commit else ""))
    elif plan.origin.commit:
        parts.append(f"commit {plan.origin.commit[:7]}")
    return " · ".join(parts)


def ago(seconds: float) -> str:
    return f"{span(seconds)} ago"


def span(seconds: float) -> str:
    """A length of time in its largest unit."""
    seconds = max(0.0, seconds)
    for length, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= length:
            return f"{int(seconds // length)} {unit}"
    return f"{int(seconds)} s"


def counts_of(changes: Iterable[Change], entries: Iterable[Entry]) -> Counts:
    found: dict[str, int] = {}
    for change in changes:
        for name in _names(change):
            found[name] = found.get(name, 0) + 1
    members = list(entries)
    found["restart"] = sum(entry.count for entry in members if entry.restarts)
    found["empty"] = sum(entry.count for entry in members if entry.danger is Danger.EMPTY)
    return Counts(**found)


def _names(change: Change) -> Iterable[str]:
    if change.act is Act.NONE:
        yield "wait" if change.awaiting else "settle" if change.settles else "same"
    else:
        yield COUNTED[change.act]
    if change.drifted or any(field.cause is Cause.DRIFT for field in change.fields):
        yield "drift"


def title(plan: Plan, counts: Counts, entries: Iterable[Entry]) -> str:
    """The worst thing, in words; bounded in length."""
    members = list(entries)
    lost = sum(entry.count for entry in members if entry.danger is Danger.DATA)
    parts = []
    if counts.empty:
        parts.append(f"{counts.empty} {'comes' if counts.empty == 1 else 'come'} back EMPTY")
    if lost:
        parts.append(f"{lost} deleted with {'its' if lost == 1 else 'their'} data")
    if counts.replace:
        parts.append(f"{counts.replace} replaced")
    if counts.delete - lost > 0:
        parts.append(f"{counts.delete - lost} deleted")
    if counts.blocked:
        parts.append(f"{counts.blocked} blocked")
    if plan.unresolved:
        parts.append(f"{len(plan.unresolved)} unresolved")
    if counts.restart:
        parts.append(f"{counts.restart} {'workload restarts' if counts.restart == 1 else 'workloads restart'}")
    if counts.drift and not any(change.acts for change in plan.changes if change.drifted):
        parts.append(f"{counts.drift} drifted")
    elif counts.drift:
        parts.append(f"{counts.drift} {'drift is' if counts.drift == 1 else 'drifts are'} undone")
    calm = [(counts.create, "to create"), (counts.update, "to update"), (counts.adopt, "to adopt"), (counts.move, "to move")]
    parts.extend(f"{count} {words}" for count, words in calm if count)
    return " · ".join(parts) or "nothing to do"


def _stack(plan: Plan, stack: StackPlan, entries: tuple[Entry, ...]) -> StackReview:
    prefix = f"{stack.name}."
    changes = [change for change in plan.changes if change.address.startswith(prefix)]
    mine = [entry for entry in entries if entry.stack == stack.name]
    counts = counts_of(changes, mine)
    outputs = () if stack.removed or plan.destroy else output_leaves(stack)
    state = "removed" if stack.removed else "blocked" if counts.blocked else "observed" if stack.observe_only else "ready"
    if not mine and not outputs and not stack.removed:
        state = "unchanged"
    return StackReview(name=stack.name, state=state, counts=counts, outputs=outputs, removed=stack.removed)


def output_leaves(stack: StackPlan) -> tuple[Leaf, ...]:
    found = []
    for name in sorted({*stack.outputs, *stack.recorded_outputs}):
        recorded = stack.recorded_outputs.get(name)
        after = stack.outputs.get(name)
        if recorded != after:
            found.append(_output(name, recorded, after))
    return tuple(found)


def _output(name: str, before: Value, after: Value) -> Leaf:
    if after is None:
        return Leaf(mark="-", path=name, before=shown(before))
    new = LATER if isinstance(after, Unknown) else shown(after)
    if is_hidden(after) and before is not None:
        new = "(sensitive, changes)"
    return Leaf(mark="+" if before is None else "!", path=name, before="" if before is None else shown(before), after=new)


def _unresolved(item: object, now: float) -> str:
    from engine.plan import Unresolved

    assert isinstance(item, Unresolved)
    text = f"{item.address}: {clean(item.request)} was sent {ago(now - item.since)}, and nobody knows what came of it"
    return f"{text} (class {item.recovery}; {item.settle} settles it)"


def _unknowns(value: Value | dict[str, Value]) -> int:
    if isinstance(value, Unknown):
        return 1
    if isinstance(value, dict):
        return sum(_unknowns(item) for item in value.values())
    return sum(_unknowns(item) for item in value) if isinstance(value, list) else 0


def order(changes: Iterable[Change]) -> tuple[str, ...]:
    """The addresses that act, in waves: those of one wave wait only for earlier ones."""
    acting = {change.address: change for change in changes if change.acts}
    needs = {address: {need for need in change.needs if need in acting} for address, change in acting.items()}
    waves: dict[int, list[str]] = {}
    for address, depth in depths(needs).items():
        waves.setdefault(depth, []).append(address)
    return tuple(", ".join(sorted(waves[depth])) for depth in sorted(waves))


def depths(needs: Mapping[str, set[str]]) -> dict[str, int]:
    """The longest way from the start to each; those in a circle are left out."""
    waiting = {address: len(found) for address, found in needs.items()}
    users: dict[str, list[str]] = {}
    for address, found in needs.items():
        for need in found:
            users.setdefault(need, []).append(address)
    depth = {address: 0 for address, count in waiting.items() if count == 0}
    free = list(depth)
    for address in free:
        for user in users.get(address, ()):
            waiting[user] -= 1
            if waiting[user] == 0:
                depth[user] = 1 + max(depth[need] for need in needs[user])
                free.append(user)
    return depth
