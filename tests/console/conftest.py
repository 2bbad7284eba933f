from __future__ import annotations

from pathlib import Path

import pytest

from tests.console.support import PLUMB, SHOP, Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """One stack of four resources in a pretended cloud; nothing applied yet."""
    found = Repository(tmp_path / "repository", tmp_path / "state")
    found.root.mkdir()
    found.state.mkdir()
    found.write("plumb.yaml", PLUMB)
    found.write("stacks/shop.plumb.yaml", SHOP)
    return found


@pytest.fixture
def applied(repository: Repository) -> Repository:
    """The same, applied."""
    repository.good("apply", "-y", "-q")
    return repository
