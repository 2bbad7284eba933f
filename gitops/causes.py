"""Whether a deletion has a cause in the diff: would the commit that was recorded, planned today, delete it too?

Then it is not the text of the new commit that deletes it: a render shrank, an input vanished.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from engine.plan import Change
from engine.session import make_plan, question
from gitops.apart import Open, Opened
from gitops.git import Git
from stacks.tree import Tree

COMMITS = 5
"""So many recorded commits are planned again; what was recorded at others counts as without a cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Causes:
    """`tree_at` reads the tree of a full commit id."""

    git: Git
    open: Open
    tree_at: Callable[[str], Tree]

    def uncaused(self, deletions: list[Change]) -> list[Change]:
        commits = Counter(change.recorded.commit if change.recorded is not None else "" for change in deletions)
        explained: set[str] = set()
        for commit, _ in commits.most_common(COMMITS):
            if self.git.has(commit):
                at = [change for change in deletions if change.recorded is not None and change.recorded.commit == commit]
                explained |= self._explained(commit, at)
        return [change for change in deletions if change.address not in explained]

    def _explained(self, commit: str, deletions: list[Change]) -> set[str]:
        """The addresses that the recorded commit would keep today."""
        stacks = {change.address.partition(".")[0] for change in deletions}
        opened = self.open(self.tree_at(commit), commit)
        try:
            if opened.loaded.failed or not stacks <= set(opened.loaded.stacks.stacks):
                return set()
            return _declared(opened, stacks) & {change.address for change in deletions}
        finally:
            opened.close()


def _declared(opened: Opened, names: set[str]) -> set[str]:
    stacks = opened.loaded.stacks
    part = replace(stacks, stacks={name: stacks.stacks[name] for name in sorted(names)})
    session = opened.session()
    plan = make_plan(session, question(session, part)).plan
    assert plan is not None
    return {change.address for change in plan.changes if change.desired is not None}
