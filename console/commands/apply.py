"""plumb apply"""

from __future__ import annotations

import click

from console.applying import Consent, apply_all
from console.commands.common import SELECTION, VARIABLES, Common, complete_stacks, options
from console.planning import Asked


@click.command("apply", help="Make it so. STACK: only these; a saved plan (plan --out): just that one.")
@click.argument("stacks", nargs=-1, shell_complete=complete_stacks, metavar="[PLAN | STACK]...")
@options(SELECTION, VARIABLES)
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--approve", metavar="DIGEST", help="Apply only what has this digest; asks nothing.")
@click.option("--replace", multiple=True, metavar="ADDRESS", help="Replace it though nothing forces that.")
@click.option("--refresh-only", is_flag=True, help="Only record what is live.")
@click.option("--wait", is_flag=True, help="Wait until everything that was changed is healthy.")
@click.option("-f", "--filename", "manifest", hidden=True)
@click.option("--continue-on-error", is_flag=True, help="Go on with what does not depend on a failure (always so).")
@click.option("--timeout", type=float, default=1800.0, metavar="SECONDS", help="How long --wait waits.")
def command(
    common: Common,
    stacks: tuple[str, ...],
    targets: tuple[str, ...],
    excludes: tuple[str, ...],
    yes: bool,
    approve: str | None,
    replace: tuple[str, ...],
    refresh_only: bool,
    wait: bool,
    continue_on_error: bool,
    manifest: str | None,
    timeout: float,
) -> int:
    if manifest is not None:
        raise click.UsageError(f"apply -f: manifests are a bundle in a stack: `web: {{bundle: {{path: {manifest}}}}}`")
    asked = Asked(targets=targets, excludes=excludes, replace=replace, refresh_only=refresh_only)
    return apply_all(common, stacks, asked, Consent(yes=yes, digest=approve), wait=wait, timeout=timeout)
