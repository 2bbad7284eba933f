"""Recover, plan, ask, apply: what `apply` and `destroy` do."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from console.commands.common import Common, Work, working
from console.planning import Asked, plan_with, removed_stacks
from console.project import Refused, refuse, run_id, who
from console.render.plan_text import plan_text
from console.render.progress import Progress
from console.render.report_text import report_text
from engine.applying.run import Report, needs_apply
from engine.planning.run import PlanRun
from engine.session import Stale, apply_plan, has_open, question, recover

STATUS = {"applied": 0, "failed": 1, "broken": 1, "stopped": 3, "interrupted": 130}


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """`digest` approves one plan and nothing else."""

    yes: bool = False
    digest: str | None = None


def apply_all(
    common: Common, stacks: Sequence[str], asked: Asked, consent: Consent, *, wait: bool = False, timeout: float = 1800.0
) -> int:
    """The exit status. A plan that has changed between the question and the apply is not applied: 3."""
    progress = Progress(common.output())
    with working(common, stacks, listener=progress) as work:
        settle_open(work, partial=bool(stacks))
        planned = plan_with(work, asked, partial=bool(stacks))
        plan = planned.plan
        assert plan is not None
        if any(item.is_error for item in plan.diagnostics):
            raise Refused(plan.diagnostics)
        if not common.quiet and not common.as_json:
            work.output.print(plan_text(plan, work))
        if not needs_apply(plan):
            return 3 if plan.blocked else 0
        if not agreed(work, planned, consent):
            return 1
        report = carry_out(work, planned, asked, partial=bool(stacks), wait=wait, timeout=timeout, progress=progress)
        return finish(work, planned, report)


def settle_open(work: Work, *, partial: bool) -> None:
    """What earlier runs left open is settled before anything is planned."""
    asked = question(work.session, work.loaded.stacks, removed=() if partial else removed_stacks(work))
    if has_open(asked):
        work.output.note("an earlier run was cut off: finding out what came of it")
        recover(work.session, asked)


def agreed(work: Work, planned: PlanRun, consent: Consent) -> bool:
    """True where a person, or a digest, says yes."""
    plan = planned.plan
    assert plan is not None
    if consent.digest is not None:
        if consent.digest != plan.digest:
            raise refuse(
                "P0530",
                f"the plan is {plan.digest[:8]} now, and {consent.digest[:8]} was approved",
                "look at the plan again and approve its whole digest",
                status=3,
            )
        return True
    if consent.yes:
        return True
    if not sys.stdin.isatty():
        raise refuse(
            "P0531", "nobody is there to ask", f"give --yes, or --approve {plan.digest}"
        )
    sys.stderr.write("Apply this? Only 'yes' is a yes: ")
    sys.stderr.flush()
    return sys.stdin.readline().strip() == "yes"


def carry_out(
    work: Work,
    planned: PlanRun,
    asked: Asked,
    *,
    partial: bool,
    wait: bool,
    timeout: float,
    progress: Progress,
) -> Report:
    plan = planned.plan
    assert plan is not None
    command = "destroy" if asked.destroy else "apply"
    for _ in range(3):
        try:
            with progress:
                return apply_plan(
                    work.session, planned, run=run_id(), who=who(), command=command, wait=wait, timeout=timeout
                )
        except Stale:
            again = plan_with(work, asked, partial=partial)
            assert again.plan is not None
            if again.plan.digest != plan.digest:
                raise
            planned = again
    raise Stale(plan.stacks[0].name)


def finish(work: Work, planned: PlanRun, report: Report) -> int:
    work.output.diagnostics(report.diagnostics)
    plan = planned.plan
    assert plan is not None
    if not work.output.as_json:
        work.output.print(report_text(plan, report))
    status = STATUS[report.result]
    return 3 if status == 0 and plan.blocked else status
