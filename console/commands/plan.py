"""plumb plan"""

from __future__ import annotations

from pathlib import Path

import click

from console.commands.common import SELECTION, VARIABLES, Common, Work, complete_stacks, options, working
from console.planning import Asked, checked_plan, plan_with, reviewed
from console.project import refuse
from console.render.review import Review, Since
from engine.planning.run import PlanRun


@click.command("plan", help="Show what an apply would do. STACK: only these; without any, all of the repository.")
@click.argument("stacks", nargs=-1, shell_complete=complete_stacks, metavar="[STACK]...")
@options(SELECTION, VARIABLES)
@click.option("--format", "form", type=click.Choice(["text", "markdown", "json"]), default="text", help="Default: text.")
@click.option("--budget", type=click.IntRange(min=1500), metavar="N", help="Characters that --format markdown may take.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Save the plan, for apply.")
@click.option("--since", type=click.Path(path_type=Path), metavar="PLAN", help="Say what is new against a saved plan.")
@click.option("--replace", multiple=True, metavar="ADDRESS", help="Replace it though nothing forces that.")
@click.option("--destroy", is_flag=True, help="Plan the deletion of everything.")
@click.option("--refresh-only", is_flag=True, help="Only compare what is recorded with what is live.")
@click.option("--refresh/--no-refresh", default=True, hidden=True)
@click.option("--detailed-exitcode", is_flag=True, help="2 where there are changes.")
@click.option("--expect-no-changes", is_flag=True, help="1 where there are changes.")
def command(
    common: Common,
    stacks: tuple[str, ...],
    targets: tuple[str, ...],
    excludes: tuple[str, ...],
    form: str,
    budget: int | None,
    out: Path | None,
    since: Path | None,
    replace: tuple[str, ...],
    destroy: bool,
    refresh_only: bool,
    refresh: bool,
    detailed_exitcode: bool,
    expect_no_changes: bool,
) -> int:
    asked = Asked(targets=targets, excludes=excludes, replace=replace, destroy=destroy, refresh_only=refresh_only)
    with working(common, stacks) as work:
        if not refresh:
            work.output.note("-refresh=false changes nothing: what a plan is made of is always read, in batches")
        planned = plan_with(work, asked, partial=bool(stacks))
        plan = checked_plan(planned)
        review = reviewed(work, planned, _since(since, planned))
        if out is not None:
            _save(work, out, planned, review, asked, stacks)
        _show(work, planned, review, "json" if common.as_json else form, budget)
        changed = plan.has_changes
    if expect_no_changes and changed:
        return 1
    return 2 if detailed_exitcode and changed else 0


def _since(path: Path | None, planned: PlanRun) -> Since | None:
    if path is None:
        return None
    from console.saved import load_saved, since

    return since(load_saved(path), planned)


def _save(work: Work, out: Path, planned: PlanRun, review: Review, asked: Asked, stacks: tuple[str, ...]) -> None:
    from console.saved import save

    if out.is_dir():
        raise refuse("P0540", f"{out} is a folder", "--out takes the name of a file")
    save(out, planned, review, asked, stacks)
    work.output.note(f"saved: {out}; apply just this with: plumb apply {out}")


def _show(work: Work, planned: PlanRun, review: Review, form: str, budget: int | None) -> None:
    output = work.output
    if output.json_into is not None or form == "json":
        from console.saved import document_of

        output.data(document_of(planned, review), printed=form == "json")
    if form == "markdown":
        from console.render.plan_markdown import BUDGET, plan_markdown

        output.print(plan_markdown(review, budget or BUDGET))
    elif form == "text":
        from console.render.plan_text import plan_text

        output.print(plan_text(review, output.paint, concise=output.concise))
