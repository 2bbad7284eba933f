"""plumb suspend"""

from __future__ import annotations

import click

from console.commands.common import Common, complete_stacks, options, storing
from console.durations import seconds
from console.project import refuse, who


@click.command("suspend", help="The controller leaves these stacks alone: it goes on planning them, and applies nothing.")
@click.argument("stacks", nargs=-1, required=True, shell_complete=complete_stacks, metavar="STACK...")
@options()
@click.option("--until", metavar="TIME", help="How long: 30m, 2h, 3d. Without it until `plumb resume`.")
@click.option("--reason", default="", metavar="TEXT", help="Why, for whoever asks.")
def command(common: Common, stacks: tuple[str, ...], until: str | None, reason: str) -> int:
    from console.runs import stamp
    from engine.stores.holder import this_process
    from gitops.suspension import suspend

    length = seconds(until, "--until") if until else 0.0
    with storing(common) as kept:
        for name in stacks:
            if name not in kept.loaded.stacks.known and name not in kept.store.stacks():
                raise refuse("P0553", f"there is no stack {name}")
        end = kept.store.now() + length if length else 0.0
        for name in stacks:
            suspend(kept.store, this_process(who()), name, until=end, reason=reason)
        kept.output.data([{"stack": name, "suspended": True, "until": end or None, "reason": reason} for name in stacks])
        if not common.as_json:
            when = f"until {stamp(end)}" if end else "until it is resumed"
            kept.output.print("\n".join(f"{name} is suspended {when}" for name in stacks))
    return 0
