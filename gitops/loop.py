"""What the controller does next, as data: no clock, no thread, no random, no network.

It is told what happened and when, and says what comes next: fetch, look, sleep. Time in seconds since the epoch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """`interval`: between two looks where nothing happens. After failures it pauses `first`, then twice as long each time
    up to `longest`. After an apply it looks again `soon`, then ever less often, until all is healthy."""

    interval: float = 60.0
    first: float = 5.0
    longest: float = 300.0
    soon: float = 2.0


class Result(StrEnum):
    """How a look ended."""

    SETTLED = "settled"
    PROGRESSING = "progressing"
    """Something was done, or is on its way: look again soon."""
    FAILED = "failed"
    """The look itself could not be made."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """Bring the branch here."""


@dataclass(frozen=True, slots=True)
class Look:
    """Plan all stacks at this commit and do what may be done. `asked` are the requests that this look answers."""

    commit: str
    asked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sleep:
    until: float


@dataclass(frozen=True, slots=True)
class End:
    """The loop is over."""


Action: TypeAlias = Fetch | Look | Sleep | End


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """`head` is the commit that is followed, `looked` that of the last look. `fetch_at` and `look_at`: not before that.

    `fetched_for` and `met` are ids of requests: a fetch was made for them, a look was.
    """

    pace: Pace = Pace()
    head: str = ""
    looked: str = ""
    fetch_at: float = 0.0
    look_at: float = 0.0
    fetch_failures: int = 0
    failures: int = 0
    watching: int = 0
    fetched_for: frozenset[str] = frozenset()
    met: frozenset[str] = frozenset()
    ending: bool = False


def next_action(loop: Loop, now: float, asked: frozenset[str] = frozenset()) -> Action:
    """`asked` are the ids of all requests there are, old and new."""
    if loop.ending:
        return End()
    fresh = asked - loop.met
    if now >= loop.fetch_at or fresh - loop.fetched_for:
        return Fetch()
    if loop.head and (loop.head != loop.looked or now >= loop.look_at or fresh):
        return Look(commit=loop.head, asked=fresh)
    return Sleep(until=min(loop.fetch_at, loop.look_at) if loop.head else loop.fetch_at)


def fetched(loop: Loop, now: float, head: str, asked: frozenset[str] = frozenset()) -> Loop:
    """A new commit ends every pause: it may be the one that mends what failed."""
    loop = replace(loop, fetch_at=now + loop.pace.interval, fetch_failures=0, fetched_for=asked)
    return loop if head == loop.head else replace(loop, head=head, look_at=now, failures=0, watching=0)


def fetch_failed(loop: Loop, now: float, roll: float, asked: frozenset[str] = frozenset()) -> Loop:
    """What was followed is followed on: drift is healed while the repository cannot be reached."""
    failures = loop.fetch_failures + 1
    pause = delay(failures, roll, loop.pace)
    return replace(loop, fetch_failures=failures, fetch_at=now + pause, fetched_for=asked)


def looked(loop: Loop, now: float, look: Look, result: Result, roll: float, retry_at: float | None = None) -> Loop:
    """`retry_at`: when the first of the stacks that failed may be tried again."""
    loop = replace(loop, looked=look.commit, met=loop.met | look.asked)
    match result:
        case Result.FAILED:
            failures = loop.failures + 1
            return replace(loop, failures=failures, watching=0, look_at=now + delay(failures, roll, loop.pace))
        case Result.PROGRESSING:
            pause = min(loop.pace.interval, loop.pace.soon * 1.5**loop.watching)
            return replace(loop, failures=0, watching=loop.watching + 1, look_at=now + pause)
        case Result.SETTLED:
            at = now + loop.pace.interval
            return replace(loop, failures=0, watching=0, look_at=at if retry_at is None else min(at, max(retry_at, now)))


def paced(loop: Loop, interval: float) -> Loop:
    """The repository's own settings may change with any commit."""
    return loop if interval == loop.pace.interval else replace(loop, pace=replace(loop.pace, interval=interval))


def ended(loop: Loop) -> Loop:
    return replace(loop, ending=True)


def delay(failures: int, roll: float, pace: Pace) -> float:
    """Seconds to pause after so many failures in a row. `roll` in [0, 1): half of the pause is left to chance, so that
    many who failed together do not come back together."""
    whole = min(pace.longest, pace.first * 2.0 ** min(failures - 1, 30))
    return whole * (0.5 + roll / 2)
