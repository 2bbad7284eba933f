"""plumb show"""

from __future__ import annotations

from pathlib import Path

import click

from console.commands.common import VARIABLES, Common, address_of, options, working


@click.command("show", help="A saved plan; or of one resource what is desired, recorded and live, and its history.")
@click.argument("subject", metavar="PLAN | ADDRESS")
@options(VARIABLES)
@click.option("--diff", is_flag=True, help="Only the attributes in which desired, recorded and live differ.")
@click.option("--format", "form", type=click.Choice(["text", "markdown", "json"]), default="text", help="Of a saved plan.")
def command(common: Common, subject: str, diff: bool, form: str) -> int:
    if Path(subject).is_file():
        return _plan(common, Path(subject), "json" if common.as_json else form)
    if subject.endswith(".json") or "/" in subject.partition(".")[0]:
        from console.project import refuse

        raise refuse("P0541", f"there is no file {subject}", "plumb plan --out FILE writes one")
    address = str(address_of(subject))
    from console.render.resource import resource_json, resource_text
    from console.runs import at_address, runs_of
    from console.seeing import look

    with working(common, [address.partition(".")[0]]) as work:
        _, found = look(work, address)
        history = at_address(runs_of(work.store, address.partition(".")[0]), address)
        work.output.data([resource_json(item, history) for item in found])
        if not common.as_json:
            work.output.print("\n".join(resource_text(item, history, work.output.paint, diff=diff) for item in found))
    return 0


def _plan(common: Common, path: Path, form: str) -> int:
    from console.saved import load_saved

    saved = load_saved(path)
    output = common.output()
    document = {name: value for name, value in saved.document.items() if name != "review"}
    output.data(document, printed=form == "json")
    if form == "markdown":
        from console.render.plan_markdown import plan_markdown

        output.print(plan_markdown(saved.review))
    elif form == "text":
        from console.render.plan_text import plan_text

        output.print(plan_text(saved.review, output.paint, concise=common.concise))
    return 0
