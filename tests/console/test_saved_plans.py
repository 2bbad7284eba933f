"""Saved plans: what was reviewed is applied, as it was reviewed, and nothing else."""

from __future__ import annotations

import json
import subprocess

from tests.console.support import Repository


def git(repository: Repository, *arguments: str) -> str:
    command = ["git", "-c", "user.name=someone", "-c", "user.email=someone@example.org", *arguments]
    return subprocess.run(command, cwd=repository.root, capture_output=True, text=True, check=True).stdout.strip()


def committed(repository: Repository) -> None:
    if not (repository.root / ".git").exists():
        git(repository, "init", "-q", "-b", "main")
        repository.write(".gitignore", "world.db\n*.json\n")
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "a change")


def test_a_saved_plan_is_applied_without_a_question(repository: Repository) -> None:
    repository.good("plan", "-out=plan.json")
    found = repository.good("apply", "plan.json")
    assert "Applied: 4 created." in found.out
    assert repository.run("plan", "--detailed-exitcode").status == 0


def test_files_that_changed_since_are_refused(repository: Repository) -> None:
    repository.good("plan", "--out", "plan.json")
    repository.edit("stacks/shop.plumb.yaml", "default: 3", "default: 4")
    found = repository.run("apply", "plan.json")
    assert found.status == 3
    assert "P0543" in found.err
    assert repository.run("state", "list").out == "nothing is recorded\n"


def test_only_what_is_still_the_same_is_applied(applied: Repository) -> None:
    applied.edit("stacks/shop.plumb.yaml", "default: 3", "default: 4")
    applied.edit("stacks/shop.plumb.yaml", "Name: db, Labels", "Name: db, Size: 9, Labels")
    applied.good("plan", "--out", "plan.json")
    document = json.loads((applied.root / "plan.json").read_text())
    document["resource_changes"][0]["digest"] = "0" * 64
    (applied.root / "plan.json").write_text(json.dumps(document))
    first = document["resource_changes"][0]["address"]
    found = applied.run("apply", "plan.json")
    assert found.status == 3
    assert f"{first}: not applied: it is not what was approved" in found.out
    assert "1 updated" in found.out


def test_a_committed_plan_is_applied_at_its_commit(repository: Repository) -> None:
    committed(repository)
    repository.good("plan", "--at", "HEAD", "--out", "plan.json")
    assert json.loads((repository.root / "plan.json").read_text())["uncommitted"] is False
    repository.edit("stacks/shop.plumb.yaml", "default: 3", "default: 4")
    repository.good("apply", "plan.json")
    records = json.loads(repository.good("state", "show", "shop.net", "--json").out)
    assert records[0]["inputs"]["Size"] == 3
    assert records[0]["commit"] == git(repository, "rev-parse", "HEAD")


def test_a_saved_plan_is_shown_again(applied: Repository) -> None:
    applied.edit("stacks/shop.plumb.yaml", "default: 3", "default: 4")
    planned = applied.good("plan", "--out", "plan.json").out
    assert applied.good("show", "plan.json").out == planned
    assert applied.good("show", "plan.json", "--format", "markdown").out.startswith("<!-- plumb:review")
    assert json.loads(applied.good("show", "plan.json", "--json").out)["format_version"] == "1.2"


def test_since_an_earlier_plan(applied: Repository) -> None:
    applied.edit("stacks/shop.plumb.yaml", "default: 3", "default: 4")
    applied.good("plan", "--out", "plan.json")
    applied.edit("stacks/shop.plumb.yaml", "Name: db, Labels", "Name: db, Size: 9, Labels")
    text = applied.good("plan", "--since", "plan.json").out
    assert "Since the plan of plan.json: new: update shop.db · 1 action as before" in text
    applied.edit("stacks/shop.plumb.yaml", "default: 4", "default: 3")
    assert "gone: update shop.net" in applied.good("plan", "--since", "plan.json").out


def test_another_environment_is_refused(repository: Repository) -> None:
    repository.good("plan", "--out", "plan.json")
    assert repository.run("apply", "plan.json", "--env", "prod").status == 1


def test_what_is_no_plan_is_said(repository: Repository) -> None:
    repository.write("other.json", "{}")
    for name in ("other.json", "plumb.yaml"):
        found = repository.run("apply", name)
        assert found.status == 1
        assert "P0541" in found.err


def test_an_approved_digest_is_applied_whole_or_not_at_all(repository: Repository) -> None:
    digest = json.loads(repository.good("plan", "--json").out)["digest"]
    assert repository.run("apply", "--approve", digest[:8]).status == 3
    repository.good("apply", "--approve", digest)
