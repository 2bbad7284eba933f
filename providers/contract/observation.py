"""What a read found. Absence is a proof, never a guess."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from providers.contract.diagnostic import Diagnostic
from providers.contract.values import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """The object as it is now.

    `identity` is how it is addressed again (an AWS primary identifier, a Kubernetes group/Kind/namespace/name).
    `uid` tells one incarnation from the next under one identity; empty where the cloud has none.
    `values` are its properties in the form of the type's schema, outputs included, owner tags taken out.
    `owner` holds the owner tags found on it; empty where it carries none, or the type cannot carry any.
    `version` is the precondition token of the read (a resourceVersion); empty where there is none.
    `status` is the server's own word for the state of an object whose schema has no place for it ("CREATING"),
    with its reason after ": "; what `ready` and `health` look at, never compared; empty where there is none.
    """

    identity: str
    values: dict[str, Value]
    uid: str = ""
    owner: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    status: str = ""
    created_at: float | None = None
    private: Mapping[str, Value] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """Proven not to be there: a typed, authenticated, complete answer of the same account."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotYet:
    """Its provider instance, or its parent, is only to be created."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """What carried its provider is proven absent, or is being replaced."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """Everything else. Never taken for absence; blocks what depends on it."""

    diagnostic: Diagnostic


Observation: TypeAlias = Live | Absent | NotYet | Gone | Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Something to read. `key` comes back with the observation and means nothing to the provider.

    `identity` is the recorded or declared identity; empty where only `inputs` can tell it.
    `recorded` are the values recorded at the last apply; empty where there are none.
    """

    key: str
    type: str
    identity: str = ""
    inputs: dict[str, Value] = field(default_factory=dict)
    recorded: dict[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Targets that are read together, with what the provider needs to remember about how."""

    targets: tuple[Target, ...]
    operation: str = ""
    parameters: dict[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """Its outputs are complete; dependents may use it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """It will not become ready by waiting. It stays recorded, is not tainted and is not recreated."""

    diagnostic: Diagnostic


Readiness: TypeAlias = Ready | Waiting | Failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """`state` is healthy, progressing, degraded or unknown; `reason` is one line for a person."""

    state: str
    reason: str = ""


HEALTHY = Health(state="healthy")
