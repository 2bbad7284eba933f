"""Server-side apply on lists: maps by key, atomic lists, sets."""

from __future__ import annotations

from typing import Any

from tests.kube.client import Client
from tests.kube.objects import at, config_map, deployment, service, thing
from tests.kube.test_behaviour_apply import entry


def quiet(name: str = "web", **container: Any) -> dict[str, Any]:
    """A Deployment of no pods whose one container has these fields too."""
    body = deployment(name, replicas=0, paused=True)
    body["spec"]["template"]["spec"]["containers"][0].update(container)
    return body


def containers(body: dict[str, Any]) -> dict[str, Any]:
    return {one["name"]: one for one in body["spec"]["template"]["spec"]["containers"]}


def test_containers_merge_by_name(api: Client, space: str) -> None:
    path = at("deployments", space, "web")
    api.apply(path, quiet()).ok()
    side = {"spec": {"template": {"spec": {"containers": [{"name": "side", "image": "registry.example/side:1"}]}}}}
    after = api.apply(path, thing("Deployment", "web", "apps/v1", **side), manager="injector").ok()
    assert set(containers(after)) == {"web", "side"}
    again = api.apply(path, quiet(image="registry.example/web:2")).ok()
    assert set(containers(again)) == {"web", "side"}
    assert containers(again)["web"]["image"] == "registry.example/web:2"
    gone = api.apply(path, thing("Deployment", "web", "apps/v1"), manager="injector").ok()
    assert set(containers(gone)) == {"web"}


def test_order_of_own_items_is_kept(api: Client, space: str) -> None:
    path = at("deployments", space, "web")
    names = ["C", "A", "B"]
    made = api.apply(path, quiet(env=[{"name": name, "value": "1"} for name in names])).ok()
    assert [one["name"] for one in containers(made)["web"]["env"]] == names
    turned = api.apply(path, quiet(env=[{"name": name, "value": "1"} for name in reversed(names)])).ok()
    assert [one["name"] for one in containers(turned)["web"]["env"]] == names[::-1]


def test_env_merges_by_name(api: Client, space: str) -> None:
    path = at("deployments", space, "web")
    api.apply(path, quiet(env=[{"name": "A", "value": "1"}, {"name": "B", "value": "1"}])).ok()
    other = deployment("web")
    other["spec"] = {"template": {"spec": {"containers": [{"name": "web", "env": [{"name": "C", "value": "1"}]}]}}}
    api.apply(path, other, manager="injector").ok()
    after = api.apply(path, quiet(env=[{"name": "A", "value": "2"}])).ok()
    assert {one["name"]: one["value"] for one in containers(after)["web"]["env"]} == {"A": "2", "C": "1"}


def test_ports_merge_by_port_and_protocol(api: Client, space: str) -> None:
    path = at("deployments", space, "web")
    ports = [{"containerPort": 53, "protocol": "UDP"}, {"containerPort": 53, "protocol": "TCP", "name": "dns"}]
    made = api.apply(path, quiet(ports=ports)).ok()
    assert len(containers(made)["web"]["ports"]) == 2
    keys = entry(made, "plumb")["fieldsV1"]["f:spec"]["f:template"]["f:spec"]["f:containers"]
    assert set(keys['k:{"name":"web"}']["f:ports"]) == {
        'k:{"containerPort":53,"protocol":"TCP"}',
        'k:{"containerPort":53,"protocol":"UDP"}',
    }
    after = api.apply(path, quiet(ports=[{"containerPort": 53, "protocol": "UDP", "name": "dns-udp"}])).ok()
    assert containers(after)["web"]["ports"] == [{"containerPort": 53, "protocol": "UDP", "name": "dns-udp"}]


def test_service_ports_keep_what_the_server_chose(api: Client, space: str) -> None:
    path = at("services", space, "web")
    ports = [{"name": "http", "port": 80}, {"name": "https", "port": 443}]
    made = api.apply(path, service("web", type="NodePort", ports=ports)).ok()
    chosen = {one["port"]: one["nodePort"] for one in made["spec"]["ports"]}
    ports[0]["targetPort"] = "web"
    after = api.apply(path, service("web", type="NodePort", ports=ports)).ok()
    assert {one["port"]: one["nodePort"] for one in after["spec"]["ports"]} == chosen
    assert after["spec"]["ports"][0]["targetPort"] == "web"


