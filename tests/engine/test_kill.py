"""Plan, apply, kill, re-run on the simulated executor: every instant of a story, and the same log for the same seed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import pytest

from engine.stack import Stacks
from providers.contract.values import Secret
from tests.engine.harness import Machine
from tests.engine.support import stack, stacks, thing
from tests.simulation.executor import Killed


def wanted(size: int, *, extra: bool = True) -> Stacks:
    """All recovery classes, a chain, a repetition, a secret; `size` changes some in place and replaces others."""
    members = [
        thing("net", "Memory::Tagged", Name="net", Size=size),
        thing("tok", "Memory::Token", Name="tok", Value="${net.Id}"),
        thing("nam", "Memory::Name", Name="nam", Value="${tok.Id}"),
        thing("key", "Memory::Key", Name="key", Value="${nam.Id}"),
        thing("sub", "Memory::Tagged", for_each={"a": 1, "b": 2}, Name="sub-${each.key}", Value="${net.Id}", Zone=f"z{size}"),
        thing("store", "Memory::Store", Name="store", Password="${inputs.password}"),
    ]
    if extra:
        members.append(thing("top", Value="${sub['a'].Id}"))
    return stacks(stack("shop", *members, inputs={"password": Secret("correct horse")}))


STORY = (wanted(1), wanted(2, extra=False), wanted(3))
SIZES = (8, 7, 8)


def tell(chapter: int, kill_at: int, *, after: bool, seed: int) -> bool:
    """The story with a kill in one chapter; whether the kill came before that chapter's end."""
    machine = Machine(seed=seed)
    killed = False
    for index, (chapter_wanted, size) in enumerate(zip(STORY, SIZES)):
        if index == chapter:
            machine.kill_at, machine.after = kill_at, after
        try:
            machine.apply(chapter_wanted)
        except Killed:
            killed = True
        machine.boot()
        for _ in range(3):
            report = machine.apply(chapter_wanted)
            assert report.result == "applied", report.diagnostics
        judge(machine, chapter_wanted, size)
    machine.apply(STORY[-1], destroy=True)
    assert not machine.world.everything()
    return killed


def judge(machine: Machine, chapter_wanted: Stacks, size: int) -> None:
    """By the world's own truth: nothing lost, nothing twice, nothing left to do."""
    assert len(machine.world.everything()) == size
    assert machine.identities() == {record.identity for record in machine.state().records.values()}
    planned = machine.plan(chapter_wanted).plan
    assert planned is not None
    assert not planned.has_changes


@pytest.mark.parametrize("chapter", range(len(STORY)))
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_every_instant(chapter: int, after: bool) -> None:
    instant = 1
    while tell(chapter, instant, after=after, seed=instant):
        instant += 1
    assert instant > 20


def log_of(seed: int) -> str:
    machine = Machine(seed=seed)
    machine.kill_at = 17
    with pytest.raises(Killed):
        machine.apply(STORY[0])
    machine.boot()
    machine.apply(STORY[0])
    machine.apply(STORY[1])
    return "\n".join(machine.log)


def test_same_seed_same_log_under_two_hash_seeds() -> None:
    program = "from tests.engine.test_kill import log_of; import hashlib; print(hashlib.sha256(log_of(7).encode()).hexdigest())"
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert found == {hashlib.sha256(log_of(7).encode()).hexdigest() + "\n"}


def test_other_seeds_give_other_orders() -> None:
    assert len({hashlib.sha256(log_of(seed).encode()).hexdigest() for seed in range(4)}) > 1
