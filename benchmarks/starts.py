"""Part c: how long it takes until something is on the screen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from benchmarks.measure import median
from benchmarks.shapes import write_layered
from benchmarks.table import Row, within

RUNS = 15


def starts(folder: Path, plumb: str, environ: Mapping[str, str]) -> list[Row]:
    write_layered(folder, 0)
    rows = []
    for what, words, most in (("plumb --help", ["--help"], 150.0), ("an empty plan", ["plan"], 300.0)):
        found = median([plumb, *words], folder, environ, RUNS)
        note = f"median of {RUNS}; processors {found.processor * 1000:.0f} ms, {found.memory:.0f} MB"
        rows.append(within(what, found.wall * 1000, "ms", most, note))
    return rows
