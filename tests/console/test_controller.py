"""The controller as the command starts it, and what the other verbs say of it."""

from __future__ import annotations

import json

from tests.console.support import Repository
from tests.console.test_saved_plans import committed, git


def test_one_look(repository: Repository) -> None:
    repository.environ["PLUMB_CACHE_DIR"] = str(repository.state / "cache")
    committed(repository)
    found = repository.good("controller", "run", "--once")
    assert "following main of" in found.out
    status = json.loads(repository.good("status", "--json", "--no-refresh").out)["stacks"][0]
    assert status["applied"] == git(repository, "rev-parse", "HEAD")
    assert status["head"] == status["applied"]
    lines = repository.good("status").lines
    assert "none runs" in lines[0]
    assert lines[2].split()[1] == status["applied"][:7]
    assert git(repository, "rev-parse", "--short=7", "HEAD") in repository.good("history").out


def test_a_suspended_stack_is_left_alone(repository: Repository) -> None:
    repository.environ["PLUMB_CACHE_DIR"] = str(repository.state / "cache")
    committed(repository)
    repository.good("controller", "run", "--once")
    repository.good("suspend", "shop", "--reason", "a look")
    repository.edit("stacks/shop.plumb.yaml", "default: 3", "default: 4")
    committed(repository)
    repository.run("controller", "run", "--once")
    assert repository.run("plan", "--at", "HEAD", "--detailed-exitcode").status == 2
    repository.good("resume", "shop")
    repository.good("controller", "run", "--once")
    assert repository.run("plan", "--at", "HEAD", "--detailed-exitcode").status == 0


def test_json_lines(repository: Repository) -> None:
    repository.environ["PLUMB_CACHE_DIR"] = str(repository.state / "cache")
    committed(repository)
    lines = [json.loads(line) for line in repository.good("controller", "run", "--once", "--json").lines]
    assert all(line["@module"] == "plumb.controller" for line in lines)


def test_a_folder_that_is_no_repository(repository: Repository) -> None:
    found = repository.run("controller", "run", "--once")
    assert found.status == 1
    assert found.err.startswith("error")