def test_duplicate_keys_are_refused(api: Client, space: str) -> None:
    answer = api.apply(at("deployments", space, "web"), quiet(env=[{"name": "A"}, {"name": "A"}]))
    assert answer.status == 500
    assert "duplicate entries for key" in answer.body["message"]


def test_missing_key_is_refused(api: Client, space: str) -> None:
    answer = api.apply(at("deployments", space, "web"), quiet(env=[{"value": "1"}]))
    answer.refused(422, "Invalid")
    assert answer.causes() == [("FieldValueRequired", "spec.template.spec.containers[0].env[0].name")]


def test_atomic_lists_are_replaced_whole(api: Client, space: str) -> None:
    path = at("deployments", space, "web")
    api.apply(path, quiet(args=["a", "b"])).ok()
    after = api.apply(path, quiet(args=["b", "c"])).ok()
    assert containers(after)["web"]["args"] == ["b", "c"]
    answer = api.apply(path, quiet(args=["d"]), manager="someone")
    answer.refused(409, "Conflict")
    assert answer.causes() == [("FieldManagerConflict", '.spec.template.spec.containers[name="web"].args')]


def test_atomic_maps_are_replaced_whole(api: Client, space: str) -> None:
    path = at("services", space, "web")
    api.apply(path, service("web", selector={"app": "web", "tier": "front"})).ok()
    after = api.apply(path, service("web", selector={"app": "api"})).ok()
    assert after["spec"]["selector"] == {"app": "api"}


def test_maps_merge_by_key(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    api.apply(path, config_map("one", labels={"a": "1"})).ok()
    after = api.apply(path, config_map("one", labels={"b": "1"}), manager="someone").ok()
    assert after["metadata"]["labels"] == {"a": "1", "b": "1"}


def test_finalizers_are_a_set(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    api.apply(path, config_map("one", finalizers=["example.org/a"])).ok()
    both = api.apply(path, config_map("one", finalizers=["example.org/b"]), manager="someone").ok()
    assert sorted(both["metadata"]["finalizers"]) == ["example.org/a", "example.org/b"]
    assert entry(both, "someone")["fieldsV1"]["f:metadata"] == {"f:finalizers": {'v:"example.org/b"': {}}}
    left = api.apply(path, config_map("one")).ok()
    assert left["metadata"]["finalizers"] == ["example.org/b"]
    gone = api.apply(path, config_map("one"), manager="someone").ok()
    assert "finalizers" not in gone["metadata"]


def test_owner_references_merge_by_uid(api: Client, space: str) -> None:
    owners = [api.post(at("configmaps", space), config_map(name)).ok()["metadata"] for name in ("a", "b")]
    references = [{"apiVersion": "v1", "kind": "ConfigMap", "name": owner["name"], "uid": owner["uid"]} for owner in owners]
    path = at("configmaps", space, "one")
    api.apply(path, config_map("one", ownerReferences=references[:1])).ok()
    both = api.apply(path, config_map("one", ownerReferences=references[1:]), manager="someone").ok()
    assert {one["name"] for one in both["metadata"]["ownerReferences"]} == {"a", "b"}


def test_volumes_change_their_kind(api: Client, space: str) -> None:
    path = at("deployments", space, "web")
    body = quiet()
    body["spec"]["template"]["spec"]["volumes"] = [{"name": "data", "emptyDir": {}}]
    api.apply(path, body).ok()
    body["spec"]["template"]["spec"]["volumes"] = [{"name": "data", "configMap": {"name": "one"}}]
    after = api.apply(path, body).ok()
    [volume] = after["spec"]["template"]["spec"]["volumes"]
    assert volume == {"name": "data", "configMap": {"name": "one", "defaultMode": 420}}


def test_empty_maps_and_lists_are_kept_as_declared(api: Client, space: str) -> None:
    body = thing("NetworkPolicy", "deny", "networking.k8s.io/v1", spec={"podSelector": {}, "ingress": []})
    made = api.apply(at("networkpolicies", space, "deny"), body).ok()
    assert made["spec"]["podSelector"] == {}
    assert "ingress" not in made["spec"]
    assert made["spec"]["policyTypes"] == ["Ingress"]
    again = api.apply(at("networkpolicies", space, "deny"), body).ok()
    assert again["spec"] == made["spec"]
