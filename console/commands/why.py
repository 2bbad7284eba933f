"""plumb why"""

from __future__ import annotations

from typing import Any

import click

from console.commands.common import VARIABLES, Common, address_of, options, working
from console.project import refuse


@click.command("why", help="Why a resource is there, why it changes, what it needs and who needs it, each with its place.")
@click.argument("address")
@options(VARIABLES)
def command(common: Common, address: str) -> int:
    from console.causes import Asking
    from console.planning import Asked, plan_with
    from console.render.why import why_json, why_text
    from console.seeing import nearest
    from engine.address import covers

    wanted = str(address_of(address))
    with working(common) as work:
        planned = plan_with(work, Asked(), partial=True)
        plan = planned.plan
        assert plan is not None
        asking = Asking(plan=plan, graph=planned.graph, stacks=work.loaded.stacks)
        found = [change.address for change in plan.changes if covers(wanted, change.address)]
        if not found:
            raise refuse("P0560", f"there is nothing at {wanted}", nearest(plan, wanted))
        answers: list[Any] = [why_json(asking, item) for item in dict.fromkeys(found)]
        work.output.data(answers)
        if not common.as_json:
            work.output.print("\n".join(why_text(asking, item, work.output.paint) for item in dict.fromkeys(found)))
    return 0
