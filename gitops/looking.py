"""One look: load, recover, plan, apply what may be applied, note how every stack is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from engine.applying.run import Report, needs_apply
from engine.plan import Change, Plan
from engine.planning.run import PlanRun
from engine.session import (
    Busy,
    Interrupted,
    Session,
    Stale,
    apply_plan,
    change_key,
    digest_of,
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
from gitops.apart import Apart, Open, guilty_of, load_apart, said
from gitops.causes import Causes
from gitops.facts import StackFacts
from gitops.found import Found, digested, stack_digest
from gitops.git import Git
from gitops.judging import Leave, accepted, changes_of, health_of, judge, passive_verdict, stack_of
from gitops.loop import Pace, Result, delay
from gitops.status import suspension
from gitops.telling import Tell, Told, differences
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


@dataclass(slots=True)
class Looking:
    """At one commit. `asked` are the requests it answers, by id; they end the pauses of their stacks."""

    tools: Tools
    commit: str
    asked: frozenset[str] = frozenset()
    found: Found = field(init=False)

    def __post_init__(self) -> None:
        self.found = Found(commit=self.commit)

    def run(self) -> Looked:
        apart = load_apart(self.tools.open, self.tools.tree_at(self.commit), self.commit)
        try:
            return self._run(apart)
        finally:
            apart.opened.close()

    def _run(self, apart: Apart) -> Looked:
        store, found = self.tools.store, self.found
        names = sorted({*store.stacks(), *apart.known})
        found.before = {name: facts.read(store, facts.stack_key(name), StackFacts) or StackFacts() for name in names}
        repository = apart.opened.loaded.repository
        if repository is not None and repository.id != self.tools.repository:
            apart.general = [_other(repository.id, self.tools.repository)]
        found.errors = {name: said(reasons) for name, reasons in apart.broken.items()}
        if apart.general:
            found.errors = dict.fromkeys(names, said(apart.general))
        else:
            self._work(apart, names)
        return self._conclude(apart, names)

    # Planning and applying

    def _work(self, apart: Apart, names: list[str]) -> None:
        session = apart.opened.session()
        self._sort_out(apart, names)
        try:
            self._recover(session, apart.stacks)
            for _ in range(PLANS):
                if self._plan_and_apply(session, apart):
                    break
            self._plan_passive(session, apart, names)
        except Interrupted:
            self.found.interrupted = True

    def _sort_out(self, apart: Apart, names: list[str]) -> None:
        """Which stacks are only looked at, and why."""
        found, now = self.found, self.tools.store.now()
        for name in names:
            found.states[name] = state = read_state(self.tools.store, name)
            stack = apart.stacks.stacks.get(name)
            if suspension(state, now):
                found.waits[name] = _suspended(state)
            elif stack is not None and stack.observe_only:
                found.waits[name] = "only observed (mode: observe)"
            elif name not in apart.known:
                found.waits[name] = "the commit has no such stack any more"
            elif self._pausing(name, now):
                found.paused.add(name)
                found.waits[name] = f"tried again after a pause: {found.before[name].error}"

    def _pausing(self, name: str, now: float) -> bool:
        before = self.found.before[name]
        return before.retry_at > now and before.head == self.commit and not self._answer(name)

    def _recover(self, session: Session, stacks: Stacks) -> None:
        """Settles what earlier runs left open, in the stacks that may be worked on."""
        found = self.found
        while True:
            names = [name for name in stacks.stacks if name not in found.waits and found.states[name].open]
            if not names:
                return
            try:
                run = recover(session, question(session, _part(stacks, names)))
            except Busy as busy:
                self._is_busy(busy)
                continue
            for name in names:
                self._tell("recovered", "what an earlier run left open was looked into", name)
                if run.broken is not None:
                    found.errors[name] = run.broken.summary
            return

    def _plan_and_apply(self, session: Session, apart: Apart) -> bool:
        """One plan over all that may be worked on, and its apply. False where it has to be planned again."""
        found = self.found
        names = [name for name in apart.stacks.stacks if name not in found.waits and name not in found.errors]
        planned = self._plan(session, apart, names)
        if planned is None or planned.plan is None:
            return True
        allowed = self._judge(apart, planned)
        acting = {change.address for change in planned.plan.changes if change.acts}
        if not needs_apply(planned.plan) or (acting and not allowed):
            return True
        if self._told_to_stop(planned.plan):
            return False
        try:
            self._apply(session, planned, allowed, acting)
        except Stale:
            return False
        except Busy as busy:
            self._is_busy(busy)
            return False
        return True

    def _told_to_stop(self, plan: Plan) -> bool:
        """A stack was suspended while it was planned."""
        now = self.tools.store.now()
        states = {stack.name: read_state(self.tools.store, stack.name) for stack in plan.stacks}
        stopped = {name: _suspended(state) for name, state in states.items() if suspension(state, now)}
        self.found.waits.update(stopped)
        return bool(stopped)

    def _apply(self, session: Session, planned: PlanRun, allowed: set[str], acting: set[str]) -> None:
        self._tell("applying", f"{len(allowed)} of {len(acting)} changes at {self.commit[:8]}")
        report = apply_plan(
            session,
            planned,
            run=self.tools.ids(),
            who=self.tools.who,
            command="controller",
            message=self.tools.git.commit(self.commit).subject,
            allowed=frozenset(allowed),
        )
        self._take(planned, report, allowed)

    def _plan(self, session: Session, apart: Apart, names: list[str], removed: tuple[str, ...] = ()) -> PlanRun | None:
        """A plan of these stacks; those with errors are left out, and the others planned without them."""
        found = self.found
        while names or removed:
            planned = make_plan(session, question(session, _part(apart.stacks, names), removed=removed))
            assert planned.plan is not None
            errors = [item for item in planned.plan.diagnostics if item.is_error]
            guilty = guilty_of(errors, apart.stacks, [*names, *removed])
            if not guilty:
                for name in (*names, *removed):
                    found.plans[name] = planned
                    found.health[name] = self._health(session, planned.plan, name)
                return planned
            for name, reasons in guilty.items():
                found.errors[name] = said(reasons)
            names = [name for name in names if name not in guilty]
            removed = tuple(name for name in removed if name not in guilty)
        return None

    def _health(self, session: Session, plan: Plan, name: str) -> Health:
        def ask(change: Change, live: Live) -> Health:
            reader = session.providers.reader(change.pin.kind)
            return Health(state="unknown") if isinstance(reader, Diagnostic) else reader.health(change.type, live)

        return health_of(changes_of(plan, name), ask)

    def _plan_passive(self, session: Session, apart: Apart, names: list[str]) -> None:
        """The others are planned so that one sees how they are; nothing of them is applied."""
        found = self.found
        passive = [name for name in apart.stacks.stacks if name in found.waits and name not in found.errors]
        self._plan(session, apart, passive)
        removed = tuple(name for name in names if name not in apart.known and found.states[name].records)
        self._plan(session, apart, [], removed)
        for name in (*passive, *removed):
            plan = found.plan(name)
            if plan is not None and name not in found.errors:
                found.verdicts[name] = passive_verdict(plan, name, removed=name in removed)

    def _judge(self, apart: Apart, planned: PlanRun) -> set[str]:
        plan, repository = planned.plan, apart.opened.loaded.repository
        assert plan is not None
        assert repository is not None
        causes = Causes(git=self.tools.git, open=self.tools.open, tree_at=self.tools.tree_at)
        empties = any(change.empty for change in plan.changes)
        allowed: set[str] = set()
        for stack in plan.stacks:
            leave = Leave(
                asks=repository.controller.apply == "approve",
                approved=self._approved(stack.name, planned),
                accepted=self._accepted(stack.name) if empties else frozenset(),
            )
            self.found.verdicts[stack.name] = verdict = judge(plan, stack.name, leave, causes.uncaused)
            allowed |= verdict.allowed
        return allowed

    def _approved(self, stack: str, planned: PlanRun) -> frozenset[str]:
        """What an approval covers: all of the plan it was given for, and afterwards what is left of that."""
        approval = requests.approval(self.tools.store, stack)
        if approval is None:
            return frozenset()
        if approval.digest == stack_digest(planned, stack):
            assert planned.plan is not None
            changes = {change_key(item): digest_of(planned, item) for item in digested(planned.plan, stack)}
            approval = facts.Approval(digest=approval.digest, time=approval.time, who=approval.who, changes=changes)
            facts.write(self.tools.store, facts.approval_key(stack), approval)
        return frozenset(item for item in same_changes(approval.changes, planned) if stack_of(item) == stack)

    def _accepted(self, stack: str) -> frozenset[str]:
        """By trailers of the commits since the last one that was wholly true."""
        git, since = self.tools.git, self.found.before[stack].applied or self.found.states[stack].commit
        if not since or not git.has(since) or not git.is_ancestor(since, self.commit):
            return accepted([git.commit(self.commit)])
        return accepted(git.log(self.commit, since, limit=TRAILERS))

    # What came of it

    def _take(self, planned: PlanRun, report: Report, allowed: set[str]) -> None:
        plan, found = planned.plan, self.found
        assert plan is not None
        found.interrupted |= report.result == "interrupted"
        found.touched |= {stack_of(address) for address in allowed}
        found.touched |= {item.name for item in plan.stacks if not item.removed and item.outputs != item.recorded_outputs}
        drifted = {change.address for change in plan.changes if change.drifted}
        for key, end in report.ends.items():
            address = _address(key)
            if end.result == "done" and address in drifted:
                found.healed.add(stack_of(address))
            elif end.result not in ("done", "left") and address in allowed:
                summary = end.diagnostic.summary if end.diagnostic is not None else end.result
                found.errors.setdefault(stack_of(address), f"{address}: {summary}")
        for key, cause in report.skipped.items():
            if _address(key) in allowed:
                found.undone.setdefault(stack_of(key.lstrip("-")), f"{_address(key)} waits for {_address(cause)}")
        for address in report.left:
            found.undone.setdefault(stack_of(address), f"{address} was not reached")
        if report.result == "broken":
            summary = report.diagnostics[-1].summary if report.diagnostics else "the journal could not be written"
            found.errors = {**dict.fromkeys(found.touched, summary), **found.errors}
        self._tell_applied(plan, report)

    def _tell_applied(self, plan: Plan, report: Report) -> None:
        acts = {change.address: change.act.value for change in plan.changes if change.acts}
        for name in sorted(self.found.touched):
            done = {_address(key) for key, end in report.ends.items() if end.result == "done"}
            counts = Counter(acts[address] for address in done if stack_of(address) == name)
            text = ", ".join(f"{count} {act}" for act, count in sorted(counts.items())) or "nothing to send"
            level = "error" if name in self.found.errors else "info"
            self._tell("applied", f"{self.commit[:8]}: {text}", name, level)

    def _is_busy(self, busy: Busy) -> None:
        holder = busy.held.by[0].holder
        self.found.busy.add(busy.stack)
        self.found.waits[busy.stack] = f"{holder.who}@{holder.host} (process {holder.process}) is working on it"

    # What is noted

    def _conclude(self, apart: Apart, names: list[str]) -> Looked:
        store, found = self.tools.store, self.found
        now = store.now()
        repository = apart.opened.loaded.repository
        settings = repository.controller if repository is not None else None
        notes: dict[str, StackFacts] = {}
        for name in names:
            if not self._shown(name, apart):
                store.note(facts.stack_key(name), None)
                continue
            before = found.before[name]
            notes[name] = after = found.facts(name, now, self._roll_pause, self._answer(name))
            if found.is_settled(name):
                requests.spent(store, name)
            if after != before:
                facts.write(store, facts.stack_key(name), after)
            for kind, text, level in differences(before, after):
                self._tell(kind, text, name, level)
        return Looked(
            result=Result.PROGRESSING if found.moves(notes.values()) else Result.SETTLED,
            status=found.status(notes.values()),
            retry_at=min((item.retry_at for item in notes.values() if item.retry_at > now), default=None),
            settings=settings,
        )

    def _roll_pause(self, failures: int) -> float:
        return delay(failures, self.tools.roll(), self.tools.pace)

    def _shown(self, name: str, apart: Apart) -> bool:
        """A stack that the commit no longer has, and of which nothing is left, is forgotten."""
        state = self.found.states.get(name)
        return name in apart.known or state is None or bool(state.records or state.open)

    def _answer(self, name: str) -> str:
        found = requests.pending(self.tools.store)
        ids = [found[key].id for key in (facts.ALL, name) if key in found and found[key].id in self.asked]
        return ids[-1] if ids else ""

    def _tell(self, kind: str, text: str, stack: str = "", level: str = "info") -> None:
        self.tools.tell(Told(kind=kind, text=text, stack=stack, commit=self.commit, level=level, time=self.tools.store.now()))


def _part(stacks: Stacks, names: Iterable[str]) -> Stacks:
    return replace(stacks, stacks={name: stacks.stacks[name] for name in sorted(names)})


def _other(id: str, mine: str) -> Diagnostic:
    return Diagnostic(code="P0757", summary=f"the repository id became {id}: the state of {mine} is elsewhere")


def _suspended(state: State) -> str:
    reason = state.suspended.reason if state.suspended is not None else ""
    return f"suspended: {reason}" if reason else "suspended"


def _address(key: str) -> str:
    """Of a piece of work: its key is the address, with "-" before it and "#generation" behind it for a deletion."""
    return key.removeprefix("-").rpartition("#")[0] if key.startswith("-") and "#" in key else key.removeprefix("-")
