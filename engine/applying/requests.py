"""One step: intent, effect, outcome, and what is done where no answer comes."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Any

from engine import effects, journal
from engine.applying import endings
from engine.applying.identity import token
from engine.applying.settle import Answered, Found, Gone, Never, Question, settle
from engine.applying.subject import End, Subject
from engine.applying.work import Kind
from engine.effects import Broken
from engine.encoding import to_plain
from engine.planning.changes import OWNER_AT
from engine.records import Recorded, Role
from engine.tasks import Ask, Leave, Sleep, Wish
from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Live
from providers.contract.proposal import Action
from providers.contract.step import Done, NoEffect, Produced, Refused, Step, StepReply, Unanswered
from providers.contract.values import Value, get, put

QUARANTINE = 1_000_000
"""Generations of quarantined instances begin above this, apart from those that plans count."""


def step(it: Subject, index: int, count: int, step: Step, action: Action) -> Generator[Wish, Any, End | None]:
    """Intent, effect, outcome. None: it took effect and its outcome is durable."""
    step = filled(it, index, step)
    intent = intent_of(it, index, count, step, action)
    if not (yield from it.desk.append(it.stack, intent)):
        return it.failed(it.desk.broken)
    deadline = it.desk.now + it.timeout(action)
    while True:
        if it.desk.broken is not None:
            return it.failed(it.desk.broken)
        reply = yield from send(it, step)
        if not isinstance(reply, NoEffect):
            break
        if it.desk.now >= deadline:
            return (yield from refused(it, index, reply.diagnostic, "no_effect"))
        it.desk.tell("retrying", it.change, reply.diagnostic.summary)
        if (yield Sleep(it.desk.now + reply.retry_after)):
            return (yield from refused(it, index, reply.diagnostic, "no_effect"))
    return (yield from outcome(it, index, count, step, intent, reply))


def send(it: Subject, step: Step) -> Generator[Wish, Any, StepReply]:
    assert it.instance is not None
    instance, stack = it.instance, it.stack
    reply = yield Ask(
        lambda ticket: effects.Sending(
            ticket=ticket,
            instance=instance,
            step=step,
            not_after=it.desk.not_after(stack),
            address=it.change.address,
        )
    )
    if isinstance(reply, Broken):
        return Unanswered(reason=reply.diagnostic.summary)
    return reply  # type: ignore[no-any-return]


def filled(it: Subject, index: int, step: Step) -> Step:
    """The step with what earlier ones produced, and its token."""
    parameters = _fill(step.parameters, it.produced)
    if step.token is not None:
        keys = it.desk.keys(it.stack)
        text = token(keys, it.uid, it.change.generation, index, step.token)
        parameters = put(parameters, step.token.path, text)
    assert isinstance(parameters, dict)
    identity = step.identity or it.identity
    return replace(step, parameters=parameters, identity=identity)


def intent_of(it: Subject, index: int, count: int, step: Step, action: Action) -> journal.Intent:
    assert it.instance is not None
    change, instance = it.change, it.instance
    digest = it.desk.digest(it.stack)
    slot = step.token
    return journal.Intent(
        time=it.desk.now,
        operation=it.name,
        run=it.desk.settings.run,
        address=change.address,
        uid=it.uid,
        generation=it.generation(),
        action=action.value,
        step=index,
        steps=count,
        request=step.operation,
        parameters=to_plain(step.parameters, digest),
        recovery=step.recovery.value,
        type=change.type,
        pin=it.pin(),
        creates=step.creates,
        deletes=step.deletes,
        identity=step.identity,
        token=str(get(step.parameters, slot.path)) if slot is not None else "",  # type: ignore[arg-type]
        owner=it.owner() if action is not Action.DELETE else {},
        record=it.record(step.identity) if index == 0 and action is not Action.DELETE else None,
        not_after=it.desk.not_after(it.stack),
        signature_life=instance.signature_life,
        listing_lag=instance.listing_lag,
        note=step.note,
    )


def outcome(
    it: Subject, index: int, count: int, step: Step, intent: journal.Intent, reply: StepReply
) -> Generator[Wish, Any, End | None]:
    match reply:
        case Done():
            return (yield from took_effect(it, index, count, reply))
        case Refused():
            if step.deletes and reply.missing:
                return (yield from took_effect(it, index, count, Done(gone=True)))
            if step.creates and reply.exists:
                return (yield from exists(it, index, count, step, intent, reply))
            return (yield from refused(it, index, reply.diagnostic, "refused"))
        case Unanswered(reason=reason):
            return (yield from unanswered(it, index, count, step, intent, reason))
        case NoEffect(diagnostic=diagnostic):
            return (yield from refused(it, index, diagnostic, "no_effect"))


def took_effect(it: Subject, index: int, count: int, reply: Done) -> Generator[Wish, Any, End | None]:
    """The last step's outcome may wait for what follows it at once; the others are durable before the next leaves."""
    it.produced[index] = reply
    it.identity = reply.identity or it.identity
    if reply.live is not None:
        it.live = reply.live
    line = journal.Outcome(
        time=it.desk.now,
        operation=it.name,
        step=index,
        result="done",
        identity=it.identity,
        request_id=reply.request_id,
        gone=reply.gone,
    )
    if index == count - 1 and it.work.kind is not Kind.DELETE and endings.complete(it, reply):
        return (yield from endings.complete_at_once(it, line))
    if index == count - 1 and it.work.kind is Kind.DELETE and reply.gone:
        yield Leave()
        return (yield from endings.deleted(it, line))
    if not (yield from it.desk.append(it.stack, line)):
        return it.failed(it.desk.broken)
    return None


