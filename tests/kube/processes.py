"""Processes that never outlive the test run, and the ports they listen on."""

from __future__ import annotations

import ctypes
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True, kw_only=True)
class Processes:
    """What one test run started, each with its output in `folder`; `stop` ends them, the last first."""

    folder: Path
    running: list[tuple[str, subprocess.Popen[bytes]]] = field(default_factory=list)

    def start(self, name: str, command: Sequence[str]) -> None:
        with self._log(name).open("wb") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )
        self.running.append((name, process))

    def check(self, name: str) -> None:
        """Raises RuntimeError with the end of its output when the process `name` has ended."""
        for started, process in self.running:
            if started == name and process.poll() is not None:
                said = self._log(name).read_text(errors="replace")[-4000:]
                raise RuntimeError(f"{name} ended with {process.returncode}:\n{said}")

    def stop(self) -> None:
        """Afterwards none of them runs. Nothing of theirs is worth a slow goodbye."""
        for _, process in reversed(self.running):
            process.kill()
        for _, process in reversed(self.running):
            process.wait()
        self.running.clear()

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"


def _die_with_parent() -> None:
    # 1 is PR_SET_PDEATHSIG: a test run that is killed takes its control plane with it.
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPort:
    """A free port of 127.0.0.1, bound here and not listened on, so that no other process is given it.

    A server that sets SO_REUSEPORT can bind it too.
    """

    number: int
    holder: socket.socket = field(repr=False)

    @staticmethod
    def take() -> HeldPort:
        holder = socket.socket()
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(("127.0.0.1", 0))
        return HeldPort(number=holder.getsockname()[1], holder=holder)

    def release(self) -> None:
        self.holder.close()
