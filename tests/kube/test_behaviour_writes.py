"""create, update, patch: what is refused and how, what is kept, when the generation grows."""

from __future__ import annotations

import pytest

from tests.kube.client import JSON_PATCH, MERGE, STRATEGIC, Client
from tests.kube.objects import at, config_map, deployment, job, service, thing


def test_create_answers_201_then_409(api: Client, space: str) -> None:
    path = at("configmaps", space)
    assert api.post(path, config_map("one")).status == 201
    body = api.post(path, config_map("one")).refused(409, "AlreadyExists")
    assert body["message"] == 'configmaps "one" already exists'
    assert body["details"] == {"name": "one", "kind": "configmaps"}


def test_create_in_absent_namespace(api: Client) -> None:
    body = api.post(at("configmaps", "no-such-space"), config_map("one")).refused(404, "NotFound")
    assert body["message"] == 'namespaces "no-such-space" not found'
    assert body["details"] == {"name": "no-such-space", "kind": "namespaces"}


def test_create_with_another_namespace_in_the_body(api: Client, space: str) -> None:
    answer = api.post(at("configmaps", space), config_map("one", namespace="default"))
    body = answer.refused(400, "BadRequest")
    assert "does not match the namespace" in body["message"]


def test_create_of_another_kind(api: Client, space: str) -> None:
    api.post(at("configmaps", space), thing("Secret", "one")).refused(400, "BadRequest")


def test_create_from_broken_text(api: Client, space: str) -> None:
    api.post(at("configmaps", space), b"{nonsense").refused(400, "BadRequest")


def test_create_with_resource_version(api: Client, space: str) -> None:
    answer = api.post(at("configmaps", space), config_map("one", resourceVersion="5"))
    assert answer.status == 500
    assert answer.body["message"] == "resourceVersion should not be set on objects to be created"


def test_generate_name(api: Client, space: str) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "made-"}}
    first, second = (api.post(at("configmaps", space), body).ok()["metadata"] for _ in range(2))
    assert first["name"] != second["name"]
    assert first["generateName"] == "made-"
    assert first["name"].startswith("made-")
    assert len(first["name"]) == len("made-") + 5


def test_create_without_name(api: Client, space: str) -> None:
    answer = api.post(at("configmaps", space), {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}})
    answer.refused(422, "Invalid")
    assert answer.causes() == [("FieldValueRequired", "metadata.name")]
    assert "name or generateName is required" in answer.body["message"]


@pytest.mark.parametrize("name", ["Upper", "under_score", "-dash", "dot.", "x" * 254])
def test_bad_names(api: Client, space: str, name: str) -> None:
    answer = api.post(at("configmaps", space), config_map(name))
    body = answer.refused(422, "Invalid")
    assert answer.causes() == [("FieldValueInvalid", "metadata.name")]
    assert body["message"].startswith(f'ConfigMap "{name}" is invalid: metadata.name: Invalid value: ')
    assert body["details"]["name"] == name
    assert body["details"]["kind"] == "ConfigMap"


def test_names_of_services_are_narrower(api: Client, space: str) -> None:
    answer = api.post(at("services", space), service("1st.one"))
    answer.refused(422, "Invalid")
    assert answer.causes() == [("FieldValueInvalid", "metadata.name")]


@pytest.mark.parametrize(
    ("labels", "field"),
    [
        ({"a": "x" * 64}, "metadata.labels"),
        ({"a": "no spaces"}, "metadata.labels"),
        ({"bad key": "a"}, "metadata.labels"),
        ({"x" * 64: "a"}, "metadata.labels"),
    ],
)
def test_label_limits(api: Client, space: str, labels: dict[str, str], field: str) -> None:
    answer = api.post(at("configmaps", space), config_map("one", labels=labels))
    answer.refused(422, "Invalid")
    assert answer.causes() == [("FieldValueInvalid", field)]


def test_annotations_may_hold_anything(api: Client, space: str) -> None:
    annotations = {"example.org/at": "shop:production:shop.web/Deployment.apps/default/api [x]"}
    made = api.post(at("configmaps", space), config_map("one", annotations=annotations)).ok()
    assert made["metadata"]["annotations"] == annotations