def exists(
    it: Subject, index: int, count: int, step: Step, intent: journal.Intent, reply: Refused
) -> Generator[Wish, Any, End | None]:
    """A create met an object of its name: ours from a run that was cut off, or a stranger's."""
    assert it.instance is not None
    question = question_of(it, step, intent, resend=False)
    result = yield Ask(
        lambda ticket: effects.Searching(
            ticket=ticket, instance=question.instance, type=question.type, step=step, owner=dict(intent.owner)
        )
    )
    found = result if isinstance(result, list) else []
    ours = [live for live in found if live.owner and _ours_fully(live, intent.owner)]
    if len(ours) == 1:
        return (yield from took_effect(it, index, count, Done(identity=ours[0].identity, live=ours[0])))
    return (yield from refused(it, index, reply.diagnostic, "refused"))


def refused(it: Subject, index: int, diagnostic: Diagnostic, result: str) -> Generator[Wish, Any, End | None]:
    """Nothing came of this step. What earlier steps did stays recorded; the next plan goes on from it."""
    lines = (
        journal.Outcome(time=it.desk.now, operation=it.name, step=index, result=result, message=diagnostic.summary),
        journal.Failed(time=it.desk.now, operation=it.name, message=diagnostic.summary),
    )
    if not (yield from it.desk.append(it.stack, *lines)):
        return it.failed(it.desk.broken)
    return it.failed(diagnostic.at(it.change.address))


def question_of(it: Subject, step: Step, intent: journal.Intent, *, resend: bool) -> Question:
    assert it.instance is not None
    return Question(
        instance=it.instance,
        type=it.change.type,
        step=step,
        owner=dict(intent.owner),
        not_after=min(intent.not_after, it.desk.now),
        since=intent.time,
        signature_life=it.instance.signature_life,
        listing_lag=it.instance.listing_lag,
        resend=resend,
    )


def unanswered(
    it: Subject, index: int, count: int, step: Step, intent: journal.Intent, reason: str
) -> Generator[Wish, Any, End | None]:
    line = journal.Outcome(time=it.desk.now, operation=it.name, step=index, result="unanswered", message=reason)
    if not (yield from it.desk.append(it.stack, line)):
        return it.failed(it.desk.broken)
    it.desk.tell("waiting", it.change, f"no answer to {step.operation}: finding out what came of it")
    settlement = yield from settle(question_of(it, step, intent, resend=True), lambda: it.desk.now)
    match settlement:
        case Found(live=live, others=others):
            end = yield from quarantine(it, others, intent)
            if end is not None:
                return end
            return (yield from took_effect(it, index, count, Done(identity=live.identity, live=live)))
        case Answered(reply=reply):
            return (yield from outcome(it, index, count, step, intent, reply))
        case Gone():
            return (yield from took_effect(it, index, count, Done(gone=True)))
        case Never():
            never = Diagnostic(code="P0442", summary=f"{step.operation} never took effect")
            return (yield from refused(it, index, never, "refused"))
        case _:
            return End(result="unresolved", diagnostic=settlement.diagnostic.at(it.change.address))


def quarantine(it: Subject, others: tuple[Live, ...], intent: journal.Intent) -> Generator[Wish, Any, End | None]:
    lines = quarantined(others, intent, it.desk.now)
    if lines and not (yield from it.desk.append(it.stack, *lines)):
        return it.failed(it.desk.broken)
    return None


def _ours_fully(live: Live, owner: dict[str, str]) -> bool:
    return all(live.owner.get(key) == value for key, value in owner.items() if key != OWNER_AT)


def quarantined(others: tuple[Live, ...], intent: journal.Intent, now: float) -> list[journal.Line]:
    """Further instances of one create are recorded, never used, and deleted by an approved plan."""
    return [
        journal.Noted(
            time=now,
            record=Recorded(
                address=intent.address,
                uid=f"{intent.uid}-{index}",
                generation=intent.generation + QUARANTINE + index,
                type=intent.type,
                pin=intent.pin,
                role=Role.QUARANTINED,
                identity=live.identity,
                object_uid=live.uid,
            ),
            reason="a second instance that a late request made",
        )
        for index, live in enumerate(others, start=1)
    ]


def _fill(value: Any, produced: dict[int, Done]) -> Any:
    if isinstance(value, Produced):
        reply = produced[value.step]
        found: Value = reply.identity if value.identity else get(reply.produced, value.path)
        return value.text.replace("{}", str(found)) if value.text else found
    if isinstance(value, dict):
        return {key: _fill(item, produced) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_fill(item, produced) for item in value]
    return value
