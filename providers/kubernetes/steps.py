"""The one request a change needs, and what its answer means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Live
from providers.contract.proposal import Action, Proposal
from providers.contract.schema import RecoveryClass
from providers.contract.step import Done, NoEffect, Preparation, Refused, Step, StepReply, Unanswered
from providers.contract.transport import Answered, Lost, Rejected, Send
from providers.contract.values import Value, put, render_path, reveal, unknown_paths
from providers.kubernetes.answers import (
    causes,
    invalid,
    is_changed,
    is_conflict,
    is_dying,
    is_missing,
    is_missing_namespace,
    is_not_served,
    problem,
)
from providers.kubernetes.differing import Comparison, compare
from providers.kubernetes.names import Name, ObjectType, name_of
from providers.kubernetes.objects import live_of, with_owner
from providers.kubernetes.planning import create_body, stranger, update_body
from providers.kubernetes.redaction import redact, redacted, secret_texts
from providers.kubernetes.requests import apply_request, delete_request
from providers.kubernetes.schemas import has_status, shape
from providers.kubernetes.veiling import secret_fields, veil

DYING_RETRY = 2.0
"""Seconds until something that is being deleted is asked for again."""


def prepare(preparation: Preparation) -> list[Step] | list[Diagnostic]:
    type = ObjectType.parse(preparation.type)
    if type is None:
        return [Diagnostic(code="P0821", summary=f'"{preparation.type}" is not an apiVersion and a kind')]
    unknown = unknown_paths(preparation.inputs) if preparation.action is not Action.DELETE else []
    if unknown:
        return [Diagnostic(code="P0858", summary=f"{render_path(path)} is not known yet", path=path) for path in unknown]
    match preparation.action:
        case Action.NONE:
            return []
        case Action.CREATE:
            return _create(type, preparation)
        case Action.UPDATE:
            return _update(type, preparation)
        case Action.DELETE:
            return _delete(type, preparation)
        case Action.REPLACE:
            return _replace(type, preparation)


def _replace(type: ObjectType, preparation: Preparation) -> list[Step] | list[Diagnostic]:
    made = _create(type, preparation)
    wrong = [item for item in made if isinstance(item, Diagnostic)]
    return wrong or [*_delete(type, preparation), *(item for item in made if isinstance(item, Step))]


def _create(type: ObjectType, preparation: Preparation) -> list[Step] | list[Diagnostic]:
    name = name_of(type, preparation.inputs)
    if name is None:
        return [Diagnostic(code="P0849", summary=f"this {type.kind} has no name", path=("metadata", "name"))]
    body = create_body(with_owner(preparation.inputs, preparation.owner))
    return [
        Step(
            operation="apply",
            parameters=dict(apply_request(type, name, body)),
            recovery=RecoveryClass.NATURAL_KEY,
            creates=True,
            identity=str(name),
            note="create",
        )
    ]


def _update(type: ObjectType, preparation: Preparation) -> list[Step] | list[Diagnostic]:
    """Nothing where all is so already. Force is used only to take back what was declared before, and then only
    on the version of the object that was looked at: but for kinds whose status makes a new version all the time."""
    live = preparation.live
    name = Name.parse(live.identity) if live else None
    if live is None or name is None:
        return [Diagnostic(code="P0854", summary=f"there is no {type.kind} to update")]
    inputs = _unless_ignored(type, preparation, live)
    comparison = compare(type, inputs, preparation.recorded, live)
    owner = {**live.owner, **preparation.owner}
    if comparison.is_same and owner == dict(live.owner):
        return []
    taken = comparison.taken()
    strangers = [stranger(comparison, leaf) for leaf in taken if not comparison.was_ours(leaf.field)]
    if strangers:
        return strangers
    body = update_body(with_owner(comparison.inputs, owner), live)
    force = bool(taken) or _may_be_taken(comparison)
    if force and live.version and not has_status(str(type)):
        body = put(body, ("metadata", "resourceVersion"), live.version)
    request = apply_request(type, name, body, force=force)
    return [Step(operation="apply", parameters=dict(request), identity=live.identity, note="update")]


def _may_be_taken(comparison: Comparison) -> bool:
    """Where the read did not tell who owns what: all that differs was declared before."""
    unknown = not comparison.live.private
    return unknown and bool(comparison.differing) and all(comparison.was_ours(leaf.field) for leaf in comparison.differing)


def _unless_ignored(type: ObjectType, preparation: Preparation, live: Live) -> dict[str, Value]:
    """The inputs, with the live value wherever the proposal saw no difference: there it was told to ignore one."""
    proposal = preparation.proposal
    if proposal is None or proposal.action is not Action.UPDATE or not proposal.differences:
        return preparation.inputs
    result: Value = preparation.inputs
    comparison = compare(type, preparation.inputs, preparation.recorded, live)
    for leaf in comparison.differing:
        if not _is_proposed(leaf.path, proposal):
            result = put(result, leaf.path, comparison.live_at(leaf.field))
    return result if isinstance(result, dict) else preparation.inputs


def _is_proposed(path: tuple[str | int, ...], proposal: Proposal) -> bool:
    return any(all(one == other for one, other in zip(path, difference.path)) for difference in proposal.differences)


def _delete(type: ObjectType, preparation: Preparation) -> list[Step]:
    live = preparation.live
    name = Name.parse(live.identity) if live else None
    if live is None or name is None:
        return []
    replaced = preparation.action is Action.REPLACE or _is_replacement(preparation.proposal)
    request = delete_request(type, name, uid=live.uid, propagation="Foreground" if replaced else "Background")
    return [Step(operation="delete", parameters=dict(request), deletes=True, identity=live.identity, note="delete")]


def _is_replacement(proposal: Proposal | None) -> bool:
    return proposal is not None and proposal.action is Action.REPLACE


def send_step(step: Step, send: Send) -> StepReply:
    reply = _sent(step, send)
    secrets = secret_texts(step.parameters)
    if isinstance(reply, Unanswered):
        return Unanswered(reason=redact(reply.reason, secrets))
    return reply if isinstance(reply, Done) else replace(reply, diagnostic=redacted(reply.diagnostic, secrets))


def _sent(step: Step, send: Send) -> StepReply:
    parameters = {key: reveal(item) for key, item in step.parameters.items()}  # type: ignore[arg-type]
    answer = send(step.operation, parameters)
    match answer:
        case Lost(sent=True, reason=reason):
            return Unanswered(reason=reason)
        case Lost(reason=reason):
            return NoEffect(diagnostic=problem(answer, f"{step.note} {step.identity}"))
        case Answered():
            return _deleted(answer) if step.deletes else _applied(step, answer)
        case Rejected():
            return _delete_refused(step, answer) if step.deletes else _apply_refused(step, answer)


def _type_of(parameters: Mapping[str, object]) -> ObjectType:
    return ObjectType.of(str(parameters["apiVersion"]), str(parameters["kind"]))


def _applied(step: Step, answer: Answered) -> StepReply:
    if not isinstance(answer.body, dict) or not isinstance(answer.body.get("metadata"), dict):
        return Unanswered(reason="the answer is not an object")
    live = live_of(_type_of(step.parameters), answer.body)
    type = str(_type_of(step.parameters))
    if has_status(type):
        return Done(identity=live.identity, request_id=answer.request_id)
    body = step.parameters["body"]
    fields = secret_fields(shape(type), body if isinstance(body, dict) else {})
    complete = replace(live, values=veil(live.values, shape(type), fields))
    return Done(identity=live.identity, request_id=answer.request_id, live=complete)


def _deleted(answer: Answered) -> StepReply:
    """The object itself comes back where finalizers still hold it; a Status says that it is gone."""
    gone = isinstance(answer.body, dict) and answer.body.get("kind") == "Status"
    return Done(request_id=answer.request_id, gone=gone)


def _delete_refused(step: Step, answer: Rejected) -> StepReply:
    name = str(step.parameters["name"])
    action = f"{step.note} {step.identity}"
    if is_missing(answer, name) or is_not_served(answer):
        return Done(gone=True)
    if answer.retry_after is not None:
        return NoEffect(diagnostic=problem(answer, action), retry_after=answer.retry_after)
    changed = is_changed(answer)
    return Refused(diagnostic=problem(answer, action), changed=changed, missing=changed)


def _apply_refused(step: Step, answer: Rejected) -> StepReply:
    action = f"{step.note} {step.identity}"
    if answer.retry_after is not None or is_dying(answer):
        return NoEffect(diagnostic=problem(answer, action), retry_after=answer.retry_after or DYING_RETRY)
    if step.creates and (is_conflict(answer) or is_changed(answer)):
        return Refused(diagnostic=_in_the_way(step), exists=True)
    if is_conflict(answer):
        # prepare saw no such owner, so the object, or its incarnation, is another one since
        return Refused(diagnostic=_conflict(action, answer), changed=True)
    if is_changed(answer):
        gone = "no existing object was found" in answer.message
        return Refused(diagnostic=_changed(step), changed=True, missing=gone)
    if answer.status == 422:
        return Refused(diagnostic=invalid(answer, action)[0])
    missing = is_not_served(answer) or is_missing_namespace(answer, str(step.parameters.get("namespace")))
    return Refused(diagnostic=problem(answer, action), missing=missing)


def _in_the_way(step: Step) -> Diagnostic:
    return Diagnostic(code="P0855", summary=f"{step.identity} is there already")


def _changed(step: Step) -> Diagnostic:
    return Diagnostic(code="P0851", summary=f"{step.identity} is not the object that was looked at any more")


def _conflict(action: str, answer: Rejected) -> Diagnostic:
    fields = "; ".join(f"{cause.field.lstrip('.')}: {cause.message}" for cause in causes(answer))
    return Diagnostic(code="P0852", summary=f"cannot {action}: another manager owns what it sets", detail=fields)
