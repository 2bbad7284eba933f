"""What became of a request whose answer never came: resolved by the recovery class, in this run or in the next."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, TypeAlias

from engine import effects
from engine.instances import Instance
from engine.planning.changes import OWNER_AT, OWNER_RESOURCE
from engine.tasks import Ask, Look, Sleep, Wish
from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Absent, Live, Target
from providers.contract.schema import RecoveryClass
from providers.contract.step import Done, NoEffect, Refused, Step, StepReply, Unanswered


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A step that was sent, or may have been; `since` is when it was intended. After `not_after` nobody sends it any more:
    its fence, or the moment its sender was known to have stopped, whichever is earlier. Whoever holds a lease over its
    address knows the latter: the former holder's lease is over, or its process is dead.

    `resend` is False where the request cannot be made again as it was (a secret in it is not at hand).
    """

    instance: Instance
    type: str
    step: Step
    owner: dict[str, str]
    not_after: float
    since: float
    signature_life: float
    listing_lag: float
    resend: bool = True
    equal_request: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """It took effect: this is the object. `others` are further instances, to be quarantined."""

    live: Live
    others: tuple[Live, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Never:
    """It is past doubt that nothing came of it, and that nothing will."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """The deletion took effect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsettled:
    """Not provable: a person has to say. `candidates` are what it may be."""

    diagnostic: Diagnostic
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Sent again, and answered this time."""

    reply: Done | Refused


Settlement: TypeAlias = Found | Never | Gone | Unsettled | Answered
Settling: TypeAlias = Generator[Wish, Any, Settlement]

RESENDS = 3
PAUSE = 1.0


def settle(question: Question, now: Any) -> Settling:
    """`now` is called for the time. Waits where the class needs it; ends early, unsettled, where the run stops."""
    step = question.step
    if step.deletes:
        return (yield from _deleted(question, now))
    if not step.creates:
        return (yield from _again(question, now))
    match step.recovery:
        case RecoveryClass.TOKEN if question.resend:
            return (yield from _again(question, now))
        case RecoveryClass.NATURAL_KEY:
            return (yield from _again(question, now)) if question.resend else (yield from _by_name(question, now))
        case RecoveryClass.NAME:
            return (yield from _by_name(question, now))
        case RecoveryClass.NONE:
            return (yield from _structural(question))
        case _:
            return (yield from _by_tags(question, now))


def _again(question: Question, now: Any) -> Settling:
    """The same request, same token: an upsert or a token makes it harmless."""
    reply: StepReply | None = None
    for _ in range(RESENDS):
        reply = yield _send(question, now)
        if isinstance(reply, Refused) and reply.exists and question.step.creates:
            return (yield from _in_the_way(question, reply))
        if isinstance(reply, Done | Refused):
            return Answered(reply=reply)
        retry = reply.retry_after if isinstance(reply, NoEffect) else PAUSE
        if (yield Sleep(now() + retry)):
            break
    if question.step.recovery is RecoveryClass.TOKEN and question.step.creates:
        return (yield from _by_tags(question, now))
    return _unanswered(question, reply)


def _in_the_way(question: Question, refused: Refused) -> Settling:
    """The creation, sent again, says that the object exists: the first one made it, where it is ours; else it is a
    stranger's."""
    found = yield from _search(question)
    if isinstance(found, Diagnostic):
        return Unsettled(diagnostic=found)
    ours = [live for live in found if _ours(question, live) or _has_its_key_alone(question, live)]
    return _chosen(ours) if ours else Answered(reply=refused)


def _has_its_key_alone(question: Question, live: Live) -> bool:
    """What is nothing but its natural key (a route, an attachment) and can carry no owner: it was absent when it was
    planned, so it is what was asked for, whoever asked. What could carry our tags and does not is a stranger's."""
    natural = question.step.recovery is RecoveryClass.NATURAL_KEY
    return natural and not live.owner and not _holds(question.step.parameters, question.owner.get(OWNER_RESOURCE, ""))


def _holds(value: object, text: str) -> bool:
    if isinstance(value, dict):
        return any(_holds(item, text) for item in value.values())
    return any(_holds(item, text) for item in value) if isinstance(value, list) else value == text


def _send(question: Question, now: Any) -> Ask:
    return Ask(
        lambda ticket: effects.Sending(ticket=ticket, instance=question.instance, step=question.step, not_after=now() + 30.0)
    )


def _unanswered(question: Question, reply: object) -> Unsettled:
    reason = reply.reason if isinstance(reply, Unanswered) else "the run stopped"
    return Unsettled(diagnostic=Diagnostic(code="P0430", summary=f"{question.step.operation} was not answered: {reason}"))


def _search(question: Question) -> Generator[Wish, Any, list[Live] | Diagnostic]:
    result = yield Ask(
        lambda ticket: effects.Searching(
            ticket=ticket,
            instance=question.instance,
            type=question.type,
            step=question.step,
            owner={key: value for key, value in question.owner.items() if key != OWNER_AT},
        )
    )
    if isinstance(result, list):
        return result
    return result if isinstance(result, Diagnostic) else result.diagnostic


def _by_name(question: Question, now: Any) -> Settling:
    """Ours by its tags; where it carries none, by a creation after the intent; a stranger's is never taken."""
    found = yield from _search(question)
    if isinstance(found, Diagnostic):
        return Unsettled(diagnostic=found)
    if not found:
        return (yield from _again(question, now)) if question.resend else (yield from _outlast(question, now))
    live = found[0]
    if _ours(question, live):
        return Found(live=live)
    return Unsettled(
        diagnostic=Diagnostic(code="P0431", summary=f"{live.identity} exists, and nothing proves that this run made it"),
        candidates=(live.identity,),
    )


def _ours(question: Question, live: Live) -> bool:
    if live.owner:
        return all(live.owner.get(key) == value for key, value in question.owner.items() if key != OWNER_AT)
    return live.created_at is not None and live.created_at >= question.since - 1.0


def _by_tags(question: Question, now: Any) -> Settling:
    """One: it. Several: the oldest, the rest quarantined. None: wait until no late request can be accepted."""
    found = yield from _search(question)
    if isinstance(found, Diagnostic):
        return Unsettled(diagnostic=found)
    return _chosen(found) if found else (yield from _outlast(question, now))


def _chosen(found: list[Live]) -> Found:
    ordered = sorted(found, key=lambda live: (live.created_at or 0.0, live.identity))
    return Found(live=ordered[0], others=tuple(ordered[1:]))


def _outlast(question: Question, now: Any) -> Settling:
    """Two spaced complete reads after lease end + signature life + listing lag, and nothing: it never happened."""
    past = question.not_after + question.signature_life + question.listing_lag
    for until in (past, past + max(1.0, question.listing_lag / 10)):
        if (yield Sleep(max(until, now()))):
            return Unsettled(diagnostic=_waiting(question, past))
        found = yield from _search(question)
        if isinstance(found, Diagnostic):
            return Unsettled(diagnostic=found)
        if found:
            return _chosen(found)
    return Never()


def _waiting(question: Question, past: float) -> Diagnostic:
    return Diagnostic(
        code="P0432",
        summary=f"whether {question.step.operation} took effect is known {past - question.since:.0f} s after it was sent",
    )


def _structural(question: Question) -> Settling:
    """No token, no name, no tags: the candidates are named, and a person says which it is."""
    found = yield from _search(question)
    if isinstance(found, Diagnostic):
        return Unsettled(diagnostic=found)
    names = tuple(live.identity for live in found)
    return Unsettled(
        diagnostic=Diagnostic(
            code="P0433",
            summary=f"nothing proves whether {question.step.operation} took effect",
            notes=(("candidates", ", ".join(names) or "none"),),
        ),
        candidates=names,
    )


def _deleted(question: Question, now: Any) -> Settling:
    """Not found after our own delete is done; still there: the delete again, by its identity."""
    target = Target(key="settle", type=question.type, identity=question.step.identity)
    observation = yield Look(question.instance, target)
    if isinstance(observation, Absent):
        return Gone()
    if isinstance(observation, Live):
        return (yield from _again(question, now))
    return Unsettled(diagnostic=Diagnostic(code="P0434", summary=f"{question.step.identity} cannot be read"))
