"""Server-side apply: who owns what, what a no-op leaves alone, conflicts, preconditions."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.kube.client import Client
from tests.kube.objects import at, config_map, deployment, service, thing


def entry(body: dict[str, Any], manager: str, operation: str = "Apply", part: str = "") -> dict[str, Any]:
    """The one managedFields entry of `manager`."""
    [found] = [
        one
        for one in body["metadata"]["managedFields"]
        if (one["manager"], one["operation"], one.get("subresource", "")) == (manager, operation, part)
    ]
    return found


def managers(body: dict[str, Any]) -> set[tuple[str, str]]:
    return {(one["manager"], one["operation"]) for one in body["metadata"].get("managedFields", [])}


def test_apply_creates(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    answer = api.apply(path, config_map("one", labels={"x": "y"}))
    assert answer.status == 201
    body = answer.ok()
    assert body["data"] == {"a": "1"}
    mine = entry(body, "plumb")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", mine.pop("time"))
    assert mine == {
        "manager": "plumb",
        "operation": "Apply",
        "apiVersion": "v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:data": {"f:a": {}}, "f:metadata": {"f:labels": {"f:x": {}}}},
    }
    assert len(body["metadata"]["managedFields"]) == 1


def test_apply_that_changes_nothing_writes_nothing(api: Client, space: str) -> None:
    path = at("deployments", space, "web")
    api.apply(path, deployment("web", replicas=0, paused=True)).ok()
    first = api.get(path).ok()
    again = api.apply(path, deployment("web", replicas=0, paused=True))
    assert again.status == 200
    assert entry(again.body, "plumb") == entry(first, "plumb")
    assert again.body["metadata"]["generation"] == first["metadata"]["generation"]


def test_quiet_apply_keeps_version_and_time(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    first = api.apply(path, config_map("one")).ok()
    for _ in range(3):
        assert api.apply(path, config_map("one")).ok() == first


def test_apply_needs_a_manager(api: Client, space: str) -> None:
    answer = api.apply(at("configmaps", space, "one"), config_map("one"), manager=None)
    answer.refused(422, "Invalid")
    assert answer.causes() == [("FieldValueRequired", "fieldManager")]


def test_apply_refuses_managed_fields_in_the_body(api: Client, space: str) -> None:
    body = config_map("one", managedFields=[{"manager": "x", "operation": "Apply", "apiVersion": "v1"}])
    answer = api.apply(at("configmaps", space, "one"), body)
    told = answer.refused(400, "BadRequest")
    assert told["message"] == "metadata.managedFields must be nil"


def test_apply_of_another_name_or_namespace(api: Client, space: str) -> None:
    api.apply(at("configmaps", space, "one"), config_map("two")).refused(400, "BadRequest")
    answer = api.apply(at("configmaps", space, "one"), config_map("one", namespace="default"))
    answer.refused(400, "BadRequest")


def test_apply_into_absent_namespace(api: Client) -> None:
    body = api.apply(at("configmaps", "no-such-space", "one"), config_map("one")).refused(404, "NotFound")
    assert body["message"] == 'namespaces "no-such-space" not found'


def test_what_is_no_longer_applied_is_removed(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    api.apply(path, config_map("one", {"a": "1", "b": "2"}, labels={"x": "y"}, annotations={"n": "m"})).ok()
    after = api.apply(path, config_map("one", {"a": "1"}, annotations={"n": "m"})).ok()
    assert after["data"] == {"a": "1"}
    assert "labels" not in after["metadata"]
    assert after["metadata"]["annotations"] == {"n": "m"}


def test_what_is_no_longer_applied_goes_back_to_its_default(api: Client, space: str) -> None:
    path = at("deployments", space, "web")
    api.apply(path, deployment("web", replicas=0, paused=True, revisionHistoryLimit=3)).ok()
    after = api.apply(path, deployment("web", replicas=0, paused=True)).ok()
    assert after["spec"]["revisionHistoryLimit"] == 10


def test_what_others_set_stays(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    api.apply(path, config_map("one", {"a": "1"})).ok()
    api.patch(path, {"data": {"b": "2"}}, fieldManager="someone").ok()
    after = api.apply(path, config_map("one", {"a": "9"})).ok()
    assert after["data"] == {"a": "9", "b": "2"}
    assert managers(after) == {("plumb", "Apply"), ("someone", "Update")}
    assert entry(after, "someone", "Update")["fieldsV1"] == {"f:data": {"f:b": {}}}


def test_conflict_with_an_update(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    api.apply(path, config_map("one", {"a": "1", "b": "1"})).ok()
    api.patch(path, {"data": {"a": "2"}}, fieldManager="someone").ok()
    before = api.get(path).ok()
    answer = api.apply(path, config_map("one", {"a": "1", "b": "1"}))
    body = answer.refused(409, "Conflict")
    assert re.fullmatch(
        r'Apply failed with 1 conflict: conflict with "someone" using v1(?: at \S+)?: \.data\.a', body["message"]
    )
    [cause] = body["details"]["causes"]
    assert (cause["reason"], cause["field"]) == ("FieldManagerConflict", ".data.a")
    assert re.fullmatch(r'conflict with "someone" using v1(?: at \S+)?', cause["message"])
    assert api.get(path).ok() == before


def test_conflict_with_another_apply(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    api.apply(path, config_map("one", {"a": "1", "b": "1"}), manager="someone").ok()
    answer = api.apply(path, config_map("one", {"a": "2", "b": "2"}))
    body = answer.refused(409, "Conflict")
    assert answer.causes() == [("FieldManagerConflict", ".data.a"), ("FieldManagerConflict", ".data.b")]
    assert body["details"]["causes"][0]["message"] == 'conflict with "someone"'
    assert body["message"] == ('Apply failed with 2 conflicts: conflicts with "someone":\n- .data.a\n- .data.b')


def test_conflicts_with_several(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    api.apply(path, config_map("one", {"a": "1"}), manager="ann").ok()
    api.apply(path, config_map("one", {"b": "1"}), manager="bob").ok()
    answer = api.apply(path, config_map("one", {"a": "2", "b": "2"}))
    body = answer.refused(409, "Conflict")
    assert body["message"] == (
        'Apply failed with 2 conflicts: conflicts with "ann":\n- .data.a\nconflicts with "bob":\n- .data.b'
    )


def test_conflict_inside_lists_names_the_key(api: Client, space: str) -> None:
    path = at("deployments", space, "web")
    api.apply(path, deployment("web", replicas=0, paused=True), manager="someone").ok()
    mine = deployment("web", replicas=0, paused=True)
    mine["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example/web:2"
    answer = api.apply(path, mine)
    answer.refused(409, "Conflict")
    field = '.spec.template.spec.containers[name="web"].image'
    assert answer.causes() == [("FieldManagerConflict", field)]


def test_force_takes_over(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    api.apply(path, config_map("one", {"a": "1", "b": "1"}), manager="someone").ok()
    after = api.apply(path, config_map("one", {"a": "2"}), force="true").ok()
    assert after["data"] == {"a": "2", "b": "1"}
    assert entry(after, "someone")["fieldsV1"] == {"f:data": {"f:b": {}}}
    assert entry(after, "plumb")["fieldsV1"] == {"f:data": {"f:a": {}}}


def test_force_takes_all_and_the_other_vanishes(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    api.apply(path, config_map("one", {"a": "1"}), manager="someone").ok()
    after = api.apply(path, config_map("one", {"a": "2"}), force="true").ok()
    assert managers(after) == {("plumb", "Apply")}


def test_equal_values_are_owned_together(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    api.apply(path, config_map("one", {"a": "1"}), manager="ann").ok()
    shared = api.apply(path, config_map("one", {"a": "1"}), manager="bob").ok()
    assert managers(shared) == {("ann", "Apply"), ("bob", "Apply")}
    left = api.apply(path, thing("ConfigMap", "one"), manager="ann").ok()
    assert left["data"] == {"a": "1"}
    assert managers(left) == {("bob", "Apply")}
    gone = api.apply(path, thing("ConfigMap", "one"), manager="bob").ok()
    assert "data" not in gone


def test_an_update_takes_ownership_of_what_it_changes(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    api.apply(path, config_map("one", {"a": "1", "b": "1"})).ok()
    after = api.patch(path, {"data": {"a": "2"}}, fieldManager="someone").ok()
    assert entry(after, "plumb")["fieldsV1"] == {"f:data": {"f:b": {}}}
    assert entry(after, "someone", "Update")["fieldsV1"] == {"f:data": {"f:a": {}}}


def test_an_update_that_removes_frees_ownership(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    api.apply(path, config_map("one", {"a": "1", "b": "1"})).ok()
    after = api.patch(path, {"data": {"a": None}}, fieldManager="someone").ok()
    assert managers(after) == {("plumb", "Apply")}
    assert entry(after, "plumb")["fieldsV1"] == {"f:data": {"f:b": {}}}
    healed = api.apply(path, config_map("one", {"a": "1", "b": "1"})).ok()
    assert healed["data"] == {"a": "1", "b": "1"}


def test_create_is_recorded_as_an_update(api: Client, space: str) -> None:
    body = api.post(at("configmaps", space), config_map("one", labels={"x": "y"}), fieldManager="someone").ok()
    mine = entry(body, "someone", "Update")
    assert mine["fieldsV1"] == {
        "f:data": {".": {}, "f:a": {}},
        "f:metadata": {"f:labels": {".": {}, "f:x": {}}},
    }


def test_the_user_agent_names_the_manager(api: Client, space: str) -> None:
    body = api.post(at("configmaps", space), config_map("one")).ok()
    assert managers(body) == {("plumb-tests", "Update")}


def test_apply_over_a_created_object(api: Client, space: str) -> None:
    api.post(at("configmaps", space), config_map("one", {"a": "1", "b": "1"}), fieldManager="someone").ok()
    path = at("configmaps", space, "one")
    api.apply(path, config_map("one", {"a": "2"})).refused(409, "Conflict")
    after = api.apply(path, config_map("one", {"a": "1"})).ok()
    assert managers(after) == {("plumb", "Apply"), ("someone", "Update")}


def test_defaults_are_not_owned(api: Client, space: str) -> None:
    body = api.apply(at("services", space, "web"), service("web")).ok()
    assert entry(body, "plumb")["fieldsV1"] == {
        "f:spec": {
            "f:ports": {'k:{"port":80,"protocol":"TCP"}': {".": {}, "f:port": {}}},
            "f:selector": {},
        }
    }


def test_fields_of_a_deployment(api: Client, space: str) -> None:
    body = deployment("web", replicas=0, paused=True)
    body["spec"]["template"]["spec"]["containers"][0]["ports"] = [{"containerPort": 80}]
    made = api.apply(at("deployments", space, "web"), body).ok()
    assert entry(made, "plumb")["apiVersion"] == "apps/v1"
    container: dict[str, Any] = {
        ".": {},
        "f:name": {},
        "f:image": {},
        "f:ports": {'k:{"containerPort":80,"protocol":"TCP"}': {".": {}, "f:containerPort": {}}},
    }
    assert entry(made, "plumb")["fieldsV1"] == {
        "f:spec": {
            "f:paused": {},
            "f:replicas": {},
            "f:selector": {},
            "f:template": {
                "f:metadata": {"f:labels": {"f:app": {}}},
                "f:spec": {"f:containers": {'k:{"name":"web"}': container}},
            },
        }
    }


def test_null_is_as_good_as_absent(api: Client, space: str) -> None:
    path = at("deployments", space, "web")
    body = deployment("web", replicas=0, paused=True, revisionHistoryLimit=None)
    body["metadata"]["labels"] = None
    made = api.apply(path, body).ok()
    assert made["spec"]["revisionHistoryLimit"] == 10
    assert "labels" not in made["metadata"]


def test_null_in_a_map_of_strings(api: Client, space: str) -> None:
    made = api.apply(at("configmaps", space, "one"), config_map("one", {"a": None, "b": "1"})).ok()
    assert made["data"] == {"a": "", "b": "1"}


def test_apply_with_uid(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    wrong = "00000000-0000-0000-0000-000000000000"
    api.apply(path, config_map("one", uid=wrong)).refused(409, "Conflict")
    api.get(path).refused(404, "NotFound")
    uid = api.apply(path, config_map("one")).ok()["metadata"]["uid"]
    assert api.apply(path, config_map("one", {"a": "2"}, uid=uid)).ok()["data"] == {"a": "2"}
    answer = api.apply(path, config_map("one", {"a": "3"}, uid=wrong))
    answer.refused(422, "Invalid")
    assert set(answer.causes()) == {("FieldValueInvalid", "metadata.uid")}


def test_apply_with_resource_version(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    first = api.apply(path, config_map("one")).ok()["metadata"]["resourceVersion"]
    second = api.apply(path, config_map("one", {"a": "2"}, resourceVersion=first)).ok()
    assert second["data"] == {"a": "2"}
    answer = api.apply(path, config_map("one", {"a": "3"}, resourceVersion=first))
    body = answer.refused(409, "Conflict")
    assert "the object has been modified" in body["message"]


def test_apply_to_status(api: Client, space: str) -> None:
    api.apply(at("services", space, "web"), service("web", type="LoadBalancer")).ok()
    status = {"loadBalancer": {"ingress": [{"ip": "192.0.2.77"}]}}
    path = at("services", space, "web", "status")
    body = thing("Service", "web", status=status)
    after = api.apply(path, body, manager="balancer", force="true").ok()
    assert after["status"]["loadBalancer"]["ingress"][0]["ip"] == "192.0.2.77"
    mine = entry(after, "balancer", part="status")
    assert mine["fieldsV1"] == {"f:status": {"f:loadBalancer": {"f:ingress": {}}}}
    again = api.apply(at("services", space, "web"), service("web", type="LoadBalancer")).ok()
    assert again["status"] == after["status"]
    assert entry(again, "balancer", part="status") == mine


def test_status_in_an_apply_to_the_object_is_dropped(api: Client, space: str) -> None:
    body = {**service("web"), "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}}
    made = api.apply(at("services", space, "web"), body).ok()
    assert made["status"] == {"loadBalancer": {}}
    assert "f:status" not in entry(made, "plumb")["fieldsV1"]


def test_apply_as_yaml(api: Client, space: str) -> None:
    text = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata:\n  # a remark\n  a: 'on'\n"
    made = api.apply(at("configmaps", space, "one"), text).ok()
    assert made["data"] == {"a": "on"}


def test_apply_with_a_misfit_is_refused(api: Client, space: str) -> None:
    answer = api.apply(at("deployments", space, "web"), deployment("web", replicas="three"))
    assert answer.status in (400, 422, 500), answer.text
    assert ".spec.replicas" in answer.body["message"]


def test_apply_of_an_invalid_object(api: Client, space: str) -> None:
    answer = api.apply(at("deployments", space, "web"), deployment("web", replicas=-1))
    answer.refused(422, "Invalid")
    assert answer.causes() == [("FieldValueInvalid", "spec.replicas")]
    api.get(at("deployments", space, "web")).refused(404, "NotFound")


@pytest.mark.parametrize("value", ["true", "1"])
def test_secret_string_data_by_apply(api: Client, space: str, value: str) -> None:
    path = at("secrets", space, "one")
    made = api.apply(path, thing("Secret", "one", stringData={"word": value})).ok()
    assert "stringData" not in made
    first = made["metadata"]["resourceVersion"]
    again = api.apply(path, thing("Secret", "one", stringData={"word": value})).ok()
    assert again["metadata"]["resourceVersion"] == first
