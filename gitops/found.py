"""What a look found out about every stack, and what that comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from engine.plan import Act, Change, Plan, plan_digest
from engine.planning.run import PlanRun
from engine.session import digest_of
from engine.state import State
from gitops.facts import StackFacts
from gitops.judging import Verdict, changes_of
from providers.contract.observation import Health

MOST = 20
"""So many addresses are named."""


@dataclass(slots=True, kw_only=True)
class Found:
    """All by stack. `errors`: why it could not be planned or applied. `waits`: why nothing of it is applied now though
    nothing is wrong with it; of those, `busy` are being worked on by somebody else, `paused` have failed and are tried again
    later. `undone`: what an apply did not come to, and why. `touched`: something was applied."""

    commit: str
    before: dict[str, StackFacts] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    waits: dict[str, str] = field(default_factory=dict)
    busy: set[str] = field(default_factory=set)
    paused: set[str] = field(default_factory=set)
    plans: dict[str, PlanRun] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    health: dict[str, Health] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    undone: dict[str, str] = field(default_factory=dict)
    healed: set[str] = field(default_factory=set)
    interrupted: bool = False

    def plan(self, name: str) -> Plan | None:
        planned = self.plans.get(name)
        return None if planned is None else planned.plan

    def is_settled(self, name: str) -> bool:
        """True where the stack now is wholly as the commit says."""
        verdict = self.verdicts.get(name)
        if verdict is None or self.interrupted or verdict.held:
            return False
        if name in self.errors or name in self.waits or name in self.undone:
            return False
        return verdict.pending == 0 or name in self.touched

    def moves(self, notes: Iterable[StackFacts]) -> bool:
        """True where it is worth looking again soon."""
        return self.interrupted or bool(self.touched or self.busy) or any(item.health == "progressing" for item in notes)

    def status(self, notes: Iterable[StackFacts]) -> int:
        """The exit status of a single look: UX.md section 1."""
        known = list(notes)
        if self.interrupted:
            return 130
        if any(item.error for item in known):
            return 1
        return 3 if any(item.held for item in known) or self.undone else 0

    def facts(self, name: str, now: float, pause: Callable[[int], float], answer: str) -> StackFacts:
        """`pause` gives the seconds to wait after so many failures."""
        before, plan, settled = self.before[name], self.plan(name), self.is_settled(name)
        verdict = self.verdicts.get(name) or Verdict()
        paused = name in self.paused and name not in self.errors
        error = before.error if paused else self.errors.get(name, "")
        failures = before.failures if paused else self._failures(before) if error else 0
        drifted = [change.address for change in changes_of(plan, name) if change.drifted] if plan is not None else []
        if name in self.touched and not error:
            drifted = []
        health = self._health(name, before)
        state = self.states.get(name)
        return StackFacts(
            head=self.commit,
            applied=self.commit if settled else before.applied or (state.commit if state is not None else ""),
            applied_at=now if settled and before.applied != self.commit else before.applied_at,
            digest="" if plan is None or settled or not verdict.pending else stack_digest(self.plans[name], name),
            pending=0 if settled else verdict.pending,
            health=health.state,
            health_reason=health.reason,
            drift=len(drifted) if plan is not None else before.drift,
            drifted=tuple(drifted[:MOST]) if plan is not None else before.drifted,
            healed_at=now if name in self.healed else before.healed_at,
            held=tuple(verdict.held),
            message=self._message(name, verdict),
            error=error,
            error_at=(before.error_at if before.error == error else now) if error else 0.0,
            failures=failures,
            retry_at=before.retry_at if paused else now + pause(failures) if error else 0.0,
            checked_at=now,
            answered=answer or before.answered,
        )

    def _failures(self, before: StackFacts) -> int:
        """A new commit starts the count again."""
        return before.failures + 1 if before.head == self.commit else 1

    def _health(self, name: str, before: StackFacts) -> Health:
        if name in self.touched and name not in self.errors:
            return Health(state="progressing", reason="just applied")
        return self.health.get(name) or Health(state=before.health, reason=before.health_reason)

    def _message(self, name: str, verdict: Verdict) -> str:
        if name in self.errors:
            return self.errors[name]
        if name in self.waits:
            return self.waits[name] + (f"; {verdict.pending} to do" if verdict.pending and not verdict.held else "")
        if verdict.held:
            first = verdict.held[0]
            if first.code == "approval":
                digest = stack_digest(self.plans[name], name)
                return f"waiting for approval {digest[:8]}: {verdict.pending} {'change' if verdict.pending == 1 else 'changes'}"
            more = f" and {len(verdict.held) - 1} more" if len(verdict.held) > 1 else ""
            return f"{first.address}: {first.reason}{more}"
        if name in self.undone:
            return self.undone[name]
        plan = self.plan(name)
        if plan is not None and any(change.reason.code == "drift_reported" for change in changes_of(plan, name)):
            return "drift is only reported here"
        return ""


def stack_digest(planned: PlanRun, stack: str) -> str:
    """The digest of what the plan does in one stack: that of a plan of this stack alone with the same outcome."""
    assert planned.plan is not None
    return plan_digest([digest_of(planned, change) for change in digested(planned.plan, stack)])


def digested(plan: Plan, stack: str) -> list[Change]:
    return [change for change in changes_of(plan, stack) if change.act not in (Act.NONE, Act.BLOCKED)]
