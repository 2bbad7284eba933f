"""How an apply ended: what was done, what was left and why, and the outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from console.render.plan_text import Paint, plain
from console.render.shown import clean, marks, masked, shown
from engine.applying.run import Report
from engine.plan import Plan

DONE = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "read": "read",
    "adopt": "adopted",
    "move": "moved",
    "retain": "kept alive",
    "grace": "in grace",
    "forget": "forgotten",
    "none": "recorded",
    "wait": "became ready",
}
HEADS = {
    "applied": ("Applied", "green"),
    "failed": ("Failed", "red"),
    "broken": ("Stopped: the journal could not be written", "red"),
    "stopped": ("Stopped, a person must decide", "yellow"),
    "interrupted": ("Interrupted, everything is journaled", "yellow"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """`unhealthy`: what `--wait` waited for in vain, with why."""

    plan: Plan
    report: Report
    unhealthy: Mapping[str, str] = field(default_factory=dict)


def report_text(ended: Ended, paint: Paint = plain) -> str:
    report = ended.report
    word, style = HEADS[report.result]
    head = "Destroyed" if report.result == "applied" and ended.plan.destroy else word
    lines = [paint(f"{head}: {counts(ended)}.", style, "bold")]
    lines.extend(f"  {address}: {reason}" for address, reason in failures(report))
    lines.extend(f"  {address}: {text}" for address, text in skipped(ended))
    lines.extend(f"  {address}: left for the next run" for address in sorted(set(report.left)))
    if report.left or report.result == "failed":
        lines.append("Run the same command again to go on.")
    lines.extend(f"  {address}: not healthy: {clean(why)}" for address, why in sorted(ended.unhealthy.items()))
    outputs = [(f"{stack}.{name}", value) for stack, found in report.outputs.items() for name, value in found.items()]
    if outputs:
        width = max(len(name) for name, _ in outputs)
        lines += ["", paint("Outputs:", "bold"), *(f"  {name:<{width}}  {shown(value)}" for name, value in outputs)]
    return "\n".join(lines) + "\n"


def counts(ended: Ended) -> str:
    """ "2 created, 1 failed"."""
    report = ended.report
    parts = [f"{count} {DONE.get(kind, kind)}" for kind, count in sorted(report.counts.items())]
    failed = len(failures(report))
    not_reached = len(skipped(ended))
    if failed:
        parts.append(f"{failed} {'stopped' if report.result == 'stopped' else 'failed'}")
    if not_reached:
        parts.append(f"{not_reached} not reached")
    if report.left:
        parts.append(f"{len(set(report.left))} left")
    return ", ".join(parts) or "only outputs changed"


def failures(report: Report) -> list[tuple[str, str]]:
    found = []
    for key, end in sorted(report.ends.items()):
        if end.result not in ("done", "left"):
            reason = end.diagnostic.summary if end.diagnostic is not None else end.result
            found.append((address_of(key), clean(reason)))
    return found


def skipped(ended: Ended) -> list[tuple[str, str]]:
    """What was not reached, with why; what failed itself is not among it."""
    reasons = {change.address: change.reason.text for change in ended.plan.blocked}
    failed = {address for address, _ in failures(ended.report)}
    found = {address_of(key): cause for key, cause in sorted(ended.report.skipped.items())}
    return [
        (address, f"blocked: {clean(reasons.get(address, ''))}" if address == cause else f"not reached, it waits for {cause}")
        for address, cause in found.items()
        if address not in failed
    ]


def address_of(key: str) -> str:
    """From the key of a piece of work: "-shop.queue#2" is a deletion at shop.queue."""
    if not key.startswith("-"):
        return key
    base, hash, generation = key[1:].rpartition("#")
    return base if hash and generation.isdigit() else key[1:]


def report_json(ended: Ended) -> Iterator[dict[str, Any]]:
    """The lines after the live ones: diagnostics, the summary, outputs; Terraform's names where the meaning is the same."""
    from stacks.formats import to_plain

    report = ended.report
    for item in report.diagnostics:
        yield {"type": "diagnostic", "message": item.summary, "diagnostic": to_plain(item)}
    changes = {
        "add": report.counts.get("create", 0),
        "change": report.counts.get("update", 0),
        "remove": report.counts.get("delete", 0),
        "import": report.counts.get("adopt", 0),
        "operation": "destroy" if ended.plan.destroy else "apply",
    }
    yield {
        "type": "change_summary",
        "message": f"{HEADS[report.result][0]}: {counts(ended)}.",
        "changes": changes,
        "result": report.result,
        "counts": report.counts,
        "skipped": report.skipped,
        "left": sorted(set(report.left)),
        "unhealthy": dict(ended.unhealthy),
    }
    outputs = {f"{stack}.{name}": value for stack, found in report.outputs.items() for name, value in found.items()}
    yield {
        "type": "outputs",
        "message": f"Outputs: {len(outputs)}",
        "outputs": {
            name: {"sensitive": bool(marks(value, "secret")), "value": masked(value)} for name, value in outputs.items()
        },
    }
