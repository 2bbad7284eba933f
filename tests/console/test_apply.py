"""apply and destroy: the question, what is said at the end, what is left."""

from __future__ import annotations

import json
from typing import Any

import pytest

from providers.contract.observation import HEALTHY, Health, Live
from providers.memory.file import FileWorld
from providers.memory.provider import MemoryProvider
from providers.memory.shelf import Item
from tests.console.support import Repository, settled


def behind(repository: Repository, type: str, identity: str, **values: Any) -> None:
    """Changes the pretended cloud itself; without values the object goes."""
    world = FileWorld(str(repository.root / "world.db"))
    if values:
        assert isinstance(world.alter(type, identity, **values), Item)
    else:
        world.vanish(type, identity)
    world.close()


def test_a_yes_applies(repository: Repository) -> None:
    found = repository.run("apply", given="yes\n", terminal=True)
    assert found.status == 0
    assert settled(found.out, repository).endswith("Applied: 4 created.\n\nOutputs:\n  shop.net  thing-00000001\n")
    assert "shop.net: creating" in found.err
    assert "shop.net: created after" in found.err


def test_anything_else_applies_nothing(repository: Repository) -> None:
    for word in ("y\n", "no\n", "\n", ""):
        assert repository.run("apply", given=word, terminal=True).status == 1
    assert repository.good("state", "list").out == "nothing is recorded\n"


def test_nobody_there_to_ask(repository: Repository) -> None:
    found = repository.run("apply", given="yes\n")
    assert found.status == 1
    assert "nobody is there to ask" in found.err


def with_fault(repository: Repository, fault: str) -> None:
    repository.edit("stacks/shop.plumb.yaml", "{path: ./world.db}", f"{{path: ./world.db, faults: [{{{fault}}}]}}")


def test_a_failure_names_what_was_not_reached(repository: Repository) -> None:
    with_fault(repository, "kind: reject, operation: Create, name: net")
    found = repository.run("apply", "-y")
    assert found.status == 1
    assert "Failed: 1 failed, 3 not reached." in found.out
    assert "shop.net: the memory world refused: AccessDenied" in found.out
    assert "refused on request" in found.err
    assert "shop.db: not reached, it waits for shop.net" in found.out
    assert "Run the same command again to go on." in found.out
    assert "shop.net: creating FAILED" in found.err


def test_what_does_not_depend_on_a_failure_goes_on(repository: Repository) -> None:
    with_fault(repository, "kind: reject, operation: Create, name: sub-a")
    found = repository.run("apply", "-y")
    assert found.status == 1
    assert "Failed: 3 created, 1 failed." in found.out


def test_a_lost_answer_is_settled_and_nothing_is_made_twice(repository: Repository) -> None:
    with_fault(repository, "kind: lose_after, operation: Create, name: net")
    repository.good("apply", "-y")
    assert repository.run("plan", "--detailed-exitcode").status == 0


def test_wait_ends_with_3_where_something_is_not_healthy(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    def health(self: MemoryProvider, type: str, live: Live) -> Health:
        return Health(state="degraded", reason="it fell over") if type == "Memory::Store" else HEALTHY

    monkeypatch.setattr(MemoryProvider, "health", health)
    found = repository.run("apply", "-y", "--wait", "--timeout", "60")
    assert found.status == 3
    assert "Applied: 4 created." in found.out
    assert "shop.db: not healthy: degraded: it fell over" in found.out
    assert "shop.net: not healthy" not in found.out


def test_wait_is_good_where_everything_is_healthy(repository: Repository) -> None:
    found = repository.good("apply", "-y", "--wait", "--timeout", "30")
    assert "waiting until what was changed is healthy" in found.err


def test_destroy_asks_for_the_name_of_what_holds_data(applied: Repository) -> None:
    assert applied.run("destroy", "-y").status == 1
    assert applied.run("destroy", given="yes\n", terminal=True).status == 1
    found = applied.run("destroy", given="shop\n", terminal=True)
    assert found.status == 0
    assert "Destroyed: 4 deleted." in found.out
    assert applied.good("state", "list").out == "nothing is recorded\n"


def test_destroy_by_digest(applied: Repository) -> None:
    digest = json.loads(applied.good("plan", "--destroy", "--json").out)["digest"]
    applied.good("destroy", "--approve", digest)


def test_what_is_protected_is_blocked_and_the_rest_is_done(applied: Repository) -> None:
    applied.edit(
        "stacks/shop.plumb.yaml", "    properties: {Name: db,", "    lifecycle: {protect: true}\n    properties: {Name: db,"
    )
    applied.good("apply", "-y")
    applied.edit("stacks/shop.plumb.yaml", "Name: db, Labels", "Name: db, Zone: west, Labels")
    applied.edit("stacks/shop.plumb.yaml", "default: 3", "default: 4")
    found = applied.run("apply", "-y")
    assert found.status == 3
    assert "1 updated" in found.out
    assert "shop.db: blocked: shop.db is protected" in found.out


def test_variables(repository: Repository) -> None:
    repository.write("more.yaml", "size: 7\n")
    for arguments, size in ((["-var", "size=9"], 9), (["--var-file", "more.yaml"], 7)):
        document = json.loads(repository.good("plan", "--json", *arguments).out)
        sizes = {change["address"]: change["change"]["after"].get("Size") for change in document["resource_changes"]}
        assert sizes["shop.net"] == size
    repository.environ["PLUMB_VAR_size"] = "8"
    assert "Size        8" in repository.good("plan").out
    assert repository.run("plan", "--var", "size").status == 1


def test_drift_is_shown_and_undone(applied: Repository) -> None:
    behind(applied, "Memory::Thing", "thing-00000001", Size=77)
    found = applied.run("drift", "--detailed-exitcode")
    assert found.status == 2
    text = settled(found.out, applied)
    assert "shop.net" in text
    assert "Size  3 -> 77" in text
    document = json.loads(applied.good("drift", "--json").out)
    assert [item["address"] for item in document["resource_drift"]] == ["shop.net"]
    assert applied.run("plan", "--detailed-exitcode").status == 2
    applied.good("apply", "-y")
    assert applied.run("drift", "--detailed-exitcode").status == 0


def test_what_vanished_is_made_again_and_what_held_data_stands_first(applied: Repository) -> None:
    behind(applied, "Memory::Thing", "thing-00000001")
    behind(applied, "Memory::Store", "db")
    text = applied.good("drift").out
    assert text.index("shop.db") < text.index("shop.net")
    assert "GONE, with the data it held" in text
    lines = applied.good("plan").lines
    assert lines[2].startswith("+ shop.db")
    assert "comes back EMPTY" in lines[2]
    assert "it was deleted behind Plumb's back" in lines[3]
    applied.good("apply", "-y")
    assert applied.run("plan", "--detailed-exitcode").status == 0


def test_targets(repository: Repository) -> None:
    repository.good("apply", "-y", "-target=shop.sub[a]")
    assert {line.split()[0] for line in repository.good("state", "list").lines[1:]} == {"shop.net", "shop.sub[a]"}


def test_another_way_to_the_same_cloud_replaces_nothing(applied: Repository) -> None:
    applied.edit("stacks/shop.plumb.yaml", "{path: ./world.db}", "{path: ./world.db, latency: 0.001}")
    assert applied.run("plan", "--detailed-exitcode").status == 0
    applied.edit("stacks/shop.plumb.yaml", "{path: ./world.db, latency: 0.001}", "{path: ./other.db}")
    assert "4 to replace" in applied.good("plan").out
