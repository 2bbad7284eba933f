"""Reads: one object by name, or all of a kind in a namespace in one listing. Absence is always a typed answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Absent, Batch, Live, NotYet, Observation, Target, Unreadable
from providers.contract.transport import Answered, Rejected, Send
from providers.contract.values import Value, get, is_known, reveal
from providers.kubernetes.answers import is_missing, is_not_served, problem
from providers.kubernetes.names import Name, ObjectType, name_of
from providers.kubernetes.objects import live_of
from providers.kubernetes.requests import get_request, list_request
from providers.kubernetes.schemas import scopes, shape
from providers.kubernetes.veiling import secret_fields, veil

LIST_FROM = 4
"""So many targets of one kind and namespace are read in one listing."""
PAGE = 500


def target_name(target: Target) -> Name | None:
    """The recorded or declared identity, else the one that follows from the inputs."""
    type = ObjectType.parse(target.type)
    return Name.parse(target.identity) or (name_of(type, target.inputs) if type else None)


def batches(targets: Sequence[Target]) -> list[Batch]:
    """One listing for many targets of one kind and namespace, one get for each other target."""
    groups: dict[tuple[str, str], list[Target]] = {}
    alone: list[Target] = []
    for target in targets:
        name = target_name(target)
        if name is None or not (name.namespace or scopes().get(name.group_kind) is False):
            alone.append(target)
        else:
            groups.setdefault((target.type, name.namespace), []).append(target)
    result = [Batch(targets=(target,), operation="get") for target in alone]
    for group in groups.values():
        if len(group) >= LIST_FROM:
            result.append(Batch(targets=tuple(group), operation="list"))
        else:
            result.extend(Batch(targets=(target,), operation="get") for target in group)
    return result


def read(batch: Batch, send: Send) -> dict[str, Observation]:
    if batch.operation == "list":
        return _read_listed(batch.targets, send)
    return {target.key: read_one(target, send) for target in batch.targets}


def read_one(target: Target, send: Send) -> Observation:
    type, name = ObjectType.parse(target.type), target_name(target)
    if type is None:
        return Unreadable(diagnostic=Diagnostic(code="P0821", summary=f'"{target.type}" is not an apiVersion and a kind'))
    if name is None:
        return NotYet(reason="its name is not known yet")
    answer = send("get", get_request(type, name))
    match answer:
        case Answered(body=dict() as body) if _is_object(body):
            return _veiled(type, target, live_of(type, body))
        case Rejected() if is_missing(answer, name.name):
            return Absent(reason="not found")
        case Rejected() if is_not_served(answer):
            return Absent(reason=f"the cluster has no {type.group_kind}")
    return Unreadable(diagnostic=problem(answer, f"read {name}"))


def _is_object(body: Mapping[str, Any]) -> bool:
    return isinstance(body.get("metadata"), dict) and bool(body["metadata"].get("name"))


def _read_listed(targets: Sequence[Target], send: Send) -> dict[str, Observation]:
    """From one listing; one by one where the listing is not allowed, or would take more requests than the targets."""
    first = target_name(targets[0])
    type = ObjectType.parse(targets[0].type)
    if type is None or first is None:
        return {target.key: read_one(target, send) for target in targets}
    found = _pages(type, first.namespace, send, most=len(targets))
    if found is None or (isinstance(found, Rejected) and found.status == 403):
        return {target.key: read_one(target, send) for target in targets}
    if isinstance(found, Rejected) and is_not_served(found):
        return {target.key: Absent(reason=f"the cluster has no {type.group_kind}") for target in targets}
    if not isinstance(found, list):
        trouble = found if isinstance(found, Diagnostic) else problem(found, f"list {type.group_kind}")
        return {target.key: Unreadable(diagnostic=trouble) for target in targets}
    by_name = {live.identity.rpartition("/")[2]: live for live in found}
    return {target.key: _found(type, target, by_name) for target in targets}


def _found(type: ObjectType, target: Target, by_name: Mapping[str, Live]) -> Observation:
    live = by_name.get(_last_name(target))
    return _veiled(type, target, live) if live else Absent(reason="not found")


def _veiled(type: ObjectType, target: Target, live: Live) -> Live:
    """What the target declares, or declared, as a secret is one."""
    form = shape(str(type))
    fields = secret_fields(form, target.inputs, target.recorded)
    return replace(live, values=veil(live.values, form, fields)) if fields else live


def _last_name(target: Target) -> str:
    name = target_name(target)
    return name.name if name else ""


def _pages(
    type: ObjectType, namespace: str, send: Send, most: int = 0, labels: str = ""
) -> list[Live] | Rejected | Diagnostic | None:
    """A complete listing; None where it would take more than `most` pages. Any page that fails makes it useless."""
    found: list[Live] = []
    token, page = "", 0
    while True:
        answer = send("list", list_request(type, namespace, limit=PAGE, token=token, labels=labels))
        if isinstance(answer, Rejected):
            return answer
        if not isinstance(answer, Answered) or not _is_list(answer.body):
            return problem(answer, f"list {type.group_kind}")
        found.extend(live_of(type, item) for item in answer.body["items"])
        page, token = page + 1, answer.body["metadata"].get("continue") or ""
        if not token:
            return found
        left = answer.body["metadata"].get("remainingItemCount") or 0
        if most and page + -(-left // PAGE) > most:
            return None


def _is_list(body: Any) -> bool:
    return isinstance(body, dict) and isinstance(body.get("items"), list) and isinstance(body.get("metadata"), dict)


def listing(type: ObjectType, namespace: str, send: Send, labels: str = "") -> list[Live] | Diagnostic:
    """All objects of the kind in the namespace ("" for all), by labels (a selector). A kind nobody serves has none."""
    found = _pages(type, namespace, send, labels=labels)
    if isinstance(found, Rejected):
        return [] if is_not_served(found) else problem(found, f"list {type.group_kind}")
    return found if found is not None else []


def list_matching(type: ObjectType, filter: dict[str, Value], send: Send) -> list[Live] | Diagnostic:
    """All live objects whose leaves equal those of `filter`, an object in part. Namespace, name and labels narrow the
    request itself."""
    if not is_known(filter):
        return Diagnostic(code="P0847", summary=f"the filter of the list of {type.group_kind} is not known yet")
    namespace, labels = get(filter, ("metadata", "namespace")), get(filter, ("metadata", "labels"))
    selector = ",".join(f"{key}={text}" for key, text in sorted(labels.items())) if isinstance(labels, dict) else ""
    found = listing(type, namespace if isinstance(namespace, str) else "", send, selector)
    if isinstance(found, Diagnostic):
        return found
    wanted = {key: item for key, item in filter.items() if key not in ("apiVersion", "kind")}
    return sorted((live for live in found if _meets(wanted, live.values)), key=lambda live: live.identity)


def _meets(wanted: Value, value: Value) -> bool:
    if isinstance(wanted, dict):
        return isinstance(value, dict) and all(_meets(item, value.get(key)) for key, item in wanted.items())
    return bool(reveal(wanted) == reveal(value))
