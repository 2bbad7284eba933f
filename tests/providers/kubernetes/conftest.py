"""Tests of the provider run on the embedded API server and on a real one, where one is built."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kube import servers
from tests.kube.control_plane import Missing
from tests.providers.kubernetes.world import World, embedded_is_there

BOTH = ["embedded", pytest.param("real", marks=pytest.mark.kube)]


@pytest.fixture(params=BOTH, scope="session")
def server(request: pytest.FixtureRequest) -> servers.Server:
    if request.param == "embedded" and not embedded_is_there():
        pytest.skip("the embedded API server is not installed")
    found = servers.embedded() if request.param == "embedded" else servers.real()
    if isinstance(found, Missing):
        pytest.skip(found.reason)
    return found


@pytest.fixture
def world(server: servers.Server) -> Iterator[World]:
    """A namespace of its own, deleted afterwards."""
    made = World.of(server)
    with made.own_namespace():
        yield made
    made.transport.close()
