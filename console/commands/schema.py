"""plumb schema"""

from __future__ import annotations

from pathlib import Path

import click

from console.commands.common import Common, options
from console.opening import KINDS, make_provider
from console.project import refuse
from providers.contract.diagnostic import Diagnostic
from providers.contract.provider import Reader


@click.command("schema", help="The JSON Schema with which an editor completes and checks stack files.")
@options()
@click.option("--into", type=click.Path(path_type=Path), metavar="FILE", help="Write it there: .plumb/schema.json")
def command(common: Common, into: Path | None) -> int:
    from stacks.schema import render_schema

    text = render_schema(readers())
    if into is None:
        common.output().print(text)
        return 0
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        into.write_text(text)
    except OSError as error:
        raise refuse("P0540", f"{into} cannot be written: {error.strerror}") from None
    common.output().note(f"written: {into}")
    return 0


def readers() -> dict[str, Reader]:
    return {kind: found for kind in KINDS if not isinstance(found := make_provider(kind), Diagnostic)}
