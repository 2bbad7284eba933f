"""The applying machine: schedules the work of a plan, renews its leases, and writes down how it ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from engine import effects, journal
from engine.applying import operation
from engine.applying.desk import Desk, Settings
from engine.applying.notes import Later, Note
from engine.applying.subject import End, Running, Subject
from engine.applying.work import Kind, Work, schedule
from engine.effects import Broken, Effect, Event, Interrupt, Notice, Reply, Result
from engine.plan import Plan
from engine.planning.run import PlanRun
from engine.stores.store import Lease
from engine.tasks import Tasks
from providers.contract.diagnostic import Diagnostic
from providers.contract.values import Value, is_known

RENEWAL = 15.0
"""Seconds between two renewals of a lease."""


@dataclass(slots=True, kw_only=True)
class Report:
    """How an apply ended. `ends` by key of the work; `skipped` names, per address that was not reached, the one whose
    failure it waited for. `result` is applied, failed, stopped (a person must decide), interrupted or broken."""

    ends: dict[str, End] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    outputs: dict[str, dict[str, Value]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    result: str = "applied"


@dataclass(slots=True)
class ApplyRun:
    """`allowed` are the addresses that may be acted on; None: all of the plan. What it leaves out is reported as stopped,
    with all that waits for it. `leases` by stack must be held by the caller, who releases them afterwards."""

    plan: Plan
    planned: PlanRun
    settings: Settings
    leases: dict[str, Lease]
    allowed: frozenset[str] | None = None
    report: Report = field(default_factory=Report)
    desk: Desk = field(init=False)
    works: dict[str, Work] = field(init=False)
    _waiting: dict[str, int] = field(default_factory=dict)
    _closing: int = 0
    _closed: bool = False
    _interrupts: int = 0

    def __post_init__(self) -> None:
        tasks = Tasks(self.settings.parallelism)
        self.desk = Desk(self.plan, self.planned, self.settings, self.leases, tasks)
        self.works = schedule(self.plan)

    @property
    def finished(self) -> bool:
        return self._closed

    def start(self, now: float) -> Iterable[Effect]:
        tasks = self.desk.tasks
        tasks.now = now
        for change in self.plan.changes:
            if change.live is not None and not change.acts:
                self.desk.lives[change.address] = change.live
        for stack in sorted(self.leases):
            self._keep_alive(stack)
        tasks.spawn("begin", self._begin(), self._begun)
        return self._advance()

    def step(self, event: Event) -> Iterable[Effect]:
        tasks = self.desk.tasks
        tasks.now = max(tasks.now, event.time)
        match event:
            case Interrupt():
                self._interrupt()
            case Reply() | Broken():
                tasks.take(event)
        return self._advance()

    def _advance(self) -> list[Effect]:
        tasks = self.desk.tasks
        outgoing = tasks.advance()
        while tasks.idle and not self._closed:
            self._next_phase()
            outgoing.extend(tasks.advance())
        return outgoing

    def _interrupt(self) -> None:
        """Nothing new starts; what is in flight is finished and journaled."""
        self._interrupts += 1
        self.desk.tasks.stop()

    # Leases

    def _keep_alive(self, stack: str) -> None:
        tasks = self.desk.tasks
        tasks.ask(lambda ticket: effects.Waking(ticket=ticket, at=tasks.now + RENEWAL), lambda _: self._renew(stack))

    def _renew(self, stack: str) -> None:
        self.desk.tasks.ask(
            lambda ticket: effects.Renewing(ticket=ticket, stack=stack), lambda result: self._renewed(stack, result)
        )

    def _renewed(self, stack: str, result: Result | Broken) -> None:
        if isinstance(result, Lease):
            self.leases[stack] = result
            self._keep_alive(stack)
        elif isinstance(result, Broken):
            self.desk.fail(result.diagnostic)

    # Phases

    def _begin(self) -> Running:
        settings, origin = self.settings, self.plan.origin
        for stack in sorted(self.leases):
            line = journal.Began(
                time=self.desk.now,
                run=settings.run,
                command=settings.command,
                commit=origin.commit,
                digest=self.plan.digest,
                who=settings.who,
                environment=origin.environment,
                uncommitted=origin.uncommitted,
                message=settings.message,
            )
            if not (yield from self.desk.append(stack, line)):
                return End(result="failed", diagnostic=self.desk.broken)
        return End(result="done")

    def _begun(self, end: End) -> None:
        if end.result != "done":
            return
        blocked = {change.address: change.address for change in self.plan.blocked}
        for change in self.plan.blocked:
            self.report.skipped[change.address] = change.address
            self.report.diagnostics.extend(change.diagnostics)
        self._waiting = {key: len(work.waits) for key, work in self.works.items()}
        for key, work in self.works.items():
            if self.allowed is not None and work.change.address not in self.allowed:
                self._refuse(key, work)
            elif any(need in blocked for need in work.change.needs):
                self._skip(key, next(need for need in work.change.needs if need in blocked))
        for key in list(self.works):
            if self._waiting[key] == 0:
                self._spawn(key)

    def _refuse(self, key: str, work: Work) -> None:
        summary = "not applied: it is not what was approved"
        diagnostic = Diagnostic(code="P0448", summary=summary, address=work.change.address)
        self.report.ends[key] = End(result="stopped", diagnostic=diagnostic)
        self.report.diagnostics.append(diagnostic)
        for user in work.blocks:
            self._skip(user, work.change.address)

    def _spawn(self, key: str) -> None:
        if key in self.report.ends or key in self.report.skipped:
            return
        work = self.works[key]
        if self.desk.tasks.stopping:
            self.report.left.append(work.change.address)
            return
        match work.kind:
            case Kind.NOTE | Kind.WAIT:
                task = Note(self.desk, work).run()
            case Kind.READ:
                task = Later(self.desk, work).run()
            case _:
                task = operation.run(Subject(self.desk, work))
        self.desk.tasks.spawn(key, task, lambda end: self._ended(key, end))

    def _ended(self, key: str, end: End) -> None:
        work = self.works[key]
        self.report.ends[key] = end
        self._progress()
        if end.result != "done":
            if end.diagnostic is not None:
                self.report.diagnostics.append(end.diagnostic)
            if end.result == "left":
                self.report.left.append(work.change.address)
            for user in work.blocks:
                self._skip(user, work.change.address)
            return
        kind = work.kind.value if work.kind is not Kind.NOTE else work.change.act.value
        self.report.counts[kind] = self.report.counts.get(kind, 0) + 1
        for user in work.blocks:
            self._waiting[user] -= 1
            if self._waiting[user] == 0:
                self._spawn(user)

    def _progress(self) -> None:
        done = len(self.report.ends)
        self.desk.tasks.tell(Notice(verb="progress", done=done, total=len(self.works)))

    def _skip(self, key: str, cause: str) -> None:
        if key in self.report.skipped or key in self.report.ends:
            return
        work = self.works[key]
        self.report.skipped[key] = cause
        self.desk.tell("skipped", work.change, f"waits for {cause}")
        for user in work.blocks:
            self._skip(user, cause)

    def _next_phase(self) -> None:
        """All work has ended: outputs and the end are written, stack by stack."""
        if self._closing or self.desk.broken is not None:
            self._close()
            return
        self._closing = 1
        self.report.result = self._result()
        self.desk.tasks.spawn("end", self._end(), lambda end: None)

    def _result(self, stack: str = "") -> str:
        """Of the whole run, or of what it did in one stack: a stack is not failed because another one is."""
        ends = {end.result for key, end in self.report.ends.items() if self._within(stack, self.works[key].change.address)}
        left = any(self._within(stack, address) for address in self.report.left)
        skipped = any(self._within(stack, key.lstrip("-")) for key in self.report.skipped)
        if (self._interrupts and not stack) or (left and "failed" not in ends):
            return "interrupted"
        if "failed" in ends:
            return "failed"
        if "stopped" in ends or "unresolved" in ends or skipped:
            return "stopped"
        return "applied"

    def _within(self, stack: str, address: str) -> bool:
        return not stack or address.startswith(f"{stack}.")

    def _end(self) -> Running:
        for stack in sorted(self.leases):
            lines: list[journal.Line] = []
            result = self.report.result if len(self.leases) == 1 else self._result(stack)
            if result == "applied" and not self.plan.targets:
                lines.extend(self._output(stack))
            lines.append(
                journal.Ended(
                    time=self.desk.now,
                    run=self.settings.run,
                    result=result,
                    counts=self.report.counts,
                    message="; ".join(item.summary for item in self.report.diagnostics[:3]) if result != "applied" else "",
                )
            )
            if not (yield from self.desk.append(stack, *lines)):
                return End(result="failed", diagnostic=self.desk.broken)
        return End(result="done")

    def _output(self, stack: str) -> list[journal.Line]:
        """The line of its outputs, where they changed. Where another stack failed, outputs that stand on it may be unknown:
        then the recorded ones stay."""
        outputs = self._outputs(stack)
        self.report.outputs[stack] = outputs
        wanted = self.planned.question.stacks.stacks.get(stack)
        if self.report.result != "applied" and wanted is not None and outputs.keys() != wanted.outputs.keys():
            return []
        stored = self.desk.stored(stack, outputs)
        if stored == (self.planned.question.states[stack].outputs or {}):
            return []
        return [journal.Output(time=self.desk.now, values=stored, run=self.settings.run)]

    def _outputs(self, stack: str) -> dict[str, Value]:
        if self.plan.destroy or stack not in self.planned.question.stacks.stacks:
            return {}
        self.desk.scopes.pending.clear()
        self.desk.scopes.forget()
        names = self.planned.question.stacks.stacks[stack].outputs
        found = {name: self.desk.scopes.output(stack, name) for name in sorted(names)}
        return {name: value for name, value in found.items() if value is not None and is_known(value)}

    def _close(self) -> None:
        self._closed = True
        if self.desk.broken is not None:
            self.report.result = "broken"
            self.report.diagnostics.append(self.desk.broken)


def needs_apply(plan: Plan) -> bool:
    """True where an apply of the plan would write anything."""
    return any(change.acts for change in plan.changes) or any(
        not stack.removed and stack.outputs != stack.recorded_outputs for stack in plan.stacks
    )
