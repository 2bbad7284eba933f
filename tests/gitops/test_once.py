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
