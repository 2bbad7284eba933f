"""What an object needs before it, from the objects alone."""

from __future__ import annotations

from typing import Any

import pytest

from providers.contract.values import Unknown
from providers.kubernetes.names import type_of
from tests.providers.kubernetes.world import PROVIDER, changed, config_map, deployment

RBAC = "rbac.authorization.k8s.io"


def made(kind: str, name: str, namespace: str = "shop", api_version: str = "v1", **body: Any) -> dict[str, Any]:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **body}


def pairs(*objects: dict[str, Any]) -> list[tuple[str, str]]:
    """Keys are kind and name."""
    named = [(f"{item['kind']} {item['metadata']['name']}", str(type_of(item)), item) for item in objects]
    return PROVIDER.implied(named)


def pod(**spec: Any) -> dict[str, Any]:
    return made("Pod", "user", spec={"containers": [{"name": "main"}], **spec})


def first_container(**container: Any) -> dict[str, Any]:
    return pod(containers=[{"name": "main", **container}])


NEEDS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (made("ConfigMap", "user"), made("Namespace", "shop", "")),
    (pod(serviceAccountName="one"), made("ServiceAccount", "one")),
    (pod(imagePullSecrets=[{"name": "one"}]), made("Secret", "one")),
    (pod(priorityClassName="one"), made("PriorityClass", "one", "", "scheduling.k8s.io/v1")),
    (pod(volumes=[{"name": "a", "configMap": {"name": "one"}}]), made("ConfigMap", "one")),
    (pod(volumes=[{"name": "a", "secret": {"secretName": "one"}}]), made("Secret", "one")),
    (pod(volumes=[{"name": "a", "persistentVolumeClaim": {"claimName": "one"}}]), made("PersistentVolumeClaim", "one")),
    (pod(volumes=[{"name": "a", "projected": {"sources": [{"configMap": {"name": "one"}}]}}]), made("ConfigMap", "one")),
    (first_container(envFrom=[{"configMapRef": {"name": "one"}}]), made("ConfigMap", "one")),
    (first_container(env=[{"name": "A", "valueFrom": {"secretKeyRef": {"name": "one", "key": "a"}}}]), made("Secret", "one")),
    (pod(initContainers=[{"name": "a", "envFrom": [{"secretRef": {"name": "one"}}]}]), made("Secret", "one")),
    (
        made(
            "CronJob",
            "user",
            api_version="batch/v1",
            spec={"jobTemplate": {"spec": {"template": pod(serviceAccountName="one")}}},
        ),
        made("ServiceAccount", "one"),
    ),
    (
        made("RoleBinding", "user", api_version=f"{RBAC}/v1", roleRef={"kind": "Role", "name": "one"}),
        made("Role", "one", api_version=f"{RBAC}/v1"),
    ),
    (
        made("ClusterRoleBinding", "user", "", f"{RBAC}/v1", roleRef={"kind": "ClusterRole", "name": "one"}),
        made("ClusterRole", "one", "", f"{RBAC}/v1"),
    ),
    (
        made(
            "ClusterRoleBinding",
            "user",
            "",
            f"{RBAC}/v1",
            subjects=[{"kind": "ServiceAccount", "name": "one", "namespace": "shop"}],
        ),
        made("ServiceAccount", "one"),
    ),
    (
        made("PersistentVolumeClaim", "user", spec={"storageClassName": "one"}),
        made("StorageClass", "one", "", "storage.k8s.io/v1"),
    ),
    (made("PersistentVolumeClaim", "user", spec={"volumeName": "one"}), made("PersistentVolume", "one", "")),
    (made("StatefulSet", "user", api_version="apps/v1", spec={"serviceName": "one"}), made("Service", "one")),
    (
        made(
            "HorizontalPodAutoscaler",
            "user",
            api_version="autoscaling/v2",
            spec={"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "one"}},
        ),
        made("Deployment", "one", api_version="apps/v1"),
    ),
    (
        made(
            "Ingress",
            "user",
            api_version="networking.k8s.io/v1",
            spec={"rules": [{"http": {"paths": [{"backend": {"service": {"name": "one"}}}]}}]},
        ),
        made("Service", "one"),
    ),
    (
        made("Widget", "user", api_version="example.org/v1"),
        made(
            "CustomResourceDefinition",
            "widgets.example.org",
            "",
            "apiextensions.k8s.io/v1",
            spec={"group": "example.org", "names": {"kind": "Widget"}},
        ),
    ),
]


@pytest.mark.parametrize(("user", "need"), NEEDS)
def test_needs(user: dict[str, Any], need: dict[str, Any]) -> None:
    assert pairs(user, need) == [(f"{user['kind']} user", f"{need['kind']} {need['metadata']['name']}")]


def test_what_has_another_namespace_or_name_is_not_meant() -> None:
    assert pairs(pod(serviceAccountName="one"), made("ServiceAccount", "one", "other")) == []
    assert pairs(pod(serviceAccountName="one"), made("ServiceAccount", "two")) == []


def test_a_webhook_comes_after_the_workload_that_answers_for_it() -> None:
    webhook = made(
        "ValidatingWebhookConfiguration",
        "guard",
        "",
        "admissionregistration.k8s.io/v1",
        webhooks=[{"name": "a", "clientConfig": {"service": {"name": "guard", "namespace": "shop"}}}],
    )
    service = made("Service", "guard", spec={"selector": {"app": "guard"}})
    workload = changed(deployment("guard"), ("metadata", "namespace"), "shop")
    found = pairs(webhook, service, workload, changed(deployment("other"), ("metadata", "namespace"), "shop"))
    user = "ValidatingWebhookConfiguration guard"
    assert found == [(user, "Deployment guard"), (user, "Service guard")]


def test_unknowns_imply_nothing() -> None:
    unknown = changed(pod(serviceAccountName="one"), ("spec",), Unknown(origin="shop.x"))
    assert pairs(unknown, made("ServiceAccount", "one")) == []
    nameless = changed(config_map(), ("metadata", "name"), Unknown(origin="shop.x"))
    assert PROVIDER.implied([("a", "v1/ConfigMap", nameless)]) == []
