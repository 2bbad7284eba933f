"""One resource from every side: what is declared, what is recorded, what is live, and what a plan would do."""

from __future__ import annotations

from dataclasses import dataclass

from console.commands.common import Work
from console.planning import Asked, plan_with
from console.project import refuse
from engine.address import covers
from engine.plan import Act, Change, Plan
from engine.planning.run import PlanRun
from engine.records import Recorded
from engine.session import digest_of
from engine.state import State
from providers.contract.observation import Health


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """`health` is None where nothing is live."""

    change: Change
    record: Recorded | None
    health: Health | None
    digest: str


def look(work: Work, address: str) -> tuple[PlanRun, list[Seen]]:
    """Everything at the address or below it, planned now. Raises Refused where there is nothing."""
    planned = plan_with(work, Asked(), partial=True)
    plan = planned.plan
    assert plan is not None
    found = [change for change in plan.changes if covers(address, change.address)]
    if not found:
        raise refuse("P0560", f"there is nothing at {address}", nearest(plan, address))
    return planned, [_seen(planned, change) for change in found]


def nearest(plan: Plan, address: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(address, [change.address for change in plan.changes], n=1)
    return f'did you mean "{near[0]}"?' if near else "plumb state list names what is recorded"


def _seen(planned: PlanRun, change: Change) -> Seen:
    state: State = planned.question.states[change.address.partition(".")[0]]
    record = change.recorded or state.current(change.address)
    digest = digest_of(planned, change) if change.act not in (Act.NONE, Act.BLOCKED) else ""
    return Seen(change=change, record=record, health=_health(planned, change), digest=digest)


def _health(planned: PlanRun, change: Change) -> Health | None:
    candidate = planned.declared.at(change.address)
    if change.live is None or candidate is None:
        return None
    instance = planned.survey.cloud(candidate.spec).instance
    return instance.provider.health(change.type, change.live) if instance is not None else None
