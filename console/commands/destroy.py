"""plumb destroy"""

from __future__ import annotations

import click

from console.applying import Consent, apply_all
from console.commands.common import SELECTION, VARIABLES, Common, complete_stacks, options
from console.planning import Asked


@click.command("destroy", help="Delete everything of a stack, from what is recorded alone.")
@click.argument("stacks", nargs=-1, shell_complete=complete_stacks, metavar="[STACK]...")
@options(SELECTION, VARIABLES)
@click.option("-y", "--yes", is_flag=True, help="Do not ask, unless something protected or holding data would go.")
@click.option("--approve", metavar="DIGEST", help="Destroy only what has this digest; asks nothing.")
@click.option("--lift", multiple=True, metavar="ADDRESS", help="Delete this although it is protected.")
def command(
    common: Common,
    stacks: tuple[str, ...],
    targets: tuple[str, ...],
    excludes: tuple[str, ...],
    yes: bool,
    approve: str | None,
    lift: tuple[str, ...],
) -> int:
    asked = Asked(targets=targets, excludes=excludes, destroy=True, lifted=frozenset(lift))
    return apply_all(common, stacks, asked, Consent(yes=yes, digest=approve, named=True))
