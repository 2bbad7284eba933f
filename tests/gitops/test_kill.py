"""kill -9 of the controller at every failpoint it passes, then run again: nothing lost, nothing there twice."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from engine.session import read_state
from engine.state import verify
from tests.gitops.support import Repository, stack_text, thing

FIRST = (
    thing("key", "Memory::Key", Name="key", Value=1)
    + thing("token", "Memory::Token", Name="token", Value="'${key.Arn}'")
    + thing("tagged", "Memory::Tagged", Name="tagged", Value=1)
    + thing("gone", "Memory::Name", Name="gone", Value=1)
)
SECOND = (
    thing("key", "Memory::Key", Name="key", Value=2)
    + thing("token", "Memory::Token", Name="token", Zone="other")
    + thing("tagged", "Memory::Tagged", Name="tagged", Value=1)
    + thing("store", "Memory::Store", Name="store", Value=1)
)
LAST = {"key": 2, "token": None, "tagged": 1, "store": 1}


@pytest.mark.parametrize("start", [1, 4, 7, 10, 13])
def test_killed_again_and_again_it_comes_to_the_same_end(tmp_path: Path, start: int) -> None:
    """Every look is killed at the n-th failpoint for n = start, start + 15, ... until one passes; over two commits."""
    repository = Repository(tmp_path)
    kills = 0
    for text in (FIRST, SECOND):
        repository.commit(shop=stack_text("shop", text))
        number = start
        while True:
            code = repository.once(environment={"PLUMB_FAILPOINTS": "allow", "PLUMB_FAILPOINT": f"any:{number}"})
            if code != -signal.SIGKILL:
                break
            kills += 1
            number += 15
        for _ in range(20):
            if code == 0:
                break
            code = repository.once()
        assert code == 0, repository.said
    assert kills >= 1
    assert repository.names() == LAST
    store = repository.store()
    state = read_state(store, "shop")
    assert verify(state) == []
    assert not state.open
    recorded = {record.identity for record in state.records.values()}
    assert recorded == {item.identity for item in repository.everything()}
    store.close()
    before = repository.world().effects()
    assert repository.once() == 0
    assert repository.world().effects() == before
