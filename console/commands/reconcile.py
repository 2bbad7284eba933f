"""plumb reconcile"""

from __future__ import annotations

import time
import uuid

import click

from console.commands.common import Common, Kept, complete_stacks, options, storing
from console.durations import seconds
from console.project import refuse, who

POLL = 0.5


@click.command("reconcile", help="The controller fetches and looks now. STACK: only at these.")
@click.argument("stacks", nargs=-1, shell_complete=complete_stacks, metavar="[STACK]...")
@options()
@click.option("--wait", is_flag=True, help="Until it has looked; 1 where it does not within --timeout.")
@click.option("--timeout", default="5m", metavar="TIME", help="How long --wait waits (5m).")
def command(common: Common, stacks: tuple[str, ...], wait: bool, timeout: str) -> int:
    from gitops import facts, requests, status

    limit = seconds(timeout, "--timeout")
    with storing(common) as kept:
        for name in stacks:
            if name not in kept.loaded.stacks.known and name not in kept.store.stacks():
                raise refuse("P0553", f"there is no stack {name}")
        chosen = stacks or (facts.ALL,)
        asked = [requests.reconcile(kept.store, uuid.uuid4().hex, who(), name) for name in chosen]
        runs = status.controller(kept.store).runs
        if not runs:
            kept.output.note("no controller runs now: the next one looks at once")
        answered = not wait or _answered(kept, dict(zip(chosen, asked)), limit)
        kept.output.data({"asked": list(stacks) or ["all"], "controller": runs, "answered": answered if wait else None})
        if not common.as_json:
            text = ("looked" if answered else f"nobody looked within {timeout}") if wait else "asked"
            kept.output.print(f"{', '.join(stacks) or 'all stacks'}: {text}")
    return 0 if answered else 1


def _answered(kept: Kept, asked: dict[str, object], limit: float) -> bool:
    from gitops import facts, requests
    from gitops.facts import Request

    end = time.monotonic() + limit
    every = sorted(kept.loaded.stacks.known)
    while time.monotonic() < end:
        done = [
            requests.answered(kept.store, request, every if name == facts.ALL else [name])
            for name, request in asked.items()
            if isinstance(request, Request)
        ]
        if all(done):
            return True
        time.sleep(POLL)
    return False