def test_invalid_object_names_every_cause(api: Client, space: str) -> None:
    body = deployment("web", replicas=-1)
    body["spec"]["template"]["spec"]["containers"] = [{"name": "Bad_Name", "image": "x"}]
    answer = api.post(at("deployments", space), body)
    told = answer.refused(422, "Invalid")
    assert answer.causes() == [
        ("FieldValueInvalid", "spec.replicas"),
        ("FieldValueInvalid", "spec.template.spec.containers[0].name"),
    ]
    assert told["details"]["group"] == "apps"
    assert told["details"]["kind"] == "Deployment"
    assert told["message"].startswith('Deployment.apps "web" is invalid: [')


def test_required_fields(api: Client, space: str) -> None:
    body = thing("Deployment", "web", "apps/v1", spec={"template": {"spec": {}}})
    answer = api.post(at("deployments", space), body)
    answer.refused(422, "Invalid")
    fields = {field for reason, field in answer.causes() if reason == "FieldValueRequired"}
    assert {"spec.selector", "spec.template.spec.containers"} <= fields


def test_selector_must_match_template(api: Client, space: str) -> None:
    answer = api.post(at("deployments", space), deployment("web", selector={"matchLabels": {"app": "other"}}))
    body = answer.refused(422, "Invalid")
    assert answer.causes() == [("FieldValueInvalid", "spec.template.metadata.labels")]
    assert "`selector` does not match template `labels`" in body["message"]


def test_wrong_type_of_a_field(api: Client, space: str) -> None:
    answer = api.post(at("deployments", space), deployment("web", replicas="three"))
    body = answer.refused(400, "BadRequest")
    assert "cannot be handled as a Deployment" in body["message"]
    assert "spec.replicas" in body["message"]


def test_update_replaces_the_whole(api: Client, space: str) -> None:
    made = api.post(at("configmaps", space), config_map("one", {"a": "1", "b": "2"}, labels={"x": "y"})).ok()
    del made["data"]["b"], made["metadata"]["labels"]
    after = api.put(at("configmaps", space, "one"), made).ok()
    assert after["data"] == {"a": "1"}
    assert "labels" not in after["metadata"]
    for kept in ("uid", "creationTimestamp"):
        assert after["metadata"][kept] == made["metadata"][kept]


def test_update_at_an_old_version(api: Client, space: str) -> None:
    path = at("configmaps", space)
    made = api.post(path, config_map("one")).ok()
    api.patch(f"{path}/one", {"data": {"a": "2"}}).ok()
    body = api.put(f"{path}/one", made).refused(409, "Conflict")
    assert body["message"] == (
        'Operation cannot be fulfilled on configmaps "one": the object has been modified; '
        "please apply your changes to the latest version and try again"
    )
    assert body["details"] == {"name": "one", "kind": "configmaps"}


def test_update_without_version_wins(api: Client, space: str) -> None:
    path = at("configmaps", space)
    api.post(path, config_map("one")).ok()
    assert api.put(f"{path}/one", config_map("one", {"a": "3"})).ok()["data"] == {"a": "3"}


def test_update_of_an_absent_object(api: Client, space: str) -> None:
    api.put(at("configmaps", space, "none"), config_map("none")).refused(404, "NotFound")


def test_update_under_another_name(api: Client, space: str) -> None:
    api.post(at("configmaps", space), config_map("one")).ok()
    api.put(at("configmaps", space, "one"), config_map("two")).refused(400, "BadRequest")


def test_update_that_changes_nothing_writes_nothing(api: Client, space: str) -> None:
    made = api.post(at("configmaps", space), config_map("one")).ok()
    assert api.put(at("configmaps", space, "one"), made).ok() == made


def test_uid_precondition_in_a_patch(api: Client, space: str) -> None:
    path = at("configmaps", space)
    made = api.post(path, config_map("one")).ok()
    patch = {"metadata": {"uid": "00000000-0000-0000-0000-000000000000"}, "data": {"a": "2"}}
    answer = api.patch(f"{path}/one", patch)
    answer.refused(422, "Invalid")
    assert set(answer.causes()) == {("FieldValueInvalid", "metadata.uid")}
    patch["metadata"] = {"resourceVersion": "1"}
    api.patch(f"{path}/one", patch).refused(409, "Conflict")
    patch["metadata"] = {"uid": made["metadata"]["uid"], "resourceVersion": made["metadata"]["resourceVersion"]}
    assert api.patch(f"{path}/one", patch).ok()["data"] == {"a": "2"}


