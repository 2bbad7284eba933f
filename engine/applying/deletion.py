"""A deletion from its look to its end: by identity, from what is recorded alone."""

from __future__ import annotations

from engine import journal
from engine.applying import endings, requests
from engine.applying.subject import DONE, Running, Subject
from engine.records import Recorded
from engine.tasks import Leave
from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Absent, Live, Unreadable
from providers.contract.proposal import Action
from providers.contract.step import Preparation, Step


def delete(it: Subject) -> Running:
    change, recorded = it.change, it.change.recorded
    assert recorded is not None
    it.identity = recorded.identity
    observation = yield from it.read(recorded.identity)
    match observation:
        case Absent():
            line = journal.Forgot(
                time=it.desk.now,
                address=recorded.address,
                generation=recorded.generation,
                reason="already gone",
            )
            if not (yield from it.desk.append(it.stack, line)):
                return it.failed(it.desk.broken)
            it.desk.tell("done", change)
            return DONE
        case Live():
            if change.live is not None and change.live.uid and observation.uid != change.live.uid:
                return it.stopped("another object stands in its place since the plan was made")
            it.live = observation
        case Unreadable(diagnostic=diagnostic):
            return it.failed(diagnostic)
    return (yield from delete_live(it, recorded))


def delete_live(it: Subject, recorded: Recorded) -> Running:
    preparation = Preparation(type=recorded.type, action=Action.DELETE, live=it.live)
    steps = it.provider().prepare(preparation)
    problem = next((item for item in steps if isinstance(item, Diagnostic)), None)
    if problem is not None:
        return it.failed(problem.at(it.change.address))
    ready_steps = [item for item in steps if isinstance(item, Step)]
    for index, step in enumerate(ready_steps):
        end = yield from requests.step(it, index, len(ready_steps), step, Action.DELETE)
        if end is not None:
            return end
    yield Leave()
    return (yield from endings.until_gone(it, recorded))
