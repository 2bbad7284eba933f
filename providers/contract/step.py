"""One mutating request as data, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Live
from providers.contract.proposal import Action, Proposal
from providers.contract.schema import RecoveryClass
from providers.contract.values import Path, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Produced:
    """In a step's parameters: what an earlier step of the operation produced, put in before the intent is written.

    `path` is looked up in that step's `Done.produced`; the empty path with `identity` True is its identity.
    `text` with `{}` in it wraps the value in more text.
    """

    step: int
    path: Path = ()
    identity: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSlot:
    """Where the client token goes: at most `longest` characters, a UUID where `uuid`."""

    path: Path
    longest: int = 64
    uuid: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """ONE mutating request. `parameters` may hold `Secret` and `Produced` marks as leaves.

    `recovery` says how an unknown outcome of it is resolved; `creates` that it brings the object into being,
    `deletes` that it ends it. `identity` is the object it acts on, where known.
    `note` is the verb for people ("create", "attach policy").
    """

    operation: str
    parameters: dict[str, object]
    recovery: RecoveryClass = RecoveryClass.NATURAL_KEY
    creates: bool = False
    deletes: bool = False
    identity: str = ""
    token: TokenSlot | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """What `prepare` turns into steps. All values are known; secrets are marked.

    `owner` goes into the create call, as tags, labels or whatever carries it. `live` is what is there before.
    """

    type: str
    action: Action
    inputs: dict[str, Value] = field(default_factory=dict)
    recorded: dict[str, Value] | None = None
    live: Live | None = None
    proposal: Proposal | None = None
    owner: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """It took effect. `live` is set where the answer is already the complete object, so that no read is needed.

    `gone`: the answer to a delete proves that the object is no more; without it the engine reads until it is absent.
    """

    identity: str = ""
    produced: Value = None
    request_id: str = ""
    live: Live | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoEffect:
    """It certainly did nothing, and may be sent again after `retry_after` seconds (throttled, busy, not yet allowed)."""

    diagnostic: Diagnostic
    retry_after: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """Nobody knows whether it took effect."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """It did nothing and the same request will not fare better. `missing`: what it acts on is not there.

    `exists`: a create met an object of that name or key. `changed`: a precondition no longer holds.
    """

    diagnostic: Diagnostic
    missing: bool = False
    exists: bool = False
    changed: bool = False


StepReply: TypeAlias = Done | NoEffect | Unanswered | Refused
