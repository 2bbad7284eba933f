"""One piece of work from its first look to its last line in the journal: a task, resumed with answers."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import msgspec

from engine import effects, journal
from engine.applying import deletion, endings, requests
from engine.applying.narrow import Stop, narrow
from engine.applying.subject import End, Running, Subject
from engine.applying.work import Kind
from engine.effects import Broken
from engine.instances import InstanceSpec
from engine.plan import Act
from engine.planning.changes import prior_inputs
from engine.taint import tainted_live
from engine.tasks import Ask, Slot, Wish
from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Absent, Live, Unreadable
from providers.contract.proposal import Action, Proposal, Wanted
from providers.contract.step import Preparation, Step
from providers.contract.values import Value


def run(it: Subject) -> Running:
    if not (yield Slot((-it.work.distance, it.work.key))):
        return End(result="left")
    change = it.change
    it.desk.tell("started", change)
    instance = yield from it.desk.instance(spec(it))
    if isinstance(instance, Diagnostic):
        return it.failed(instance)
    it.instance = instance
    it.name = it.desk.operation()
    it.uid = change.uid or it.desk.settings.ids()
    if it.work.kind is Kind.DELETE:
        return (yield from deletion.delete(it))
    return (yield from make(it))


def spec(it: Subject) -> InstanceSpec:
    recorded, candidate = it.change.recorded, it.desk.candidate(it.change.address)
    if it.work.kind is not Kind.DELETE and candidate is not None:
        return candidate.spec
    assert recorded is not None
    return it.desk.planned.records.spec(recorded)


def make(it: Subject) -> Running:
    problem = it.resolve()
    if problem is not None:
        return it.failed(problem)
    refused = it.unmet()
    if refused:
        return it.stopped(refused)
    at_home = yield from moved(it)
    if not at_home:
        return it.failed(it.desk.broken)
    looked = yield from look(it)
    if isinstance(looked, End):
        return looked
    proposal = yield from propose(it)
    if isinstance(proposal, Diagnostic):
        return it.failed(proposal)
    action = narrow(it.change, it.inputs, proposal, it.live)
    if isinstance(action, Stop):
        return it.stopped(action.reason)
    if action is Action.NONE and it.live is not None:
        return (yield from nothing(it, it.live))
    return (yield from send_all(it, action, proposal))


def moved(it: Subject) -> Generator[Wish, Any, bool]:
    """A record that lies at another address comes here first."""
    change = it.change
    if not change.previous_address or change.recorded is None:
        return True
    before = change.previous_address.partition(".")[0]
    if before == it.stack:
        line = journal.Moved(time=it.desk.now, from_address=change.previous_address, to_address=change.address)
        return (yield from it.desk.append(it.stack, line))
    values = it.desk.stored(it.stack, change.live.values) if change.live is not None else {}
    record = msgspec.structs.replace(change.recorded, address=change.address, values=values)
    noted = journal.Noted(time=it.desk.now, record=record, reason=f"from {change.previous_address}")
    if not (yield from it.desk.append(it.stack, noted)):
        return False
    forgot = journal.Forgot(
        time=it.desk.now,
        address=change.previous_address,
        generation=change.recorded.generation,
        reason=f"moved to {change.address}",
    )
    return (yield from it.desk.append(before, forgot))


def look(it: Subject) -> Generator[Wish, Any, End | None]:
    """What is there now. A new object without an identity of its own needs no look."""
    change, provider = it.change, it.provider()
    identity = provider.identity(change.type, it.inputs)
    updates = change.act in (Act.UPDATE, Act.ADOPT, Act.MOVE)
    if change.live is not None and updates:
        identity = change.live.identity
    elif not (identity and change.deferred):
        return None
    observation = yield from it.read(identity)
    match observation:
        case Live():
            it.live = observation
            if not updates and not it.ours(observation):
                return it.stopped("an object with this identity exists, and nothing says that it is ours")
        case Absent():
            it.live = None
        case Unreadable(diagnostic=diagnostic):
            return it.failed(diagnostic)
    return None


def propose(it: Subject) -> Generator[Wish, Any, Proposal | Diagnostic]:
    assert it.instance is not None
    instance, recorded = it.instance, it.change.recorded
    prior: dict[str, Value] | None = None
    digests: dict[str, str] = {}
    if recorded is not None and it.live is not None:
        prior, digests = prior_inputs(recorded, it.inputs, it.desk.keys(it.stack).identity_key)
    candidate = it.desk.candidate(it.change.address)
    ignore = candidate.resource.declaration.lifecycle.ignore if candidate and candidate.resource else ()
    wanted = Wanted(
        type=it.change.type,
        inputs=it.inputs,
        recorded=prior,
        live=it.live,
        ignore=ignore,
        digests=digests,
    )
    if it.live is None and not it.change.deferred and it.change.desired == it.inputs:
        return Proposal(action=Action.CREATE, planned=it.change.after or {})
    result = yield Ask(lambda ticket: effects.Proposing(ticket=ticket, instance=instance, wanted=(wanted,)))
    if isinstance(result, Broken):
        return result.diagnostic
    proposal: Proposal = result[0]
    errors = [item for item in proposal.diagnostics if item.is_error]
    return errors[0].at(it.change.address) if errors else proposal


def nothing(it: Subject, live: Live) -> Running:
    """It is already as it should be."""
    record = it.record(live.identity)
    values = it.desk.stored(it.stack, tainted_live(live, it.inputs).values)
    record = msgspec.structs.replace(record, values=values, object_uid=live.uid, ready=True)
    line = journal.Noted(time=it.desk.now, record=record, reason="already so")
    if not (yield from it.desk.append(it.stack, line)):
        return it.failed(it.desk.broken)
    return it.finished(live)


def send_all(it: Subject, action: Action, proposal: Proposal) -> Running:
    owner = it.owner()
    recorded = it.change.recorded
    prior = None
    if recorded is not None and action is Action.UPDATE:
        prior, _ = prior_inputs(recorded, it.inputs, it.desk.keys(it.stack).identity_key)
    preparation = Preparation(
        type=it.change.type,
        action=action,
        inputs=it.inputs,
        recorded=prior,
        live=it.live,
        proposal=proposal,
        owner=owner,
    )
    steps = it.provider().prepare(preparation)
    problem = next((item for item in steps if isinstance(item, Diagnostic)), None)
    if problem is not None:
        return it.failed(problem.at(it.change.address))
    ready_steps = [item for item in steps if isinstance(item, Step)]
    if it.live is not None:
        it.identity = it.live.identity
    if not ready_steps and it.live is not None:
        return (yield from nothing(it, it.live))
    for index, step in enumerate(ready_steps):
        end = yield from requests.step(it, index, len(ready_steps), step, action)
        if end is not None:
            return end
    return (yield from endings.until_ready(it))
