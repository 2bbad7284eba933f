"""plumb sandbox up|down|status"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import click

from console.commands.common import Common, options
from console.opening import missing_extra
from console.project import Refused, refuse


@click.group("sandbox", help="A cloud on your own machine: AWS and Kubernetes, in memory; gone with `down`.")
def command() -> None:
    pass


@command.command("up", help="Start it, where none runs.")
@options()
def up(common: Common) -> int:
    needed()
    from sandbox import process

    before = process.find()
    try:
        info = process.up()
    except process.SandboxError as error:
        raise refuse("P0570", str(error)) from None
    output = common.output()
    output.data({"running": True, "endpoint": info.endpoint, "region": info.region, "kubeconfig": str(info.kubeconfig)})
    if not common.as_json:
        word = "runs already" if before is not None else "runs"
        output.print(f"the sandbox {word}\n  aws         {info.endpoint} ({info.region})\n  kubernetes  {info.kubeconfig}")
        output.note("an environment with `sandbox: true` goes to it; plumb sandbox down ends it, with all that it holds")
    return 0


@command.command("down", help="End it, with everything in it.")
@options()
def down(common: Common) -> int:
    from sandbox import process

    ended = process.down()
    common.output().data({"ended": ended})
    if not common.as_json:
        common.output().print("the sandbox has ended" if ended else "no sandbox was running")
    return 0


@command.command("status", help="Whether it runs, and what it holds.")
@options()
def status(common: Common) -> int:
    from sandbox import process

    facts = process.status()
    common.output().data(facts)
    if not common.as_json:
        common.output().print("\n".join(_lines(facts)) if facts["running"] else "no sandbox is running; plumb sandbox up")
    return 0


def _lines(facts: dict[str, Any]) -> list[str]:
    lines = ["the sandbox runs"]
    for name, value in facts.items():
        if name != "running" and not isinstance(value, dict | list):
            lines.append(f"  {name:<12} {value}")
        elif isinstance(value, dict) and value:
            lines.append(f"  {name:<12} {', '.join(f'{key} {item}' for key, item in value.items())}")
        elif isinstance(value, list) and value:
            lines.append(f"  {name:<12} {', '.join(map(str, value))}")
    return lines


def needed() -> None:
    """Raises Refused with the line that installs what is missing."""
    if any(find_spec(module) is None for module in ("moto", "boto3")):
        raise Refused([missing_extra("sandbox")])
