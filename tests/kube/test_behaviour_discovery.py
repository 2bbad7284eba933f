"""What a client learns of a server before it touches an object: versions, groups, resources, schemas."""

from __future__ import annotations

import pytest

from tests.kube.client import Client

AGGREGATED = "application/json;v=v2;g=apidiscovery.k8s.io;as=APIGroupDiscoveryList"
GROUPS = {
    "apps",
    "batch",
    "autoscaling",
    "policy",
    "networking.k8s.io",
    "rbac.authorization.k8s.io",
    "storage.k8s.io",
    "apiextensions.k8s.io",
    "admissionregistration.k8s.io",
    "coordination.k8s.io",
    "scheduling.k8s.io",
}
RESOURCES = [
    ("/api/v1", "configmaps", "ConfigMap", True, ["cm"]),
    ("/api/v1", "secrets", "Secret", True, []),
    ("/api/v1", "services", "Service", True, ["svc"]),
    ("/api/v1", "namespaces", "Namespace", False, ["ns"]),
    ("/api/v1", "nodes", "Node", False, ["no"]),
    ("/api/v1", "persistentvolumeclaims", "PersistentVolumeClaim", True, ["pvc"]),
    ("/api/v1", "replicationcontrollers", "ReplicationController", True, ["rc"]),
    ("/api/v1", "serviceaccounts", "ServiceAccount", True, ["sa"]),
    ("/apis/apps/v1", "deployments", "Deployment", True, ["deploy"]),
    ("/apis/apps/v1", "statefulsets", "StatefulSet", True, ["sts"]),
    ("/apis/batch/v1", "jobs", "Job", True, []),
    ("/apis/batch/v1", "cronjobs", "CronJob", True, ["cj"]),
    ("/apis/networking.k8s.io/v1", "ingresses", "Ingress", True, ["ing"]),
    ("/apis/rbac.authorization.k8s.io/v1", "clusterroles", "ClusterRole", False, []),
    ("/apis/apiextensions.k8s.io/v1", "customresourcedefinitions", "CustomResourceDefinition", False, ["crd", "crds"]),
]


def test_version(api: Client) -> None:
    body = api.get("/version").ok()
    assert body["major"] == "1"
    assert body["gitVersion"].startswith(f"v1.{body['minor'].rstrip('+')}.")
    assert body["platform"]


@pytest.mark.parametrize("path", ["/readyz", "/livez", "/healthz"])
def test_ready_when_asked(api: Client, path: str) -> None:
    answer = api.get(path, accept="*/*")
    assert (answer.status, answer.text) == (200, "ok")


def test_core_versions(api: Client) -> None:
    body = api.get("/api").ok()
    assert body["kind"] == "APIVersions"
    assert body["versions"] == ["v1"]


def test_groups(api: Client) -> None:
    body = api.get("/apis").ok()
    assert body["kind"] == "APIGroupList"
    groups = {group["name"]: group for group in body["groups"]}
    assert set(groups) >= GROUPS
    assert groups["apps"]["preferredVersion"] == {"groupVersion": "apps/v1", "version": "v1"}
    assert groups["autoscaling"]["preferredVersion"]["version"] == "v2"
    assert {"groupVersion": "autoscaling/v2", "version": "v2"} in groups["autoscaling"]["versions"]


def test_one_group(api: Client) -> None:
    body = api.get("/apis/apps").ok()
    assert (body["kind"], body["name"]) == ("APIGroup", "apps")
    assert body["preferredVersion"]["groupVersion"] == "apps/v1"


@pytest.mark.parametrize(("path", "plural", "kind", "namespaced", "short"), RESOURCES)
def test_resources(api: Client, path: str, plural: str, kind: str, namespaced: bool, short: list[str]) -> None:
    body = api.get(path).ok()
    assert body["kind"] == "APIResourceList"
    assert body["groupVersion"] == path.removeprefix("/apis/").removeprefix("/api/")
    [found] = [one for one in body["resources"] if one["name"] == plural]
    assert (found["kind"], found["namespaced"]) == (kind, namespaced)
    assert found.get("shortNames", []) == short
    assert found["singularName"] == kind.lower()
    wanted = {"create", "delete", "get", "list", "patch", "update", "watch"}
    assert set(found["verbs"]) >= wanted


