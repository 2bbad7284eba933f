"""Refusals: what a real kube-apiserver answers as `metav1.Status`, raised inside the sandbox and rendered once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

REASON_CODES = {
    "BadRequest": 400,
    "Unauthorized": 401,
    "Forbidden": 403,
    "NotFound": 404,
    "MethodNotAllowed": 405,
    "NotAcceptable": 406,
    "AlreadyExists": 409,
    "Conflict": 409,
    "Gone": 410,
    "Expired": 410,
    "UnsupportedMediaType": 415,
    "Invalid": 422,
    "InternalError": 500,
    "NotImplemented": 501,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One cause of an Invalid answer: `reason` is a CauseType (FieldValueRequired...), `path` like `spec.ports[0].port`."""

    reason: str
    path: str
    message: str

    def cause(self) -> dict[str, str]:
        return {"reason": self.reason, "message": self.message, "field": self.path}


class Refusal(Exception):
    """A request that is answered with a Status of Failure."""

    def __init__(self, reason: str, message: str, *, details: dict[str, Any] | None = None, code: int | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.details = details
        self.code = code if code is not None else REASON_CODES[reason]

    def status(self) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
        }
        if self.details is not None:
            answer["details"] = self.details
        answer["code"] = self.code
        if not self.reason:
            del answer["reason"]
        return answer


def qualified(plural: str, group: str) -> str:
    """`deployments.apps`, or `pods` for the core group."""
    return f"{plural}.{group}" if group else plural


def _details(name: str, group: str, kind: str, **more: Any) -> dict[str, Any]:
    details: dict[str, Any] = {}
    if name:
        details["name"] = name
    if group:
        details["group"] = group
    if kind:
        details["kind"] = kind
    details.update(more)
    return details


def not_found(plural: str, group: str, name: str) -> Refusal:
    return Refusal("NotFound", f'{qualified(plural, group)} "{name}" not found', details=_details(name, group, plural))


def already_exists(plural: str, group: str, name: str, leaving: bool = False) -> Refusal:
    """`leaving`: the object that is there is being deleted."""
    prefix = "object is being deleted: " if leaving else ""
    return Refusal(
        "AlreadyExists",
        f'{prefix}{qualified(plural, group)} "{name}" already exists',
        details=_details(name, group, plural),
    )


def conflict(plural: str, group: str, name: str, why: str) -> Refusal:
    return Refusal(
        "Conflict",
        f'Operation cannot be fulfilled on {qualified(plural, group)} "{name}": {why}',
        details=_details(name, group, plural),
    )


def forbidden(plural: str, group: str, name: str, why: str, causes: Sequence[dict[str, str]] = ()) -> Refusal:
    subject = f'{qualified(plural, group)} "{name}"' if name else qualified(plural, group)
    more = {"causes": list(causes)} if causes else {}
    return Refusal("Forbidden", f"{subject} is forbidden: {why}", details=_details(name, group, plural, **more))


def bad_request(message: str) -> Refusal:
    return Refusal("BadRequest", message)


def not_imitated(what: str) -> Refusal:
    """The honest answer for what a real server does and the sandbox does not."""
    return Refusal("NotImplemented", f"the sandbox does not imitate {what}")


def no_such_path() -> Refusal:
    return Refusal("NotFound", "the server could not find the requested resource", details={})


def method_not_allowed() -> Refusal:
    return Refusal("MethodNotAllowed", "the server does not allow this method on the requested resource", details={})


def invalid(kind: str, group: str, name: str, faults: Iterable[Fault]) -> Refusal:
    causes = list(faults)
    texts = list(dict.fromkeys(f"{each.path}: {each.message}" if each.path else each.message for each in causes))
    body = texts[0] if len(texts) == 1 else "[" + ", ".join(texts) + "]"
    return Refusal(
        "Invalid",
        f'{qualified(kind, group)} "{name}" is invalid: {body}',
        details=_details(name, group, kind, causes=[each.cause() for each in causes]),
    )


def go_value(value: Any) -> str:
    """A value as field errors print it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if value is None:
        return "null"
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True)


def required(path: str, detail: str = "") -> Fault:
    message = f"Required value: {detail}" if detail else "Required value"
    return Fault(reason="FieldValueRequired", path=path, message=message)


def wrong(path: str, value: Any, detail: str) -> Fault:
    return Fault(reason="FieldValueInvalid", path=path, message=f"Invalid value: {go_value(value)}: {detail}")


def unsupported(path: str, value: Any, allowed: Sequence[str]) -> Fault:
    choices = ", ".join(json.dumps(each) for each in sorted(allowed))
    return Fault(
        reason="FieldValueNotSupported",
        path=path,
        message=f"Unsupported value: {go_value(value)}: supported values: {choices}",
    )


def unsupported_in_order(path: str, value: Any, allowed: Any) -> Fault:
    """As `unsupported`, with the choices as they are given."""
    choices = ", ".join(go_value(each) for each in allowed)
    return Fault(
        reason="FieldValueNotSupported",
        path=path,
        message=f"Unsupported value: {go_value(value)}: supported values: {choices}",
    )


def duplicate(path: str, value: Any) -> Fault:
    return Fault(reason="FieldValueDuplicate", path=path, message=f"Duplicate value: {go_value(value)}")


def not_permitted(path: str, detail: str) -> Fault:
    return Fault(reason="FieldValueForbidden", path=path, message=f"Forbidden: {detail}")
