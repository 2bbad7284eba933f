"""Objects that several write: a controller's fields, a scaler, an injector, a person at the keyboard."""

from __future__ import annotations

from tests.kube.client import JSON_PATCH, MERGE, STRATEGIC, Client, until
from tests.kube.objects import at, config_map, deployment, pod, service, thing
from tests.kube.test_behaviour_apply import entry, managers


def test_one_name_two_ways_of_writing(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    api.post(at("configmaps", space), config_map("one", {"a": "1"}), fieldManager="plumb").ok()
    answer = api.apply(path, config_map("one", {"a": "2"}))
    assert answer.refused(409, "Conflict")["message"].startswith('Apply failed with 1 conflict: conflict with "plumb" using v1')
    after = api.apply(path, config_map("one", {"a": "2"}), force="true").ok()
    assert entry(after, "plumb")["fieldsV1"] == {"f:data": {"f:a": {}}}


def test_scaling_takes_the_replicas(api: Client, space: str) -> None:
    path = at("deployments", space, "web")
    api.apply(path, deployment("web", replicas=0, paused=True)).ok()
    api.patch(at("deployments", space, "web", "scale"), {"spec": {"replicas": 2}}, fieldManager="scaler").ok()
    body = api.get(path).ok()
    assert entry(body, "scaler", "Update", "scale")["fieldsV1"] == {"f:spec": {"f:replicas": {}}}
    assert "f:replicas" not in entry(body, "plumb")["fieldsV1"]["f:spec"]
    answer = api.apply(path, deployment("web", replicas=0, paused=True))
    told = answer.refused(409, "Conflict")
    assert answer.causes() == [("FieldManagerConflict", ".spec.replicas")]
    assert told["message"] == (
        'Apply failed with 1 conflict: conflict with "scaler" with subresource "scale" using apps/v1: .spec.replicas'
    )
    left = api.apply(path, deployment("web", paused=True)).ok()
    assert left["spec"]["replicas"] == 2


def test_a_field_given_up_stays_where_another_owns_it(api: Client, space: str) -> None:
    path = at("deployments", space, "web")
    api.apply(path, deployment("web", replicas=3, paused=True)).ok()
    api.apply(path, thing("Deployment", "web", "apps/v1", spec={"replicas": 3}), manager="scaler").ok()
    after = api.apply(path, deployment("web", paused=True)).ok()
    assert after["spec"]["replicas"] == 3


def test_a_field_given_up_by_its_only_owner_goes_to_its_default(api: Client, space: str) -> None:
    path = at("deployments", space, "web")
    api.apply(path, deployment("web", replicas=3, paused=True)).ok()
    after = api.apply(path, deployment("web", paused=True)).ok()
    assert after["spec"]["replicas"] == 1


def test_drift_in_a_declared_field_is_healed_by_force(api: Client, space: str) -> None:
    path = at("deployments", space, "web")
    wanted = deployment("web", replicas=0, paused=True)
    api.apply(path, wanted).ok()
    patch = {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "registry.example/evil:1"}]}}}}
    api.patch(path, patch, STRATEGIC, fieldManager="hand").ok()
    drifted = api.apply(path, wanted, force="true", dryRun="All").ok()
    assert drifted["spec"]["template"]["spec"]["containers"][0]["image"] == "registry.example/web:1"
    healed = api.apply(path, wanted, force="true").ok()
    assert healed["spec"]["template"]["spec"]["containers"][0]["image"] == "registry.example/web:1"
    assert ("hand", "Update") not in managers(healed)
    assert healed["metadata"]["generation"] == 3


def test_a_declared_list_item_that_was_removed_comes_back(api: Client, space: str) -> None:
    path = at("services", space, "web")
    ports = [{"name": "http", "port": 80}, {"name": "https", "port": 443}]
    api.apply(path, service("web", ports=ports)).ok()
    api.patch(path, [{"op": "remove", "path": "/spec/ports/1"}], JSON_PATCH, fieldManager="hand").ok()
    after = api.apply(path, service("web", ports=ports), force="true").ok()
    assert [one["port"] for one in after["spec"]["ports"]] == [80, 443]


