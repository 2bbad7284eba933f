"""One resource: desired, recorded and live side by side, and what was done to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from console.render.entries import entry_of
from console.render.plan_text import Paint, plain
from console.render.shown import clean, leaves, masked, place, shown
from console.render.table import table
from console.runs import Operation, Run, stamp
from console.seeing import Seen
from engine.encoding import from_plain
from engine.plan import Act
from providers.contract.values import Value

WIDEST = 44
"""Characters of one cell; longer ones are shown by their beginning, the whole with --json."""
NOTHING = "-"


def resource_text(seen: Seen, history: Sequence[tuple[Run, Operation]], paint: Paint = plain, *, diff: bool = False) -> str:
    change, record = seen.change, seen.record
    entry = entry_of(change)
    what = "as it should be" if change.act is Act.NONE and not change.acts else entry.label
    health = (
        f"{seen.health.state}{': ' + clean(seen.health.reason) if seen.health.reason else ''}" if seen.health else "not there"
    )
    lines = [paint(f"{change.address}  {change.type}", "bold"), f"  plan        {what}{', ' + entry.why if entry.why else ''}"]
    lines.append(f"  health      {health}")
    lines.append(f"  declared    {entry.where or 'no longer'}")
    if record is not None:
        lines.append(f"  recorded    {record.role.value}, generation {record.generation}, commit {record.commit[:7] or 'none'}")
        lines.append(f"  identity    {record.identity or NOTHING}")
    lines.append(f"  provider    {' '.join([change.pin.kind, *change.pin.identity.values()])}")
    if change.needs:
        lines.append(f"  needs       {', '.join(change.needs)}")
    rows = compared(seen, diff=diff)
    if rows:
        lines += ["", table(["", "DESIRED", "RECORDED", "LIVE"], rows).rstrip("\n")]
    mine = [(run, item) for run, item in history if item.address == change.address]
    if mine:
        lines += ["", paint("History", "bold")]
        lines.extend(
            f"  {stamp(item.time)}  {run.commit[:7] or 'uncommitted':<11}  {run.who}  {item.action}  {clean(item.outcome)}"
            for run, item in reversed(mine[-10:])
        )
    return "\n".join(lines) + "\n"


def compared(seen: Seen, *, diff: bool) -> list[list[str]]:
    """One row per leaf that any side has; with `diff` only where sides that have it differ."""
    desired, recorded, live = map(_leaves, sides(seen))
    rows = []
    for path in dict.fromkeys([*desired, *recorded, *live]):
        cells = [found.get(path, NOTHING) for found in (desired, recorded, live)]
        if not diff or len({cell for cell in cells if cell != NOTHING}) > 1:
            rows.append([path, *map(_cell, cells)])
    return rows


def sides(seen: Seen) -> tuple[Value, Value, Value]:
    """Recorded: the object as it was when it became ready, with the inputs that no cloud shows."""
    record = seen.record
    recorded: Value = None
    if record is not None:
        values, inputs = from_plain(record.values), from_plain(record.inputs)
        recorded = {**inputs, **values} if isinstance(values, dict) and isinstance(inputs, dict) else values
    return seen.change.desired, recorded, seen.change.live.values if seen.change.live is not None else None


def _leaves(value: Value) -> dict[str, str]:
    return {place(path): shown(leaf) for path, leaf in leaves(value) if path}


def _cell(text: str) -> str:
    return text if len(text) <= WIDEST else text[: WIDEST - 3] + "..."


def resource_json(seen: Seen, history: Sequence[tuple[Run, Operation]]) -> dict[str, Any]:
    change, record = seen.change, seen.record
    desired, _, live = sides(seen)
    return {
        "address": change.address,
        "type": change.type,
        "act": change.act.value,
        "reason": {"code": change.reason.code, "text": change.reason.text},
        "health": {"state": seen.health.state, "reason": seen.health.reason} if seen.health is not None else None,
        "declared": {"file": change.source.file, "line": change.source.line} if change.source is not None else None,
        "desired": masked(desired),
        "recorded": _record(record) if record is not None else None,
        "live": masked(live),
        "needs": list(change.needs),
        "digest": seen.digest or None,
        "history": [
            {"time": item.time, "commit": run.commit, "who": run.who, "action": item.action, "outcome": item.outcome}
            for run, item in history
            if item.address == change.address
        ],
    }


def _record(record: Any) -> dict[str, Any]:
    return {
        **msgspec.to_builtins(record),
        "inputs": masked(from_plain(record.inputs)),
        "values": masked(from_plain(record.values)),
    }
