"""A provider's prediction, and what it is asked with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Live
from providers.contract.values import Path, Value


class Action(StrEnum):
    NONE = "none"
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One leaf that would change. None on a side means that nothing is there."""

    path: Path
    before: Value
    after: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One question of a plan: these inputs, beside what was recorded and what is live.

    `inputs` may hold unknowns. `recorded` are the inputs of the last apply: a leaf that is recorded and not
    declared any more goes back to its default or is released. `live` is None where nothing is there.
    `ignore` are paths whose difference is no difference.
    """

    type: str
    inputs: dict[str, Value]
    recorded: dict[str, Value] | None = None
    live: Live | None = None
    ignore: tuple[Path, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict)
    """Of write-only leaves that are declared as they were last sent: rendered path -> keyed digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What would happen. `planned` is the object afterwards, computed leaves as Unknown.

    `replaces` are the paths that force replacement, the differing leaves themselves. `create_first` is False where
    old and new cannot live side by side (a unique name is kept). `predicted` says that the
    server was not asked. `diagnostics` with an error mean that there is no proposal.
    """

    action: Action
    planned: dict[str, Value] = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    replaces: tuple[Path, ...] = ()
    create_first: bool = True
    predicted: bool = False
    diagnostics: tuple[Diagnostic, ...] = ()
