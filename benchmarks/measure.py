"""A command, measured: the kernel's own figures of the process and all it waited for."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Seconds of the clock and of processors, and the largest resident memory in MB."""

    wall: float
    processor: float
    memory: float


class Failed(Exception):
    """A command did not end as it should; the text is the end of what it said."""


def cost(words: Sequence[str], folder: Path, environ: Mapping[str, str], *, status: int = 0) -> Cost:
    """Raises Failed where the command ends with another status."""
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = subprocess.Popen(
            words, cwd=folder, env=dict(environ), stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT
        )
        _, ended, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(ended)
        if process.returncode != status:
            said.seek(0)
            text = said.read().decode(errors="replace")[-2000:]
            raise Failed(f"{' '.join(words)} ended with {process.returncode}, not {status}\n{text}")
    return Cost(wall=wall, processor=used.ru_utime + used.ru_stime, memory=used.ru_maxrss / 1024)


def median(words: Sequence[str], folder: Path, environ: Mapping[str, str], runs: int) -> Cost:
    """Of each figure over so many runs."""
    costs = [cost(words, folder, environ) for _ in range(runs)]
    return Cost(
        wall=statistics.median(item.wall for item in costs),
        processor=statistics.median(item.processor for item in costs),
        memory=statistics.median(item.memory for item in costs),
    )
