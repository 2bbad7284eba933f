"""A command, measured: the kernel's own figures of the process and all it waited for."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
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


LAUNCHER = """
import json, os, subprocess, sys, time
began = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=sys.stderr)
_, ended, used = os.wait4(process.pid, 0)
wall = time.perf_counter() - began
print(json.dumps([os.waitstatus_to_exitcode(ended), wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
"""
"""A small process in between: the kernel counts what is resident where a process is forked off as that process's own."""


def cost(words: Sequence[str], folder: Path, environ: Mapping[str, str], *, status: int = 0) -> Cost:
    """Raises Failed where the command ends with another status."""
    with tempfile.TemporaryFile() as said:
        launched = subprocess.run(
            [sys.executable, "-I", "-S", "-c", LAUNCHER, *words],
            cwd=folder,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            check=True,
        )
        ended, wall, processor, memory = json.loads(launched.stdout)
        if ended != status:
            said.seek(0)
            text = said.read().decode(errors="replace")[-2000:]
            raise Failed(f"{' '.join(words)} ended with {ended}, not {status}\n{text}")
    return Cost(wall=wall, processor=processor, memory=memory)


def median(words: Sequence[str], folder: Path, environ: Mapping[str, str], runs: int) -> Cost:
    """Of each figure over so many runs."""
    costs = [cost(words, folder, environ) for _ in range(runs)]
    return Cost(
        wall=statistics.median(item.wall for item in costs),
        processor=statistics.median(item.processor for item in costs),
        memory=statistics.median(item.memory for item in costs),
    )
