"""Fields that may not change once they are set: 422 with the field as the cause, so that Plumb plans a replacement."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kube.client import Client
from tests.kube.objects import at, claim, config_map, deployment, job, pod_template, service, stateful_set, thing

RBAC = "rbac.authorization.k8s.io"


def binding(role: str) -> dict[str, Any]:
    reference = {"apiGroup": RBAC, "kind": "Role", "name": role}
    return thing("RoleBinding", "one", f"{RBAC}/v1", roleRef=reference)


def job_of(image: str) -> dict[str, Any]:
    body = job("once", suspend=False)
    body["spec"]["template"]["spec"]["containers"][0]["image"] = image
    return body


CASES = {
    "deployment selector": (
        "deployments",
        deployment("web", replicas=0),
        deployment("web", replicas=0, selector={"matchLabels": {"app": "new"}}, template=pod_template("new")),
        "spec.selector",
    ),
    "service address": (
        "services",
        service("web"),
        service("web", clusterIP="10.96.77.77"),
        "spec.clusterIPs[0]",
    ),
    "config map data": (
        "configmaps",
        {**config_map("one"), "immutable": True},
        {**config_map("one", {"a": "2"}), "immutable": True},
        "data",
    ),
    "config map made mutable": (
        "configmaps",
        {**config_map("one"), "immutable": True},
        {**config_map("one"), "immutable": False},
        "immutable",
    ),
    "secret data": (
        "secrets",
        thing("Secret", "one", data={"a": "YQ=="}, immutable=True),
        thing("Secret", "one", data={"a": "Yg=="}, immutable=True),
        "data",
    ),
    "secret type": (
        "secrets",
        thing("Secret", "one", type="example.org/a"),
        thing("Secret", "one", type="example.org/b"),
        "type",
    ),
    "job template": ("jobs", job_of("registry.example/a:1"), job_of("registry.example/a:2"), "spec.template"),
    "stateful set service": (
        "statefulsets",
        stateful_set("db", replicas=0),
        stateful_set("db", replicas=0, serviceName="other"),
        "spec",
    ),
    "stateful set claims": (
        "statefulsets",
        stateful_set("db", replicas=0, volumeClaimTemplates=[claim("data")]),
        stateful_set("db", replicas=0, volumeClaimTemplates=[claim("data", accessModes=["ReadWriteMany"])]),
        "spec",
    ),
    "claim access": (
        "persistentvolumeclaims",
        claim("data"),
        claim("data", accessModes=["ReadWriteMany"]),
        "spec",
    ),
    "claim class": (
        "persistentvolumeclaims",
        claim("data", storageClassName="slow"),
        claim("data", storageClassName="fast"),
        "spec",
    ),
    "role of a binding": ("rolebindings", binding("a"), binding("b"), "roleRef"),
}


@pytest.mark.parametrize("case", list(CASES))
@pytest.mark.parametrize("dry", [None, "All"])
def test_immutable(api: Client, space: str, case: str, dry: str | None) -> None:
    plural, first, second, field = CASES[case]
    path = at(plural, space, first["metadata"]["name"])
    api.apply(path, first).ok()
    answer = api.apply(path, second, force="true", dryRun=dry)
    body = answer.refused(422, "Invalid")
    assert field in {found for _, found in answer.causes()}, answer.text
    assert body["details"]["kind"] == first["kind"]
    assert (
        "immutable" in body["message"]
        or "updates to " in body["message"]
        or "may not change" in body["message"]
        or ("cannot change roleRef" in body["message"])
    ), body["message"]


def test_words_for_a_deployment(api: Client, space: str) -> None:
    _, first, second, _ = CASES["deployment selector"]
    path = at("deployments", space, "web")
    api.apply(path, first).ok()
    answer = api.apply(path, second, force="true")
    body = answer.refused(422, "Invalid")
    assert answer.causes() == [("FieldValueInvalid", "spec.selector")]
    assert body["message"].startswith('Deployment.apps "web" is invalid: spec.selector: Invalid value: ')
    assert body["message"].endswith(": field is immutable")
    assert body["details"]["causes"][0]["message"].startswith("Invalid value: ")


def test_words_for_a_stateful_set(api: Client, space: str) -> None:
    _, first, second, _ = CASES["stateful set service"]
    path = at("statefulsets", space, "db")
    api.apply(path, first).ok()
    answer = api.apply(path, second, force="true")
    assert answer.causes() == [("FieldValueForbidden", "spec")]
    assert answer.body["message"].startswith(
        'StatefulSet.apps "db" is invalid: spec: Forbidden: updates to statefulset spec for fields other than '
    )


def test_words_for_a_config_map(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    api.apply(path, {**config_map("one"), "immutable": True}).ok()
    answer = api.apply(path, {**config_map("one", {"a": "2"}), "immutable": True})
    assert answer.refused(422, "Invalid")["message"] == (
        'ConfigMap "one" is invalid: data: Forbidden: field is immutable when `immutable` is set'
    )


def test_words_for_a_binding(api: Client, space: str) -> None:
    path = at("rolebindings", space, "one")
    api.apply(path, binding("a")).ok()
    answer = api.apply(path, binding("b"))
    assert answer.causes() == [("FieldValueInvalid", "roleRef")]
    assert answer.body["message"].endswith(": cannot change roleRef")


def test_metadata_of_immutable_things_may_change(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    api.apply(path, {**config_map("one"), "immutable": True}).ok()
    after = api.apply(path, {**config_map("one", labels={"a": "b"}), "immutable": True}).ok()
    assert after["metadata"]["labels"] == {"a": "b"}


def test_what_a_stateful_set_may_change(api: Client, space: str) -> None:
    path = at("statefulsets", space, "db")
    api.apply(path, stateful_set("db", replicas=0)).ok()
    after = api.apply(path, stateful_set("db", replicas=0, minReadySeconds=5, revisionHistoryLimit=2)).ok()
    assert after["spec"]["minReadySeconds"] == 5


def test_type_of_a_service_may_change(api: Client, space: str) -> None:
    path = at("services", space, "web")
    first = api.apply(path, service("web")).ok()
    after = api.apply(path, service("web", type="NodePort")).ok()
    assert after["spec"]["clusterIP"] == first["spec"]["clusterIP"]
    assert after["spec"]["ports"][0]["nodePort"]
    back = api.apply(path, service("web")).ok()
    assert back["spec"]["type"] == "ClusterIP"
    assert "nodePort" not in back["spec"]["ports"][0]


def test_a_service_steps_back_from_the_load_balancer(api: Client, space: str) -> None:
    path = at("services", space, "web")
    api.apply(path, service("web", type="LoadBalancer")).ok()
    after = api.apply(path, service("web", type="NodePort")).ok()
    assert "allocateLoadBalancerNodePorts" not in after["spec"]
    assert after["spec"]["externalTrafficPolicy"] == "Cluster"


def test_uid_and_name_never_change(api: Client, space: str) -> None:
    made = api.post(at("configmaps", space), config_map("one")).ok()
    made["metadata"]["creationTimestamp"] = "2001-01-01T00:00:00Z"
    after = api.put(at("configmaps", space, "one"), made).ok()
    assert after["metadata"]["creationTimestamp"] != "2001-01-01T00:00:00Z"
