"""Each of the other verbs, as text and as JSON."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.console.support import Repository


def test_validate(repository: Repository) -> None:
    assert repository.good("validate").out == "2 files are valid.\n"
    repository.edit("stacks/shop.plumb.yaml", "Zone: east", "Zune: east")
    repository.write("stacks/other.plumb.yaml", "stack: other\nresources: {a: {type: Memory::Nothing}}\n")
    found = repository.run("validate")
    assert found.status == 1
    assert 'has no property "Zune"' in found.err
    assert found.err.endswith("2 errors in 2 of 3 files.\n")
    assert "Zune" not in repository.run("validate", "stacks/other.plumb.yaml").err


def test_errors_of_files_are_counted_by_plan_too(repository: Repository) -> None:
    repository.edit("stacks/shop.plumb.yaml", "Zone: east", "Zune: east")
    found = repository.run("plan")
    assert found.status == 1
    assert found.err.endswith("1 error in 1 of 2 files. Nothing was planned.\n")


def test_status(applied: Repository) -> None:
    lines = applied.good("status").lines
    assert lines[0] == "controller: none runs"
    assert lines[1].split() == ["NAME", "REVISION", "READY", "HEALTH", "DRIFT", "SUSPENDED", "NEXT-CHECK", "MESSAGE"]
    assert lines[2].split() == ["shop", "-", "True", "healthy", "-", "-", "-", "-"]
    applied.edit("stacks/shop.plumb.yaml", "default: 3", "default: 4")
    assert "1 change to apply" in applied.good("status").out
    assert "LAST-RUN" in applied.good("status", "--wide").out
    document = json.loads(applied.good("status", "--json").out)
    assert document["stacks"][0]["name"] == "shop"
    assert applied.run("status", "nowhere").status == 1


def test_suspend_and_resume(applied: Repository) -> None:
    applied.good("suspend", "shop", "--until", "2h", "--reason", "a look")
    text = applied.good("status", "--no-refresh").out
    assert "for 1 h" in text
    assert "suspended: a look" in text
    assert applied.good("resume", "shop").out == "shop is resumed\n"
    assert applied.good("resume", "shop").out == "shop was not suspended\n"
    assert "suspend" in applied.good("history").out


def test_reconcile_is_noted_for_the_next_controller(applied: Repository) -> None:
    found = applied.good("reconcile", "shop")
    assert found.out == "shop: asked\n"
    assert "no controller runs now" in found.err
    assert applied.run("reconcile", "--wait", "--timeout", "0s").status == 1


def test_output(applied: Repository) -> None:
    assert applied.good("output").out == "shop.net = thing-00000001\n"
    assert applied.good("output", "net").out == "thing-00000001\n"
    assert applied.good("output", "net", "--raw").out == "thing-00000001"
    assert json.loads(applied.good("output", "shop.net", "--json").out) == "thing-00000001"
    assert json.loads(applied.good("output", "--json").out) == {"shop.net": {"sensitive": False, "value": "thing-00000001"}}
    assert 'did you mean "net"?' in applied.run("output", "nat").err


def test_show(applied: Repository) -> None:
    applied.edit("stacks/shop.plumb.yaml", "default: 3", "default: 4")
    text = applied.good("show", "shop.net").out
    assert "plan        update, config" in text
    assert "Size        4        3" in text
    assert "health      healthy" in text
    differing = applied.good("show", "shop.net", "--diff").out
    assert "Size" in differing
    assert "Zone" not in differing
    document = json.loads(applied.good("show", "shop.sub", "--json").out)
    assert [item["address"] for item in document] == ["shop.sub[a]", "shop.sub[b]"]
    assert document[0]["health"]["state"] == "healthy"
    assert document[0]["history"][0]["action"] == "create"


def test_why(applied: Repository) -> None:
    applied.edit("stacks/shop.plumb.yaml", "Zone: east", "Zone: west")
    text = applied.good("why", "shop.sub[a]").out
    assert (
        text
        == """\
shop.sub[a]  Memory::Thing
  exists because it is declared at stacks/shop.plumb.yaml:11, with the key "a" of for_each at stacks/shop.plumb.yaml:13
  shop.sub[a]: update (config), stacks/shop.plumb.yaml:11
    Value: thing-00000001 -> (known after apply), from shop.net.Id, stacks/shop.plumb.yaml:14
      shop.net: REPLACE, create first, then delete (config), stacks/shop.plumb.yaml:8
        Zone: east -> west, forces replacement, stacks/shop.plumb.yaml:10
  needs
    shop.net (at properties.Value, stacks/shop.plumb.yaml:14)
  is used by nothing
