"""How an operation ends: ready, gone, or given up."""

from __future__ import annotations

from engine import journal
from engine.applying.subject import DONE, End, Running, Subject
from engine.plan import Act
from engine.records import Recorded
from engine.resolve import Resolution
from engine.taint import tainted_live
from engine.tasks import Leave, Sleep
from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Absent, Failed, Live, Observation, Ready, Unreadable, Waiting
from providers.contract.proposal import Action
from providers.contract.step import Done
from providers.contract.values import reveal

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 10.0
VANISHED_SECONDS = 5.0
"""Beyond the listing lag: so long may what was made just now be invisible before it counts as gone."""


def complete(it: Subject, reply: Done) -> bool:
    if reply.live is None or it.has_ready_rule():
        return False
    return isinstance(it.provider().ready(it.change.type, reply.live), Ready)


def complete_at_once(it: Subject, outcome: journal.Outcome) -> Running:
    """The answer was the complete object: outcome, ready and done are one append."""
    yield Leave()
    assert it.live is not None
    lines = (outcome, ready_line(it, it.live), *done_lines(it))
    if not (yield from it.desk.append(it.stack, *lines)):
        return it.failed(it.desk.broken)
    return after(it, it.live)


def done_lines(it: Subject) -> tuple[journal.Line, ...]:
    """The end of the operation; of what was proven gone before it was made anew, the record goes too."""
    done = journal.Done(time=it.desk.now, operation=it.name)
    recorded = it.change.recorded
    if it.change.act is not Act.CREATE or recorded is None:
        return (done,)
    forgot = journal.Forgot(time=it.desk.now, address=recorded.address, generation=recorded.generation, reason="made anew")
    return (done, forgot)


def ready_line(it: Subject, live: Live) -> journal.Ready:
    return journal.Ready(
        time=it.desk.now,
        operation=it.name,
        identity=live.identity,
        object_uid=live.uid,
        values=it.desk.stored(it.stack, tainted_live(live, it.inputs).values),
    )


def until_ready(it: Subject) -> Running:
    """READY ends an operation: it is read until its outputs are complete."""
    yield Leave()
    pause, started = FIRST_PAUSE, it.desk.now
    limit = it.ready_timeout()
    while True:
        observation = yield from it.read(it.identity)
        seen = verdict(it, observation)
        if isinstance(seen, Live):
            lines = (ready_line(it, seen), *done_lines(it))
            if not (yield from it.desk.append(it.stack, *lines)):
                return it.failed(it.desk.broken)
            return after(it, seen)
        if isinstance(seen, Diagnostic):
            return (yield from gave_up(it, seen))
        if isinstance(observation, Absent) and it.desk.now - started > it.lag() + VANISHED_SECONDS:
            gone = "it was there and is not any more: something else deleted it"
            return (yield from gave_up(it, Diagnostic(code="P0449", summary=gone)))
        if it.desk.now - started > limit:
            late = Diagnostic(code="P0443", summary=f"not ready after {limit:.0f} s: {seen}")
            return (yield from gave_up(it, late))
        it.desk.tell("waiting", it.change, seen)
        if (yield Sleep(it.desk.now + pause)):
            return End(result="left")
        pause = min(pause * 1.5, LONGEST_PAUSE)


def verdict(it: Subject, observation: Observation) -> Live | Diagnostic | str:
    """The object once it is ready; why it never will be; or what it waits for."""
    match observation:
        case Live():
            readiness = it.provider().ready(it.change.type, observation)
            match readiness:
                case Failed(diagnostic=diagnostic):
                    return diagnostic
                case Waiting(reason=reason):
                    return reason
            return observation if it.rule_holds(observation) else "its `ready` rule is not true yet"
        case Unreadable(diagnostic=diagnostic):
            return diagnostic.summary
        case _:
            return "it is not visible yet"


def gave_up(it: Subject, diagnostic: Diagnostic) -> Running:
    """It is there and recorded, and not ready: unhealthy, never recreated for that."""
    line = journal.Failed(time=it.desk.now, operation=it.name, message=diagnostic.summary)
    yield from it.desk.append(it.stack, line)
    return it.failed(diagnostic.at(it.change.address))


def after(it: Subject, live: Live) -> End:
    """`after` rules on the final values: a false one blocks dependents."""
    candidate = it.desk.candidate(it.change.address)
    if candidate is not None and candidate.resource is not None and candidate.stack is not None:
        resource, stack = candidate.resource, candidate.stack
        for rule in resource.declaration.after:
            uses = it.desk.scopes.graph_uses(stack, rule.rule)
            scope = it.desk.scopes.scope(stack, uses, each=resource.each, own={"self": tainted_live(live, it.inputs).values})
            if reveal(Resolution(scope).value(rule.rule)) is not True:
                message = str(Resolution(scope).value(rule.message))
                it.finished(live)
                return it.failed(Diagnostic(code="P0444", summary=message, label="this rule is false"))
    return it.finished(live)


def until_gone(it: Subject, recorded: Recorded) -> Running:
    pause, started = FIRST_PAUSE, it.desk.now
    limit = it.timeout(Action.DELETE)
    while True:
        observation = yield from it.read(recorded.identity)
        if isinstance(observation, Absent):
            return (yield from deleted(it))
        if isinstance(observation, Live) and recorded.object_uid and observation.uid != recorded.object_uid:
            return (yield from deleted(it))
        if it.desk.now - started > limit:
            late = Diagnostic(code="P0445", summary=f"still there {limit:.0f} s after its deletion was accepted")
            return (yield from gave_up(it, late))
        it.desk.tell("waiting", it.change, "its deletion is under way")
        if (yield Sleep(it.desk.now + pause)):
            return End(result="left")
        pause = min(pause * 1.5, LONGEST_PAUSE)


def deleted(it: Subject, *before: journal.Line) -> Running:
    line = journal.Done(time=it.desk.now, operation=it.name)
    if not (yield from it.desk.append(it.stack, *before, line)):
        return it.failed(it.desk.broken)
    it.desk.tell("done", it.change, identity=it.identity)
    return DONE
