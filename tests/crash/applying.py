"""kill -9 of `plumb apply`, then the same command again."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.runtime import SandboxInfo
from tests.crash.ground import KILLED, Ground, ground
from tests.crash.judge import Scene, violations

APPLY = ("apply", "-y")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clean:
    """What a run that nobody kills makes, how many points it passes, and how many seconds it takes."""

    scene: Scene
    passages: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`instant` replays it. `kills`: how many processes were killed."""

    instant: str
    kills: int
    broken: tuple[str, ...] = ()


def clean_run(info: SandboxInfo) -> Clean:
    with ground(info) as place, tempfile.TemporaryDirectory() as folder:
        counted = Path(folder) / "passages"
        began = time.monotonic()
        done = place.armed(passages=counted).run("plumb", *APPLY)
        seconds = time.monotonic() - began
        if done.status != 0:
            raise RuntimeError(f"a clean apply ended with {done.status}\n{done.text}")
        return Clean(scene=place.scene(), passages=len(counted.read_text().splitlines()), seconds=seconds)


def instants(clean: Clean, kills: int, seed: int) -> list[str]:
    """ "any:n" spread evenly over the run, and one in five "after:SECONDS" at random.

    The clean run is the first of its sandbox, which loads what it serves then: later ones take about two thirds of its time."""
    timed = kills // 5
    points = kills - timed
    last = clean.passages * 95 // 100  # their number differs a little from run to run
    chosen = [f"any:{1 + (last - 1) * number // max(1, points - 1)}" for number in range(points)]
    draw = random.Random(seed)
    return chosen + [f"after:{draw.uniform(0.15, 0.55) * clean.seconds:.2f}" for _ in range(timed)]


def trial(info: SandboxInfo, clean: Clean, instant: str) -> Verdict:
    with ground(info) as place:
        status = _kill(place, instant)
        between = place.scene()
        again = place.plumb(*APPLY)
        broken = [] if again.status == 0 else [f"the second run ended with {again.status}: {_end(again.text)}"]
        broken += violations(clean.scene, place.scene(), between)
        empty = place.plumb("plan", "--detailed-exitcode")
        if empty.status != 0:
            broken.append(f"the second plan is not empty ({empty.status}): {_end(empty.text)}")
        verified = place.plumb("state", "verify")
        if verified.status != 0:
            broken.append(f"the state does not verify: {_end(verified.text)}")
        return Verdict(instant=f"apply:{instant}", kills=int(status == KILLED), broken=tuple(broken))


def _kill(place: Ground, instant: str) -> int:
    name, _, text = instant.partition(":")
    if name == "after":
        return place.killed_after(float(text), *APPLY)
    return place.armed(instant).run("plumb", *APPLY).status


def _end(text: str) -> str:
    return " / ".join(text.strip().splitlines()[-6:])


def names(verdicts: Sequence[Verdict]) -> list[str]:
    return [verdict.instant for verdict in verdicts if verdict.broken]
