"""plumb resume"""

from __future__ import annotations

import click

from console.commands.common import Common, complete_stacks, options, storing
from console.project import refuse, who


@click.command("resume", help="The controller goes on with these stacks.")
@click.argument("stacks", nargs=-1, required=True, shell_complete=complete_stacks, metavar="STACK...")
@options()
def command(common: Common, stacks: tuple[str, ...]) -> int:
    from engine.stores.holder import this_process
    from gitops.suspension import resume

    with storing(common) as kept:
        for name in stacks:
            if name not in kept.loaded.stacks.known and name not in kept.store.stacks():
                raise refuse("P0553", f"there is no stack {name}")
        found = {name: resume(kept.store, this_process(who()), name) for name in stacks}
        kept.output.data([{"stack": name, "suspended": False, "was_suspended": was} for name, was in found.items()])
        if not common.as_json:
            lines = [f"{name} is resumed" if was else f"{name} was not suspended" for name, was in found.items()]
            kept.output.print("\n".join(lines))
    return 0
