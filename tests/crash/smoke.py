"""`make crash-smoke`: kill -9 of the real command at instants spread over the example shop, then run it again.

Judged by asking the sandbox what is there, never by Plumb's own state. Exit status 1 where a promise is broken, with a line
that replays it: `python -m tests.crash.smoke --replay INSTANT`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from sandbox import process
from sandbox.runtime import SandboxInfo
from tests.crash import applying, story
from tests.crash.applying import Clean, Verdict
from tests.crash.ground import bytecode

Result = TypeVar("Result")
Trial = Callable[[SandboxInfo], Verdict]


def main(words: list[str] | None = None) -> int:
    asked = options().parse_args(words)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="plumb-crash-") as folder:
        bytecode(Path(folder))
        with sandboxes(asked.parallel) as pool:
            verdicts = run(asked, pool)
    kills = sum(verdict.kills for verdict in verdicts)
    bad = [verdict for verdict in verdicts if verdict.broken]
    for verdict in bad:
        print(f"replay: python -m tests.crash.smoke --replay {verdict.instant}")
    bound = f", at most {3 / kills:.1%} of kills at 95 % confidence" if kills > 3 and not bad else ""
    print(f"{kills} kills, {len(bad)} violations{bound}; {time.monotonic() - began:.0f} s")
    return 1 if bad or not kills else 0


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=30, help="of plumb apply")
    parser.add_argument("--controller", type=int, default=20, help="of plumb controller run")
    parser.add_argument("--seed", type=int, default=1, help="for the instants that are drawn")
    parser.add_argument("--parallel", type=int, default=2, help="trials side by side, each on a sandbox of its own")
    parser.add_argument("--replay", metavar="INSTANT", help="just this, as a violation named it")
    return parser


def run(asked: argparse.Namespace, pool: Pool) -> list[Verdict]:
    clean = pool.all([applying.clean_run])[0]
    print(f"a clean apply passes {clean.passages} points in {clean.seconds:.1f} s", flush=True)
    if asked.replay:
        return pool.all([replayed(clean, asked.replay)])
    trials: list[Trial] = [apply_trial(clean, instant) for instant in applying.instants(clean, asked.kills, asked.seed)]
    if asked.controller:
        passed = pool.all([story.clean_story])[0]
        print(f"a clean story passes {' + '.join(map(str, passed.values()))} points", flush=True)
        trials = [story_trial(clean, points) for points in story.tellings(passed, asked.controller)] + trials
    return pool.all(trials)


def replayed(clean: Clean, text: str) -> Trial:
    kind, _, instant = text.partition(":")
    if kind == "apply":
        return apply_trial(clean, instant)
    points = {name: int(number) for name, _, number in (part.partition("=") for part in instant.split(","))}
    return story_trial(clean, points)


def apply_trial(clean: Clean, instant: str) -> Trial:
    return lambda info: told(applying.trial(info, clean, instant))


def story_trial(clean: Clean, points: dict[str, int]) -> Trial:
    return lambda info: told(story.telling(info, clean.scene, points))


def told(verdict: Verdict) -> Verdict:
    print(f"{verdict.instant:<60} {verdict.kills} killed  {'BROKEN' if verdict.broken else 'ok'}", flush=True)
    for line in verdict.broken:
        print(f"    {line}", flush=True)
    return verdict


class Pool:
    """Sandboxes that trials take turns in."""

    def __init__(self, infos: list[SandboxInfo]) -> None:
        self._free: SimpleQueue[SandboxInfo] = SimpleQueue()
        self._size = len(infos)
        for info in infos:
            self._free.put(info)

    def all(self, trials: list[Callable[[SandboxInfo], Result]]) -> list[Result]:
        def one(trial: Callable[[SandboxInfo], Result]) -> Result:
            info = self._free.get()
            try:
                return trial(info)
            finally:
                self._free.put(info)

        with ThreadPoolExecutor(self._size) as threads:
            return list(threads.map(one, trials))


@contextmanager
def sandboxes(count: int) -> Iterator[Pool]:
    with ExitStack() as stack:
        yield Pool([stack.enter_context(process.running()) for _ in range(count)])


if __name__ == "__main__":
    sys.exit(main())
