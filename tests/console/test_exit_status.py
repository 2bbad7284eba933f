"""UX.md section 1: 0 done, 1 error, 2 only on request, 3 a person must decide."""

from __future__ import annotations

import pytest

from console.main import ELSEWHERE, VERBS
from tests.console.support import Repository


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--help"], 0),
        (["plan", "--help"], 0),
        (["plan"], 0),
        (["plan", "-detailed-exitcode"], 2),
        (["plan", "--expect-no-changes"], 1),
        (["plan", "--unheard"], 1),
        (["plan", "nowhere"], 1),
        (["plan", "--env", "nowhere"], 1),
        (["plan", "--at", "HEAD~9"], 1),
        (["plann"], 1),
        (["apply"], 1),
        (["apply", "missing.json"], 1),
        (["apply", "--approve", "0" * 64], 3),
        (["drift"], 0),
        (["drift", "--detailed-exitcode"], 0),
        (["show", "shop.nothing"], 1),
        (["show", "not an address"], 1),
        (["state", "show", "shop.net"], 1),
        (["output", "nothing"], 1),
        (["eval", "1 +"], 1),
        (["suspend", "nowhere"], 1),
        (["suspend", "shop", "--until", "soon"], 1),
        (["types", "AWS::Nothing::AtAll"], 1),
        (["validate"], 0),
    ],
)
def test_status_before_anything_is_applied(repository: Repository, arguments: list[str], status: int) -> None:
    found = repository.run(*arguments)
    assert found.status == status, found.out + found.err
    if status == 1 and "--expect-no-changes" not in arguments:
        assert found.err.startswith("error")


def test_status_after_everything_is_applied(applied: Repository) -> None:
    assert applied.run("plan", "--detailed-exitcode").status == 0
    assert applied.run("plan", "--expect-no-changes").status == 0
    assert applied.run("apply", "-y").status == 0
    assert applied.run("apply").status == 0, "nothing to do needs no yes"


@pytest.mark.parametrize("word", sorted(ELSEWHERE))
def test_words_of_other_tools_get_one_line(repository: Repository, word: str) -> None:
    found = repository.run(word)
    assert found.status == 1
    assert found.err.count("\n") == 1
    named = ELSEWHERE[word].replace("`", "").split("plumb ")[1:]
    assert all(part.split()[0] in VERBS for part in named), "an answer names only verbs that exist"


def test_manifests_of_kubectl(repository: Repository) -> None:
    found = repository.run("apply", "-f", "web.yaml")
    assert found.status == 1
    assert "a bundle in a stack" in found.err


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_explains_itself(repository: Repository, verb: str) -> None:
    found = repository.run(verb, "--help")
    assert found.status == 0
    assert found.out.startswith("Usage: plumb ")


def test_a_group_without_a_verb_lists_its_verbs(repository: Repository) -> None:
    assert "verify" in repository.good("state").out
    assert "destroy" in repository.good().out


def test_an_unforeseen_error_is_no_traceback(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("unforeseen thing")

    monkeypatch.setattr("console.commands.plan.plan_with", fail)
    found = repository.run("plan")
    assert found.status == 1
    assert "P0599" in found.err
    assert "Traceback" not in found.err
