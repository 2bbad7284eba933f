"""Where a trial runs: the example shop in a place of its own, on a sandbox that is empty."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from examples.stage import Done, Stage, plumb, stage
from sandbox.client import Client
from sandbox.runtime import SandboxInfo
from tests.crash.judge import Scene, scene

SHOP = Path(__file__).parents[2] / "examples" / "shop"
PATIENCE = 180.0
"""Seconds after which a command is taken to hang."""

KILLED = -9


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    stage: Stage
    info: SandboxInfo

    def scene(self) -> Scene:
        return scene(Client(self.info).objects())

    def armed(self, instant: str = "", passages: Path | None = None) -> Stage:
        """The place with a failpoint set, or with its passages counted into a file."""
        more = {"PLUMB_FAILPOINTS": "allow"}
        if instant:
            more["PLUMB_FAILPOINT"] = instant
        if passages is not None:
            more["PLUMB_PASSAGES"] = str(passages)
        return replace(self.stage, environ={**self.stage.environ, **more})

    def plumb(self, *words: str) -> Done:
        return self.stage.run("plumb", *words, seconds=PATIENCE)

    def killed_after(self, seconds: float, *words: str) -> int:
        """Runs `plumb` and kills it then. The exit status: that of the kill, or its own where it was faster."""
        process = subprocess.Popen(
            [plumb(), *words],
            cwd=self.stage.repository,
            env=dict(self.stage.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()


@contextmanager
def ground(info: SandboxInfo) -> Iterator[Ground]:
    """A fresh repository, home and journal, and nothing in the sandbox."""
    Client(info).reset()
    with stage(SHOP) as place:
        place.sandbox.parent.mkdir(parents=True)
        place.sandbox.symlink_to(info.directory)
        for words in (("init", "-q", "-b", "main"), ("add", "."), ("commit", "-q", "-m", "The shop")):
            place.run("git", *words)
        yield Ground(stage=place, info=info)


def wait(condition: Callable[[], bool], alive: Callable[[], bool] = lambda: True) -> bool:
    """True once the condition holds; False where `alive` ends first, or patience does."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if condition():
            return True
        if not alive():
            return False
        time.sleep(0.1)
    return False


def bytecode(folder: Path) -> None:
    """Processes of this run compile Python's sources once between them, into a folder that is gone afterwards."""
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
