"""Both stores keep the law of a store; the suite itself finds stores that do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.stores.check import LAWS, Law, check_law, check_store
from engine.stores.memory import MemoryStore
from engine.stores.store import Head, Lease
from tests.stores.worlds import memory_subject, sqlite_subject


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_the_memory_store_keeps_the_law(law: Law) -> None:
    check_law(law, memory_subject)


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_the_sqlite_store_keeps_the_law(law: Law, tmp_path: Path) -> None:
    check_law(law, lambda: sqlite_subject(tmp_path))


def test_a_store_that_forgets_its_leases_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def anybody(self: MemoryStore, lease: Lease) -> object:
        return self.disk.journal(lease.stack)

    monkeypatch.setattr(MemoryStore, "_live", anybody)
    with pytest.raises(AssertionError) as found:
        check_store(memory_subject)
    assert "nothing is written without a live lease" in str(found.value)
    assert "an expired lease writes nothing" in str(found.value)
    assert "lines come back as a chain" not in str(found.value)


def test_a_store_that_drops_a_line_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = MemoryStore.append

    def half(self: MemoryStore, lease: Lease, payloads: list[bytes]) -> Head:
        return whole(self, lease, payloads[:1])

    monkeypatch.setattr(MemoryStore, "append", half)
    with pytest.raises(AssertionError, match="lines come back as a chain"):
        check_store(memory_subject)
