"""plumb status"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import click

from console.commands.common import VARIABLES, Common, Kept, complete_stacks, options, storing
from console.project import Refused, refuse

if TYPE_CHECKING:
    from gitops.status import ControllerStatus, StackStatus

EVERY = 2.0
"""Seconds between two looks of --watch."""


@click.command("status", help="Each stack: commit, health, drift, next check. Without a controller it looks itself.")
@click.argument("stacks", nargs=-1, shell_complete=complete_stacks, metavar="[STACK]...")
@options(VARIABLES)
@click.option("--wide", is_flag=True, help="Also resources, unresolved requests, last runs, and who works on what until when.")
@click.option("--watch", is_flag=True, help="Again every two seconds, until Ctrl-C.")
@click.option("--refresh/--no-refresh", default=True, help="Read what is live where no controller does (the default).")
def command(common: Common, stacks: tuple[str, ...], wide: bool, watch: bool, refresh: bool) -> int:
    if not watch:
        return once(common, stacks, wide, refresh)
    while True:
        click.clear()
        once(common, stacks, wide, refresh)
        time.sleep(EVERY)


def once(common: Common, stacks: tuple[str, ...], wide: bool, refresh: bool) -> int:
    from console.render.status import status_text
    from gitops import status

    with storing(common) as kept:
        known = kept.loaded.stacks.known
        for name in stacks:
            if name not in known and name not in kept.store.stacks():
                raise refuse("P0553", f"there is no stack {name}", f"there are: {', '.join(sorted(known)) or 'none'}")
        controller = status.controller(kept.store)
        found = status.read(kept.store, stacks, known=known)
        looked = look(common, stacks) if refresh and not controller.runs else {}
        rows = [merged(item, looked.get(item.name)) for item in found]
        kept.output.data(_json(kept, controller, rows))
        if not common.as_json:
            kept.output.print(
                status_text(controller, rows, details(kept, rows) if wide else [], wide=wide, now=kept.store.now())
            )
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a look of our own found of one stack. `pending` counts changes that an apply would make."""

    health: str = "unknown"
    reason: str = ""
    drift: int = 0
    pending: int = 0
    error: str = ""


def look(common: Common, stacks: tuple[str, ...]) -> Mapping[str, Seen]:
    """By stack; empty where the files have errors or nothing can be read: then only what is recorded is told."""
    from console.commands.common import working
    from console.planning import Asked, plan_with

    try:
        with working(common, stacks) as work:
            planned = plan_with(work, Asked(), partial=bool(stacks))
            plan = planned.plan
            assert plan is not None
            return {stack.name: _seen(planned, stack.name) for stack in plan.stacks}
    except Refused as error:
        text = error.diagnostics[0].summary if error.diagnostics else "cannot be planned"
        return {name: Seen(error=text) for name in stacks}


def _seen(planned: Any, stack: str) -> Seen:
    from gitops.judging import changes_of, health_of

    def ask(change: Any, live: Any) -> Any:
        candidate = planned.declared.at(change.address)
        instance = planned.survey.cloud(candidate.spec).instance
        return instance.provider.health(change.type, live)

    changes = changes_of(planned.plan, stack)
    health = health_of(changes, ask)
    errors = [item.summary for item in planned.plan.diagnostics if item.is_error]
    return Seen(
        health=health.state,
        reason=health.reason,
        drift=sum(change.drifted for change in changes),
        pending=sum(change.acts for change in changes),
        error=errors[0] if errors else "",
    )


def merged(item: StackStatus, seen: Seen | None) -> StackStatus:
    """What is recorded, with what we have just seen ourselves."""
    from dataclasses import replace

    if seen is None:
        return item
    pending = f"{seen.pending} {'change' if seen.pending == 1 else 'changes'} to apply" if seen.pending else ""
    return replace(
        item,
        health=seen.health,
        health_reason=seen.reason,
        drift=seen.drift,
        ready=not seen.pending and not seen.error,
        message=seen.error or pending or item.message,
    )


def details(kept: Kept, rows: list[StackStatus]) -> list[str]:
    """Leases, unresolved requests and open operations, one line each."""
    from console.render.build import ago
    from console.runs import stamp
    from engine.session import read_state

    lines = []
    now = kept.store.now()
    for row in rows:
        for lease in kept.store.leases(row.name):
            holder = lease.holder
            what = ", ".join(lease.write[:3]) + (f" and {len(lease.write) - 3} more" if len(lease.write) > 3 else "")
            lines.append(
                f"{row.name}: {holder.who}@{holder.host} (process {holder.process}) holds {what} until {stamp(lease.until)}"
            )
        for name, item in read_state(kept.store, row.name).open.items():
            word = "unresolved" if item.unresolved else "open"
            text = f"{item.last.action} {item.first.address}, {item.last.request} sent {ago(now - item.last.time)}"
            lines.append(f"{row.name}: {word}: {text} (class {item.last.recovery}, operation {name}); plumb apply settles it")
    return lines


def _json(kept: Kept, controller: ControllerStatus, rows: list[StackStatus]) -> dict[str, Any]:
    import msgspec

    return {
        "environment": kept.project.environment,
        "repository": kept.project.repository_id,
        "controller": msgspec.to_builtins(controller),
        "stacks": [msgspec.to_builtins(asdict(row) | {"held": msgspec.to_builtins(row.held)}) for row in rows],
        "details": details(kept, rows),
    }
