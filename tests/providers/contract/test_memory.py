"""The memory provider keeps every law of the contract, in memory and in a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from providers.contract.check import LAWS, Case, cases, check_provider
from providers.memory.file import FileWorld
from providers.memory.world import World
from tests.providers.contract.examples import examples, subject

WORLD = World()


@pytest.mark.parametrize("case", cases(examples(WORLD)), ids=str)
def test_law(case: Case) -> None:
    case.run(subject(WORLD))
    assert WORLD.everything() == []


@pytest.fixture
def file_world(tmp_path: Path) -> Iterator[FileWorld]:
    world = FileWorld(str(tmp_path / "world.db"))
    yield world
    world.close()


def test_all_laws_on_a_file(file_world: FileWorld) -> None:
    check_provider(subject(file_world))
    assert file_world.everything() == []


def test_every_law_has_its_own_name() -> None:
    assert len({law.name for law in LAWS}) == len(LAWS)


def test_every_law_is_tried() -> None:
    assert {case.law.name for case in cases(examples(WORLD))} == {law.name for law in LAWS}
