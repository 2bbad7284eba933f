"""plumb version"""

from __future__ import annotations

import click

from console.commands.common import Common, options
from console.version import version


@click.command("version", help="The version, and what it runs on.")
@options()
def command(common: Common) -> int:
    import platform
    from importlib.util import find_spec

    extras = {"aws": "boto3", "kubernetes": "kubernetes", "sandbox": "moto"}
    facts = {
        "version": version(),
        "python": platform.python_version(),
        "platform": f"{platform.system().lower()}_{platform.machine()}",
        "extras": {name: find_spec(module) is not None for name, module in extras.items()},
    }
    output = common.output()
    output.data(facts)
    if not common.as_json:
        there = ", ".join(name for name, found in facts["extras"].items() if found) or "none"  # type: ignore[attr-defined]
        output.print(f"plumb {facts['version']}\npython {facts['python']}, {facts['platform']}, extras: {there}")
    return 0
