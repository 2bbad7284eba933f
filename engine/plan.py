"""The whole decision as data: what is reviewed, approved and applied."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from engine.encoding import Seal, to_plain
from engine.records import Pin, Recorded, Role
from engine.stack import Origin
from providers.contract.diagnostic import Diagnostic, Source
from providers.contract.observation import Live
from providers.contract.values import Path, Unknown, Value, render_path


class Act(StrEnum):
    """What is done at an address."""

    NONE = "none"
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    ADOPT = "adopt"
    """A live object is taken into the state; where it differs it is updated in the same operation."""
    MOVE = "move"
    RETAIN = "retain"
    """No longer declared; stays alive, and stays recorded."""
    GRACE = "grace"
    FORGET = "forget"
    READ = "read"
    """Read in the run, because its inputs are known only then."""
    BLOCKED = "blocked"
    """Nothing is done here, nor at what depends on it, until a person has done something."""


class Cause(StrEnum):
    CONFIG = "config"
    DRIFT = "drift"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why. `code` is stable (declared, config, drift, vanished, undeclared, ...), `text` one line for a person."""

    code: str
    text: str = ""
    source: Source | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One leaf that changes. `source` is where its new value stands; None for drift and for computed values."""

    path: Path
    before: Value
    after: Value
    cause: Cause
    replaces: bool = False
    source: Source | None = None
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The decision for one generation at one address.

    `generation` is the one that will be current afterwards; for deletions, the one deleted. `desired` are the
    resolved inputs, unknowns and secrets marked; `live` what was observed; `after` the object as it is expected
    afterwards. `deferred` says that it was planned by schema, because its provider is only to be created.
    `empty` says that it held data and comes back without. `needs` are the addresses it waits for; `recorded` what
    stands in the state now. `drifted`: fields differ from what was recorded, whether or not they are changed.
    `settles`: the recorded lifecycle becomes what is declared; nothing is sent for that. `awaiting`: it is there, and not
    ready yet; why.
    """

    address: str
    act: Act
    reason: Reason
    type: str
    pin: Pin
    generation: int
    uid: str = ""
    desired: dict[str, Value] | None = None
    recorded: Recorded | None = None
    live: Live | None = None
    after: dict[str, Value] | None = None
    fields: tuple[Field, ...] = ()
    create_first: bool = False
    deferred: str = ""
    predicted: bool = False
    empty: bool = False
    drifted: bool = False
    awaiting: str = ""
    needs: tuple[str, ...] = ()
    previous_address: str = ""
    source: Source | None = None
    settles: bool = False
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def replaces(self) -> tuple[Path, ...]:
        return tuple(field.path for field in self.fields if field.replaces)

    @property
    def acts(self) -> bool:
        """True where something is to be done, in a cloud or in the state."""
        return self.settles or bool(self.awaiting) or self.act not in (Act.NONE, Act.BLOCKED)

    @property
    def role(self) -> Role:
        return self.recorded.role if self.recorded is not None else Role.CURRENT


@dataclass(frozen=True, slots=True, kw_only=True)
class StackPlan:
    """What concerns a stack as a whole. `removed`: the commit has no such stack any more."""

    name: str
    outputs: dict[str, Value] = field(default_factory=dict)
    recorded_outputs: dict[str, Any] = field(default_factory=dict)
    sensitive_outputs: frozenset[str] = frozenset()
    removed: bool = False
    observe_only: bool = False
    seq: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """How much was read, and when: seconds since the epoch of the oldest read, 0 where nothing was read."""

    read: int = 0
    oldest: float = 0.0
    requests: int = 0
    unreadable: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Unresolved:
    """An intent whose outcome is not known. `settle` names the command that settles it."""

    address: str
    operation: str
    recovery: str
    request: str
    since: float
    candidates: tuple[str, ...] = ()
    settle: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Changes in address order, those with nothing to do included. `read_set` are the addresses whose values the
    changes were computed from. `digest` is SHA-256 in hex over what an approval is for."""

    origin: Origin
    stacks: tuple[StackPlan, ...]
    changes: tuple[Change, ...]
    made_at: float
    read_set: tuple[str, ...] = ()
    evidence: Evidence = Evidence()
    unresolved: tuple[Unresolved, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    targets: tuple[str, ...] = ()
    destroy: bool = False
    identities: tuple[str, ...] = ()
    digest: str = ""

    @property
    def blocked(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.act is Act.BLOCKED)

    @property
    def has_changes(self) -> bool:
        return any(change.acts or change.act is Act.BLOCKED for change in self.changes) or any(
            stack.outputs != stack.recorded_outputs for stack in self.stacks if not stack.removed
        )

    def count(self, act: Act) -> int:
        return sum(1 for change in self.changes if change.act is act)


def change_digest(change: Change, seal: Seal) -> str:
    """What an approval of this change covers: address, action, desired values, replacing paths, provider identity.

    Never live values, positions, commit or evidence. An Unknown stands as its residual expression.
    """
    covered = {
        "address": change.address,
        "act": change.act.value,
        "generation": change.generation if change.act is Act.DELETE else 0,
        "desired": None if change.desired is None else to_plain(_residuals(change.desired), seal),
        "replaces": sorted(render_path(path) for path in change.replaces),
        "provider": {"kind": change.pin.kind, "identity": change.pin.identity, "carrier": change.pin.carrier},
    }
    return hashlib.sha256(_COVERED.encode(covered).encode()).hexdigest()


_COVERED = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _residuals(value: Value) -> Value:
    if isinstance(value, Unknown):
        return {"$later": value.residual or value.origin}
    if isinstance(value, dict):
        return {key: _residuals(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_residuals(item) for item in value]
    return value


def plan_digest(digests: list[str]) -> str:
    """Over the digests of the changes that act, in address order."""
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()
