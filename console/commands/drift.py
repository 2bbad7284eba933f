"""plumb drift"""

from __future__ import annotations

import click

from console.commands.common import SELECTION, VARIABLES, Common, complete_stacks, options, working
from console.planning import Asked, checked_plan, plan_with, reviewed


@click.command("drift", help="Show what has changed behind Plumb's back, the dangerous first; changes nothing.")
@click.argument("stacks", nargs=-1, shell_complete=complete_stacks, metavar="[STACK]...")
@options(SELECTION, VARIABLES)
@click.option("--detailed-exitcode", is_flag=True, help="2 where something has drifted.")
def command(
    common: Common,
    stacks: tuple[str, ...],
    targets: tuple[str, ...],
    excludes: tuple[str, ...],
    detailed_exitcode: bool,
) -> int:
    with working(common, stacks) as work:
        asked = Asked(targets=targets, excludes=excludes, refresh_only=True)
        planned = plan_with(work, asked, partial=bool(stacks))
        plan = checked_plan(planned)
        review = reviewed(work, planned)
        if common.as_json or common.json_into is not None:
            from console.render.plan_json import drift_json

            work.output.data(drift_json(plan, review))
        if not common.as_json:
            from console.render.drift import drift_text

            work.output.print(drift_text(review, work.output.paint))
    return 2 if detailed_exitcode and review.drift else 0
