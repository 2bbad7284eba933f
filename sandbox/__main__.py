"""`python -m sandbox up|down|status|serve`."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, fields
from pathlib import Path

from sandbox import process, runtime
from sandbox.settings import Settings


def main(arguments: list[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    directory: Path | None = given.directory
    match given.verb:
        case "up":
            info = process.up(directory, _settings(given))
            _print({name: value for name, value in asdict(info).items() if name != "token"})
        case "down":
            _print({"ended": process.down(directory)})
        case "status":
            facts = process.status(directory)
            _print(facts)
            return 0 if facts["running"] else 1
        case _:
            from sandbox.server import serve

            serve(directory or runtime.default_directory(), _settings(given), tied=given.tied)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="A cloud on your own machine.")
    parser.add_argument("verb", choices=("up", "down", "status", "serve"))
    parser.add_argument("--directory", type=Path, default=None, help="where the running sandbox is recorded")
    parser.add_argument("--tied", action="store_true", help="serve: end with standard input")
    for item in fields(Settings):
        kind = _truth if isinstance(item.default, bool) else type(item.default)
        parser.add_argument(f"--{item.name.replace('_', '-')}", type=kind, default=item.default)
    return parser


def _truth(text: str) -> bool:
    if text not in ("True", "False"):
        raise ValueError(text)
    return text == "True"


def _settings(given: argparse.Namespace) -> Settings:
    return Settings(**{item.name: getattr(given, item.name) for item in fields(Settings)})


def _print(values: object) -> None:
    sys.stdout.write(json.dumps(values, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
