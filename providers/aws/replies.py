"""Sends one step and says what came of it."""

from __future__ import annotations

from typing import Any

from providers.aws.codes import is_busy, is_missing, is_so_already, is_taken
from providers.aws.kind import Type, values_of
from providers.contract.diagnostic import Diagnostic
from providers.contract.step import Done, NoEffect, Refused, Step, StepReply, Unanswered
from providers.contract.transport import Answered, Lost, Rejected, Send
from providers.contract.values import get, reveal


def send_step(step: Step, send: Send, *, creates: Type | None, proves: bool) -> StepReply:
    """`creates` is the type whose create request this is, None for every other step. `proves`: an answer to this delete
    says that the object is gone."""
    parameters = reveal(step.parameters)  # type: ignore[arg-type]
    assert isinstance(parameters, dict)
    answer = send(step.operation, parameters)
    match answer:
        case Answered():
            return Done(
                identity=created_identity(creates, step, answer.body),
                produced=answer.body,
                request_id=answer.request_id,
                gone=proves,
            )
        case Lost(sent=False, reason=reason):
            return NoEffect(diagnostic=Diagnostic(code="P0551", summary="the request never left", detail=reason))
        case Lost(reason=reason):
            return Unanswered(reason=reason)
        case Rejected():
            return rejected(step, answer)


def created_identity(kind: Type | None, step: Step, body: Any) -> str:
    if step.identity or kind is None:
        return step.identity
    create = kind.entry.create
    if create.identity:
        return str(get(body, create.identity) or "")
    item = get(body, create.item)
    return kind.identity(values_of(kind, item)) if isinstance(item, dict) else ""


def rejected(step: Step, answer: Rejected) -> StepReply:
    diagnostic = Diagnostic(
        code="P0550",
        summary=f"AWS refused {step.operation}: {answer.code}",
        detail=answer.message,
    )
    if answer.retry_after is not None:
        return NoEffect(diagnostic=diagnostic, retry_after=answer.retry_after)
    if not step.creates and not step.deletes and is_so_already(step.operation, answer):
        return Done(identity=step.identity)
    if is_taken(answer, creates=step.creates):
        return Refused(diagnostic=diagnostic, exists=True)
    if is_missing(answer):
        return Refused(diagnostic=diagnostic, missing=True)
    if is_busy(answer):
        return NoEffect(diagnostic=diagnostic, retry_after=2.0)
    return Refused(diagnostic=diagnostic)
