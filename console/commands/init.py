"""plumb init"""

from __future__ import annotations

import re
import uuid
from pathlib import Path

import click

from console.commands.common import Common, options
from console.project import PLUMB_FILE, refuse

MODELINE = "# yaml-language-server: $schema={}\n"


@click.command("init", help="Write the starter files: plumb.yaml, environments/dev.yaml, one stack, .gitignore.")
@click.argument("place", type=click.Path(path_type=Path), default=Path(), metavar="[DIR]")
@options()
@click.option("--example", is_flag=True, help="A stack with a queue, a table and a bucket, for the sandbox.")
def command(common: Common, place: Path, example: bool) -> int:
    root = (common.folder or Path()) / place
    if (root / PLUMB_FILE).exists():
        raise refuse("P0580", f"{root / PLUMB_FILE} exists already", "plumb validate checks it")
    name = _name(root.resolve().name)
    written = []
    for path, text in files(name, example=example).items():
        if not (root / path).exists():
            _write(root / path, text)
            written.append(path)
    _write_schema(root / ".plumb" / "schema.json")
    output = common.output()
    output.data({"folder": str(root), "files": written})
    if not common.as_json:
        output.print("\n".join(f"written: {path}" for path in written))
        where = "" if root.resolve() == Path().resolve() else f"cd {root} && "
        output.print(f"\nNext: {where}{_git(root)}{'plumb sandbox up && ' if example else ''}plumb plan")
        lost = _ignored(root, written)
        if lost:
            output.note(f"git ignores {', '.join(lost)}: no commit would hold it")
    return 0


def _git(root: Path) -> str:
    from gitops.checkout import enclosing

    return "" if enclosing(root) is not None else "git init && "


def _ignored(root: Path, written: list[str]) -> list[str]:
    from gitops.checkout import enclosing, ignored

    return ignored(root.resolve(), written) if written and enclosing(root) is not None else []


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    except OSError as error:
        raise refuse("P0540", f"{path} cannot be written: {error.strerror}") from None


def _name(text: str) -> str:
    """A part of a repository id, from the name of the folder."""
    found = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40]
    return found or "infrastructure"


def _write_schema(place: Path) -> None:
    from console.commands.schema import readers
    from stacks.schema import render_schema

    _write(place, render_schema(readers()))


def files(name: str, *, example: bool) -> dict[str, str]:
    """By path. The id is minted here and stays for ever: it says whose the state and the owner tags are."""
    modeline = MODELINE.format("../.plumb/schema.json")
    return {
        PLUMB_FILE: PLUMB.format(id=f"{name}-{uuid.uuid4().hex[:6]}", sandbox=", sandbox: true" if example else ""),
        "environments/dev.yaml": EXAMPLE_ENVIRONMENT if example else ENVIRONMENT,
        "stacks/shop.plumb.yaml" if example else "stacks/main.plumb.yaml": modeline + (EXAMPLE if example else STACK),
        ".gitignore": ".plumb/\n",
    }


PLUMB = """\
repository: {id}          # whose state and owner tags these are: never change it
stacks: ["stacks/**"]
state: sqlite
environments:
  dev: {{default: true{sandbox}}}
"""

ENVIRONMENT = """\
# What differs in this environment: inputs, providers, and per stack `stacks: {main: {inputs: {...}}}`.
providers: {}
"""

EXAMPLE_ENVIRONMENT = """\
# What differs in this environment: inputs, providers, and per stack `stacks: {shop: {inputs: {...}}}`.
inputs:
  keep: 4
"""

STACK = """\
stack: main
resources: {}
  # queue:
  #   type: AWS::SQS::Queue
  #   properties: {QueueName: orders}
"""

EXAMPLE = """\
stack: shop
inputs:
  keep: {type: integer, default: 7, minimum: 1, description: days that a message is kept}
resources:
  orders:
    type: AWS::SQS::Queue
    properties: {QueueName: orders, MessageRetentionPeriod: "${inputs.keep * 86400}"}
  customers:
    type: AWS::DynamoDB::Table
    properties:
      TableName: customers
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
  endpoint:
    type: AWS::SSM::Parameter
    properties: {Name: /shop/orders, Type: String, Value: "${orders.QueueUrl}"}
outputs:
  orders: ${orders.QueueUrl}
  customers: ${customers.Arn}
"""
