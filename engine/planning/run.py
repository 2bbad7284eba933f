"""The planning machine: reads in waves, as identifiers become computable, and decides every address."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from engine.address import parse_address
from engine.effects import Broken, Effect, Event, Interrupt, Notice, Reply, Result
from engine.encoding import digest_secrets, from_plain
from engine.link import Graph, link
from engine.plan import Plan
from engine.planning.candidate import Candidate, Stage
from engine.planning.changes import Surroundings
from engine.planning.choosing import Choosing, choose
from engine.planning.clouds import Cloud
from engine.planning.declared import Declared
from engine.planning.finish import assemble
from engine.planning.question import Question
from engine.planning.recorded import Records
from engine.planning.survey import Survey
from engine.records import Recorded
from engine.scopes import Scopes
from providers.contract.diagnostic import Diagnostic
from providers.contract.values import Value

Handler = Callable[[Result | Broken], None]


@dataclass(slots=True)
class PlanRun:
    """Told events, answers with effects; `plan` is set once it is finished, and stays None where it was interrupted.

    It goes round by round: everything that can be evaluated is, then all that has to be read is read in as few
    batches as there are, then all that has to be proposed is proposed.
    """

    question: Question
    plan: Plan | None = None
    graph: Graph = field(init=False)
    scopes: Scopes = field(init=False)
    choosing: Choosing = field(init=False)
    survey: Survey = field(init=False)
    records: Records = field(init=False)
    declared: Declared = field(init=False)
    now: float = 0.0
    interrupted: bool = False
    _pending: dict[int, Handler] = field(default_factory=dict)
    _outgoing: list[Effect] = field(default_factory=list)
    _ticket: int = 0
    _ready: deque[str] = field(default_factory=deque)

    def __post_init__(self) -> None:
        question = self.question
        self.graph = link(question.stacks)
        keys = {name: keys.identity_key for name, keys in question.keys.items()}
        self.scopes = Scopes(stacks=question.stacks, graph=self.graph, keys=keys, outside=question.outside)
        self.choosing = choose(question.selection, self.graph)
        self.survey = Survey(self)
        self.records = Records(self)
        self.declared = Declared(self)
        self.declared.diagnostics.extend(self._missing_outputs())

    def _missing_outputs(self) -> list[Diagnostic]:
        """Outputs of stacks outside this plan that were never recorded."""
        found = []
        for stack, name in sorted(self.graph.outside):
            if (stack, name) not in self.question.outside and not self.question.destroy:
                summary = f"output {name} of stack {stack} was never recorded"
                help = f"apply {stack} first, or plan both together: plumb plan {stack} ..."
                found.append(Diagnostic(code="P0404", summary=summary, notes=(("help", help),)))
        return found

    @property
    def finished(self) -> bool:
        return self.plan is not None or self.interrupted

    def start(self, now: float) -> Iterable[Effect]:
        self.now = now
        self.records.begin()
        self._ready.extend(self.declared.begin())
        return self._advance()

    def step(self, event: Event) -> Iterable[Effect]:
        self.now = event.time
        match event:
            case Reply(ticket=ticket, result=result):
                self._pending.pop(ticket)(result)
            case Broken(ticket=ticket):
                self._pending.pop(ticket)(event)
            case Interrupt():
                self.interrupted = True
                return ()
        return self._advance()

    def ask(self, make: Callable[[int], Effect], handler: Handler) -> None:
        """Sends an effect under a new ticket; `handler` gets its result."""
        self._ticket += 1
        self._pending[self._ticket] = handler
        self._outgoing.append(make(self._ticket))

    def tell(self, notice: Notice) -> None:
        self._outgoing.append(notice)

    def _advance(self) -> list[Effect]:
        while True:
            self._settle_nodes()
            self.survey.flush()
            if self._ready:
                continue
            if self._pending:
                break
            if self.survey.queued:
                continue
            if self.records.settle_undeclared():
                continue
            self._finish()
            break
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def _settle_nodes(self) -> None:
        while self._ready:
            node = self._ready.popleft()
            self.declared.visit(node)

    def release(self, node: str) -> None:
        """The node has its value: what waits only for it may be evaluated."""
        self._ready.extend(self.declared.released(node))

    def around(self, stack: str) -> Surroundings:
        question = self.question
        return Surroundings(
            stack=question.stacks.stacks.get(stack),
            state=question.states[stack],
            keys=question.keys[stack],
            origin=question.stacks.origin,
            removals=self.records.removals,
            now=self.now,
            lifted=question.lifted,
            refresh_only=question.refresh_only,
        )

    def cloud_of(self, candidate: Candidate) -> Cloud:
        return self.survey.cloud(candidate.spec)

    def _finish(self) -> None:
        undecided = [item for item in self.declared.candidates.values() if item.stage is not Stage.DECIDED]
        assert not undecided, f"never decided: {[item.key for item in undecided]}"
        self.plan = assemble(self)

    def recorded_value(self, record: Recorded) -> Value:
        """What was recorded of the object, sealed parts opened."""
        stack = parse_address(record.address).stack
        return from_plain(record.values, lambda text: self.question.unseal(stack, text))

    def seal(self, stack: str) -> Callable[..., dict[str, str]]:
        return digest_secrets(self.question.keys[stack].identity_key)