def test_a_stranger_in_a_list_stays(api: Client, space: str) -> None:
    path = at("services", space, "web")
    api.apply(path, service("web", ports=[{"name": "http", "port": 80}])).ok()
    added = [{"op": "add", "path": "/spec/ports/-", "value": {"name": "admin", "port": 99}}]
    api.patch(path, added, JSON_PATCH, fieldManager="hand").ok()
    after = api.apply(path, service("web", ports=[{"name": "http", "port": 80}])).ok()
    assert [one["port"] for one in after["spec"]["ports"]] == [80, 99]


def test_a_put_of_what_was_read_takes_nothing(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    first = api.apply(path, config_map("one", labels={"a": "b"})).ok()
    after = api.put(path, first, fieldManager="hand").ok()
    assert after["metadata"]["managedFields"] == first["metadata"]["managedFields"]


def test_managed_fields_may_be_wiped(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    api.apply(path, config_map("one")).ok()
    after = api.patch(path, {"metadata": {"managedFields": [{}]}}, MERGE).ok()
    assert "managedFields" not in after["metadata"]
    again = api.apply(path, config_map("one", {"a": "2"}), force="true").ok()
    assert ("plumb", "Apply") in managers(again)
    assert again["data"] == {"a": "2"}


def test_before_first_apply_stands_for_what_was_there_without_owners(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    api.apply(path, config_map("one", {"a": "1", "b": "1"})).ok()
    api.patch(path, {"metadata": {"managedFields": [{}]}}, MERGE).ok()
    answer = api.apply(path, config_map("one", {"a": "2"}))
    assert 'conflict with "before-first-apply" using v1' in answer.refused(409, "Conflict")["message"]


def test_the_controller_owns_status(alive: Client, space: str) -> None:
    path = at("deployments", space, "web")
    alive.apply(path, deployment("web", replicas=0)).ok()
    body = until(lambda: (one := alive.get(path).ok())["status"].get("observedGeneration") == 1 and one, "observed")
    [theirs] = [one for one in body["metadata"]["managedFields"] if one["manager"] != "plumb"]
    assert (theirs["operation"], theirs["subresource"]) == ("Update", "status")
    assert "f:status" in theirs["fieldsV1"]


def test_labels_of_others_stay(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    api.apply(path, config_map("one", labels={"mine": "1"})).ok()
    api.patch(path, {"metadata": {"labels": {"theirs": "1"}, "annotations": {"n": "1"}}}).ok()
    after = api.apply(path, config_map("one")).ok()
    assert after["metadata"]["labels"] == {"theirs": "1"}
    assert after["metadata"]["annotations"] == {"n": "1"}


def test_defaults_taken_over_by_declaring_them(api: Client, space: str) -> None:
    path = at("services", space, "web")
    api.apply(path, service("web")).ok()
    after = api.apply(path, service("web", type="ClusterIP", sessionAffinity="None")).ok()
    owned = entry(after, "plumb")["fieldsV1"]["f:spec"]
    assert {"f:type", "f:sessionAffinity"} <= set(owned)
    back = api.apply(path, service("web")).ok()
    assert back["spec"] == after["spec"]


def test_pods_change_little(api: Client, space: str) -> None:
    path = at("pods", space, "one")
    api.apply(path, pod("one")).ok()
    image = [{"name": "web", "image": "registry.example/web:2"}]
    after = api.apply(path, pod("one", containers=image)).ok()
    assert after["spec"]["containers"][0]["image"] == "registry.example/web:2"
    command = [{"name": "web", "image": "registry.example/web:2", "command": ["x"]}]
    answer = api.apply(path, pod("one", containers=command), dryRun="All")
    body = answer.refused(422, "Invalid")
    assert answer.causes() == [("FieldValueForbidden", "spec")]
    assert body["message"].startswith('Pod "one" is invalid: spec: Forbidden: pod updates may not change fields other than ')


def test_claims_do_not_grow_by_themselves(alive: Client, space: str) -> None:
    path = at("persistentvolumeclaims", space, "data")
    body = thing(
        "PersistentVolumeClaim",
        "data",
        spec={"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    )
    alive.apply(path, body).ok()
    until(lambda: alive.get(path).ok()["status"]["phase"] == "Bound", "bound")
    body["spec"]["resources"]["requests"]["storage"] = "2Gi"
    told = alive.apply(path, body, dryRun="All").refused(403, "Forbidden")
    assert told["message"] == (
        'persistentvolumeclaims "data" is forbidden: only dynamically provisioned pvc can be resized and the '
        "storageclass that provisions the pvc must support resize"
    )
