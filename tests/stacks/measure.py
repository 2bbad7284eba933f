"""`python -m tests.stacks.measure 10000`: seconds and memory of loading so many resources, each with three references."""

from __future__ import annotations

import resource
import sys
import time

from providers.memory.provider import MemoryProvider
from stacks.load import load
from stacks.tree import MemoryTree


def layered(count: int, layers: int = 10, in_file: int = 5000) -> dict[str, str | bytes]:
    """Each resource refers to three of the layer before it."""
    width = max(1, count // layers)
    files: dict[str, str | bytes] = {"plumb.yaml": "repository: acme-bench\nenvironments: {dev: {default: true}}\n"}
    for first in range(0, count, in_file):
        lines = ["stack: bench", "resources:"]
        for number in range(first, min(count, first + in_file)):
            lines += _resource(number, *divmod(number, width), width)
        files[f"stacks/part{first}.plumb.yaml"] = "\n".join(lines) + "\n"
    return files


def _resource(number: int, layer: int, position: int, width: int) -> list[str]:
    parents = [(layer - 1) * width + (position * 7 + step * 13) % width for step in range(3)]
    values = [f"${{r{parent}.Id}}" if layer else "a" for parent in parents]
    return [
        f"  r{number}:",
        "    type: Memory::Thing",
        "    properties:",
        f"      Name: n{number}",
        *(f"      {name}: {value}" for name, value in zip(("Value", "Zone", "Fixed"), values)),
    ]


def main(count: int) -> None:
    tree = MemoryTree(layered(count))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, spent = time.perf_counter(), time.process_time()
    loaded = load(tree, readers={"memory": MemoryProvider()})
    wall, processor = time.perf_counter() - start, time.process_time() - spent
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert not loaded.diagnostics
    print(f"{count} resources: {wall:.2f} s, {processor:.2f} s of processor, {(after - before) / 1024:.0f} MB more")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
