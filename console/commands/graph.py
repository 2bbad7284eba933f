"""plumb graph"""

from __future__ import annotations

import click

from console.commands.common import VARIABLES, Common, complete_stacks, options
from console.project import checked, open_project


@click.command("graph", help="Who waits for whom, as declared: an arrow goes from what waits to what it waits for.")
@click.argument("stacks", nargs=-1, shell_complete=complete_stacks, metavar="[STACK]...")
@options(VARIABLES)
@click.option("--format", "form", type=click.Choice(["text", "dot", "mermaid", "json"]), default="text")
def command(common: Common, stacks: tuple[str, ...], form: str) -> int:
    from console.render.graph import drawn, graph_json, picture_of
    from engine.link import link

    loaded = checked(open_project(common.choice(), stacks, check_only=True))
    picture = picture_of(link(loaded.stacks), loaded.stacks)
    output = common.output()
    if common.as_json or form == "json" or common.json_into is not None:
        output.data(graph_json(picture), printed=common.as_json or form == "json")
    if not common.as_json and form != "json":
        output.print(drawn(picture, form))
    return 0