"""
    )
    found = json.loads(applied.good("why", "shop.net", "--json").out)[0]
    assert [user["name"] for user in found["used_by"]] == ["shop.sub", "shop.db", "output shop.net"]


def test_graph(repository: Repository) -> None:
    assert "shop.db" in repository.good("graph").out
    dot = repository.good("graph", "--format", "dot").out
    assert dot.startswith("digraph")
    assert '"shop.sub" -> "shop.net"' in dot
    assert repository.good("graph", "--format", "mermaid").out.startswith("flowchart")
    document = json.loads(repository.good("graph", "--format", "json").out)
    assert {"nodes", "edges"} <= document.keys()


def test_history(applied: Repository) -> None:
    applied.edit("stacks/shop.plumb.yaml", "{a: 1, b: 2}", "{a: 1}")
    applied.good("apply", "-y", "-q")
    lines = applied.good("history").lines
    assert lines[0].split() == ["TIME", "COMMIT", "WHO", "STACK", "WHAT", "OUTCOME"]
    assert "apply: delete shop.sub[b]" in lines[1]
    assert "apply: create 4" in lines[2]
    assert lines[1].endswith("applied")
    at = applied.good("history", "shop.sub[b]").lines
    assert [line.split()[5] for line in at[1:]] == ["delete", "create"]
    assert len(applied.good("history", "--limit", "1").lines) == 2
    assert applied.good("history", "--since", "0s").out == "nothing was done yet\n"
    assert json.loads(applied.good("history", "shop", "--json").out)[0]["operations"][0]["action"] == "delete"


def test_state(applied: Repository) -> None:
    assert "shop.net" in applied.good("state", "list").out
    assert applied.good("state", "list", "shop.sub").lines[1:][0].startswith("shop.sub[a]")
    assert "thing-00000001" in applied.good("state", "show", "shop.net").out
    applied.good("state", "mv", "shop.net", "shop.network")
    assert applied.run("state", "show", "shop.net").status == 1
    assert applied.run("state", "mv", "shop.network", "shop.db").status == 1
    applied.good("state", "mv", "shop.network", "shop.net")
    assert applied.run("plan", "--detailed-exitcode").status == 0
    assert "it stays alive" in applied.good("state", "rm", "shop.sub[b]").out
    assert json.loads(applied.good("state", "verify", "--json").out) == {"shop": []}
    assert applied.run("plan", "--detailed-exitcode").status == 2


def test_state_moves_between_stacks(applied: Repository) -> None:
    applied.write("stacks/base.plumb.yaml", "stack: base\n")
    applied.good("state", "mv", "shop.net", "base.net")
    assert "base.net" in applied.good("state", "list").out
    assert "shop.net" not in applied.good("state", "list").out


def test_types(repository: Repository) -> None:
    assert "Memory::Thing" in repository.good("types").out
    text = repository.good("types", "Memory::Store").out
    assert "required, replaces" in text
    assert "comes back EMPTY" in text
    assert "refused: the pretended cloud" in text
    rows = json.loads(repository.good("types", "--recovery", "--json").out)
    assert {row["class"] for row in rows if row["provider"] == "memory"} == {"A", "B", "C", "D", "N"}
    assert repository.good("types", "apps/v1/Deployment").out.startswith("apps/v1/Deployment")
    assert "Memory::Store" in repository.run("types", "Memory::Stor").err


def test_schema(repository: Repository) -> None:
    assert json.loads(repository.good("schema").out)["title"] == "A Plumb stack file"
    repository.good("schema", "--into", ".plumb/schema.json")
    assert (repository.root / ".plumb/schema.json").is_file()


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("1 + 2", "3  : integer\n"),
        ("size(sub)", "2  : integer\n"),
        ("net.Id", "thing-00000001  : string\n"),
        ("values(sub).map(s, s.Size)", "[1, 2]  : list of integer\n"),
        ("${inputs.zones}", "{a: 1, b: 2}  : map of integer\n"),
        ("net.Zone == 'east'", "true  : boolean\n"),
    ],
)
def test_eval(applied: Repository, expression: str, wanted: str) -> None:
    assert applied.good("eval", expression).out == wanted


def test_eval_marks_what_is_not_known(repository: Repository) -> None:
    assert repository.good("eval", "net.Id").out == "(known after apply) from shop.net.Id  : string, unknown until applied\n"
    found = repository.run("eval", "net.Nam")
    assert found.status == 1
    assert "expression:1:1" in found.err


def test_init(repository: Repository) -> None:
    found = repository.good("init", "new")
    assert "Next: cd new && git init && plumb plan" in found.out
    assert repository.good("validate", "-C", "new").out == "3 files are valid.\n"
    assert repository.run("init", "new").status == 1
    repository.good("init", "shop", "--example")
    repository.good("validate", "-C", "shop")
    text = (repository.root / "shop/stacks/shop.plumb.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=../.plumb/schema.json\n")


def test_completion_and_version(repository: Repository) -> None:
    for shell in ("bash", "zsh", "fish"):
        assert "_PLUMB_COMPLETE" in repository.good("completion", shell).out
    assert repository.good("version").out.startswith("plumb ")
    assert set(json.loads(repository.good("version", "--json").out)) == {"version", "python", "platform", "extras"}


def test_sandbox_status_and_down_without_one(repository: Repository) -> None:
    repository.environ["XDG_RUNTIME_DIR"] = str(repository.state)
    assert repository.good("sandbox", "status").out == "no sandbox is running; plumb sandbox up\n"
    assert repository.good("sandbox", "down").out == "no sandbox was running\n"


def test_a_missing_extra_gets_the_line_that_installs_it(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.commands.sandbox.find_spec", lambda name: None)
    assert "pip install 'plumb-engine[sandbox]'" in repository.run("sandbox", "up").err


def test_a_commit_instead_of_the_work_tree(repository: Repository) -> None:
    def git(*arguments: str) -> None:
        names = ["-c", "user.name=someone", "-c", "user.email=someone@example.org"]
        subprocess.run(["git", *names, *arguments], cwd=repository.root, check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    git("add", "plumb.yaml", "stacks")
    git("commit", "-q", "-m", "first")
    repository.edit("stacks/shop.plumb.yaml", "default: 3", "default: 4")
    assert "Size        3" in repository.good("plan", "--at", "HEAD").out
    assert "Size        4" in repository.good("plan").out
    repository.good("apply", "--at", "main", "-y", "-q")
    assert "uncommitted" not in repository.good("history").out
    git("commit", "-q", "-am", "second")
    repository.good("apply", "--at", "main", "-y", "-q")
    git("revert", "--no-edit", "HEAD")
    assert "~ Size  4 -> 3" in repository.good("plan", "--at", "HEAD").out
