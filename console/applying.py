"""Recover, plan, ask, apply: what `apply` and `destroy` do."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from console.commands.common import Common, Work, working
from console.planning import Asked, checked_plan, plan_with, removed_stacks, reviewed
from console.project import refuse, run_id, who
from console.render.plan_text import plan_text
from console.render.progress import Progress
from console.render.report import Ended, report_json, report_text
from console.saved import SavedPlan, load_saved
from engine.applying.run import Report, needs_apply
from engine.plan import Act, Plan
from engine.planning.run import PlanRun
from engine.session import Stale, apply_plan, has_open, question, recover, same_changes

STATUS = {"applied": 0, "failed": 1, "broken": 1, "stopped": 3, "interrupted": 130}


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """`digest` approves one plan and nothing else. `named`: what stands to be lost is typed by name, `yes` or not."""

    yes: bool = False
    digest: str | None = None
    named: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One apply as it was asked for. `saved`: only what this plan has, as it has it."""

    common: Common
    stacks: tuple[str, ...]
    asked: Asked
    consent: Consent
    wait: bool = False
    timeout: float = 1800.0
    saved: SavedPlan | None = None
    progress: Progress = field(default_factory=Progress)

    @property
    def partial(self) -> bool:
        return bool(self.stacks)

    @property
    def command(self) -> str:
        return "destroy" if self.asked.destroy else "apply"


def apply_all(
    common: Common, stacks: Sequence[str], asked: Asked, consent: Consent, *, wait: bool = False, timeout: float = 1800.0
) -> int:
    """The exit status. A plan that has changed between the question and the apply is not applied: 3."""
    job = Job(common=common, stacks=tuple(stacks), asked=asked, consent=consent, wait=wait, timeout=timeout)
    found = saved_plan(stacks)
    return run(with_saved(job, found, asked) if found is not None else job)


def saved_plan(arguments: Sequence[str]) -> SavedPlan | None:
    """The plan file among the arguments: what no stack can be called."""
    files = [word for word in arguments if "." in word or "/" in word or Path(word).is_file()]
    if not files:
        return None
    if len(arguments) > 1:
        raise refuse("P0542", "a saved plan is applied alone", f"plumb apply {files[0]}")
    return load_saved(Path(files[0]))


def with_saved(job: Job, saved: SavedPlan, asked: Asked) -> Job:
    """The job as the saved plan says it: its environment, its commit, its selection."""
    if asked != Asked():
        raise refuse("P0542", "a saved plan holds its own selection", "give the options to plumb plan --out")
    wanted = job.common.environment
    if wanted is not None and wanted != saved.environment:
        raise refuse("P0542", f"the plan is of environment {saved.environment}, not of {wanted}")
    if job.common.at is not None:
        raise refuse("P0542", "a saved plan names its own commit", "leave --at away")
    common = replace(job.common, environment=saved.environment, at=None if saved.uncommitted else saved.commit or None)
    consent = replace(job.consent, yes=job.consent.digest is None)
    return replace(job, common=common, stacks=saved.stacks, asked=saved.asked, saved=saved, consent=consent)


def run(job: Job) -> int:
    progress = Progress(job.common.output())
    job = replace(job, progress=progress)
    with working(job.common, job.stacks, listener=progress) as work:
        if job.saved is not None:
            check_saved(work, job.saved)
        settle_open(work, job)
        planned = plan_with(work, job.asked, partial=job.partial)
        plan = checked_plan(planned)
        show(work, planned)
        if not needs_apply(plan):
            return nothing(work, plan)
        allowed = allowed_by(job.saved, planned)
        if not agreed(work, plan, job.consent):
            work.output.note("nothing was applied")
            return 1
        hold_controller(work, plan, job)
        report = carry_out(work, planned, job, allowed)
        return finish(work, plan, report, job)


def check_saved(work: Work, saved: SavedPlan) -> None:
    """Raises Refused where the plan was made of something else than what is here."""
    origin = work.loaded.stacks.origin
    if origin.repository != saved.repository:
        raise refuse("P0543", f"{saved.path} is a plan of the repository {saved.repository}", status=3)
    if saved.uncommitted and origin.digest != saved.tree_digest:
        raise refuse("P0543", f"the files have changed since {saved.path} was made", "plan again, and look at it", status=3)


def settle_open(work: Work, job: Job) -> None:
    """What earlier runs left open is settled before anything is planned."""
    asked = question(work.session, work.loaded.stacks, removed=() if job.partial else removed_stacks(work))
    if has_open(asked):
        work.output.note("an earlier run was cut off: finding out what came of it")
        with job.progress:
            recover(work.session, asked)


