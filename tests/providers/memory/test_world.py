"""The rules of the pretended cloud."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from providers.memory.file import FileWorld
from providers.memory.shelf import Item
from providers.memory.world import Refusal, World


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "file"])
def world(request: pytest.FixtureRequest, clock: Clock, tmp_path: Path) -> Iterator[World]:
    if request.param == "memory":
        yield World(clock=clock, token_life=60)
        return
    kept = FileWorld(str(tmp_path / "world.db"), clock=clock)
    kept.token_life = 60
    yield kept
    kept.close()


def made(answer: Item | Refusal) -> Item:
    assert isinstance(answer, Item), answer
    return answer


def code(answer: object) -> str:
    assert isinstance(answer, Refusal), answer
    return answer.code


def names(world: World, type: str, **tags: str) -> list[str]:
    page = world.listing(type, tags=tags)
    assert not isinstance(page, Refusal)
    return [item.identity for item in page.items]


def test_one_token_makes_one_object(world: World) -> None:
    first = made(world.create("Memory::Token", {"Size": 1}, {}, token="t"))
    again = made(world.create("Memory::Token", {"Size": 1}, {}, token="t"))
    assert again.uid == first.uid
    assert [effect.operation for effect in world.effects()] == ["Create"]


def test_a_token_with_another_request_is_refused(world: World) -> None:
    made(world.create("Memory::Token", {"Size": 1}, {}, token="t"))
    assert code(world.create("Memory::Token", {"Size": 2}, {}, token="t")) == "IdempotentParameterMismatch"
    assert code(world.create("Memory::Thing", {"Size": 1}, {}, token="t")) == "IdempotentParameterMismatch"
    assert code(world.create("Memory::Token", {"Size": 1}, {"a": "b"}, token="t")) == "IdempotentParameterMismatch"


def test_a_token_past_its_life_makes_a_second(world: World, clock: Clock) -> None:
    first = made(world.create("Memory::Token", {"Size": 1}, {}, token="t"))
    clock.now += 59
    assert made(world.create("Memory::Token", {"Size": 1}, {}, token="t")).uid == first.uid
    clock.now += 1
    assert made(world.create("Memory::Token", {"Size": 1}, {}, token="t")).uid != first.uid


def test_a_token_of_something_deleted_makes_nothing(world: World) -> None:
    first = made(world.create("Memory::Token", {}, {}, token="t"))
    world.delete("Memory::Token", first.identity)
    assert code(world.create("Memory::Token", {}, {}, token="t")) == "TokenSpent"
    assert world.everything() == []


@pytest.mark.parametrize("type", ["Memory::Tagged", "Memory::Bare"])
def test_types_without_token_do_not_heed_one(world: World, type: str) -> None:
    first = made(world.create(type, {}, {}, token="t"))
    assert made(world.create(type, {}, {}, token="t")).uid != first.uid


def test_a_name_is_taken_once_in_its_type(world: World) -> None:
    first = made(world.create("Memory::Name", {"Name": "n"}, {}))
    assert code(world.create("Memory::Name", {"Name": "n"}, {})) == "AlreadyExists"
    made(world.create("Memory::Store", {"Name": "n"}, {}))
    world.delete("Memory::Name", "n")
    assert made(world.create("Memory::Name", {"Name": "n"}, {})).uid != first.uid


def test_a_name_of_another_partition_is_another(world: World) -> None:
    cluster = made(world.create("Memory::Cluster", {}, {}))
    made(world.create("Memory::Name", {"Name": "n"}, {}))
    made(world.create("Memory::Name", {"Name": "n"}, {}, partition=cluster.identity))


def test_a_natural_key_is_written_over(world: World) -> None:
    first = made(world.create("Memory::Key", {"Name": "k", "Size": 1}, {}))
    same = made(world.create("Memory::Key", {"Name": "k", "Size": 1}, {}))
    other = made(world.create("Memory::Key", {"Name": "k", "Size": 2}, {}))
    assert (first.uid, first.generation) == (same.uid, same.generation)
    assert (other.uid, other.values["Size"]) == (first.uid, 2)
    assert [effect.operation for effect in world.effects()] == ["Create", "Update"]


def test_a_listing_lags_and_a_read_does_not(world: World, clock: Clock) -> None:
    world.listing_lag = 30
    item = made(world.create("Memory::Tagged", {}, {"a": "b"}))
    assert names(world, "Memory::Tagged", a="b") == []
    assert world.get([("Memory::Tagged", item.identity)]) == [item]
    clock.now += 29
    assert names(world, "Memory::Tagged") == []
    clock.now += 1
    assert names(world, "Memory::Tagged", a="b") == [item.identity]
    assert names(world, "Memory::Tagged", a="c") == []


def test_a_listing_has_pages(world: World) -> None:
    world.page = 2
    wanted = [made(world.create("Memory::Bare", {"Size": size}, {})).identity for size in range(5)]
    found: list[str] = []
    start = ""
    pages = 0
    while pages == 0 or start:
        page = world.listing("Memory::Bare", start=start)
        assert not isinstance(page, Refusal)
        found += [item.identity for item in page.items]
        start = page.next
        pages += 1
    assert (found, pages) == (wanted, 3)


def test_create_only_properties_stay(world: World) -> None:
    item = made(world.create("Memory::Thing", {"Zone": "east"}, {}))
    assert code(world.update("Memory::Thing", item.identity, set={"Zone": "west"})) == "Immutable"
    assert code(world.update("Memory::Thing", item.identity, set={"Fixed": "x"})) == "Immutable"


def test_an_update_that_changes_nothing_has_no_effect(world: World) -> None:
    item = made(world.create("Memory::Thing", {"Size": 1}, {}))
    assert made(world.update("Memory::Thing", item.identity, set={"Size": 1})).generation == 1
    assert made(world.update("Memory::Thing", item.identity, unset=["Size"])).values["Size"] == 0
    assert [effect.operation for effect in world.effects()] == ["Create", "Update"]


def test_a_uid_is_a_precondition(world: World) -> None:
    made(world.create("Memory::Name", {"Name": "n"}, {}))
    assert code(world.delete("Memory::Name", "n", uid="uid-999")) == "PreconditionFailed"
    assert code(world.delete("Memory::Name", "other")) == "NotFound"


def test_a_partition_lives_and_dies_with_its_cluster(world: World) -> None:
    cluster = made(world.create("Memory::Cluster", {}, {}))
    inside = cluster.identity
    inner = made(world.create("Memory::Cluster", {}, {}, partition=inside))
    deepest = f"{inside}:{inner.identity}"
    made(world.create("Memory::Name", {"Name": "n"}, {}, partition=deepest))
    assert world.image(inner)["Values"]["Endpoint"] == f"memory:{deepest}"
    world.delete("Memory::Cluster", cluster.identity)
    assert world.everything() == []
    assert code(world.create("Memory::Name", {"Name": "n"}, {}, partition=deepest)) == "NoSuchPartition"
    assert code(world.get([("Memory::Name", "n")], inside)) == "NoSuchPartition"


def test_it_is_slow_on_request(world: World, clock: Clock) -> None:
    item = made(world.create("Memory::Cluster", {"Slow": 5}, {}))
    assert (world.image(item)["Values"]["Status"], world.image(item)["Values"]["Endpoint"]) == ("creating", None)
    clock.now += 5
    values = world.image(item)["Values"]
    assert (values["Status"], values["Endpoint"]) == ("ready", f"memory:{item.identity}")


def test_outputs_are_computed_and_a_password_is_never_shown(world: World) -> None:
    item = made(world.create("Memory::Thing", {"Size": 21, "Password": "plain-word"}, {}))
    image = world.image(item)
    assert image["Values"]["Double"] == 42
    assert "plain-word" not in repr(image)


def test_mischief_is_in_no_log(world: World) -> None:
    item = made(world.create("Memory::Thing", {"Size": 1}, {}))
    assert made(world.alter("Memory::Thing", item.identity, Size=5)).values["Size"] == 5
    world.vanish("Memory::Thing", item.identity)
    assert [effect.operation for effect in world.effects()] == ["Create"]
    assert world.everything() == []
