"""From what the command line asks to a finished plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from console.commands.common import Work
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
