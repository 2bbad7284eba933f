"""One sandbox for the session: it starts in seconds and every test makes its own objects."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.providers.aws.world import GROUND, Settings, World, open_world, process


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    pytest.importorskip("moto", reason="the extra [sandbox] is not installed")
    with process.running(Settings(signature_life=60.0, cluster_delay=0.05, nodegroup_delay=0.05)) as info:
        made = open_world(info.endpoint, info.region)
        GROUND.world = made
        yield made
        made.transport.close()
