"""plumb validate"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from console.commands.common import VARIABLES, Common, options
from console.project import Project, open_project
from providers.contract.diagnostic import Diagnostic


@click.command("validate", help="Check every stack file; asks no cloud. PATH: say only what concerns these.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@options(VARIABLES)
@click.option("--format", "form", type=click.Choice(["text", "json", "github", "sarif"]), default="text")
def command(common: Common, paths: tuple[Path, ...], form: str) -> int:
    project = open_project(common.choice(), check_only=True)
    found = concerning(project, paths)
    output = common.output()
    if common.as_json:
        form = "json"
    if form == "text":
        _text(found, project.loaded.files, quiet=common.quiet)
    else:
        output.print(_formatted(form, found, project.loaded.files))
    if common.json_into is not None:
        output.data(json.loads(_formatted("json", found, project.loaded.files)), printed=False)
    return 1 if any(item.is_error for item in found) else 0


def concerning(project: Project, paths: Sequence[Path]) -> list[Diagnostic]:
    """What is about these files, or lies below these folders; all without any."""
    if not paths:
        return list(project.loaded.diagnostics)
    wanted = [path.resolve() for path in paths]
    return [
        item
        for item in project.loaded.diagnostics
        if item.source is None
        or any(path == place or path in place.parents for place in [project.root / item.source.file] for path in wanted)
    ]


def _text(found: Sequence[Diagnostic], files: int, *, quiet: bool) -> None:
    from stacks.excerpt import Counts, number, render

    if found:
        sys.stderr.write(render(found, Counts(files=files, outcome="")))
    if not quiet and not any(item.is_error for item in found):
        click.echo(f"{number(files, 'file')} {'is' if files == 1 else 'are'} valid.")


def _formatted(form: str, found: Sequence[Diagnostic], files: int) -> str:
    from stacks import formats

    match form:
        case "github":
            return formats.to_github(found)
        case "sarif":
            from console.version import version

            return formats.to_sarif(found, version())
        case _:
            return formats.to_json(found, files)
