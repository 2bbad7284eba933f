"""Two clusters are two worlds, told apart by the UID of kube-system."""

from __future__ import annotations

import pytest

from tests.kube.conftest import BOTH, open_server
from tests.kube.objects import at, config_map


@pytest.mark.parametrize("kind", BOTH)
def test_two_clusters_share_nothing(kind: str) -> None:
    first, second = (open_server(kind, name).client for name in ("first", "second"))
    system = "/api/v1/namespaces/kube-system"
    uids = [client.get(system).ok()["metadata"]["uid"] for client in (first, second)]
    assert uids[0] != uids[1]
    first.post(at("configmaps", "default"), config_map("only-here")).ok()
    try:
        second.get(at("configmaps", "default", "only-here")).refused(404, "NotFound")
    finally:
        first.delete(at("configmaps", "default", "only-here")).ok()
    second.with_token(first.token).get(system).refused(401, "Unauthorized")
