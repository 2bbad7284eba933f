"""What we last made true, kept so that it can be compared, deleted and restored without any configuration."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec


class Role(StrEnum):
    CURRENT = "current"
    SUPERSEDED = "superseded"
    """Replaced by a newer generation, and still to be deleted."""
    RETAINED = "retained"
    """No longer declared, kept alive on purpose (`on_delete: retain`)."""
    GRACE = "grace"
    """No longer declared, kept alive until `until`."""
    QUARANTINED = "quarantined"
    """A second instance that a late request made; never used, deleted by an approved plan."""


class Pin(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which provider instance something lives in, enough to open it again when no configuration is left.

    `settings` are known values without secrets. `carrier` is the address of the resource that the instance is
    built on (a cluster), or empty. `identity` is what `whoami` said when it was last used (account, region; the
    UID of kube-system). `stack` and `name` are the instance's, for people.
    """

    kind: str
    stack: str = ""
    name: str = ""
    settings: dict[str, Any] = {}
    carrier: str = ""
    identity: dict[str, str] = {}


class Keep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The lifecycle that outlives its block. `grace` in seconds."""

    protect: bool = False
    retain: bool = False
    grace: float = 0.0
    create_first: bool | None = None


class Recorded(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One generation at one address.

    `uid` is the resource's own, kept by replacement and move. `inputs` are the resolved inputs of the last apply,
    secrets as keyed digests; `values` the object as it was when it became ready, secrets sealed. `identity` is
    empty until a create has answered. `object_uid` tells incarnations apart. `needs` are addresses. `until` and
    `created_at` are in seconds since the epoch. `ready` is False while the outputs are not complete.
    `position` is "file:line" of its declaration at `commit`. `triggers` is the digest of what `replace_when` named.
    """

    address: str
    uid: str
    generation: int
    type: str
    pin: Pin
    role: Role = Role.CURRENT
    identity: str = ""
    object_uid: str = ""
    inputs: dict[str, Any] = {}
    values: dict[str, Any] = {}
    needs: tuple[str, ...] = ()
    keep: Keep = Keep()
    holds_data: bool = False
    commit: str = ""
    position: str = ""
    triggers: str = ""
    ready: bool = False
    until: float = 0.0
    created_at: float = 0.0
