"""`make bench`: one table per part, with ratios beside Terraform in the same run where it is found."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks.graphs import graphs, peer
from benchmarks.measure import Failed, cost
from benchmarks.requests import requests
from benchmarks.shapes import write_layered
from benchmarks.starts import starts
from benchmarks.table import Row, plain, text
from examples.stage import own_environment, plumb

TITLES = {
    "a": "a  a layered graph: ten layers, three parents each",
    "b": "b  requests of an unchanged plan on AWS",
    "c": "c  start",
}


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--part", choices=sorted(TITLES), action="append", help="only this; may be given again")
    parser.add_argument("--size", type=int, help="resources: of part a (10000), of part b (300)")
    parser.add_argument("--no-terraform", action="store_true", help="do not measure it, though it is found")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return parser


def main(words: list[str] | None = None) -> int:
    asked = options().parse_args(words)
    found: dict[str, list[Row]] = {}
    with tempfile.TemporaryDirectory(prefix="plumb-bench-") as name:
        folder = Path(name).resolve()
        for part in ("home", "run"):
            (folder / part).mkdir()
        environ = environment(folder)
        warm(folder / "warm", environ)
        for part in asked.part or sorted(TITLES):
            try:
                found[part] = measured(part, folder / part, environ, asked)
            except Failed as failed:
                print(f"{TITLES[part]}\n  FAILED: {failed}")
                return 1
            print(text(TITLES[part], found[part]), end="\n\n", flush=True)
    if asked.json is not None:
        asked.json.write_text(json.dumps({part: [plain(row) for row in rows] for part, rows in found.items()}, indent=2) + "\n")
    return 0


def environment(folder: Path) -> dict[str, str]:
    """As a person's who has run it before: Python's sources are compiled, and nothing is traced."""
    kept = {name: value for name, value in own_environment(folder).items() if not name.startswith(("PYTHON", "TF_"))}
    return {**kept, "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}


def warm(folder: Path, environ: Mapping[str, str]) -> None:
    write_layered(folder, 10)
    for words in (["--help"], ["plan"], ["apply", "-y"], ["plan"]):
        cost([plumb(), *words], folder, environ)


def measured(part: str, folder: Path, environ: Mapping[str, str], asked: argparse.Namespace) -> list[Row]:
    folder.mkdir()
    match part:
        case "a":
            beside = peer(os.environ, not asked.no_terraform)
            if beside.path is None:
                print("terraform was not measured" if asked.no_terraform else "terraform was not found: no ratios")
            return graphs(folder, plumb(), environ, beside, asked.size or 10_000)
        case "b":
            return requests(folder, plumb(), environ, asked.size or 300)
        case _:
            return starts(folder, plumb(), environ)


if __name__ == "__main__":
    sys.exit(main())
