"""Every behaviour test runs on two servers: `api` is the embedded one and the real one in turn."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kube import servers
from tests.kube.client import Client, until
from tests.kube.control_plane import Missing
from tests.kube.servers import Server

BOTH = ["embedded", pytest.param("real", marks=pytest.mark.kube)]


def open_server(kind: str, cluster: str = "first") -> Server:
    server = servers.embedded(cluster) if kind == "embedded" else servers.real(cluster)
    if isinstance(server, Missing):
        pytest.skip(server.reason)
    return server


@pytest.fixture(params=BOTH, scope="session")
def server(request: pytest.FixtureRequest) -> Server:
    return open_server(request.param)


@pytest.fixture
def api(server: Server) -> Client:
    return server.client


@pytest.fixture
def alive(server: Server) -> Client:
    """As `api`, where Deployments make pods, pods become Ready, claims are bound and so on."""
    if server.without is not None:
        pytest.skip(server.without)
    return server.client


@pytest.fixture
def space(server: Server) -> Iterator[str]:
    """A fresh namespace, deleted afterwards (nobody waits for its end)."""
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"generateName": "behaviour-"}}
    name = server.client.post("/api/v1/namespaces", body).ok()["metadata"]["name"]
    if server.without is None:
        account = f"/api/v1/namespaces/{name}/serviceaccounts/default"
        until(lambda: server.client.get(account).status == 200, "the default service account")
    yield name
    server.client.delete(f"/api/v1/namespaces/{name}")
