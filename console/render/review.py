"""A plan as a review: one tree of plain data, from which text, Markdown and JSON are made.

Built once, pure; holds no secret. Whatever a renderer leaves out it leaves out by branches of this tree, never by cutting text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum


class Danger(IntEnum):
    """How bad, worst first."""

    EMPTY = 0
    """It held data and comes back without."""
    DATA = 1
    """Something that holds data is deleted for good."""
    REPLACE = 2
    DELETE = 3
    BLOCKED = 4
    NONE = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One leaf of an entry. `mark` is "+", "-", "!" (changes) or " ". `block` holds the lines of a text that
    differs inside, each with its own mark, in place of `before` and `after`. `where` is "file:line"."""

    mark: str
    path: str
    before: str = ""
    after: str = ""
    note: str = ""
    where: str = ""
    drift: bool = False
    replaces: bool = False
    block: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What happens at one address, or the same at several. `label` says it in words; `why` is one line with its place."""

    addresses: tuple[str, ...]
    stack: str
    act: str
    label: str
    type: str
    why: str = ""
    where: str = ""
    danger: Danger = Danger.NONE
    leaves: tuple[Leaf, ...] = ()
    notes: tuple[str, ...] = ()
    drift: bool = False
    restarts: str = ""

    @property
    def address(self) -> str:
        return self.addresses[0]

    @property
    def count(self) -> int:
        return len(self.addresses)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    create: int = 0
    update: int = 0
    replace: int = 0
    delete: int = 0
    adopt: int = 0
    move: int = 0
    read: int = 0
    keep: int = 0
    forget: int = 0
    settle: int = 0
    wait: int = 0
    blocked: int = 0
    drift: int = 0
    restart: int = 0
    same: int = 0
    empty: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StackReview:
    """`outputs` are leaves whose path is the output's name."""

    name: str
    state: str
    counts: Counts = Counts()
    outputs: tuple[Leaf, ...] = ()
    removed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """Against an earlier plan: what is new, what is gone, and how many actions are as they were."""

    name: str
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    same: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """`entries` hold everything that acts, worst first; `drift` what has drifted and is only shown.

    `age` is that of the oldest evidence in seconds, None where nothing was read.
    """

    target: str
    title: str
    digest: str
    commit: str
    uncommitted: bool
    stacks: tuple[StackReview, ...]
    entries: tuple[Entry, ...]
    drift: tuple[Entry, ...] = ()
    counts: Counts = Counts()
    unresolved: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    read: int = 0
    unreadable: int = 0
    age: int | None = None
    later: int = 0
    destroy: bool = False
    targets: tuple[str, ...] = ()
    since: Since | None = None
    made_at: float = 0.0
    acts: int = 0

    @property
    def dangerous(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.danger is not Danger.NONE)

    @property
    def empty(self) -> bool:
        return not self.entries and not self.unresolved and not any(stack.outputs for stack in self.stacks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a review says beside its plan: where its state is and when that was last applied (None: never), the time now,
    how the work tree stands to the commit."""

    state: str = ""
    fresh: bool = False
    last_apply: float | None = None
    now: float = 0.0
    sandbox: bool = False
    concise: bool = False
    since: Since | None = None
    suspended: tuple[str, ...] = field(default=())
