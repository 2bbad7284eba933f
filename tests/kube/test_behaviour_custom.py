"""Custom resources: from the definition to the last object."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.kube.client import MERGE, STRATEGIC, Client, until
from tests.kube.objects import crd, thing
from tests.kube.servers import Server
from tests.kube.test_behaviour_apply import entry
from tests.kube.test_behaviour_discovery import AGGREGATED

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
COUNTER = itertools.count()
RULES = {"type": "object", "properties": {"name": {"type": "string"}, "port": {"type": "integer"}}, "required": ["name"]}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "required": ["size"],
            "properties": {
                "size": {"type": "integer", "minimum": 1, "maximum": 9},
                "mode": {"type": "string", "enum": ["fast", "slow"], "default": "slow"},
                "code": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 5},
                "rules": {
                    "type": "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["name"],
                    "items": RULES,
                },
                "tags": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
                "words": {"type": "array", "items": {"type": "string"}},
                "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                "port": {"x-kubernetes-int-or-string": True},
                "empty": {"type": "string", "nullable": True},
            },
        },
        "status": {"type": "object", "properties": {"phase": {"type": "string"}}},
    },
}
PARTS = {
    "status": {},
    "scale": {"specReplicasPath": ".spec.size", "statusReplicasPath": ".status.replicas"},
}


def establish(api: Client, body: dict[str, Any]) -> None:
    name = body["metadata"]["name"]
    api.apply(f"{CRDS}/{name}", body).ok()
    until(lambda: condition(api.get(f"{CRDS}/{name}").body, "Established") == "True", "established")
    group = body["spec"]["group"]
    plural = body["spec"]["names"]["plural"]
    until(lambda: api.get(f"/apis/{group}/v1/{plural}").status == 200, "served")


def condition(body: dict[str, Any], kind: str) -> str | None:
    conditions = body.get("status", {}).get("conditions") or []
    found = [one["status"] for one in conditions if one["type"] == kind]
    return found[0] if found else None


def fresh_group() -> str:
    return f"g{os.getpid()}x{next(COUNTER)}.example.org"


@pytest.fixture(scope="module")
def group(server: Server) -> Iterator[str]:
    """A group with one kind, Widget, that has status and scale; gone afterwards."""
    name = fresh_group()
    establish(server.client, crd(name, SCHEMA, subresources=PARTS))
    yield name
    server.client.delete(f"{CRDS}/widgets.{name}").ok()


def path_of(group: str, space: str, name: str = "", part: str = "") -> str:
    base = f"/apis/{group}/v1/namespaces/{space}/widgets"
    return base + (f"/{name}" if name else "") + (f"/{part}" if part else "")


def widget(group: str, name: str, spec: dict[str, Any] | None = None, **rest: Any) -> dict[str, Any]:
    return thing("Widget", name, f"{group}/v1", spec={"size": 1, **(spec or {})}, **rest)


def test_unknown_until_defined_and_then_served(api: Client, space: str) -> None:
    group = fresh_group()
    path = path_of(group, space)
    assert api.get(path).status == 404
    assert api.apply(f"{path}/one", widget(group, "one")).status == 404
    establish(api, crd(group, SCHEMA))
    made = api.apply(f"{path}/one", widget(group, "one")).ok()
    assert made["spec"] == {"size": 1, "mode": "slow"}
    api.delete(f"{CRDS}/widgets.{group}").ok()
    until(lambda: api.get(f"{CRDS}/widgets.{group}").status == 404, "definition gone")
    until(lambda: api.get(path).status == 404, "path gone")


def test_definition_is_completed(api: Client, group: str) -> None:
    body = api.get(f"{CRDS}/widgets.{group}").ok()
    assert body["spec"]["conversion"] == {"strategy": "None"}
    assert body["spec"]["names"]["listKind"] == "WidgetList"
    assert condition(body, "NamesAccepted") == "True"
    assert body["status"]["acceptedNames"]["kind"] == "Widget"
    assert body["status"]["storedVersions"] == ["v1"]
    assert body["metadata"]["generation"] == 1


def test_definition_in_discovery(api: Client, group: str) -> None:
    resources = {one["name"]: one for one in api.get(f"/apis/{group}/v1").ok()["resources"]}
    assert set(resources) == {"widgets", "widgets/status", "widgets/scale"}
    assert (resources["widgets"]["kind"], resources["widgets"]["namespaced"]) == ("Widget", True)
    until(lambda: group in {one["name"] for one in api.get("/apis").ok()["groups"]}, "in plain discovery")

    def aggregated() -> bool:
        body = api.send("GET", "/apis", accept=AGGREGATED).ok()
        return group in {one["metadata"]["name"] for one in body["items"]}

    until(aggregated, "in aggregated discovery")


def test_definition_in_openapi(api: Client, group: str) -> None:
    key = f"apis/{group}/v1"
    paths = until(lambda: (found := api.get("/openapi/v3").ok()["paths"]) and key in found and found, "in OpenAPI")
    schemas = api.get(paths[key]["serverRelativeURL"]).ok()["components"]["schemas"]
    [mine] = [
        one
        for one in schemas.values()
        if {"group": group, "version": "v1", "kind": "Widget"} in one.get("x-kubernetes-group-version-kind", [])
    ]
    assert mine["properties"]["spec"]["properties"]["rules"]["x-kubernetes-list-map-keys"] == ["name"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"scope": "Nowhere"}, "spec.scope"),
        ({"group": "other.example.org"}, "metadata.name"),
        ({"versions": []}, "spec.versions"),
    ],
)
def test_bad_definitions(api: Client, change: dict[str, Any], field: str) -> None:
    body = crd(fresh_group(), SCHEMA)
    body["spec"].update(change)
    answer = api.post(CRDS, body)
    answer.refused(422, "Invalid")
    assert field in {found for _, found in answer.causes()}


def test_definition_without_structural_schema(api: Client) -> None:
    answer = api.post(CRDS, crd(fresh_group(), {"properties": {"spec": {}}}))
    answer.refused(422, "Invalid")


def test_unknown_fields_are_pruned(api: Client, space: str, group: str) -> None:
    body = widget(group, "one", {"colour": "red", "free": {"any": [1, {"x": "y"}]}})
    made = api.post(path_of(group, space), body).ok()
    assert made["spec"] == {"size": 1, "mode": "slow", "free": {"any": [1, {"x": "y"}]}}


def test_strict_refuses_unknown_fields(api: Client, space: str, group: str) -> None:
    body = widget(group, "one", {"colour": "red"})
    told = api.post(path_of(group, space), body, fieldValidation="Strict").refused(400, "BadRequest")
    assert told["message"].endswith('strict decoding error: unknown field "spec.colour"')
    answer = api.apply(path_of(group, space, "one"), body, fieldValidation="Strict")
    assert answer.status in (400, 500), answer.text
    assert "spec.colour" in answer.body["message"]


@pytest.mark.parametrize(
    ("spec", "reason", "field"),
    [
        ({"size": 0}, "FieldValueInvalid", "spec.size"),
        ({"size": 10}, "FieldValueInvalid", "spec.size"),
        ({"mode": "medium"}, "FieldValueNotSupported", "spec.mode"),
        ({"code": "A1"}, "FieldValueInvalid", "spec.code"),
        ({"code": "toolong"}, "FieldValueTooLong", "spec.code"),
        ({"size": "one"}, "FieldValueTypeInvalid", "spec.size"),
        ({"rules": [{"port": 1}]}, "FieldValueRequired", "spec.rules[0].name"),
        ({"rules": [{"name": "a"}, {"name": "a"}]}, "FieldValueDuplicate", "spec.rules[1]"),
        ({"tags": ["a", "a"]}, "FieldValueDuplicate", "spec.tags[1]"),
        ({"port": True}, "FieldValueTypeInvalid", "spec.port"),
    ],
)
def test_validation(api: Client, space: str, group: str, spec: dict[str, Any], reason: str, field: str) -> None:
    answer = api.post(path_of(group, space), widget(group, "one", spec))
    body = answer.refused(422, "Invalid")
    assert (reason, field) in answer.causes(), answer.text
    assert body["message"].startswith(f'Widget.{group} "one" is invalid: ')
    assert body["details"]["kind"] == "Widget"
    assert body["details"]["group"] == group


def test_required_fields(api: Client, space: str, group: str) -> None:
    answer = api.post(path_of(group, space), thing("Widget", "one", f"{group}/v1", spec={}))
    answer.refused(422, "Invalid")
    assert answer.causes() == [("FieldValueRequired", "spec.size")]


def test_int_or_string_and_nullable(api: Client, space: str, group: str) -> None:
    for name, value in (("a", 80), ("b", "http")):
        made = api.post(path_of(group, space), widget(group, name, {"port": value, "empty": None})).ok()
        assert made["spec"]["port"] == value
        assert made["spec"]["empty"] is None


def test_lists_with_keys_merge(api: Client, space: str, group: str) -> None:
    path = path_of(group, space, "one")
    api.apply(path, widget(group, "one", {"rules": [{"name": "a", "port": 1}], "tags": ["x"], "words": ["p"]})).ok()
    other = thing("Widget", "one", f"{group}/v1", spec={"rules": [{"name": "b", "port": 2}], "tags": ["y"]})
    both = api.apply(path, other, manager="someone").ok()
    assert {one["name"]: one["port"] for one in both["spec"]["rules"]} == {"a": 1, "b": 2}
    assert set(both["spec"]["tags"]) == {"x", "y"}
    assert entry(both, "someone")["fieldsV1"]["f:spec"] == {
        "f:rules": {'k:{"name":"b"}': {".": {}, "f:name": {}, "f:port": {}}},
        "f:tags": {'v:"y"': {}},
    }
    assert "f:words" in entry(both, "plumb")["fieldsV1"]["f:spec"]
    assert entry(both, "plumb")["fieldsV1"]["f:spec"]["f:words"] == {}


def test_no_op_apply_stays_quiet(api: Client, space: str, group: str) -> None:
    path = path_of(group, space, "one")
    first = api.apply(path, widget(group, "one")).ok()
    assert api.apply(path, widget(group, "one")).ok() == first
    assert first["metadata"]["generation"] == 1


def test_conflicts(api: Client, space: str, group: str) -> None:
    path = path_of(group, space, "one")
    api.apply(path, widget(group, "one"), manager="someone").ok()
    answer = api.apply(path, widget(group, "one", {"size": 2}))
    body = answer.refused(409, "Conflict")
    assert body["message"] == 'Apply failed with 1 conflict: conflict with "someone": .spec.size'
    assert answer.causes() == [("FieldManagerConflict", ".spec.size")]


def test_status_and_generation(api: Client, space: str, group: str) -> None:
    path = path_of(group, space, "one")
    made = api.apply(path, widget(group, "one", status={"phase": "Early"})).ok()
    assert "status" not in made
    after = api.patch(path_of(group, space, "one", "status"), {"status": {"phase": "On"}, "spec": {"size": 5}}).ok()
    assert (after["status"], after["spec"]["size"]) == ({"phase": "On"}, 1)
    assert after["metadata"]["generation"] == 1
    grown = api.apply(path, widget(group, "one", {"size": 2})).ok()
    assert (grown["metadata"]["generation"], grown["status"]) == (2, {"phase": "On"})


def test_scale(api: Client, space: str, group: str) -> None:
    api.apply(path_of(group, space, "one"), widget(group, "one", {"size": 4})).ok()
    path = path_of(group, space, "one", "scale")
    assert api.get(path).ok()["spec"]["replicas"] == 4
    api.patch(path, {"spec": {"replicas": 6}}).ok()
    assert api.get(path_of(group, space, "one")).ok()["spec"]["size"] == 6


def test_patches(api: Client, space: str, group: str) -> None:
    api.post(path_of(group, space), widget(group, "one", {"words": ["a"]})).ok()
    path = path_of(group, space, "one")
    assert api.patch(path, {"spec": {"words": ["b"]}}, MERGE).ok()["spec"]["words"] == ["b"]
    api.patch(path, {"spec": {"size": 2}}, STRATEGIC).refused(415, "UnsupportedMediaType")


def test_update_needs_a_resource_version(api: Client, space: str, group: str) -> None:
    api.post(path_of(group, space), widget(group, "one")).ok()
    answer = api.put(path_of(group, space, "one"), widget(group, "one", {"size": 2}))
    answer.refused(422, "Invalid")
    assert answer.causes() == [("FieldValueInvalid", "metadata.resourceVersion")]


def test_dry_run(api: Client, space: str, group: str) -> None:
    path = path_of(group, space, "one")
    made = api.apply(path, widget(group, "one"), dryRun="All").ok()
    assert made["spec"]["mode"] == "slow"
    api.get(path).refused(404, "NotFound")
    first = api.apply(path, widget(group, "one")).ok()
    assert api.apply(path, widget(group, "one", {"size": 3}), dryRun="All").ok()["metadata"]["generation"] == 2
    assert api.get(path).ok() == first


def test_list_and_watch(api: Client, space: str, group: str) -> None:
    made = api.post(path_of(group, space), widget(group, "one")).ok()
    body = api.get(path_of(group, space)).ok()
    assert (body["kind"], body["apiVersion"]) == ("WidgetList", f"{group}/v1")
    assert body["items"] == [made]
    with api.watch(path_of(group, space), resourceVersion=body["metadata"]["resourceVersion"]) as events:
        api.delete(path_of(group, space, "one")).ok()
        assert next(events)["type"] == "DELETED"


def test_deleting_the_definition_deletes_its_objects(api: Client, space: str) -> None:
    group = fresh_group()
    establish(api, crd(group, SCHEMA))
    api.apply(path_of(group, space, "one"), widget(group, "one")).ok()
    api.delete(f"{CRDS}/widgets.{group}").ok()
    until(lambda: api.get(f"{CRDS}/widgets.{group}").status == 404, "definition gone")
    establish(api, crd(group, SCHEMA))
    assert api.get(path_of(group, space)).ok()["items"] == []
    api.delete(f"{CRDS}/widgets.{group}").ok()


def test_definition_waits_for_finalizers_of_its_objects(api: Client, space: str) -> None:
    group = fresh_group()
    name = f"{CRDS}/widgets.{group}"
    establish(api, crd(group, SCHEMA))
    body = widget(group, "one", metadata={"finalizers": ["example.org/hold"]})
    api.apply(path_of(group, space, "one"), body).ok()
    api.delete(name).ok()
    until(lambda: condition(api.get(name).ok(), "Terminating") == "True", "terminating")
    held = until(
        lambda: (one := api.get(path_of(group, space, "one")).ok())["metadata"].get("deletionTimestamp") and one,
        "object is being deleted",
    )
    assert held["metadata"]["finalizers"] == ["example.org/hold"]
    refusal = api.apply(path_of(group, space, "two"), widget(group, "two")).refused(403, "Forbidden")
    assert refusal["message"] == (
        f'widgets.{group} "two" is forbidden: create not allowed while custom resource definition is terminating'
    )
    api.patch(path_of(group, space, "one"), {"metadata": {"finalizers": None}}).ok()
    until(lambda: api.get(name).status == 404, "definition gone")


def test_schema_may_change(api: Client, space: str) -> None:
    group = fresh_group()
    establish(api, crd(group, SCHEMA))
    wider = {**SCHEMA, "properties": {**SCHEMA["properties"], "extra": {"type": "string"}}}
    after = api.apply(f"{CRDS}/widgets.{group}", crd(group, wider)).ok()
    assert after["metadata"]["generation"] == 2

    def knows() -> bool:
        # While the old schema is taken out of service its last requests may meet a 503.
        made = api.post(path_of(group, space), widget(group, "one", extra="x"), dryRun="All")
        return made.status == 201 and made.ok().get("extra") == "x"

    until(knows, "new schema served")
    api.delete(f"{CRDS}/widgets.{group}").ok()


def test_cluster_scoped_kind(api: Client) -> None:
    group = fresh_group()
    body = crd(group, SCHEMA)
    body["spec"]["scope"] = "Cluster"
    establish(api, body)
    made = api.apply(f"/apis/{group}/v1/widgets/one", widget(group, "one")).ok()
    assert "namespace" not in made["metadata"]
    api.delete(f"{CRDS}/widgets.{group}").ok()
