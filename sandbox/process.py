"""The sandbox as a process of its own: start it, find it, end it.

The process keeps everything in memory: when it ends, by `down` or otherwise, all that was made in it is gone.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from sandbox import runtime
from sandbox.client import Client
from sandbox.runtime import SandboxInfo
from sandbox.settings import Settings

__all__ = ["SandboxError", "SandboxInfo", "Settings", "down", "find", "running", "status", "up"]

STARTING = 60.0
ENDING = 10.0


class SandboxError(Exception):
    """The sandbox did not start; the text says why."""


def up(directory: Path | None = None, settings: Settings | None = None) -> SandboxInfo:
    """The sandbox of a directory, started where none runs; it answers when this returns.

    A sandbox that runs already is returned as it is, with the settings it was started with.
    """
    place = directory or runtime.default_directory()
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (place / "sandbox.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = find(place)
        return found or _start(place, settings or Settings(), None)


def find(directory: Path | None = None) -> SandboxInfo | None:
    """The sandbox that runs in a directory; None when none does, also behind a file that outlived its process."""
    info = runtime.read(directory or runtime.default_directory())
    return info if info is not None and info.alive else None


def down(directory: Path | None = None) -> bool:
    """End the sandbox of a directory and with it all that it holds. False when none ran."""
    place = directory or runtime.default_directory()
    info = find(place)
    if info is not None:
        _end(info)
    runtime.remove(place)
    return info is not None


def status(directory: Path | None = None) -> dict[str, Any]:
    """Facts for people and JSON: `running`, and when it runs its endpoint, uptime, clusters and counts of objects."""
    info = find(directory)
    if info is None:
        return {"running": False}
    facts = {"running": True, "endpoint": info.endpoint, "region": info.region, "directory": info.directory}
    return {**facts, **Client(info).status()}


@contextlib.contextmanager
def running(settings: Settings | None = None) -> Iterator[SandboxInfo]:
    """A fresh sandbox on free ports, in a directory of its own; it ends with the block, and with this process."""
    with tempfile.TemporaryDirectory(prefix="plumb-sandbox-") as name:
        reading, writing = os.pipe()
        try:
            info = _start(Path(name), settings or Settings(), reading)
            try:
                yield info
            finally:
                _end(info)
        finally:
            os.close(writing)
            os.close(reading)


def _start(place: Path, settings: Settings, tie: int | None) -> SandboxInfo:
    """Run the server; `tie` is a pipe whose end of file ends it."""
    runtime.remove(place)
    log = place / "sandbox.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", "serve", *_arguments(place, settings, tie is not None)],
            stdin=subprocess.DEVNULL if tie is None else tie,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env=_environment(),
        )
    deadline = time.monotonic() + STARTING
    while time.monotonic() < deadline:
        info = runtime.read(place)
        if info is not None and info.pid == process.pid:
            return info
        if process.poll() is not None:
            break
        time.sleep(0.02)
    process.kill()
    process.wait()
    tail = log.read_text(errors="replace")[-2000:].strip()
    raise SandboxError(f"the sandbox did not start: {tail or 'no answer in time'}")


def _arguments(place: Path, settings: Settings, tied: bool) -> list[str]:
    given = [f"--{item.name.replace('_', '-')}={getattr(settings, item.name)}" for item in fields(settings)]
    return [f"--directory={place}", *given, *(["--tied"] if tied else [])]


def _environment() -> dict[str, str]:
    """This process's own, without AWS settings of the person, and with this package importable."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MOTO_"))}
    root = str(Path(__file__).resolve().parent.parent)
    kept["PYTHONPATH"] = os.pathsep.join(filter(None, (root, kept.get("PYTHONPATH", ""))))
    return kept


def _end(info: SandboxInfo) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        if not info.alive:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(info.pid, number)
        deadline = time.monotonic() + ENDING
        while info.alive and time.monotonic() < deadline:
            _reap(info.pid)
            time.sleep(0.01)


def _reap(pid: int) -> None:
    """Take the exit of a child of ours; the sandbox of another process is none."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
