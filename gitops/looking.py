"""One look: load, recover, plan, apply what may be applied, note how every stack is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from engine.applying.run import Report, needs_apply
from engine.plan import Act, Change, Plan, plan_digest
from engine.planning.run import PlanRun
from engine.session import (
    Busy,
    Interrupted,
    Session,
    Stale,
    apply_plan,
    change_key,
    digest_of,
    has_open,
    make_plan,
    question,
    read_state,
    recover,
    same_changes,
)
from engine.stack import Stacks
from engine.state import State
from engine.stores.store import Store
from gitops import facts, requests
from gitops.apart import Apart, Open, load_apart
from gitops.causes import Causes
from gitops.facts import Hold, StackFacts
from gitops.git import Git
from gitops.judging import Leave, Verdict, accepted, changes_of, health_of, judge, stack_of
from gitops.loop import Pace, Result, delay
from gitops.status import suspension
from gitops.telling import Tell, Told
from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Health, Live
from stacks.repository import ControllerSettings
from stacks.tree import Tree

PLANS = 3
"""So many times a plan is made again because a journal moved on meanwhile."""

TRAILERS = 1000
"""So many commits are searched for trailers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a look needs from outside. `roll` draws from [0, 1); `ids` names runs; `repository` is the id
    that the store was opened for."""

    store: Store
    git: Git
    open: Open
    tree_at: Callable[[str], Tree]
    who: str
    ids: Callable[[], str]
    roll: Callable[[], float]
    tell: Tell
    pace: Pace
    repository: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """`result` is for the loop; `status` the exit status of a single pass. `settings` is what the commit says about the
    controller, None where it could not be read."""

    result: Result
    status: int = 0
    retry_at: float | None = None
    settings: ControllerSettings | None = None
    interrupted: bool = False


@dataclass(slots=True)
class Looking:
    """At one commit. `asked` are the requests it answers, by id; they end the pauses of their stacks."""

    tools: Tools
    commit: str
    asked: frozenset[str] = frozenset()
    errors: dict[str, str] = field(default_factory=dict)
    """Why a stack could not be planned or applied, by stack."""
    waits: dict[str, str] = field(default_factory=dict)
    """Why nothing of a stack is applied now, though nothing is wrong with it."""
    plans: dict[str, PlanRun] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    before: dict[str, StackFacts] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)
    interrupted: bool = False
    healed: set[str] = field(default_factory=set)
    applied_now: set[str] = field(default_factory=set)

    def run(self) -> Looked:
        apart = load_apart(self.tools.open, self.tools.tree_at(self.commit), self.commit)
        try:
            return self._run(apart)
        finally:
            apart.opened.close()

    def _run(self, apart: Apart) -> Looked:
        store = self.tools.store
        names = sorted({*store.stacks(), *apart.known})
        self.before = {name: facts.read(store, facts.stack_key(name), StackFacts) or StackFacts() for name in names}
        for name, reasons in apart.broken.items():
            self.errors[name] = _said(reasons)
        found = apart.opened.loaded.repository
        if found is not None and found.id != self.tools.repository:
            apart.general = [_other(found.id, self.tools.repository)]
        if apart.general:
            self.errors.update({name: _said(apart.general) for name in names})
        else:
            self._work(apart, names)
        return self._conclude(apart, names)

    # Planning and applying

    def _work(self, apart: Apart, names: list[str]) -> None:
        session = apart.opened.session()
        self._sort_out(apart, names)
        try:
            self._recover(session, apart.stacks)
            active = [name for name in apart.stacks.stacks if name not in self.waits and name not in self.errors]
            for _ in range(PLANS):
                if self._plan_and_apply(session, apart, active):
                    break
            self._plan_passive(session, apart, names)
        except Interrupted:
            self.interrupted = True

    def _sort_out(self, apart: Apart, names: list[str]) -> None:
        """Which stacks are only looked at, and why."""
        now = self.tools.store.now()
        for name in names:
            self.states[name] = read_state(self.tools.store, name)
            stack = apart.stacks.stacks.get(name)
            if suspension(self.states[name], now):
                reason = self.states[name].suspended
                self.waits[name] = "suspended" + (f": {reason.reason}" if reason is not None and reason.reason else "")
            elif stack is not None and stack.observe_only:
                self.waits[name] = "only observed (mode: observe)"
            elif name not in apart.known:
                self.waits[name] = "the commit has no such stack any more"
            elif self._pausing(name, now):
                self.waits[name] = f"tried again after a pause: {self.before[name].error}"

    def _pausing(self, name: str, now: float) -> bool:
        before = self.before[name]
        return before.retry_at > now and before.head == self.commit and not self._wanted(name)

    def _wanted(self, name: str) -> bool:
        found = requests.pending(self.tools.store)
        return any(key in found and found[key].id in self.asked for key in (name, facts.ALL))

    def _recover(self, session: Session, stacks: Stacks) -> None:
        """Settles what earlier runs left open, in the stacks that may be worked on."""
        for _ in range(len(stacks.stacks) + 1):
            names = [name for name in stacks.stacks if name not in self.waits and self.states[name].open]
            if not names:
                return
            asked = question(session, _part(stacks, names))
            if not has_open(asked):
                return
            try:
                recover(session, asked)
                self._tell("recovered", f"what an earlier run left open in {', '.join(names)} was looked into")
                return
            except Busy as busy:
                self._is_busy(busy)

    def _plan_and_apply(self, session: Session, apart: Apart, active: list[str]) -> bool:
        """One plan over all that may be worked on, and its apply. False where it has to be planned again."""
        planned = self._plan(session, apart.stacks, [name for name in active if name not in self.waits])
        if planned is None or planned.plan is None:
            return True
        allowed = self._judge(session, apart, planned)
        acting = {change.address for change in planned.plan.changes if change.acts}
        if not needs_apply(planned.plan) or (acting and not allowed):
            return True
        message = self.tools.git.commit(self.commit).subject
        try:
            self._tell("applying", f"{len(allowed)} of {len(acting)} changes at {self.commit[:8]}")
            report = apply_plan(
                session,
                planned,
                run=self.tools.ids(),
                who=self.tools.who,
                command="controller",
                message=message,
                allowed=frozenset(allowed),
            )
        except Stale:
            return False
        except Busy as busy:
            self._is_busy(busy)
            return False
        self._take(planned, report, allowed)
        return True

    def _plan(self, session: Session, stacks: Stacks, names: list[str], removed: Iterable[str] = ()) -> PlanRun | None:
        """A plan of these stacks; those with errors are left out, and the others planned without them."""
        gone = tuple(removed)
        while names or gone:
            planned = make_plan(session, question(session, _part(stacks, names), removed=gone))
            assert planned.plan is not None
            errors = [item for item in planned.plan.diagnostics if item.is_error]
            guilty = _guilty(errors, stacks, names)
            if not guilty:
                self.plans.update(dict.fromkeys((*names, *gone), planned))
                return planned
            for name, reasons in guilty.items():
                self.errors[name] = _said(reasons)
            names = [name for name in names if name not in guilty]
        return None

    def _plan_passive(self, session: Session, apart: Apart, names: list[str]) -> None:
        """The others are planned so that one sees how they are; nothing of them is applied."""
        passive = [name for name in apart.stacks.stacks if name in self.waits and name not in self.errors]
        removed = [name for name in names if name not in apart.known and self.states[name].records]
        for group, gone in ((passive, ()), ([], tuple(removed))):
            planned = self._plan(session, apart.stacks, list(group), gone)
            if planned is None or planned.plan is None:
                continue
            for name in (*group, *gone):
                if name not in self.errors:
                    self.verdicts[name] = _passive(planned.plan, name, self.waits.get(name, ""), name in gone)

    def _judge(self, session: Session, apart: Apart, planned: PlanRun) -> set[str]:
        plan = planned.plan
        assert plan is not None
        causes = Causes(git=self.tools.git, open=self.tools.open, tree_at=self.tools.tree_at)
        allowed: set[str] = set()
        assert apart.opened.loaded.repository is not None
        asks = apart.opened.loaded.repository.controller.apply == "approve"
        for stack in plan.stacks:
            leave = Leave(
                asks=asks,
                approved=self._approved(stack.name, planned),
                accepted=self._accepted(stack.name) if any(change.empty for change in plan.changes) else frozenset(),
            )
            self.verdicts[stack.name] = verdict = judge(plan, stack.name, leave, causes.uncaused)
            allowed |= verdict.allowed
        return allowed

    def _approved(self, stack: str, planned: PlanRun) -> frozenset[str]:
        """What an approval covers: all of the plan it was given for, and afterwards what is left of that."""
        approval = requests.approval(self.tools.store, stack)
        if approval is None:
            return frozenset()
        if approval.digest == stack_digest(planned, stack):
            assert planned.plan is not None
            changes = {change_key(item): digest_of(planned, item) for item in _digested(planned.plan, stack)}
            approval = facts.Approval(digest=approval.digest, time=approval.time, who=approval.who, changes=changes)
            facts.write(self.tools.store, facts.approval_key(stack), approval)
        return frozenset(item for item in same_changes(approval.changes, planned) if stack_of(item) == stack)

    def _accepted(self, stack: str) -> frozenset[str]:
        """By trailers of the commits since the last one that was wholly true."""
        git, since = self.tools.git, self.before[stack].applied or self.states[stack].commit
        if not since or not git.has(since) or not git.is_ancestor(since, self.commit):
            return accepted([git.commit(self.commit)])
        return accepted(git.log(self.commit, since, limit=TRAILERS))

    def _take(self, planned: PlanRun, report: Report, allowed: set[str]) -> None:
        """What came of an apply, by stack."""
        self.interrupted |= report.result == "interrupted"
        plan = planned.plan
        assert plan is not None
        self.touched |= {stack_of(address) for address in allowed} | {
            item.name for item in plan.stacks if item.outputs != item.recorded_outputs
        }
        drifted = {change.address for change in plan.changes if change.drifted}
        reasons = {item.address: item for item in report.diagnostics if item.address}
        for key, end in report.ends.items():
            address = key.removeprefix("-").partition("#")[0]
            stack = stack_of(address)
            if end.result == "done":
                self.applied_now.add(address)
                if address in drifted:
                    self.healed.add(stack)
            elif end.result in ("failed", "unresolved") or (end.result == "stopped" and address in allowed):
                found = end.diagnostic or reasons.get(address)
                summary = found.summary if found is not None else end.result
                self.errors.setdefault(stack, f"{address}: {summary}")
        if report.result == "broken":
            summary = report.diagnostics[-1].summary if report.diagnostics else "the journal could not be written"
            for name in self.touched:
                self.errors.setdefault(name, summary)
        self._report(plan, report)

    def _report(self, plan: Plan, report: Report) -> None:
        counts = ", ".join(f"{count} {kind}" for kind, count in sorted(report.counts.items())) or "nothing"
        level = "info" if report.result in ("applied", "stopped") else "error"
        for name in sorted(self.touched):
            self._tell("applied", f"{report.result} at {self.commit[:8]}: {counts}", name, level)

    def _is_busy(self, busy: Busy) -> None:
        holder = busy.held.by[0].holder
        self.waits[busy.stack] = f"{holder.who}@{holder.host} (process {holder.process}) is working on it"

    # What is noted

    def _conclude(self, apart: Apart, names: list[str]) -> Looked:
        store = self.tools.store
        now = store.now()
        repository = apart.opened.loaded.repository
        settings = repository.controller if repository is not None else None
        found = {name: self._facts(name, apart, now) for name in names if self._shown(name, apart)}
        progressing = self.interrupted or bool(self.touched) or any(item.health == "progressing" for item in found.values())
        progressing = progressing or any("working on it" in reason for reason in self.waits.values())
        retry = min((item.retry_at for item in found.values() if item.retry_at > now), default=None)
        for name, item in found.items():
            if item != self.before[name]:
                facts.write(store, facts.stack_key(name), item)
            self._tell_differences(name, self.before[name], item)
        for name in set(names) - set(found):
            store.note(facts.stack_key(name), None)
        held = any(item.held or item.error or name in self.errors for name, item in found.items())
        status = 130 if self.interrupted else 1 if any(item.error for item in found.values()) else 3 if held else 0
        return Looked(
            result=Result.PROGRESSING if progressing else Result.SETTLED,
            status=status,
            retry_at=retry,
            settings=settings,
            interrupted=self.interrupted,
        )

    def _shown(self, name: str, apart: Apart) -> bool:
        """A stack that the commit no longer has, and of which nothing is left, is forgotten."""
        state = self.states.get(name)
        return name in apart.known or state is None or bool(state.records or state.open)

    def _facts(self, name: str, apart: Apart, now: float) -> StackFacts:
        before = self.before[name]
        planned, verdict = self.plans.get(name), self.verdicts.get(name, Verdict())
        error = self.errors.get(name, "")
        paused = name in self.waits and name not in self.errors and before.retry_at > now and before.head == self.commit
        if paused:
            error = before.error
        plan = planned.plan if planned is not None else None
        done = name in self.touched and not error
        settled = plan is not None and not error and not verdict.held and (done or verdict.pending == 0)
        settled = settled and not self.interrupted and name not in self.waits
        fresh = StackFacts() if plan is None else self._seen(name, plan, apart)
        if settled:
            requests.spent(self.tools.store, name)
        failures = before.failures if paused else (before.failures + 1 if error else 0)
        if error and before.head != self.commit and not paused:
            failures = 1
        retry_at = before.retry_at if paused else now + delay(failures, self.tools.roll(), self.tools.pace) if error else 0.0
        unchanged = before.error == error
        return StackFacts(
            head=self.commit,
            applied=self.commit if settled else before.applied or self._recorded(name),
            applied_at=now if settled and before.applied != self.commit else before.applied_at,
            digest="" if plan is None or planned is None or settled else self._waiting_digest(planned, name, verdict),
            pending=0 if settled else verdict.pending,
            health=fresh.health if plan is not None else before.health,
            health_reason=fresh.health_reason if plan is not None else before.health_reason,
            drift=0 if done else fresh.drift if plan is not None else before.drift,
            drifted=() if done else fresh.drifted if plan is not None else before.drifted,
            healed_at=now if name in self.healed else before.healed_at,
            held=tuple(verdict.held),
            message=self._message(name, verdict, plan),
            error=error,
            error_at=(before.error_at if unchanged else now) if error else 0.0,
            failures=failures,
            retry_at=retry_at,
            checked_at=now,
            next_check=now + self.tools.pace.interval,
            answered=self._answer(name) or before.answered,
        )

    def _recorded(self, name: str) -> str:
        state = self.states.get(name)
        return state.commit if state is not None else ""

    def _answer(self, name: str) -> str:
        found = requests.pending(self.tools.store)
        ids = [found[key].id for key in (facts.ALL, name) if key in found and found[key].id in self.asked]
        return ids[-1] if ids else ""

    def _seen(self, name: str, plan: Plan, apart: Apart) -> StackFacts:
        """What the plan saw, in the fields that come from reading."""
        changes = changes_of(plan, name)
        providers = apart.opened.session().providers

        def ask(change: Change, live: Live) -> Health:
            reader = providers.reader(change.pin.kind)
            return Health(state="unknown") if isinstance(reader, Diagnostic) else reader.health(change.type, live)

        health = health_of(changes, ask)
        if name in self.touched:
            health = Health(state="progressing", reason="just applied")
        drifted = [change.address for change in changes if change.drifted]
        return StackFacts(health=health.state, health_reason=health.reason, drift=len(drifted), drifted=tuple(drifted[:20]))

    def _waiting_digest(self, planned: PlanRun, name: str, verdict: Verdict) -> str:
        return stack_digest(planned, name) if verdict.pending else ""

    def _message(self, name: str, verdict: Verdict, plan: Plan | None) -> str:
        if name in self.errors:
            return self.errors[name]
        if name in self.waits:
            return self.waits[name] + (f"; {verdict.pending} to do" if verdict.pending else "")
        if verdict.held:
            first = verdict.held[0]
            if first.code == "approval":
                planned = self.plans[name]
                return f"waiting for approval {stack_digest(planned, name)[:8]}: {verdict.pending} changes"
            more = f" and {len(verdict.held) - 1} more" if len(verdict.held) > 1 else ""
            return f"{first.address}: {first.reason}{more}"
        if plan is not None and not verdict.pending and any(item.drifted for item in changes_of(plan, name)):
            return "drift is only reported here"
        return ""

    def _tell_differences(self, name: str, before: StackFacts, after: StackFacts) -> None:
        """Only what is new is said."""
        if after.error and after.error != before.error:
            self._tell("failed", after.error, name, "error")
        if after.held != before.held and after.held:
            self._tell("held", after.message, name, "warning")
        elif after.message != before.message and after.message and not after.error:
            self._tell("waiting", after.message, name)
        if after.health != before.health or (after.health_reason != before.health_reason and after.health == "degraded"):
            level = "warning" if after.health == "degraded" else "info"
            self._tell("health", f"{after.health} {after.health_reason}", name, level)
        if after.drift and after.drifted != before.drifted:
            self._tell("drift", f"{after.drift} out of plumb: {', '.join(after.drifted[:3])}", name, "warning")
        if after.healed_at != before.healed_at:
            self._tell("healed", "drift was undone", name)
        if after.applied == self.commit and before.applied != self.commit:
            self._tell("settled", f"is as {self.commit[:8]} says", name)
        if before.error and not after.error:
            self._tell("mended", f"no longer fails: {before.error}", name)

    def _tell(self, kind: str, text: str, stack: str = "", level: str = "info") -> None:
        self.tools.tell(Told(kind=kind, text=text, stack=stack, commit=self.commit, level=level, time=self.tools.store.now()))


def stack_digest(planned: PlanRun, stack: str) -> str:
    """The digest of what the plan does in one stack: that of a plan of this stack alone with the same outcome."""
    assert planned.plan is not None
    return plan_digest([digest_of(planned, change) for change in _digested(planned.plan, stack)])


def _digested(plan: Plan, stack: str) -> list[Change]:
    return [change for change in changes_of(plan, stack) if change.act not in (Act.NONE, Act.BLOCKED)]


def _part(stacks: Stacks, names: Iterable[str]) -> Stacks:
    return replace(stacks, stacks={name: stacks.stacks[name] for name in sorted(names)})


def _guilty(errors: list[Diagnostic], stacks: Stacks, names: list[str]) -> dict[str, list[Diagnostic]]:
    """Whose the errors are; all of the stacks where one is nobody's."""
    found: dict[str, list[Diagnostic]] = {}
    for item in errors:
        name = stack_of(item.address)
        if name not in names and item.source is not None:
            name = next((each for each in names if item.source.file in _files(stacks, each)), "")
        for guilty in [name] if name in names else names:
            found.setdefault(guilty, []).append(item)
    return found


def _files(stacks: Stacks, name: str) -> set[str]:
    stack = stacks.stacks[name]
    return {
        stack.file,
        *(item.file for item in stack.declarations.values()),
        *(item.file for item in stack.outputs.values()),
        *(item.file for item in stack.checks),
    }


def _passive(plan: Plan, name: str, reason: str, removed: bool) -> Verdict:
    acting = [change for change in changes_of(plan, name) if change.acts]
    verdict = Verdict(pending=len(acting))
    if removed:
        count = sum(change.act is Act.DELETE for change in acting)
        text = f"stack removed: {count} to delete; the controller never does that by itself, `plumb destroy {name}` does"
        verdict.held = [Hold(address=name, code="removed", reason=text)]
    return verdict


def _other(id: str, mine: str) -> Diagnostic:
    return Diagnostic(code="P0515", summary=f"the repository id became {id}: the state of {mine} is elsewhere")


def _said(found: list[Diagnostic]) -> str:
    first = found[0]
    place = f"{first.source}: " if first.source is not None else f"{first.address}: " if first.address else ""
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return f"{place}{first.summary}{more}"


__all__ = ["Looked", "Looking", "Tools", "stack_digest"]