def test_merge_patch(api: Client, space: str) -> None:
    path = at("configmaps", space)
    api.post(path, config_map("one", {"a": "1", "b": "2"}, finalizers=["example.org/a"])).ok()
    patch = {"data": {"a": None, "c": "3"}, "metadata": {"finalizers": ["example.org/b"]}}
    after = api.patch(f"{path}/one", patch, MERGE).ok()
    assert after["data"] == {"b": "2", "c": "3"}
    assert after["metadata"]["finalizers"] == ["example.org/b"]
    api.patch(f"{path}/one", {"metadata": {"finalizers": None}}, MERGE).ok()


def test_strategic_patch_merges_by_key(api: Client, space: str) -> None:
    body = deployment("web", replicas=0)
    body["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "A", "value": "1"}]
    api.post(at("deployments", space), body).ok()
    container = {"name": "web", "env": [{"name": "B", "value": "2"}]}
    added = {"name": "side", "image": "registry.example/side:1"}
    patch = {"spec": {"template": {"spec": {"containers": [container, added]}}}}
    after = api.patch(at("deployments", space, "web"), patch, STRATEGIC).ok()
    web, side = sorted(after["spec"]["template"]["spec"]["containers"], key=lambda one: one["name"] != "web")
    assert sorted(one["name"] for one in web["env"]) == ["A", "B"]
    assert web["image"] == "registry.example/web:1"
    assert side["image"] == "registry.example/side:1"


def test_strategic_patch_deletes_by_key(api: Client, space: str) -> None:
    body = deployment("web", replicas=0)
    body["spec"]["template"]["spec"]["containers"].append({"name": "side", "image": "registry.example/side:1"})
    api.post(at("deployments", space), body).ok()
    patch = {"spec": {"template": {"spec": {"containers": [{"name": "side", "$patch": "delete"}]}}}}
    after = api.patch(at("deployments", space, "web"), patch, STRATEGIC).ok()
    assert [one["name"] for one in after["spec"]["template"]["spec"]["containers"]] == ["web"]


def test_json_patch(api: Client, space: str) -> None:
    path = at("configmaps", space)
    api.post(path, config_map("one", {"a": "1", "b": "2"}, annotations={"x/y": "z"})).ok()
    patch = [
        {"op": "test", "path": "/data/a", "value": "1"},
        {"op": "replace", "path": "/data/a", "value": "9"},
        {"op": "remove", "path": "/data/b"},
        {"op": "replace", "path": "/metadata/annotations/x~1y", "value": "w"},
        {"op": "add", "path": "/data/d", "value": "4"},
    ]
    after = api.patch(f"{path}/one", patch, JSON_PATCH).ok()
    assert after["data"] == {"a": "9", "d": "4"}
    assert after["metadata"]["annotations"] == {"x/y": "w"}


def test_bad_keys_of_a_config_map(api: Client, space: str) -> None:
    answer = api.post(at("configmaps", space), config_map("one", {"b/c": "1"}))
    answer.refused(422, "Invalid")
    assert answer.causes() == [("FieldValueInvalid", "data[b/c]")]


def test_json_patch_whose_test_fails(api: Client, space: str) -> None:
    path = at("configmaps", space)
    api.post(path, config_map("one")).ok()
    answer = api.patch(f"{path}/one", [{"op": "test", "path": "/data/a", "value": "2"}], JSON_PATCH)
    answer.refused(422, "Invalid")


def test_patch_of_unknown_type(api: Client, space: str) -> None:
    api.post(at("configmaps", space), config_map("one")).ok()
    answer = api.patch(at("configmaps", space, "one"), {}, "application/x-nonsense")
    answer.refused(415, "UnsupportedMediaType")


def test_patch_that_changes_nothing_writes_nothing(api: Client, space: str) -> None:
    made = api.post(at("configmaps", space), config_map("one")).ok()
    assert api.patch(at("configmaps", space, "one"), {"data": {"a": "1"}}).ok() == made


def test_generation_grows_with_the_spec_only(api: Client, space: str) -> None:
    path = at("deployments", space)
    made = api.post(path, deployment("web", replicas=0)).ok()
    assert made["metadata"]["generation"] == 1
    labelled = api.patch(f"{path}/web", {"metadata": {"labels": {"a": "b"}}}).ok()
    assert labelled["metadata"]["generation"] == 1
    paused = api.patch(f"{path}/web", {"spec": {"paused": True}}).ok()
    assert paused["metadata"]["generation"] == 2


def test_secret_string_data(api: Client, space: str) -> None:
    path = at("secrets", space)
    made = api.post(path, thing("Secret", "one", stringData={"word": "plain"}, data={"old": "b2xk"})).ok()
    assert made["data"] == {"word": "cGxhaW4=", "old": "b2xk"}
    assert "stringData" not in made
    assert made["type"] == "Opaque"
    after = api.patch(f"{path}/one", {"stringData": {"old": "new"}}).ok()
    assert after["data"]["old"] == "bmV3"


def test_secret_data_must_be_base64(api: Client, space: str) -> None:
    answer = api.post(at("secrets", space), thing("Secret", "one", data={"word": "not base64!"}))
    body = answer.refused(400, "BadRequest")
    assert "illegal base64 data" in body["message"]


def test_status_is_dropped_on_create_and_update(api: Client, space: str) -> None:
    body = {**deployment("web", replicas=0), "status": {"replicas": 9}}
    made = api.post(at("deployments", space), body).ok()
    assert made["status"].get("replicas") is None
    after = api.patch(at("deployments", space, "web"), {"status": {"replicas": 9}}).ok()
    assert after["status"].get("replicas") is None


def test_status_part_changes_status_only(api: Client, space: str) -> None:
    api.post(at("services", space), service("web", type="LoadBalancer")).ok()
    ingress = [{"ip": "192.0.2.9", "ipMode": "VIP"}]
    patch = {"spec": {"type": "ClusterIP"}, "status": {"loadBalancer": {"ingress": ingress}}}
    after = api.patch(at("services", space, "web", "status"), patch).ok()
    assert after["spec"]["type"] == "LoadBalancer"
    assert after["status"]["loadBalancer"]["ingress"] == ingress


def test_scale_part(api: Client, space: str) -> None:
    api.post(at("deployments", space), deployment("web", replicas=0, paused=True)).ok()
    path = at("deployments", space, "web", "scale")
    scale = api.get(path).ok()
    assert (scale["kind"], scale["apiVersion"]) == ("Scale", "autoscaling/v1")
    assert scale["spec"] == {} or scale["spec"] == {"replicas": 0}
    assert scale["status"]["selector"] == "app=web"
    after = api.patch(path, {"spec": {"replicas": 2}}).ok()
    assert after["spec"]["replicas"] == 2
    assert api.get(at("deployments", space, "web")).ok()["spec"]["replicas"] == 2


def test_body_as_yaml(api: Client, space: str) -> None:
    text = b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\ndata:\n  a: 'yes'\n"
    answer = api.send("POST", at("configmaps", space), text, content_type="application/yaml")
    assert answer.ok()["data"] == {"a": "yes"}


def test_jobs_get_their_labels(api: Client, space: str) -> None:
    made = api.post(at("jobs", space), job("once", suspend=True)).ok()
    uid = made["metadata"]["uid"]
    labels = {"batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": "once"}
    assert made["spec"]["selector"] == {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
    assert labels.items() <= made["spec"]["template"]["metadata"]["labels"].items()
    assert made["metadata"]["labels"] == made["spec"]["template"]["metadata"]["labels"]
    named = api.post(at("jobs", space), job("twice", suspend=True) | {"metadata": {"name": "twice", "labels": {"a": "b"}}})
    assert named.ok()["metadata"]["labels"] == {"a": "b"}


def test_labels_of_an_applied_job_are_its_templates(api: Client, space: str) -> None:
    path = at("jobs", space, "once")
    made = api.apply(path, job("once", suspend=True)).ok()
    assert made["metadata"]["labels"]["app"] == "once"
    assert "f:metadata" not in made["metadata"]["managedFields"][0]["fieldsV1"]
    again = api.apply(path, job("once", suspend=True)).ok()
    assert again["metadata"]["labels"] == made["metadata"]["labels"]
