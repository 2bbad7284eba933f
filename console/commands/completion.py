"""plumb completion"""

from __future__ import annotations

import click

from console.commands.common import Common, options


@click.command("completion", help='A completion script. For bash: eval "$(plumb completion bash)" in ~/.bashrc.')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@options()
def command(common: Common, shell: str) -> int:
    from click.shell_completion import get_completion_class

    from console.main import root

    found = get_completion_class(shell)
    assert found is not None
    script = found(root, {}, "plumb", "_PLUMB_COMPLETE")
    common.output().print(script.source_template % script.source_vars())
    return 0