def show(work: Work, planned: PlanRun) -> None:
    output = work.output
    if output.as_json:
        from console.saved import document_of

        output.line({**output.envelope("plan", "the plan"), "plan": document_of(planned, reviewed(work, planned))})
    elif not output.quiet:
        output.print(plan_text(reviewed(work, planned), output.paint, concise=output.concise))


def nothing(work: Work, plan: Plan) -> int:
    """Nothing to apply; what is blocked still asks for a person."""
    if plan.blocked:
        work.output.diagnostics(item for change in plan.blocked for item in change.diagnostics)
    return 3 if plan.blocked else 0


def allowed_by(saved: SavedPlan | None, planned: PlanRun) -> frozenset[str] | None:
    """The addresses that are still what was reviewed; None: all. Raises Refused where none is."""
    if saved is None:
        return None
    plan = planned.plan
    assert plan is not None
    allowed = same_changes(saved.digests, planned)
    acting = [change.address for change in plan.changes if change.acts]
    if acting and not allowed:
        raise refuse("P0544", f"nothing of {saved.path} is still as it was reviewed", "plan again, and look at it", status=3)
    return allowed


def agreed(work: Work, plan: Plan, consent: Consent) -> bool:
    """True where a person, or a digest, says yes."""
    if consent.digest is not None:
        if consent.digest != plan.digest:
            raise refuse(
                "P0530",
                f"the plan is {plan.digest[:8]} now, and {consent.digest[:8]} was approved",
                "look at the plan again and approve its whole digest",
                status=3,
            )
        return True
    word = lost_name(plan) if consent.named else ""
    if consent.yes and not word:
        return True
    if not sys.stdin.isatty():
        raise refuse("P0531", "nobody is there to ask", f"give {'' if word else '--yes, or '}--approve {plan.digest}")
    return (
        answer(f"Type {word} to destroy what is protected or holds data: ", word)
        if word
        else answer("Apply this? Only 'yes' is a yes: ", "yes")
    )


def answer(text: str, wanted: str) -> bool:
    """Ctrl-C is an answer too: it ends the command at once, nothing being in flight."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
        return sys.stdin.readline().strip() == wanted
    finally:
        signal.signal(signal.SIGINT, before)


def lost_name(plan: Plan) -> str:
    """The stack whose name has to be typed, because something protected or holding data would go; "" where none would."""
    for change in plan.changes:
        recorded = change.recorded
        if change.act is Act.DELETE and recorded is not None and (recorded.holds_data or recorded.keep.protect):
            return change.address.partition(".")[0]
    return ""


def hold_controller(work: Work, plan: Plan, job: Job) -> None:
    """Another commit than the followed one is applied by hand: the controller would undo it at its next look."""
    if job.common.at is None:
        return
    from gitops.suspension import hold

    touched = sorted({change.address.partition(".")[0] for change in plan.changes if change.acts})
    for name in hold(work.store, work.session.holder, touched, f"{job.command} --at {job.common.at}"):
        work.output.note(f"{name} is suspended, so that the controller does not undo this; plumb resume {name}")


def carry_out(work: Work, planned: PlanRun, job: Job, allowed: frozenset[str] | None) -> Report:
    """Applies. A journal that moved meanwhile is no harm where the plan stays the same."""
    plan = planned.plan
    assert plan is not None
    for _ in range(3):
        try:
            with job.progress:
                return apply_plan(work.session, planned, run=run_id(), who=who(), command=job.command, allowed=allowed)
        except Stale:
            planned = plan_with(work, job.asked, partial=job.partial)
            assert planned.plan is not None
            if planned.plan.digest != plan.digest:
                raise
    raise Stale(plan.stacks[0].name)


def finish(work: Work, plan: Plan, report: Report, job: Job) -> int:
    status = STATUS[report.result]
    if status == 0 and plan.blocked:
        status = 3
    unhealthy: dict[str, str] = {}
    if job.wait and report.result in ("applied", "stopped") and not plan.destroy:
        unhealthy = await_health(work, plan, job)
    ended = Ended(plan=plan, report=report, unhealthy=unhealthy)
    if work.output.as_json:
        for line in report_json(ended):
            work.output.line({**work.output.envelope(line["type"], line.pop("message")), **line})
    else:
        work.output.diagnostics(report.diagnostics)
        work.output.print(report_text(ended, work.output.paint))
    return 3 if status == 0 and unhealthy else status


def await_health(work: Work, plan: Plan, job: Job) -> dict[str, str]:
    """What is not healthy when the time is over, or will not become so by waiting, with why."""
    from engine.session import wait_healthy

    changed = frozenset(change.address for change in plan.changes if change.acts)
    work.output.note("waiting until what was changed is healthy")
    planned = plan_with(work, Asked(), partial=job.partial)
    with job.progress:
        return wait_healthy(work.session, planned, changed, job.timeout)
