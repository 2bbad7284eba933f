"""A request that nothing can prove the fate of: it stays shown, blocks its address, and a person settles it."""

from __future__ import annotations

import pytest

from tests.console.support import Repository

STACK = """
stack: shop
providers:
  memory: {{path: ./world.db{faults}}}
resources:
  bare: {{type: Memory::Bare, properties: {{Size: 1}}}}
  user: {{type: Memory::Thing, properties: {{Value: "${{bare.Id}}"}}}}
"""
FAULTS = ", faults: [{kind: lose_after, operation: Create}]"


@pytest.fixture
def lost(repository: Repository) -> Repository:
    """An apply whose one request was never answered, though it took effect."""
    repository.write("stacks/shop.plumb.yaml", STACK.format(faults=FAULTS))
    assert repository.run("apply", "-y").status == 3
    repository.write("stacks/shop.plumb.yaml", STACK.format(faults=""))
    return repository


def test_it_stays_shown_and_blocks(lost: Repository) -> None:
    found = lost.good("plan")
    assert "plumb state resolve shop.bare --adopt IDENTITY | --absent" in found.out
    assert lost.run("apply", "-y").status == 3


def test_adopted(lost: Repository) -> None:
    lost.good("state", "resolve", "shop.bare", "--adopt", "bare-00000001")
    lost.good("apply", "-y")
    lost.good("plan", "--detailed-exitcode")
    assert "bare-00000001" in lost.good("state", "list").out


def test_absent(lost: Repository) -> None:
    lost.good("state", "resolve", "shop.bare", "--absent")
    lost.good("apply", "-y")
    lost.good("plan", "--detailed-exitcode")


def test_misuse(lost: Repository) -> None:
    assert lost.run("state", "resolve", "shop.bare").status == 1
    assert lost.run("state", "resolve", "shop.bare", "--absent", "--adopt", "x").status == 1
    assert "no request at shop.user" in lost.run("state", "resolve", "shop.user", "--absent").err
