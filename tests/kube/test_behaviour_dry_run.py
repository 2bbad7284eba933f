"""Dry runs answer as the real thing would and leave no trace; strict validation of fields."""

from __future__ import annotations

from itertools import islice

import pytest

from tests.kube.client import Client
from tests.kube.objects import at, config_map, deployment, service, thing

DRY = {"dryRun": "All"}


def test_dry_create(api: Client, space: str) -> None:
    answer = api.post(at("services", space), service("web"), **DRY)
    assert answer.status == 201
    body = answer.ok()
    assert body["metadata"]["uid"]
    assert body["metadata"]["creationTimestamp"]
    assert "resourceVersion" not in body["metadata"]
    assert body["spec"]["type"] == "ClusterIP"
    assert body["spec"]["ports"] == [{"port": 80, "protocol": "TCP", "targetPort": 80}]
    api.get(at("services", space, "web")).refused(404, "NotFound")


def test_dry_apply_that_creates(api: Client, space: str) -> None:
    answer = api.apply(at("deployments", space, "web"), deployment("web"), **DRY)
    assert answer.status == 201
    body = answer.ok()
    assert body["spec"]["replicas"] == 1
    assert body["spec"]["strategy"]["type"] == "RollingUpdate"
    assert body["metadata"]["managedFields"][0]["manager"] == "plumb"
    assert "resourceVersion" not in body["metadata"]
    api.get(at("deployments", space, "web")).refused(404, "NotFound")


def test_dry_apply_that_changes(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    before = api.apply(path, config_map("one", {"a": "1", "b": "1"})).ok()
    answer = api.apply(path, config_map("one", {"a": "2"}), **DRY)
    assert answer.status == 200
    assert answer.ok()["data"] == {"a": "2"}
    assert answer.body["metadata"]["uid"] == before["metadata"]["uid"]
    assert answer.body["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]
    assert api.get(path).ok() == before


def test_dry_apply_counts_the_generation(api: Client, space: str) -> None:
    path = at("deployments", space, "web")
    api.apply(path, deployment("web", replicas=0, paused=True)).ok()
    after = api.apply(path, deployment("web", replicas=1, paused=True), **DRY).ok()
    assert after["metadata"]["generation"] == 2
    assert api.get(path).ok()["metadata"]["generation"] == 1


def test_dry_apply_that_changes_nothing(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    before = api.apply(path, config_map("one")).ok()
    assert api.apply(path, config_map("one"), **DRY).ok() == before


def test_dry_apply_meets_conflicts_and_errors(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    api.apply(path, config_map("one"), manager="someone").ok()
    api.apply(path, config_map("one", {"a": "2"}), **DRY).refused(409, "Conflict")
    assert api.apply(path, config_map("one", {"a": "2"}), force="true", **DRY).ok()["data"] == {"a": "2"}
    answer = api.apply(at("deployments", space, "web"), deployment("web", replicas=-1), **DRY)
    answer.refused(422, "Invalid")
    api.apply(at("configmaps", "no-such-space", "one"), config_map("one"), **DRY).refused(404, "NotFound")


def test_dry_delete(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    before = api.apply(path, config_map("one")).ok()
    assert api.delete(path, **DRY).status == 200
    assert api.get(path).ok() == before


def test_dry_patch_and_update(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    before = api.apply(path, config_map("one")).ok()
    assert api.patch(path, {"data": {"a": "2"}}, **DRY).ok()["data"] == {"a": "2"}
    assert api.put(path, config_map("one", {"a": "3"}), **DRY).ok()["data"] == {"a": "3"}
    assert api.get(path).ok() == before


def test_dry_runs_are_not_seen_by_watches(api: Client, space: str) -> None:
    path = at("configmaps", space)
    since = api.get(path).ok()["metadata"]["resourceVersion"]
    api.post(path, config_map("ghost"), **DRY).ok()
    api.post(path, config_map("real")).ok()
    query = {"resourceVersion": since, "fieldSelector": "metadata.name!=kube-root-ca.crt"}
    with api.watch(path, **query) as events:
        [event] = islice(events, 1)
    assert event["object"]["metadata"]["name"] == "real"


def test_bad_dry_run_value(api: Client, space: str) -> None:
    answer = api.post(at("configmaps", space), config_map("one"), dryRun="yes")
    answer.refused(422, "Invalid")
    assert answer.causes() == [("FieldValueNotSupported", "dryRun")]


def test_dry_namespace_then_its_objects(api: Client) -> None:
    api.post("/api/v1/namespaces", thing("Namespace", "never-made"), **DRY).ok()
    api.post(at("configmaps", "never-made"), config_map("one"), **DRY).refused(404, "NotFound")


@pytest.mark.parametrize("how", ["create", "apply"])
def test_strict_refuses_unknown_fields(api: Client, space: str, how: str) -> None:
    body = deployment("web", replica=3)
    body["spec"]["template"]["spec"]["containers"][0]["imagePolicy"] = "Always"
    strict = {"fieldValidation": "Strict"}
    if how == "create":
        answer = api.post(at("deployments", space), body, **strict)
        told = answer.refused(400, "BadRequest")
        assert told["message"] == (
            'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: '
            'unknown field "spec.template.spec.containers[0].imagePolicy", unknown field "spec.replica"'
        )
    else:
        answer = api.apply(at("deployments", space, "web"), body, **strict)
        assert answer.status == 500
        assert ".spec.replica: field not declared in schema" in answer.body["message"]


def test_strict_refuses_duplicate_fields(api: Client, space: str) -> None:
    text = (
        b'{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"one"},"data":{"a":"1","a":"2"},'
        b'"immutable":true,"immutable":false}'
    )
    answer = api.post(at("configmaps", space), text, fieldValidation="Strict")
    told = answer.refused(400, "BadRequest")
    assert told["message"].endswith('strict decoding error: duplicate field "data.a", duplicate field "immutable"')


def test_unknown_fields_are_dropped_with_a_warning(api: Client, space: str) -> None:
    body = {**config_map("one"), "datum": {"a": "1"}}
    answer = api.post(at("configmaps", space), body, fieldValidation="Warn")
    assert "datum" not in answer.ok()
    assert answer.headers["Warning"] == '299 - "unknown field \\"datum\\""'
    body = {**config_map("two"), "datum": {"a": "1"}}
    answer = api.post(at("configmaps", space), body, fieldValidation="Ignore")
    assert "datum" not in answer.ok()
    assert "Warning" not in answer.headers


def test_bad_field_validation_value(api: Client, space: str) -> None:
    answer = api.post(at("configmaps", space), config_map("one"), fieldValidation="Maybe")
    answer.refused(422, "Invalid")
    assert answer.causes() == [("FieldValueNotSupported", "fieldValidation")]
