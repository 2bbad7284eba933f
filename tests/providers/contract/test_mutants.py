"""The suite itself: a provider that breaks a law is told which."""

from __future__ import annotations

import pytest

from providers.contract.check import LawBroken, cases, check_provider
from providers.memory.provider import MemoryProvider
from providers.memory.world import World
from tests.providers.contract.examples import subject
from tests.providers.contract.mutants import MUTANTS, TakesSilenceForAbsence


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_mutant_fails_by_the_named_law(mutant: type[MemoryProvider]) -> None:
    broken = _broken(mutant)
    assert MUTANTS[mutant] in broken


def test_the_message_names_law_and_type() -> None:
    world = World()
    with pytest.raises(AssertionError) as failure:
        check_provider(subject(world, TakesSilenceForAbsence()))
    first = str(failure.value).splitlines()[0]
    assert first.startswith("law broken: useless answers prove nothing [Memory::Bare]: after a lost answer, read says Absent(")


def _broken(mutant: type[MemoryProvider]) -> set[str]:
    world = World()
    whole = subject(world, mutant())
    laws: set[str] = set()
    for case in cases([example for example in whole.examples if example.type == "Memory::Token"]):
        try:
            case.run(whole)
        except LawBroken as failure:
            laws.add(failure.law)
    return laws
