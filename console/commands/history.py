"""plumb history"""

from __future__ import annotations

from typing import Any

import click

from console.commands.common import Common, Kept, complete_stacks, options, storing
from console.durations import seconds
from console.render.shown import clean
from console.render.table import table
from console.runs import Operation, Run, at_address, runs_of, stamp


@click.command("history", help="What was done: time, commit, who, what, with what result. Newest first.")
@click.argument("subject", required=False, shell_complete=complete_stacks, metavar="[STACK | ADDRESS]")
@options()
@click.option("--since", metavar="TIME", help="Only what is not older: 2h, 7d.")
@click.option("--limit", type=click.IntRange(min=1), default=50, metavar="N", help="So many lines at most (50).")
def command(common: Common, subject: str | None, since: str | None, limit: int) -> int:
    with storing(common) as kept:
        after = kept.store.now() - seconds(since, "--since") if since else 0.0
        runs = [run for run in _runs(kept, subject) if run.time >= after]
        output = kept.output
        if subject and "." in subject:
            found = list(reversed(at_address(runs, subject)))[:limit]
            output.data([{**_operation(item), **_run(run)} for run, item in found])
            rows = [_address_row(run, item) for run, item in found]
            titles = ["TIME", "COMMIT", "WHO", "ADDRESS", "WHAT", "OUTCOME"]
        else:
            chosen = list(reversed(runs))[:limit]
            output.data([{**_run(run), "operations": [_operation(item) for item in run.operations]} for run in chosen])
            rows = [_row(run, verbose=common.verbose) for run in chosen]
            titles = ["TIME", "COMMIT", "WHO", "STACK", "WHAT", "OUTCOME"]
        if not common.as_json:
            output.print(table(titles, rows) if rows else "nothing was done yet\n")
    return 0


def _runs(kept: Kept, subject: str | None) -> list[Run]:
    from console.project import refuse

    stack = subject.partition(".")[0] if subject else None
    recorded = kept.store.stacks()
    if stack is not None and stack not in recorded and stack not in kept.loaded.stacks.known:
        raise refuse("P0553", f"there is no stack {stack}", f"there are: {', '.join(recorded) or 'none'}")
    names = [stack] if stack else recorded
    return sorted((run for name in names for run in runs_of(kept.store, name)), key=lambda run: run.time)


def _row(run: Run, *, verbose: bool) -> list[str]:
    return [stamp(run.time), commit_text(run), clean(run.who) or "-", run.stack, _what(run, verbose=verbose), _outcome(run)]


def commit_text(run: Run) -> str:
    if not run.commit:
        return "uncommitted" if run.uncommitted else "-"
    return run.commit[:7] + ("+" if run.uncommitted else "")


def _what(run: Run, *, verbose: bool) -> str:
    counts: dict[str, list[str]] = {}
    for item in run.operations:
        counts.setdefault(item.action, []).append(item.address)
    parts = []
    for action, addresses in counts.items():
        few = len(addresses) <= 2 or verbose
        parts.append(f"{action} {', '.join(addresses)}" if few else f"{action} {len(addresses)}")
    return f"{run.command}: {'; '.join(parts)}" if parts else run.command


def _outcome(run: Run) -> str:
    text = run.result or "cut off, or under way"
    return f"{text}: {clean(run.message)}" if run.message else text


def _address_row(run: Run, item: Operation) -> list[str]:
    return [stamp(item.time), commit_text(run), clean(run.who) or "-", item.address, item.action, clean(item.outcome)]


def _run(run: Run) -> dict[str, Any]:
    return {
        "stack": run.stack,
        "run": run.run,
        "command": run.command,
        "began": run.time,
        "ended": run.ended or None,
        "commit": run.commit,
        "uncommitted": run.uncommitted,
        "who": run.who,
        "digest": run.digest,
        "result": run.result,
        "message": run.message,
    }


def _operation(item: Operation) -> dict[str, Any]:
    return {
        "address": item.address,
        "action": item.action,
        "time": item.time,
        "generation": item.generation,
        "outcome": item.outcome,
        "identity": item.identity,
    }
