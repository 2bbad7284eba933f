"""A planted secret appears in no byte of what Plumb prints or keeps."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.console.support import Repository

SECRET = "correct-horse-battery"
OTHER = "staple-of-another-kind"

STACK = f"""\
stack: shop
inputs:
  word: {{type: string, default: {SECRET}, sensitive: true}}
providers:
  memory: {{path: ../world.db}}
resources:
  db:
    type: Memory::Store
    properties: {{Name: db, Password: "${{inputs.word}}", Value: "user:${{inputs.word}}@host", Labels: {{plain: x}}}}
outputs:
  word: {{value: "${{inputs.word}}", sensitive: true}}
  made: {{value: "${{db.Key}}", sensitive: true}}
"""


@pytest.fixture
def told(repository: Repository) -> list[str]:
    """Everything that a life of the stack prints."""
    repository.write("stacks/shop.plumb.yaml", STACK)
    repository.environ["PLUMB_LOG"] = "debug"
    found: list[str] = []

    def run(*arguments: str) -> None:
        result = repository.run(*arguments)
        found.extend([result.out, result.err])

    for _ in range(2):
        run("plan", "--out", "plan.json")
        run("plan", "--format", "markdown")
        run("plan", "--json")
        run("apply", "plan.json")
        run("apply", "-y", "--json")
        found.append((repository.root / "plan.json").read_text())
        repository.edit("stacks/shop.plumb.yaml", SECRET, OTHER) if SECRET in _stack(repository) else None
    for arguments in (
        ["drift"],
        ["status", "--wide"],
        ["output"],
        ["output", "--json"],
        ["output", "word"],
        ["output", "word", "--raw"],
        ["show", "shop.db"],
        ["show", "shop.db", "--json"],
        ["why", "shop.db"],
        ["state", "show", "shop.db"],
        ["state", "show", "shop.db", "--json"],
        ["history", "--json"],
        ["eval", "inputs.word"],
        ["eval", "inputs.word + 1"],
        ["eval", "'x' + inputs.word"],
        ["destroy", "--approve", "0"],
    ):
        run(*arguments)
    return found


def _stack(repository: Repository) -> str:
    return (repository.root / "stacks/shop.plumb.yaml").read_text()


def test_nothing_that_is_printed_holds_it(told: list[str]) -> None:
    for text in told:
        assert SECRET not in text
        assert OTHER not in text


def test_nothing_that_is_kept_holds_it(told: list[str], repository: Repository) -> None:
    kept = [path for path in repository.state.rglob("*") if path.is_file()]
    assert kept
    for path in kept:
        assert SECRET.encode() not in path.read_bytes(), path
        assert OTHER.encode() not in path.read_bytes(), path


def test_the_cloud_got_it(told: list[str], repository: Repository) -> None:
    assert OTHER.encode() in Path(repository.root.parent / "world.db").read_bytes()


def test_a_person_may_ask_for_one_by_name(told: list[str], repository: Repository) -> None:
    assert repository.good("output", "word", "--raw", "--reveal").out == OTHER
