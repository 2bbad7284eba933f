"""The loop's decisions in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gitops.loop import (
    Action,
    End,
    Fetch,
    Look,
    Loop,
    Pace,
    Result,
    Sleep,
    delay,
    ended,
    fetch_failed,
    fetched,
    looked,
    next_action,
)

PACE = Pace(interval=60, first=5, longest=300, soon=2)


@dataclass
class Story:
    """A world in which fetches and looks take no time. `head_at` is the branch's head; "" where it cannot be fetched."""

    head_at: Callable[[float], str] = lambda now: "c1"
    result_at: Callable[[float, str], Result] = lambda now, commit: Result.SETTLED
    asked_at: Callable[[float], frozenset[str]] = lambda now: frozenset()
    roll: float = 1.0
    now: float = 1000.0
    loop: Loop = field(default_factory=lambda: Loop(pace=PACE))
    done: list[tuple[float, str]] = field(default_factory=list)

    def play(self, seconds: float) -> list[tuple[float, str]]:
        """What happened within that time: (seconds since the start, what)."""
        end, start = self.now + seconds, self.now
        self.done.clear()
        while self.now < end:
            asked = self.asked_at(self.now - 1000)
            action = next_action(self.loop, self.now, asked)
            if isinstance(action, End):
                break
            self._take(action, asked, start)
        return list(self.done)

    def _take(self, action: Action, asked: frozenset[str], start: float) -> None:
        match action:
            case Fetch():
                head = self.head_at(self.now - 1000)
                self.done.append((self.now - start, f"fetch {head or 'fails'}"))
                if head:
                    self.loop = fetched(self.loop, self.now, head, asked)
                else:
                    self.loop = fetch_failed(self.loop, self.now, self.roll, asked)
            case Look(commit=commit):
                self.done.append((self.now - start, f"look {commit}"))
                result = self.result_at(self.now - 1000, commit)
                self.loop = looked(self.loop, self.now, action, result, self.roll)
            case Sleep(until=until):
                assert until > self.now, "a loop that turns without sleeping"
                self.now = min(until, self.now + 1)

    def looks(self) -> list[float]:
        return [at for at, what in self.done if what.startswith("look")]


def test_it_fetches_and_looks_at_once_and_then_on_schedule() -> None:
    story = Story()
    assert story.play(130) == [
        *((0, "fetch c1"), (0, "look c1")),
        *((60, "fetch c1"), (60, "look c1")),
        *((120, "fetch c1"), (120, "look c1")),
    ]


def test_a_new_commit_is_looked_at_as_soon_as_it_is_fetched() -> None:
    story = Story(head_at=lambda now: "c1" if now < 30 else "c2")
    assert story.play(70)[-2:] == [(60, "fetch c2"), (60, "look c2")]


def test_a_request_is_answered_at_once_and_once() -> None:
    story = Story(asked_at=lambda now: frozenset({"r1"}) if now >= 20 else frozenset())
    assert [what for what in story.play(50) if what[0] == 20] == [(20, "fetch c1"), (20, "look c1")]
    assert story.looks() == [0, 20]


def test_failing_looks_pause_ever_longer_up_to_a_bound() -> None:
    story = Story(result_at=lambda now, commit: Result.FAILED)
    story.play(2000)
    pauses = [later - before for before, later in pairwise(story.looks())]
    assert pauses[:6] == [5, 10, 20, 40, 80, 160]
    assert set(pauses[6:]) == {300}


def test_a_new_commit_ends_the_pause_and_starts_the_count_again() -> None:
    story = Story(head_at=lambda now: "c1" if now < 900 else "c2", result_at=lambda now, commit: Result.FAILED)
    story.play(1300)
    after = [at for at in story.looks() if at >= 900]
    assert [at - after[0] for at in after[:4]] == [0, 5, 15, 35]


def test_a_branch_that_cannot_be_fetched_does_not_stop_healing() -> None:
    story = Story(head_at=lambda now: "c1" if now < 30 else "")
    story.play(600)
    assert [at for at in story.looks() if at > 60] == [120, 180, 240, 300, 360, 420, 480, 540]
    fetches = [at for at, what in story.done if what == "fetch fails"]
    assert [later - before for before, later in pairwise(fetches)] == [5, 10, 20, 40, 80, 160]


def test_nothing_is_looked_at_before_the_first_commit_is_here() -> None:
    story = Story(head_at=lambda now: "")
    assert all(what == "fetch fails" for _, what in story.play(200))


def test_after_an_apply_it_looks_again_soon_until_all_is_healthy() -> None:
    story = Story(result_at=lambda now, commit: Result.PROGRESSING if now < 20 else Result.SETTLED)
    story.play(100)
    assert story.looks()[:7] == [0, 2, 5, 9.5, 16.25, 26.375, 86.375]


def test_an_end_is_an_end() -> None:
    assert next_action(ended(Loop(pace=PACE)), 0.0, frozenset({"r"})) == End()


def test_a_stack_that_may_be_tried_again_sooner_brings_the_look_forward() -> None:
    loop = fetched(Loop(pace=PACE), 0, "c1")
    assert looked(loop, 10, Look("c1"), Result.SETTLED, 0.0, retry_at=22).look_at == 22
    assert looked(loop, 10, Look("c1"), Result.SETTLED, 0.0, retry_at=500).look_at == 70
    assert looked(loop, 10, Look("c1"), Result.SETTLED, 0.0, retry_at=3).look_at == 10


@given(st.integers(1, 5000), st.floats(0, 1, exclude_max=True))
def test_a_pause_is_bounded_and_half_of_it_is_chance(failures: int, roll: float) -> None:
    pause = delay(failures, roll, PACE)
    whole = delay(failures, 1.0, PACE)
    assert whole / 2 <= pause <= whole <= PACE.longest
