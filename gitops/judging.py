"""What of a plan is done without a person: pure. All else is held back, with its reason, and the rest goes on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from engine.address import covers
from engine.plan import Act, Change, Plan
from engine.records import Role
from gitops.facts import Hold
from gitops.git import Commit
from providers.contract.observation import Health, Live

BUDGET = 10
SHARE = 0.2
"""The deletion budget of a stack: the larger of so many objects and that share of them (RELIABILITY.md, "Reads")."""

_ACCEPT = re.compile(r"Plumb-Accept:[ \t]*empty[ \t]+(\S+)[ \t]*\Z", re.IGNORECASE)


def accepted(commits: Iterable[Commit]) -> frozenset[str]:
    """The addresses that a trailer of one of these commits lets come back empty."""
    found = set()
    for commit in commits:
        for line in commit.body.strip().split("\n\n")[-1].splitlines():
            match = _ACCEPT.match(line.strip())
            if match is not None:
                found.add(match.group(1))
    return frozenset(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """What people have said about one stack. `approved` are addresses whose change is exactly the one approved; `asks`:
    everything waits for an approval; `accepted` may come back empty."""

    asks: bool = False
    approved: frozenset[str] = frozenset()
    accepted: frozenset[str] = frozenset()


@dataclass(slots=True, kw_only=True)
class Verdict:
    """Of one stack: `allowed` are the addresses to act on, `held` what is not done and why, `pending` counts changes."""

    allowed: set[str] = field(default_factory=set)
    held: list[Hold] = field(default_factory=list)
    pending: int = 0


def stack_of(address: str) -> str:
    return address.partition(".")[0]


def changes_of(plan: Plan, stack: str) -> list[Change]:
    return [change for change in plan.changes if stack_of(change.address) == stack]


def judge(plan: Plan, stack: str, leave: Leave, uncaused: Callable[[list[Change]], list[Change]]) -> Verdict:
    """`uncaused` tells which of these deletions no change of the files accounts for; asked only where it matters."""
    verdict = Verdict()
    changes = changes_of(plan, stack)
    acting = [change for change in changes if change.acts]
    verdict.pending = len(acting)
    refused = _over_budget(changes, acting, leave, uncaused)
    for change in acting:
        hold = _hold(change, leave) or refused.get(change.address)
        if hold is None:
            verdict.allowed.add(change.address)
        else:
            verdict.held.append(hold)
    verdict.allowed -= {hold.address for hold in verdict.held}
    verdict.held.extend(
        Hold(
            address=change.address,
            code="unresolved" if change.reason.code == "unresolved" else "blocked",
            reason=change.reason.text or change.reason.code,
        )
        for change in changes
        if change.act is Act.BLOCKED
    )
    return verdict


def _hold(change: Change, leave: Leave) -> Hold | None:
    address = change.address
    if address in leave.approved:
        return None
    if leave.asks:
        return Hold(address=address, code="approval", reason="waits for approval")
    if change.empty and not any(covers(prefix, address) for prefix in leave.accepted):
        reason = f"comes back EMPTY; a commit with the trailer `Plumb-Accept: empty {address}` accepts that"
        return Hold(address=address, code="empty", reason=reason)
    if change.act is Act.DELETE and change.role is Role.QUARANTINED:
        reason = "a second instance that a late request made: `plumb apply` deletes it"
        return Hold(address=address, code="quarantined", reason=reason)
    return None


def _over_budget(
    changes: list[Change], acting: list[Change], leave: Leave, uncaused: Callable[[list[Change]], list[Change]]
) -> Mapping[str, Hold]:
    deletions = [
        change
        for change in acting
        if change.act is Act.DELETE
        and change.reason.code in ("undeclared", "grace_over")
        and change.address not in leave.approved
    ]
    recorded = sum(change.recorded is not None and change.role is Role.CURRENT for change in changes)
    budget = max(BUDGET, int(recorded * SHARE))
    if len(deletions) <= budget:
        return {}
    found = uncaused(deletions)
    if len(found) <= budget:
        return {}
    reason = f"{len(found)} deletions that no commit asks for are more than the budget of {budget}: `plumb apply` decides"
    return {change.address: Hold(address=change.address, code="budget", reason=reason) for change in found}


def passive_verdict(plan: Plan, stack: str, *, removed: bool) -> Verdict:
    """Of a stack of which nothing is applied now. `removed`: the commit has no such stack any more."""
    acting = [change for change in changes_of(plan, stack) if change.acts]
    verdict = Verdict(pending=len(acting))
    if removed:
        count = sum(change.act is Act.DELETE for change in acting)
        text = f"stack removed: {count} to delete; the controller never does that by itself, `plumb destroy {stack}` does"
        verdict.held = [Hold(address=stack, code="removed", reason=text)]
    return verdict


_WORST = ("degraded", "progressing", "unknown")


def health_of(changes: Iterable[Change], ask: Callable[[Change, Live], Health]) -> Health:
    """The worst of all that is declared, and why; healthy where nothing is. What is recorded and gone is degraded; what
    cannot be read is unknown; a live object whose type has no notion of health says nothing."""
    found: dict[str, list[str]] = {}
    for change in changes:
        if change.desired is not None:
            health = ask(change, change.live) if change.live is not None else _missing(change)
            if health.state != "unknown" or change.live is None:
                found.setdefault(health.state, []).append(f"{change.address}: {health.reason}")
    for state in _WORST:
        if state in found:
            reasons = found[state]
            more = f" and {len(reasons) - 1} more" if len(reasons) > 1 else ""
            return Health(state=state, reason=f"{reasons[0]}{more}".removesuffix(": "))
    return Health(state="healthy")


def _missing(change: Change) -> Health:
    if change.act is Act.BLOCKED:
        return Health(state="unknown", reason=change.reason.text or change.reason.code)
    if change.recorded is not None and change.recorded.identity:
        return Health(state="degraded", reason="it is gone")
    return Health(state="unknown", reason="it is not there yet")
