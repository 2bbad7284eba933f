"""One look at a time, as a process: what is applied, what is held back, and what the status says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gitops.support import Repository, stack_text, thing


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def test_a_commit_is_applied_and_then_there_is_nothing_to_do(repository: Repository) -> None:
    head = repository.commit(shop=stack_text("shop", thing("a", Name="a", Value=1) + thing("b", Name="b", Value="'${a.Arn}'")))
    assert repository.once() == 0, repository.said
    assert set(repository.names()) == {"a", "b"}
    assert repository.once() == 0, repository.said
    assert len(repository.everything()) == 2
    status = repository.status()["shop"]
    assert status.head == status.applied == head
    assert (status.ready, status.health, status.drift, status.last_error) == (True, "healthy", 0, "")


def test_a_revert_restores(repository: Repository) -> None:
    repository.commit(shop=stack_text("shop", thing("a", Name="a", Value=1) + thing("b", Name="b", Value=2)))
    assert repository.once() == 0, repository.said
    before = repository.names()
    repository.commit(shop=stack_text("shop", thing("a", Name="a", Value=7) + thing("c", Name="c", Value=3)))
    assert repository.once() == 0, repository.said
    assert repository.names() == {"a": 7, "c": 3}
    repository.git("revert", "--no-edit", "HEAD")
    assert repository.once() == 0, repository.said
    assert repository.names() == before


def test_drift_is_healed(repository: Repository) -> None:
    repository.commit(shop=stack_text("shop", thing("a", Name="a", Value=1)))
    assert repository.once() == 0
    item = repository.everything()[0]
    repository.world().alter(item.type, item.identity, Value=99)
    assert repository.once() == 0, repository.said
    assert repository.names() == {"a": 1}
    assert "drift was undone" in repository.said


def test_drift_is_only_reported_where_that_is_said(repository: Repository) -> None:
    repository.commit(shop=stack_text("shop", thing("a", Name="a", Value=1), more="drift: report\n"))
    assert repository.once() == 0, repository.said
    item = repository.everything()[0]
    repository.world().alter(item.type, item.identity, Value=99)
    repository.once()
    assert repository.names() == {"a": 99}
    status = repository.status()["shop"]
    assert (status.drift, status.drifted) == (1, ("shop.a",))


STORE = "Memory::Store"


def test_what_comes_back_empty_waits_for_a_trailer_and_the_rest_goes_on(repository: Repository) -> None:
    two = thing("data", STORE, Name="data", Value=1) + thing("a", Name="a", Value=1)
    repository.commit(shop=stack_text("shop", two))
    assert repository.once() == 0, repository.said
    repository.world().vanish(STORE, "data")
    repository.commit(shop=stack_text("shop", two.replace("Name: a, Value: 1", "Name: a, Value: 2")))
    assert repository.once() == 3, repository.said
    assert repository.names() == {"a": 2}
    status = repository.status()["shop"]
    assert [(hold.address, hold.code) for hold in status.held] == [("shop.data", "empty")]
    assert "Plumb-Accept: empty shop.data" in status.message
    assert not status.ready
    repository.commit("unrelated\n\nPlumb-Accept: empty shop.other")
    assert repository.once() == 3
    repository.commit("fine\n\nwe have a copy\n\nPlumb-Accept: empty shop.data")
    repository.commit("one more on top")
    assert repository.once() == 0, repository.said
    assert repository.names() == {"a": 2, "data": 1}
    assert repository.status()["shop"].ready
    repository.world().vanish(STORE, "data")
    assert repository.once() == 3, "a trailer is spent once it was met"


def test_a_vanished_stack_is_left_to_a_person(repository: Repository) -> None:
    repository.commit(shop=stack_text("shop", thing("a", Name="a")), base=stack_text("base", thing("b", Name="b")))
    assert repository.once() == 0, repository.said
    repository.remove("shop.plumb.yaml")
    repository.commit(base=stack_text("base", thing("b", Name="b", Value=5)))
    assert repository.once() == 3, repository.said
    assert repository.names() == {"a": None, "b": 5}
    status = repository.status()
    assert status["shop"].held[0].code == "removed"
    assert "1 to delete" in status["shop"].held[0].reason
    assert status["base"].ready


def test_a_stack_whose_files_fail_stops_no_other(repository: Repository) -> None:
    repository.commit(shop=stack_text("shop", thing("a", Name="a")), base=stack_text("base", thing("b", Name="b")))
    assert repository.once() == 0, repository.said
    first = repository.head()
    broken = stack_text("shop", thing("a", Name="a").replace("Memory::Thing", "Memory::Nothing"))
    repository.commit(shop=broken, base=stack_text("base", thing("b", Name="b", Value=5)))
    assert repository.once() == 1, repository.said
    assert repository.names() == {"a": None, "b": 5}
    status = repository.status()
    assert "shop.plumb.yaml:" in status["shop"].last_error
    assert "Memory::Nothing" in status["shop"].last_error
    assert (status["shop"].applied, status["shop"].ready) == (first, False)
    assert status["base"].applied == repository.head()


def test_a_file_that_says_not_whose_it_is_stops_all(repository: Repository) -> None:
    """It may belong to any stack: one read without it would have much to delete."""
    repository.commit(shop=stack_text("shop", thing("a", Name="a")))
    repository.write("more.plumb.yaml", "stack: shop\nresources:\n" + thing("b", Name="b"))
    repository.commit()
    assert repository.once() == 0, repository.said
    repository.write("more.plumb.yaml", "stac: shop\nresources:\n" + thing("b", Name="b"))
    repository.commit()
    assert repository.once() == 1, repository.said
    assert set(repository.names()) == {"a", "b"}
    assert repository.status()["shop"].last_error


def test_a_dependent_of_a_broken_stack_is_left_alone_too(repository: Repository) -> None:
    base = stack_text("base", thing("b", Name="b"), more="outputs: {id: '${b.Arn}'}\n")
    repository.commit(base=base, shop=stack_text("shop", thing("a", Name="a", Value="'${stacks.base.id}'")))
    assert repository.once() == 0, repository.said
    assert str(repository.names()["a"]).startswith("memory:")
    repository.commit(base=base.replace("Memory::Thing", "Memory::Nothing"), other=stack_text("other", thing("c", Name="c")))
    assert repository.once() == 1, repository.said
    status = repository.status()
    assert status["base"].last_error
    assert status["shop"].last_error
    assert status["other"].ready
    assert set(repository.names()) == {"a", "b", "c"}


def test_a_broken_plumb_yaml_changes_nothing(repository: Repository) -> None:
    repository.commit(shop=stack_text("shop", thing("a", Name="a")))
    assert repository.once() == 0
    plumb = (repository.folder / "plumb.yaml").read_text()
    repository.write("plumb.yaml", plumb + "nonsense: 1\n")
    repository.commit(shop=stack_text("shop", ""))
    assert repository.once() == 1, repository.said
    assert set(repository.names()) == {"a"}
    assert "nonsense" in repository.status()["shop"].last_error


def test_an_observed_stack_is_only_planned(repository: Repository) -> None:
    repository.commit(shop=stack_text("shop", thing("a", Name="a"), more="mode: observe\n"))
    assert repository.once() == 0, repository.said
    assert repository.everything() == []
    status = repository.status()["shop"]
    assert "only observed" in status.message
    assert "1 to do" in status.message


def test_deletions_without_a_cause_in_the_diff_are_held_back(repository: Repository, tmp_path: Path) -> None:
    """An input that came from a folder of files has vanished: the commit is the same, and wants twelve things fewer."""
    inputs = "inputs: {names: {type: list, items: {type: string}, default: []}}\n"
    many = "  many: {type: Memory::Thing, for_each: '${inputs.names}', properties: {Name: '${each.key}'}}\n"
    repository.commit(shop=stack_text("shop", many + thing("a", Name="a"), more=inputs))
    names = [f"n{number:02}" for number in range(12)]
    assert repository.once(environment={"PLUMB_VAR_names": str(names).replace("'", '"')}) == 0, repository.said
    assert len(repository.names()) == 13
    repository.commit(shop=stack_text("shop", many + thing("a", Name="a", Value=2), more=inputs))
    assert repository.once() == 3, repository.said
    assert len(repository.names()) == 13
    assert repository.names()["a"] == 2
    assert {hold.code for hold in repository.status()["shop"].held} == {"budget"}


def test_deletions_that_a_commit_asks_for_are_made(repository: Repository) -> None:
    names = [f"n{number:02}" for number in range(12)]
    inputs = f"inputs: {{names: {{type: list, items: {{type: string}}, default: {names}}}}}\n"
    many = "  many: {type: Memory::Thing, for_each: '${inputs.names}', properties: {Name: '${each.key}'}}\n"
    block = "".join(thing(f"x{name}", Name=f"x{name}") for name in names)
    repository.commit(shop=stack_text("shop", many + block, more=inputs))
    assert repository.once() == 0, repository.said
    assert len(repository.names()) == 24
    repository.commit(shop=stack_text("shop", many + thing("a", Name="a"), more=inputs.replace(str(names), "[]")))
    assert repository.once() == 0, repository.said
    assert set(repository.names()) == {"a"}


def test_with_apply_approve_it_waits_for_a_digest(tmp_path: Path) -> None:
    from gitops import requests

    repository = Repository(tmp_path, more="controller: {apply: approve}\n")
    repository.commit(shop=stack_text("shop", thing("a", Name="a")), base=stack_text("base", thing("b", Name="b")))
    assert repository.once() == 3, repository.said
    assert repository.everything() == []
    digest = repository.status()["shop"].digest
    assert f"waiting for approval {digest[:8]}" in repository.said
    store = repository.store()
    requests.approve(store, "shop", "0" * 64, "someone")
    assert repository.once() == 3
    assert repository.everything() == []
    assert repository.plumb("controller", "approve", "shop", "0" * 8).returncode == 3
    assert repository.plumb("controller", "approve", "nothing", digest).returncode == 1
    assert repository.plumb("controller", "approve", "shop", digest[:8]).returncode == 0
    assert repository.once() == 3, repository.said
    assert set(repository.names()) == {"a"}
    assert repository.status()["shop"].ready
    assert not repository.status()["base"].ready
    repository.world().vanish(repository.everything()[0].type, repository.everything()[0].identity)
    assert repository.once() == 3, "an approval is spent"
    assert repository.everything() == []
    store.close()


def test_one_stack_that_fails_does_not_hold_up_the_commit_of_another(repository: Repository) -> None:
    repository.commit(shop=stack_text("shop", thing("a", Name="a")), base=stack_text("base", thing("b", Name="b")))
    repository.world().create("Memory::Name", {"Name": "taken"}, {})
    repository.commit(shop=stack_text("shop", thing("a", "Memory::Name", Name="taken")))
    assert repository.once() in (1, 3), repository.said
    status = repository.status()
    assert status["base"].applied == repository.head()
    assert not status["shop"].ready
    assert status["shop"].held[0].code == "blocked"


def test_looking_again_writes_nothing(repository: Repository) -> None:
    """Not even with an output that is kept sealed."""
    outputs = "outputs: {key: {value: '${a.Key}', sensitive: true}, arn: '${a.Arn}'}\n"
    repository.commit(shop=stack_text("shop", thing("a", Name="a"), more=outputs))
    assert repository.once() == 0, repository.said
    store = repository.store()
    before = store.head("shop")
    assert repository.once() == 0, repository.said
    assert store.head("shop") == before
    store.close()


def test_a_lost_note_is_written_again(repository: Repository) -> None:
    """The notes are for reading: the journal alone decides."""
    head = repository.commit(shop=stack_text("shop", thing("a", Name="a")))
    assert repository.once() == 0, repository.said
    store = repository.store()
    for key in store.notes():
        store.note(key, None)
    seen = repository.status()["shop"]
    assert (seen.head, seen.applied, seen.health) == ("", head, "unknown")
    store.note("controller/shop", b"{not json")
    assert repository.once() == 0, repository.said
    assert repository.status()["shop"].ready
    assert len(repository.everything()) == 1
    store.close()


def test_a_commit_that_concerns_no_stack_is_applied_everywhere(repository: Repository) -> None:
    repository.commit(shop=stack_text("shop", thing("a", Name="a")))
    assert repository.once() == 0, repository.said
    repository.write("README.md", "words")
    head = repository.commit()
    assert repository.once() == 0, repository.said
    assert repository.status()["shop"].applied == head


def test_a_repository_in_a_folder_of_its_own(tmp_path: Path) -> None:
    """plumb.yaml may lie below the root; a bare copy is followed as well as a work tree."""
    repository = Repository(tmp_path)
    repository.commit()
    repository.git("mv", "plumb.yaml", "README")
    text = (repository.folder / "README").read_text()
    repository.git("rm", "--quiet", "-f", "README")
    repository.write("infra/plumb.yaml", text)
    repository.write("infra/shop.plumb.yaml", stack_text("shop", thing("a", Name="a"), world=str(repository.world_path)))
    repository.commit()
    repository.git("clone", "--quiet", "--bare", str(repository.folder), str(tmp_path / "bare.git"))
    assert repository.once("--repository", str(tmp_path / "bare.git"), "--path", "infra") == 0, repository.said
    assert set(repository.names()) == {"a"}
    assert repository.once("-C", "infra") == 0, repository.said
    assert repository.once("--path", "infra") == 1, "there is no plumb.yaml above: it is said where to look"


def test_what_is_not_there_is_refused_in_one_line(repository: Repository) -> None:
    repository.commit()
    for arguments in (
        ("--repository", "ext::sh -c id"),
        ("--repository", "/no/such"),
        ("--branch", "--x"),
        ("--branch", "none"),
    ):
        assert repository.once(*arguments) == 1
        assert "error" in repository.said
    assert repository.once("--interval", "soon") == 1
    assert repository.once("--at", "HEAD") == 1
