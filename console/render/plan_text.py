"""A plan for a terminal."""

from __future__ import annotations

from console.commands.common import Work
from engine.plan import Plan


def plan_text(plan: Plan, work: Work) -> str:
    lines = [f"  {change.act.value} {change.address}" for change in plan.changes if change.acts]
    return "\n".join(lines) or "nothing to do"
