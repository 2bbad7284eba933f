"""One object in several versions of its API."""

from __future__ import annotations

import pytest

from tests.kube.client import Client
from tests.kube.objects import at, crd, thing
from tests.kube.test_behaviour_custom import CRDS, SCHEMA, establish, fresh_group, widget


def test_a_custom_kind_in_two_versions(api: Client, space: str) -> None:
    group = fresh_group()
    body = crd(group, SCHEMA)
    [first] = body["spec"]["versions"]
    body["spec"]["versions"] = [{**first, "name": "v1beta1", "storage": False}, first]
    establish(api, body)
    new, old = (f"/apis/{group}/{version}/namespaces/{space}/widgets/one" for version in ("v1", "v1beta1"))
    made = api.apply(new, widget(group, "one")).ok()
    seen = api.get(old).ok()
    assert seen["apiVersion"] == f"{group}/v1beta1"
    assert seen["metadata"]["uid"] == made["metadata"]["uid"]
    assert seen["spec"] == made["spec"]
    preferred = api.get(f"/apis/{group}").ok()["preferredVersion"]["version"]
    assert preferred == "v1"
    api.delete(f"{CRDS}/widgets.{group}").ok()


def test_a_version_that_is_not_served(api: Client, space: str) -> None:
    group = fresh_group()
    body = crd(group, SCHEMA)
    [first] = body["spec"]["versions"]
    body["spec"]["versions"] = [first, {**first, "name": "v0", "served": False, "storage": False}]
    establish(api, body)
    assert api.get(f"/apis/{group}/v0/namespaces/{space}/widgets").status == 404
    api.delete(f"{CRDS}/widgets.{group}").ok()


def test_autoscaler_in_both_versions(api: Client, space: str) -> None:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    spec = {"scaleTargetRef": target, "maxReplicas": 3, "targetCPUUtilizationPercentage": 50}
    old = f"/apis/autoscaling/v1/namespaces/{space}/horizontalpodautoscalers/web"
    answer = api.apply(old, thing("HorizontalPodAutoscaler", "web", "autoscaling/v1", spec=spec))
    if answer.status == 501:
        assert "autoscaling/v1" in answer.body["message"]
        pytest.skip(answer.body["message"])
    made = answer.ok()
    assert made["apiVersion"] == "autoscaling/v1"
    assert made["spec"] == {**spec, "minReplicas": 1}
    seen = api.get(at("horizontalpodautoscalers", space, "web")).ok()
    assert seen["apiVersion"] == "autoscaling/v2"
    resource = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}
    assert seen["spec"]["metrics"] == [{"type": "Resource", "resource": resource}]
    again = api.apply(old, thing("HorizontalPodAutoscaler", "web", "autoscaling/v1", spec=spec)).ok()
    assert again["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]


def test_versions_that_are_gone(api: Client, space: str) -> None:
    for path in ("/apis/extensions/v1beta1", "/apis/apps/v1beta1", "/apis/policy/v1beta1", "/apis/batch/v1beta1"):
        assert api.get(path).status == 404, path
        body = {"apiVersion": path.removeprefix("/apis/"), "kind": "Thing", "metadata": {"name": "one"}}
        assert api.apply(f"{path}/namespaces/{space}/things/one", body).status == 404, path
