"""A place of its own to run `plumb` and `git` in: a temporary home, a repository, a sandbox; the user's are not touched."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

PRIVATE = ("AWS_", "PLUMB_", "GIT_", "KUBE")
"""Settings of the user's that must not reach what runs here begin with these."""

STOPPING = 30.0
"""Seconds that a process gets to finish what it has in flight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a command ended. `shown` is what a person sees as the result, `told` what was said beside it."""

    status: int
    shown: str
    told: str

    @property
    def text(self) -> str:
        return self.shown + self.told


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """`repository` is where commands run; `environ` is all of their environment."""

    folder: Path
    repository: Path
    environ: Mapping[str, str]

    @property
    def sandbox(self) -> Path:
        """Where `plumb` looks for the sandbox."""
        return self.folder / "run" / "plumb" / "sandbox"

    def run(self, *words: str, seconds: float = 120.0) -> Done:
        """Runs a command to its end. Raises TimeoutExpired after that many seconds: the command is killed then."""
        command = [plumb(), *words[1:]] if words[0] == "plumb" else list(words)
        done = subprocess.run(
            command,
            cwd=self.repository,
            env=dict(self.environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        return Done(status=done.returncode, shown=done.stdout, told=done.stderr)


def plumb() -> str:
    """The command of this environment. Raises FileNotFoundError."""
    found = shutil.which("plumb", path=str(Path(sys.executable).parent))
    if found is None:
        raise FileNotFoundError(f"there is no plumb command beside {sys.executable}")
    return found


@contextmanager
def stage(example: Path) -> Iterator[Stage]:
    """A copy of an example in a fresh folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="plumb-example-") as name:
        folder = Path(name).resolve()
        for part in ("home", "run"):
            (folder / part).mkdir(mode=0o700)
        repository = folder / example.name
        shutil.copytree(example, repository, ignore=shutil.ignore_patterns("__pycache__", ".plumb"))
        yield Stage(folder=folder, repository=repository, environ=own_environment(folder))


def own_environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith((*PRIVATE, "XDG_"))}
    home = folder / "home"
    return {
        **kept,
        "HOME": str(home),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_RUNTIME_DIR": str(folder / "run"),
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), kept.get("PATH", os.defpath))),
        "COLUMNS": "120",
        "NO_COLOR": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        **{f"GIT_{who}_NAME": "Ada" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": "ada@shop.example" for who in ("AUTHOR", "COMMITTER")},
    }


@dataclass(slots=True, kw_only=True)
class Following:
    """A process in the background whose lines are kept, and given to `hear` as they come."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    def stop(self) -> int:
        """Asks it to end and waits; kills it where that takes too long. The exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOPPING)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


@contextmanager
def following(place: Stage, *words: str, hear: object = None) -> Iterator[Following]:
    """Runs `plumb ...` in the background; it is ended with the block."""
    process = subprocess.Popen(
        [plumb(), *words[1:]],
        cwd=place.repository,
        env=dict(place.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # a Ctrl-C reaches the demo alone, which then ends this in order
    )
    found = Following(process=process)
    reader = threading.Thread(target=_read, args=(found, hear), daemon=True)
    reader.start()
    try:
        yield found
    finally:
        found.stop()
        reader.join(STOPPING)


def _read(found: Following, hear: object) -> None:
    assert found.process.stdout is not None
    with suppress(ValueError):
        for line in found.process.stdout:
            found.lines.append(line.rstrip())
            if callable(hear):
                hear(line.rstrip())
