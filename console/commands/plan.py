"""plumb plan"""

from __future__ import annotations

from pathlib import Path

import click

from console.commands.common import SELECTION, VARIABLES, Common, options, working
from console.planning import Asked, plan_with
from console.render.plan_text import plan_text


@click.command("plan", help="Show what an apply would do. STACK: only these; without any, all of the repository.")
@click.argument("stacks", nargs=-1, metavar="[STACK]...")
@options(SELECTION, VARIABLES)
@click.option("--format", "form", type=click.Choice(["text", "markdown", "json"]), default="text")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Save the plan, for apply.")
@click.option("--replace", multiple=True, metavar="ADDRESS", help="Replace it though nothing forces that.")
@click.option("--destroy", is_flag=True, help="Plan the deletion of everything.")
@click.option("--refresh-only", is_flag=True, help="Only compare what is recorded with what is live.")
@click.option("--detailed-exitcode", is_flag=True, help="2 where there are changes.")
@click.option("--expect-no-changes", is_flag=True, help="1 where there are changes.")
def command(
    common: Common,
    stacks: tuple[str, ...],
    targets: tuple[str, ...],
    excludes: tuple[str, ...],
    form: str,
    out: Path | None,
    replace: tuple[str, ...],
    destroy: bool,
    refresh_only: bool,
    detailed_exitcode: bool,
    expect_no_changes: bool,
) -> int:
    asked = Asked(targets=targets, excludes=excludes, replace=replace, destroy=destroy, refresh_only=refresh_only)
    with working(common, stacks) as work:
        planned = plan_with(work, asked, partial=bool(stacks))
        plan = planned.plan
        assert plan is not None
        errors = [item for item in plan.diagnostics if item.is_error]
        if errors:
            work.output.diagnostics(plan.diagnostics)
            return 1
        work.output.print(plan_text(plan, work))
        changed = plan.has_changes
    if expect_no_changes and changed:
        return 1
    return 2 if detailed_exitcode and changed else 0
