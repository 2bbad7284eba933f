"""What an answer of the API server means, in the words of the contract."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from providers.contract.diagnostic import Diagnostic
from providers.contract.transport import Answer, Answered, Lost, Rejected
from providers.contract.values import Path

KIND_NOT_SERVED = "KindNotServed"
"""Code of the transport: a complete discovery shows that the server has no such kind."""
CONFLICT = "FieldManagerConflict"
UNDECLARED = re.compile(r"(?:failed to create typed patch object \([^)]*\): )?(?P<field>\.\S+): (?P<problem>.*)", re.S)
STRICT = re.compile(r'unknown field "(?P<field>[^"]+)"')
LONGEST = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One cause of a refusal: why, in words, and at which field, as the server writes it."""

    reason: str
    message: str
    field: str


def causes(rejected: Rejected) -> list[Cause]:
    body = rejected.body if isinstance(rejected.body, dict) else {}
    found: Iterable[Any] = (body.get("details") or {}).get("causes") or ()
    return [
        Cause(reason=item.get("reason") or "", message=item.get("message") or "", field=item.get("field") or "")
        for item in found
    ]


def is_missing(rejected: Rejected, name: str) -> bool:
    """True where the server says, in its own typed form, that the object of this name is not there."""
    return rejected.status == 404 and rejected.code == "NotFound" and _details(rejected).get("name") == name


def is_missing_namespace(rejected: Rejected, namespace: str) -> bool:
    details = _details(rejected)
    return rejected.status == 404 and details.get("kind") == "namespaces" and details.get("name") == namespace


def _details(rejected: Rejected) -> dict[str, Any]:
    body = rejected.body if isinstance(rejected.body, dict) else {}
    found = body.get("details")
    return found if isinstance(found, dict) else {}


def is_not_served(rejected: Rejected) -> bool:
    return rejected.code == KIND_NOT_SERVED


def is_conflict(rejected: Rejected) -> bool:
    """True where another field manager owns what was to be applied with another value."""
    return rejected.status == 409 and any(cause.reason == CONFLICT for cause in causes(rejected))


def is_changed(rejected: Rejected) -> bool:
    """True where the object is another incarnation, or another version, than the request says."""
    if rejected.status == 409 and rejected.code == "Conflict":
        return not is_conflict(rejected)
    return rejected.status == 422 and any(cause.field == "metadata.uid" for cause in causes(rejected))


def is_dying(rejected: Rejected) -> bool:
    """True where what is in the way is already being deleted."""
    if any(cause.reason == "NamespaceTerminating" for cause in causes(rejected)):
        return True
    return rejected.status == 409 and "being deleted" in rejected.message


def cannot_dry_run(rejected: Rejected) -> bool:
    """True where a webhook of the cluster cannot be asked without effect."""
    return rejected.status == 400 and "does not support dry run" in rejected.message


def shorten(message: str) -> str:
    """Validation prints whole structures; a person needs the start and the end, where the reason stands."""
    if len(message) <= LONGEST:
        return message
    return f"{message[: LONGEST - 120]} ... {message[-110:]}"


def problem(answer: Answer, action: str) -> Diagnostic:
    """Why an answer is of no use, for a person; `action` is what was asked ("read ConfigMap/default/web")."""
    match answer:
        case Rejected(status=401):
            return Diagnostic(code="P0841", summary=f"cannot {action}: the cluster refuses the credentials")
        case Rejected(status=403, message=message):
            return Diagnostic(code="P0842", summary=f"cannot {action}: not allowed", detail=shorten(message))
        case Rejected(code=code, status=status, message=message):
            detail = shorten(message)
            summary = f"cannot {action}: {code or 'refused'} ({status})"
            return Diagnostic(code="P0843", summary=summary, detail=detail, path=_path(message))
        case Lost(reason=reason):
            return Diagnostic(code="P0844", summary=f"cannot {action}: no answer", detail=reason)
        case Answered():
            return Diagnostic(code="P0845", summary=f"cannot {action}: the answer is not what the API promises")


def _path(message: str) -> Path:
    """Where the message names a field that the schema does not have, its names; list positions are not told."""
    match = STRICT.search(message) or UNDECLARED.search(message)
    if match is None:
        return ()
    text = re.sub(r"\[[^\]]*\]", "", match["field"]).strip(".")
    return tuple(part for part in text.split(".") if part)


def invalid(rejected: Rejected, action: str) -> list[Diagnostic]:
    """One diagnostic for each distinct cause of a 422, or one for the whole."""
    seen: dict[tuple[str, str], Diagnostic] = {}
    for cause in causes(rejected):
        text = f"{cause.field}: {shorten(cause.message)}"
        found = Diagnostic(code="P0846", summary=f"cannot {action}: {text}", path=dotted(cause.field))
        seen.setdefault((cause.field, cause.message), found)
    return list(seen.values()) or [problem(rejected, action)]


def dotted(field: str) -> Path:
    """`spec.ports[0].name` as a path."""
    parts: list[str | int] = []
    for name, index, key in re.findall(r"([^.\[\]]+)(?=\.|\[|$)|\[(\d+)\]|\[([^\]]*)\]", field):
        if index:
            parts.append(int(index))
        else:
            parts.append(name or key)
    return tuple(parts)
