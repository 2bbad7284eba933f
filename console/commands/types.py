"""plumb types"""

from __future__ import annotations

from typing import Any

import click

from console.commands.common import Common, options
from console.commands.schema import readers
from console.project import refuse
from console.render.table import table
from console.render.types import type_json, type_text
from providers.contract.diagnostic import Diagnostic
from providers.contract.provider import Reader
from providers.contract.schema import TypeSchema

CLASSES = {
    "A": "a client token: the same request again",
    "B": "a unique name: read by it",
    "N": "a natural key or an upsert: repeated",
    "C": "tags at creation: searched by them",
    "D": "none of these: stops and asks where it cannot be proven",
}


@click.command("types", help="The types that are served; TYPE: its attributes, what replaces, what is refused.")
@click.argument("type", required=False)
@options()
@click.option("--recovery", is_flag=True, help="How a request whose answer was lost is resolved, of each type.")
def command(common: Common, type: str | None, recovery: bool) -> int:
    output = common.output()
    if type is None:
        found = [(kind, reader, name) for kind, reader in readers().items() for name in reader.types()]
        rows = [_row(kind, reader, name, recovery) for kind, reader, name in found]
        titles = ["TYPE", "PROVIDER", *(["CLASS", "AN UNKNOWN OUTCOME"] if recovery else [])]
        output.data([dict(zip(["type", "provider", "class", "recovery"], row)) for row in rows])
        if not common.as_json:
            output.print(table(titles, rows))
        return 0
    schema = _schema(type)
    output.data(type_json(schema))
    if not common.as_json:
        output.print(type_text(schema, CLASSES[schema.recovery.value]))
    return 0


def _row(kind: str, reader: Reader, name: str, recovery: bool) -> list[Any]:
    if not recovery:
        return [name, kind]
    schema = reader.schema(name)
    letter = schema.recovery.value if isinstance(schema, TypeSchema) else "D"
    return [name, kind, letter, CLASSES[letter]]


def _schema(type: str) -> TypeSchema:
    """Raises Refused with what each provider that might serve it says."""
    problems: list[Diagnostic] = []
    for reader in readers().values():
        found = reader.schema(type)
        if isinstance(found, TypeSchema):
            return found
        problems.append(found)
    from difflib import get_close_matches

    every = [name for reader in readers().values() for name in reader.types()]
    near = get_close_matches(type, every, n=1)
    help = f'did you mean "{near[0]}"?' if near else "plumb types lists what is served"
    kind = "aws" if type.startswith("AWS::") else "memory" if type.startswith("Memory::") else "kubernetes"
    said = dict(zip(readers(), problems))[kind]
    raise refuse("P0552", said.summary, help if not said.notes else said.notes[0][1])
