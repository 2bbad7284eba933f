"""From what the world answers to what the engine is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Live
from providers.contract.step import Done, NoEffect, Refused, StepReply, Unanswered
from providers.contract.transport import Answer, Answered, Lost, Rejected
from providers.contract.values import Secret, Value
from providers.memory.compare import tag_list
from providers.memory.types import OWNER_PREFIX, SECRET_OUTPUT


def to_live(image: Mapping[str, Any]) -> Live:
    """The object of an answer, owner tags apart from its own."""
    values: dict[str, Value] = image["Values"]
    values[SECRET_OUTPUT] = Secret(values[SECRET_OUTPUT])
    owner: dict[str, str] = {}
    tags: dict[str, Value] = {}
    for key, value in image["Tags"].items():
        if key.startswith(OWNER_PREFIX):
            owner[key] = value
        else:
            tags[key] = value
    if tags:
        values["Tags"] = tag_list(tags)
    return Live(identity=image["Id"], values=values, uid=image["Uid"], owner=owner, created_at=image["Created"])


def to_reply(answer: Answer, identity: str, *, deletes: bool) -> StepReply:
    match answer:
        case Answered(body=dict(body)) if deletes:
            return Done(identity=identity, request_id=answer.request_id, gone=True)
        case Answered(body=dict(body)) if "Values" in body:
            live = to_live(body)
            complete = live.values.get("Status") == "ready"
            return Done(
                identity=live.identity,
                produced=live.values,
                request_id=answer.request_id,
                live=live if complete else None,
            )
        case Answered():
            return Unanswered(reason="the answer is not one of this operation")
        case Lost(sent=False):
            return NoEffect(diagnostic=trouble(answer))
        case Lost():
            return Unanswered(reason=answer.reason)
        case Rejected(retry_after=float() | int() as seconds):
            return NoEffect(diagnostic=trouble(answer), retry_after=seconds)
        case Rejected():
            return _refused(answer)


def trouble(answer: Answer) -> Diagnostic:
    """Why an answer is of no use."""
    match answer:
        case Rejected(code=code, message=message):
            return Diagnostic(code="P0602", summary=f"the memory world refused: {code}", detail=message)
        case Lost(reason=reason):
            return Diagnostic(code="P0603", summary="the memory world did not answer", detail=reason)
        case Answered():
            return Diagnostic(code="P0604", summary="the memory world gave half an answer")


def _refused(answer: Rejected) -> StepReply:
    if answer.status >= 500:
        return Unanswered(reason=f"{answer.code}: {answer.message}")
    return Refused(
        diagnostic=trouble(answer),
        missing=answer.code == "NotFound",
        exists=answer.code == "AlreadyExists",
        changed=answer.code == "PreconditionFailed",
    )
