"""What the controller notes beside the journals, for whoever asks how things are.

Keys of the store's notes: `controller/STACK` holds `StackFacts`, `controller/-loop` holds `LoopFacts`, `reconcile/STACK`
(or `reconcile/-all`) a `Request`, `approve/STACK` an `Approval`; each as JSON. Nothing here decides what is true: the
journals do. A note that is lost is written again by the next check.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from engine.failpoints import passage
from engine.stores.store import Store

ALL = "-all"
LOOP = "controller/-loop"
"""A dash begins no name of a stack."""

Noted = TypeVar("Noted", bound=msgspec.Struct)


class Hold(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is not done by itself. `code` is stable: empty, budget, quarantined, approval, blocked, unresolved, removed."""

    address: str
    code: str
    reason: str


class StackFacts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Of one stack, as the controller last found it. Times in seconds since the epoch, 0 for never.

    `head` is the followed commit; `applied` the last one that was wholly true, and `applied_at` when that was found.
    `digest` is that of what is still to do; empty where nothing is. `health` is healthy, progressing, degraded or unknown.
    `drift` counts the resources that differ from what was recorded, `drifted` names the first of them. `failures` counts
    since the last success; nothing is applied before `retry_at`. `answered` is the last request to reconcile that was met.
    """

    head: str = ""
    applied: str = ""
    applied_at: float = 0.0
    digest: str = ""
    pending: int = 0
    health: str = "unknown"
    health_reason: str = ""
    drift: int = 0
    drifted: tuple[str, ...] = ()
    healed_at: float = 0.0
    held: tuple[Hold, ...] = ()
    message: str = ""
    error: str = ""
    error_at: float = 0.0
    failures: int = 0
    retry_at: float = 0.0
    checked_at: float = 0.0
    answered: str = ""


class LoopFacts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Of the controller itself. `repository` without credentials; `error` why it could not fetch or check."""

    repository: str
    branch: str
    who: str
    host: str
    process: int
    began: float
    beat: float
    head: str = ""
    fetched_at: float = 0.0
    next_fetch: float = 0.0
    next_look: float = 0.0
    error: str = ""


class Request(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody wants a check now."""

    id: str
    time: float
    who: str = ""


class Approval(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Leave for what has this digest. `changes` is filled in when it is first met: the digest of each change by its key,
    so that what is left of an approved plan after a kill is still approved."""

    digest: str
    time: float
    who: str = ""
    changes: dict[str, str] = {}


def stack_key(stack: str) -> str:
    return f"controller/{stack}"


def request_key(stack: str) -> str:
    return f"reconcile/{stack}"


def approval_key(stack: str) -> str:
    return f"approve/{stack}"


def write(store: Store, key: str, value: msgspec.Struct) -> None:
    passage("before_note")
    store.note(key, msgspec.json.encode(value))


def read(store: Store, key: str, kind: type[Noted]) -> Noted | None:
    """None where nothing is noted, or nothing that this version understands."""
    return decoded(store.noted(key), kind)


def decoded(data: bytes | None, kind: type[Noted]) -> Noted | None:
    if data is None:
        return None
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None
