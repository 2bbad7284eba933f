"""How an apply ended, for a terminal."""

from __future__ import annotations

from engine.applying.run import Report
from engine.plan import Plan


def report_text(plan: Plan, report: Report) -> str:
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(report.counts.items()))
    return f"{report.result}: {counts or 'nothing'}"
