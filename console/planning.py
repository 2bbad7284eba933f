"""From what the command line asks to a finished plan and its review."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from console.commands.common import Work
from console.project import Refused
from console.render.build import review_of
from console.render.review import Review, Scene, Since
from engine.plan import Plan
from engine.planning.question import Selection
from engine.planning.run import PlanRun
from engine.session import make_plan, question


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    targets: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    replace: tuple[str, ...] = ()
    destroy: bool = False
    refresh_only: bool = False
    lifted: frozenset[str] = frozenset()


def plan_with(work: Work, asked: Asked, *, partial: bool) -> PlanRun:
    """The plan of the loaded stacks. `partial`: only some were asked for, so that no other counts as removed."""
    removed = [] if partial else removed_stacks(work)
    found = question(
        work.session,
        work.loaded.stacks,
        selection=Selection(targets=asked.targets, excludes=asked.excludes, replace=asked.replace),
        destroy=asked.destroy,
        refresh_only=asked.refresh_only,
        removed=removed,
        lifted=asked.lifted,
    )
    return make_plan(work.session, found)


def removed_stacks(work: Work) -> Iterable[str]:
    """Stacks that have a journal and are in the files no more."""
    return [name for name in work.store.stacks() if name not in work.loaded.stacks.known]


def checked_plan(planned: PlanRun) -> Plan:
    """Raises Refused where the plan has errors: then nothing of it is applied."""
    plan = planned.plan
    assert plan is not None
    if any(item.is_error for item in plan.diagnostics):
        raise Refused(plan.diagnostics)
    return plan


def reviewed(work: Work, planned: PlanRun, since: Since | None = None) -> Review:
    plan = planned.plan
    assert plan is not None
    ends = [state.last_end.time for state in planned.question.states.values() if state.last_end is not None]
    environment = work.loaded.environment
    scene = Scene(
        state=shown_url(work.store.url),
        fresh=work.store.fresh,
        last_apply=max(ends, default=None),
        now=work.store.now(),
        sandbox=environment is not None and environment.sandbox,
        since=since,
    )
    return review_of(plan, scene)


def shown_url(url: str) -> str:
    """Without a password."""
    import re

    return re.sub(r"//([^/@:]*):[^/@]*@", r"//\1:***@", url)
