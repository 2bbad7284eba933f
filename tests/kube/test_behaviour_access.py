"""Who may do what: a token that is nobody's, and one whose owner has few rights."""

from __future__ import annotations

import pytest

from tests.kube.client import Client
from tests.kube.objects import at, config_map, thing

RBAC = "rbac.authorization.k8s.io"


@pytest.fixture
def weak(api: Client, space: str) -> Client:
    """A client that may only get and list ConfigMaps of `space`, by a token of a service account."""
    api.apply(at("serviceaccounts", space, "weak"), thing("ServiceAccount", "weak")).ok()
    rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}]
    api.apply(at("roles", space, "weak"), thing("Role", "weak", f"{RBAC}/v1", rules=rules)).ok()
    binding = thing(
        "RoleBinding",
        "weak",
        f"{RBAC}/v1",
        roleRef={"apiGroup": RBAC, "kind": "Role", "name": "weak"},
        subjects=[{"kind": "ServiceAccount", "name": "weak", "namespace": space}],
    )
    api.apply(at("rolebindings", space, "weak"), binding).ok()
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 600}}
    answer = api.post(at("serviceaccounts", space, "weak", "token"), request)
    if answer.status == 501:
        pytest.skip(answer.body["message"])
    return api.with_token(answer.ok()["status"]["token"])


def test_a_weak_account_may_read_and_not_write(weak: Client, api: Client, space: str) -> None:
    api.apply(at("configmaps", space, "one"), config_map("one")).ok()
    assert weak.get(at("configmaps", space, "one")).ok()["data"] == {"a": "1"}
    user = f"system:serviceaccount:{space}:weak"
    for dry in (None, "All"):
        body = weak.apply(at("configmaps", space, "one"), config_map("one"), dryRun=dry).refused(403, "Forbidden")
        assert body["message"] == (
            f'configmaps "one" is forbidden: User "{user}" cannot patch resource "configmaps" in API group "" '
            f'in the namespace "{space}"'
        )
        assert body["details"] == {"name": "one", "kind": "configmaps"}
    body = weak.get(at("secrets", space)).refused(403, "Forbidden")
    assert body["message"] == (
        f'secrets is forbidden: User "{user}" cannot list resource "secrets" in API group "" in the namespace "{space}"'
    )


def test_everyone_who_is_known_may_discover(weak: Client) -> None:
    for path in ("/version", "/api", "/apis", "/apis/apps/v1", "/openapi/v3"):
        assert weak.get(path).status == 200, path