def test_parts_of_resources(api: Client) -> None:
    resources = {one["name"]: one for one in api.get("/apis/apps/v1").ok()["resources"]}
    assert resources["deployments/status"]["verbs"] == ["get", "patch", "update"]
    scale = resources["deployments/scale"]
    assert (scale["group"], scale["version"], scale["kind"]) == ("autoscaling", "v1", "Scale")


@pytest.mark.parametrize("path", ["/api", "/apis"])
def test_aggregated(api: Client, path: str) -> None:
    answer = api.send("GET", path, accept=f"{AGGREGATED},application/json")
    assert set(answer.headers["Content-Type"].split(";")) == set(AGGREGATED.split(";"))
    body = answer.ok()
    assert body["kind"] == "APIGroupDiscoveryList"
    assert body["apiVersion"] == "apidiscovery.k8s.io/v2"
    name = "" if path == "/api" else "apps"
    [group] = [one for one in body["items"] if one["metadata"].get("name", "") == name]
    [version] = [one for one in group["versions"] if one["version"] == "v1"]
    plural, kind = ("configmaps", "ConfigMap") if path == "/api" else ("deployments", "Deployment")
    [found] = [one for one in version["resources"] if one["resource"] == plural]
    assert found["scope"] == "Namespaced"
    assert found["responseKind"]["kind"] == kind
    assert found["singularResource"] == kind.lower()
    assert "patch" in found["verbs"]
    if path == "/apis":
        assert {part["subresource"] for part in found["subresources"]} == {"status", "scale"}


def test_unknown_group_and_resource(api: Client) -> None:
    for path in ("/apis/nowhere.example/v1", "/apis/apps/v9", "/api/v1/gadgets", "/apis/apps/v1/gadgets"):
        answer = api.get(path)
        assert answer.status == 404, path
        assert "404 page not found" in answer.text or answer.body["reason"] == "NotFound"


def test_openapi_of_a_group(api: Client) -> None:
    paths = api.get("/openapi/v3").ok()["paths"]
    assert {"api/v1", "apis/apps/v1"} <= set(paths)
    address = paths["apis/apps/v1"]["serverRelativeURL"]
    assert address.startswith("/openapi/v3/apis/apps/v1?hash=")
    body = api.get(address).ok()
    assert body["openapi"].startswith("3.")
    schemas = body["components"]["schemas"]
    kinds = [
        one
        for schema in schemas.values()
        for one in schema.get("x-kubernetes-group-version-kind", [])
        if one["kind"] == "Deployment"
    ]
    assert {"group": "apps", "version": "v1", "kind": "Deployment"} in kinds
    ports = schemas["io.k8s.api.core.v1.Container"]["properties"]["ports"]
    assert ports["x-kubernetes-list-type"] == "map"
    assert ports["x-kubernetes-list-map-keys"] == ["containerPort", "protocol"]
    assert ports["x-kubernetes-patch-merge-key"] == "containerPort"
    assert "/apis/apps/v1/namespaces/{namespace}/deployments/{name}" in body["paths"]


def test_wrong_token(api: Client) -> None:
    for path in ("/api/v1/namespaces", "/version", "/apis"):
        body = api.with_token("wrong").get(path).refused(401, "Unauthorized")
        assert body["message"] == "Unauthorized"
        assert body["metadata"] == {}


def test_identity_of_a_cluster(api: Client) -> None:
    body = api.get("/api/v1/namespaces/kube-system").ok()
    assert len(body["metadata"]["uid"]) == 36
    assert body["status"]["phase"] == "Active"
    assert body["spec"]["finalizers"] == ["kubernetes"]
    assert body["metadata"]["labels"] == {"kubernetes.io/metadata.name": "kube-system"}
