"""Makes the generated pages again: `make docs`. A test holds that they are up to date."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

HERE = Path(__file__).parent

COMMANDS_HEAD = """# Commands

Made from the command's own help; do not edit. Every long option also works with one dash and `=`, as in
`-detailed-exitcode` or `-out=plan.json`.

Exit status: **0** done, also where there was nothing to do; **1** an error, or declined; **2** only with
`--detailed-exitcode`: there are changes; **3** stopped on purpose, a person must decide; **130** interrupted, and all that
was in flight is journaled.
"""


def pages() -> dict[str, str]:
    """Name of the file in this folder -> its text."""
    from stacks.reference import render_reference

    return {"stack-file.md": render_reference(), "commands.md": render_commands()}


def render_commands() -> str:
    from console.commands.common import COMMON
    from console.main import VERBS, root

    context = click.Context(root)
    common = command_of(COMMON)
    parts = [COMMANDS_HEAD, f"## Options of every command\n\n{table(common.params)}"]
    names: set[str | None] = {option.name for option in common.params}
    for verb in VERBS:
        command = root.get_command(context, verb)
        assert command is not None
        parts += sections(command, f"plumb {verb}", names)
    return "\n".join(parts)


def command_of(decorators: object) -> click.Command:
    """A command that has just these options."""

    def nothing() -> None:
        pass

    found: object = nothing
    assert isinstance(decorators, tuple)
    for decorate in reversed(decorators):
        found = decorate(found)
    assert callable(found)
    return click.command()(found)


def sections(command: click.Command, path: str, common: set[str | None]) -> Iterator[str]:
    if isinstance(command, click.Group):
        yield f"## `{path}`\n\n{said(command.help)}\n"
        for name in sorted(command.commands):
            yield from sections(command.commands[name], f"{path} {name}", common)
        return
    arguments = " ".join(
        item.make_metavar(click.Context(command)) for item in command.params if isinstance(item, click.Argument)
    )
    own = [item for item in command.params if isinstance(item, click.Option) and item.name not in common and not item.hidden]
    text = f"## `{' '.join(filter(None, (path, arguments)))}`\n\n{said(command.help)}\n"
    yield text + (f"\n{table(own)}" if own else "")


def table(options: object) -> str:
    lines = ["| option | |", "| --- | --- |"]
    assert isinstance(options, list)
    for option in options:
        names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
        value = "" if option.is_flag else f" `{metavar(option)}`"
        lines.append(f"| {names}{value} | {said(option.help)} |".replace("  |", " |"))
    return "\n".join(lines) + "\n"


def metavar(option: click.Option) -> str:
    if isinstance(option.type, click.Choice):
        return "\\|".join(map(str, option.type.choices))
    return option.metavar or option.type.name.upper()


def said(text: str | None) -> str:
    return " ".join((text or "").split())


def main() -> int:
    for name, text in pages().items():
        (HERE / name).write_text(text)
        sys.stdout.write(f"docs/{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
