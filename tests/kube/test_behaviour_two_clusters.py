"""Two clusters are two worlds, told apart by the UID of kube-system."""

from __future__ import annotations

import re

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


@pytest.mark.parametrize("kind", BOTH)
def test_watch_from_before_the_memory_of_the_server(kind: str) -> None:
    # No server remembers version 1 on the second cluster: it began later.
    api = open_server(kind, "second").client
    with api.watch(at("configmaps", "default"), resourceVersion="1") as events:
        event = next(events)
    assert event["type"] == "ERROR"
    status = event["object"]
    assert (status["kind"], status["status"], status["code"]) == ("Status", "Failure", 410)
    assert status["reason"] == "Expired"
    assert re.fullmatch(r"too old resource version: 1 \(\d+\)", status["message"])
