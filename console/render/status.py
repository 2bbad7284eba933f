"""`plumb status` for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from console.render.build import ago, span
from console.render.shown import clean
from console.render.table import table

if TYPE_CHECKING:
    from gitops.status import ControllerStatus, StackStatus

TITLES = ["NAME", "REVISION", "READY", "HEALTH", "DRIFT", "SUSPENDED", "NEXT-CHECK", "MESSAGE"]
WIDE = [
    "NAME",
    "REVISION",
    "READY",
    "HEALTH",
    "DRIFT",
    "SUSPENDED",
    "NEXT-CHECK",
    "RESOURCES",
    "UNRESOLVED",
    "LAST-RUN",
    "MESSAGE",
]


def status_text(
    controller: ControllerStatus, rows: Sequence[StackStatus], details: Sequence[str], *, wide: bool, now: float
) -> str:
    lines = [_controller(controller, now)]
    if rows:
        lines.append(table(WIDE if wide else TITLES, [_row(row, wide=wide, now=now) for row in rows]).rstrip("\n"))
    else:
        lines.append("no stacks")
    lines.extend(details)
    return "\n".join(lines) + "\n"


def _controller(controller: ControllerStatus, now: float) -> str:
    facts, holder = controller.facts, controller.holder
    if holder is None:
        if facts is None:
            return "controller: none runs"
        return f"controller: none runs; {facts.who}@{facts.host} did, last seen {ago(now - facts.beat)}"
    text = f"controller: {holder.who}@{holder.host} (process {holder.process})"
    if facts is not None:
        text += f" follows {facts.branch} of {clean(facts.repository)}"
        text += f", fetched {ago(now - facts.fetched_at)}" if facts.fetched_at else ""
        text += f"; {clean(facts.error)}" if facts.error else ""
    return text


def _row(row: StackStatus, *, wide: bool, now: float) -> list[str]:
    cells = [
        row.name,
        revision(row),
        "True" if row.ready else "False",
        row.health,
        str(row.drift) if row.drift else "-",
        _suspended(row, now),
        f"in {span(row.next_check - now)}" if row.next_check > now else "now" if row.next_check else "-",
    ]
    if wide:
        last = f"{row.last_result or 'cut off, or under way'} {ago(now - row.last_run_at)}" if row.last_run_at else "never"
        cells += [str(row.resources), str(row.unresolved) if row.unresolved else "-", last]
    return [*cells, message(row)]


def revision(row: StackStatus) -> str:
    """What is applied, and the head where that is another."""
    applied = row.applied[:7] or "-"
    return applied if not row.head or row.head == row.applied else f"{applied} -> {row.head[:7]}"


def _suspended(row: StackStatus, now: float) -> str:
    if not row.suspended:
        return "-"
    return f"for {span(row.suspended_until - now)}" if row.suspended_until else "yes"


def message(row: StackStatus) -> str:
    """The worst first: an error, what is held, what is unhealthy, who works on it."""
    parts = []
    if row.last_error:
        parts.append(row.last_error)
    parts.extend(f"{hold.address}: {hold.reason}" for hold in row.held[:2])
    if len(row.held) > 2:
        parts.append(f"{len(row.held) - 2} more held back")
    if row.health_reason and row.health != "healthy":
        parts.append(row.health_reason)
    if row.unresolved:
        parts.append(f"{row.unresolved} unresolved")
    if row.busy:
        parts.append(f"{row.busy[0]} works on it")
    if row.suspended and row.suspended_reason:
        parts.append(f"suspended: {row.suspended_reason}")
    if row.message and row.message not in parts:
        parts.append(row.message)
    return clean("; ".join(parts)) or "-"
