"""Objects a server refuses: 422 with every cause by reason and field, the same in a dry-run apply."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kube.client import Client
from tests.kube.objects import (
    IMAGE,
    at,
    claim,
    config_map,
    daemon_set,
    deployment,
    job,
    pod_template,
    service,
    stateful_set,
    thing,
)

INVALID, REQUIRED, DUPLICATE, UNSUPPORTED, FORBIDDEN, MISSING = (
    "FieldValueInvalid",
    "FieldValueRequired",
    "FieldValueDuplicate",
    "FieldValueNotSupported",
    "FieldValueForbidden",
    "FieldValueNotFound",
)
RBAC = "rbac.authorization.k8s.io"
POD = "spec.template.spec"
FIRST = f"{POD}.containers[0]"


def with_container(**fields: Any) -> dict[str, Any]:
    body = deployment("web")
    body["spec"]["template"]["spec"]["containers"] = [{"name": "web", "image": IMAGE, **fields}]
    return body


def with_pod(**fields: Any) -> dict[str, Any]:
    body = deployment("web")
    body["spec"]["template"]["spec"].update(fields)
    return body


def ingress(**path: Any) -> dict[str, Any]:
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    one = {"path": "/", "pathType": "Prefix", "backend": backend, **path}
    return thing("Ingress", "web", "networking.k8s.io/v1", spec={"rules": [{"http": {"paths": [one]}}]})


def cron_job(**spec: Any) -> dict[str, Any]:
    inner = {"spec": {"template": pod_template("tick", restartPolicy="OnFailure")}}
    return thing("CronJob", "tick", "batch/v1", spec={"schedule": "0 * * * *", "jobTemplate": inner, **spec})


def autoscaler(**spec: Any) -> dict[str, Any]:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    base = {"scaleTargetRef": target, "maxReplicas": 3}
    return thing("HorizontalPodAutoscaler", "web", "autoscaling/v2", spec={**base, **spec})


def with_claims(*mounts: str, **fields: Any) -> dict[str, Any]:
    """A StatefulSet with a claim template `data`, whose container mounts these volumes."""
    body = stateful_set("db", volumeClaimTemplates=[claim("data")])
    rows = [{"name": name, "mountPath": f"/{name}"} for name in mounts]
    body["spec"]["template"]["spec"]["containers"] = [{"name": "web", "image": IMAGE, "volumeMounts": rows, **fields}]
    return body


CASES: list[tuple[str, str, dict[str, Any], list[tuple[str, str]]]] = [
    ("port too high", "deployments", with_container(ports=[{"containerPort": 70000}]),
     [(INVALID, f"{FIRST}.ports[0].containerPort")]),
    ("port zero", "deployments", with_container(ports=[{"containerPort": 0}]),
     [(REQUIRED, f"{FIRST}.ports[0].containerPort")]),
    ("protocol", "deployments", with_container(ports=[{"containerPort": 80, "protocol": "XYZ"}]),
     [(UNSUPPORTED, f"{FIRST}.ports[0].protocol")]),
    ("port names twice", "deployments",
     with_container(ports=[{"containerPort": 80, "name": "a"}, {"containerPort": 81, "name": "a"}]),
     [(DUPLICATE, f"{FIRST}.ports[1].name")]),
    ("no image", "deployments", with_container(image=""), [(REQUIRED, f"{FIRST}.image")]),
    ("pull policy", "deployments", with_container(imagePullPolicy="Sometimes"),
     [(UNSUPPORTED, f"{FIRST}.imagePullPolicy")]),
    ("mount without volume", "deployments", with_container(volumeMounts=[{"name": "x", "mountPath": "/x"}]),
     [(MISSING, f"{FIRST}.volumeMounts[0].name")]),
    ("request over limit", "deployments",
     with_container(resources={"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}),
     [(INVALID, f"{FIRST}.resources.requests")]),
    ("negative request", "deployments", with_container(resources={"requests": {"cpu": "-1"}}),
     [(INVALID, f"{FIRST}.resources.requests[cpu]")]),
    ("probe of two kinds", "deployments",
     with_container(readinessProbe={"tcpSocket": {"port": 1}, "exec": {"command": ["true"]}}),
     [(FORBIDDEN, f"{FIRST}.readinessProbe.tcpSocket")]),
    ("env value and source", "deployments",
     with_container(env=[{"name": "A", "value": "1", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]),
     [(INVALID, f"{FIRST}.env[0].valueFrom")]),
    ("restart policy", "deployments", with_pod(restartPolicy="Never"), [(UNSUPPORTED, f"{POD}.restartPolicy")]),
    ("volume without source", "deployments", with_pod(volumes=[{"name": "x", "secret": {}}]),
     [(REQUIRED, f"{POD}.volumes[0].secret.secretName")]),
    ("volume of two sources", "deployments",
     with_pod(volumes=[{"name": "x", "emptyDir": {}, "configMap": {"name": "y"}}]),
     [(FORBIDDEN, f"{POD}.volumes[0].configMap")]),
    ("volume name", "deployments", with_pod(volumes=[{"name": "X", "emptyDir": {}}]),
     [(INVALID, f"{POD}.volumes[0].name")]),
    ("account name", "deployments", with_pod(serviceAccountName="Bad_Name"),
     [(INVALID, f"{POD}.serviceAccountName")]),
    ("no containers", "deployments", with_pod(containers=[]), [(REQUIRED, f"{POD}.containers")]),
    ("strategy", "deployments", deployment("web", strategy={"type": "Sideways"}),
     [(UNSUPPORTED, "spec.strategy")]),
    ("recreate with parameters", "deployments",
     deployment("web", strategy={"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}),
     [(FORBIDDEN, "spec.strategy.rollingUpdate")]),
    ("no surge and none unavailable", "deployments",
     deployment("web", strategy={"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}),
     [(INVALID, "spec.strategy.rollingUpdate.maxUnavailable")]),
    ("empty selector", "deployments", deployment("web", selector={}), [(INVALID, "spec.selector")]),
    ("label of a template", "deployments",
     deployment("web", template={**pod_template("web"), "metadata": {"labels": {"app": "web", "b": "a b"}}}),
     [(INVALID, "spec.template.labels")]),
    ("pod management", "statefulsets", stateful_set("db", podManagementPolicy="Any"),
     [(INVALID, "spec.podManagementPolicy")]),
    ("job restart policy", "jobs", job("once", template=pod_template("once", restartPolicy="Always")),
     [(REQUIRED, "spec.template.spec.restartPolicy")]),
    ("job backoff", "jobs", job("once", backoffLimit=-1), [(INVALID, "spec.backoffLimit")]),
    ("schedule", "cronjobs", cron_job(schedule="every day"), [(INVALID, "spec.schedule")]),
    ("concurrency", "cronjobs", cron_job(concurrencyPolicy="Some"), [(UNSUPPORTED, "spec.concurrencyPolicy")]),
    ("service port", "services", service("web", ports=[{"port": 0}]),
     [(INVALID, "spec.ports[0].port"), (INVALID, "spec.ports[0].targetPort")]),
    ("service ports without names", "services", service("web", ports=[{"port": 80}, {"port": 81}]),
     [(REQUIRED, "spec.ports[0].name"), (REQUIRED, "spec.ports[1].name")]),
    ("service port names twice", "services",
     service("web", ports=[{"name": "a", "port": 80}, {"name": "a", "port": 81}]),
     [(DUPLICATE, "spec.ports[1].name")]),
    ("service without ports", "services", service("web", ports=None), [(REQUIRED, "spec.ports")]),
    ("service type", "services", service("web", type="Cluster"), [(UNSUPPORTED, "spec.type")]),
    ("service address", "services", service("web", clusterIP="not-one"), [(INVALID, "spec.clusterIPs[0]")]),
    ("affinity", "services", service("web", sessionAffinity="Some"), [(UNSUPPORTED, "spec.sessionAffinity")]),
    ("target name", "services", service("web", ports=[{"port": 80, "targetPort": "Bad Name"}]),
     [(INVALID, "spec.ports[0].targetPort")]),
    ("claim without access", "persistentvolumeclaims", claim("data", accessModes=[]),
     [(REQUIRED, "spec.accessModes")]),
    ("claim access", "persistentvolumeclaims", claim("data", accessModes=["Some"]),
     [(UNSUPPORTED, "spec.accessModes")]),
    ("claim without size", "persistentvolumeclaims", claim("data", resources={}),
     [(REQUIRED, "spec.resources[storage]")]),
    ("tls without key", "secrets", thing("Secret", "one", type="kubernetes.io/tls", data={"tls.crt": "YQ=="}),
     [(REQUIRED, "data[tls.key]")]),
    ("registry secret", "secrets",
     thing("Secret", "one", type="kubernetes.io/dockerconfigjson", data={".dockerconfigjson": "bm9uZQ=="}),
     [(INVALID, "data[.dockerconfigjson]")]),
    ("secret key", "secrets", thing("Secret", "one", data={"a b": "YQ=="}), [(INVALID, "data[a b]")]),
    ("both data", "configmaps", {**config_map("one"), "binaryData": {"a": "YQ=="}}, [(INVALID, "data[a]")]),
    ("too much data", "configmaps", config_map("one", {"a": "x" * 1048577}), [("FieldValueTooLong", "[]")]),
    ("path type", "ingresses", ingress(pathType="Some"), [(UNSUPPORTED, "spec.rules[0].http.paths[0].pathType")]),
    ("no path type", "ingresses", ingress(pathType=None), [(REQUIRED, "spec.rules[0].http.paths[0].pathType")]),
    ("relative path", "ingresses", ingress(path="x"), [(INVALID, "spec.rules[0].http.paths[0].path")]),
    ("ingress without anything", "ingresses", thing("Ingress", "web", "networking.k8s.io/v1", spec={}),
     [(INVALID, "spec")]),
    ("autoscaler bounds", "horizontalpodautoscalers", autoscaler(minReplicas=5), [(INVALID, "spec.maxReplicas")]),
    ("autoscaler maximum", "horizontalpodautoscalers", autoscaler(maxReplicas=0),
     [(INVALID, "spec.maxReplicas"), (REQUIRED, "spec.maxReplicas")]),
    ("budget of both", "poddisruptionbudgets",
     thing("PodDisruptionBudget", "web", "policy/v1", spec={"minAvailable": 1, "maxUnavailable": 1}),
     [(INVALID, "spec")]),
    ("rule without verbs", "roles",
     thing("Role", "one", f"{RBAC}/v1", rules=[{"apiGroups": [""], "resources": ["pods"]}]),
     [(REQUIRED, "rules[0].verbs")]),
    ("binding subject", "rolebindings",
     thing("RoleBinding", "one", f"{RBAC}/v1", roleRef={"apiGroup": RBAC, "kind": "Role", "name": "one"},
           subjects=[{"kind": "Robot", "name": "x"}]),
     [(UNSUPPORTED, "subjects[0].kind")]),
    ("binding without name", "rolebindings",
     thing("RoleBinding", "one", f"{RBAC}/v1", roleRef={"apiGroup": RBAC, "kind": "Role"}),
     [(REQUIRED, "roleRef.name")]),
    ("annotation key", "configmaps", config_map("one", annotations={"a b": "c"}),
     [(INVALID, "metadata.annotations")]),
    ("annotations too large", "configmaps", config_map("one", annotations={"a": "x" * 262145}),
     [("FieldValueTooLong", "metadata.annotations")]),
    ("finalizer", "configmaps", config_map("one", finalizers=["hold"]), [(INVALID, "metadata.finalizers[0]")]),
    ("owner without uid", "configmaps",
     config_map("one", ownerReferences=[{"apiVersion": "v1", "kind": "Secret", "name": "x", "uid": ""}]),
     [(INVALID, "metadata.ownerReferences.uid")]),
    ("stateful set mounts a stranger", "statefulsets", with_claims("data", "other"),
     [(MISSING, f"{FIRST}.volumeMounts[1].name")]),
    ("stateful set without image", "statefulsets", with_claims("data", image=""), [(REQUIRED, f"{FIRST}.image")]),
    ("claim template without access", "statefulsets",
     stateful_set("db", volumeClaimTemplates=[thing("PersistentVolumeClaim", "data", spec={})]),
     [(REQUIRED, "spec.volumeClaimTemplates[0].spec.accessModes"),
      (REQUIRED, "spec.volumeClaimTemplates[0].spec.resources[storage]")]),
    ("stateful set strategy", "statefulsets", stateful_set("db", updateStrategy={"type": "Some"}),
     [(INVALID, "spec.updateStrategy")]),
    ("daemon set strategy", "daemonsets", daemon_set("agent", updateStrategy={"type": "Some"}),
     [(UNSUPPORTED, "spec.updateStrategy")]),
    ("daemon set that never moves", "daemonsets", daemon_set("agent", updateStrategy={"rollingUpdate": {"maxUnavailable": 0}}),
     [(REQUIRED, "spec.updateStrategy.rollingUpdate.maxUnavailable")]),
    ("host port of another number", "deployments",
     with_pod(hostNetwork=True, containers=[{"name": "web", "image": IMAGE, "ports": [{"containerPort": 80, "hostPort": 81}]}]),
     [(INVALID, f"{FIRST}.ports[0].hostPort")]),
    ("name of a variable", "deployments", with_container(env=[{"name": "a=b", "value": "1"}]),
     [(INVALID, f"{FIRST}.env[0].name")]),
    ("probe of port zero", "deployments", with_container(livenessProbe={"tcpSocket": {"port": 0}}),
     [(INVALID, f"{FIRST}.livenessProbe.tcpSocket.port")]),
    ("probe period", "deployments", with_container(livenessProbe={"tcpSocket": {"port": 1}, "periodSeconds": -1}),
     [(INVALID, f"{FIRST}.livenessProbe.periodSeconds")]),
    ("hook without handler", "deployments", with_container(lifecycle={"preStop": {}}),
     [(REQUIRED, f"{FIRST}.lifecycle.preStop")]),
    ("toleration", "deployments", with_pod(tolerations=[{"key": "a", "operator": "Some"}]),
     [(UNSUPPORTED, f"{POD}.tolerations[0].operator")]),
    ("toleration of everything", "deployments", with_pod(tolerations=[{"operator": "Equal"}]),
     [(INVALID, f"{POD}.tolerations[0].operator")]),
    ("field of a variable", "deployments",
     with_container(env=[{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "nope"}}}]),
     [(INVALID, f"{FIRST}.env[0].valueFrom.fieldRef.fieldPath")]),
    ("secret of a variable", "deployments",
     with_container(env=[{"name": "A", "valueFrom": {"secretKeyRef": {"name": "x"}}}]),
     [(REQUIRED, f"{FIRST}.env[0].valueFrom.secretKeyRef.key")]),
    ("variables from nowhere", "deployments", with_container(envFrom=[{}]), [(INVALID, f"{FIRST}.envFrom")]),
    ("node selector", "deployments", with_pod(nodeSelector={"a b": "c"}), [(INVALID, f"{POD}.nodeSelector")]),
    ("privilege twice", "deployments",
     with_container(securityContext={"privileged": True, "allowPrivilegeEscalation": False}),
     [(INVALID, f"{FIRST}.securityContext")]),
    ("user", "deployments", with_pod(securityContext={"runAsUser": -1}), [(INVALID, f"{POD}.securityContext.runAsUser")]),
    ("request without limit", "deployments", with_container(resources={"requests": {"example.org/gpu": "1"}}),
     [(REQUIRED, f"{FIRST}.resources.limits")]),
    ("host path", "deployments", with_pod(volumes=[{"name": "x", "hostPath": {"path": "/a/../b"}}]),
     [(INVALID, f"{POD}.volumes[0].hostPath.path")]),
    ("host path type", "deployments", with_pod(volumes=[{"name": "x", "hostPath": {"path": "/a", "type": "Some"}}]),
     [(UNSUPPORTED, f"{POD}.volumes[0].hostPath.type")]),
    ("path of an item", "deployments",
     with_pod(volumes=[{"name": "x", "secret": {"secretName": "s", "items": [{"key": "a", "path": "../x"}]}}]),
     [(INVALID, f"{POD}.volumes[0].secret.items[0].path")]),
    ("mode", "deployments", with_pod(volumes=[{"name": "x", "secret": {"secretName": "s", "defaultMode": 9999}}]),
     [(INVALID, f"{POD}.volumes[0].secret.defaultMode")]),
    ("deadline of a job", "jobs", job("once", activeDeadlineSeconds=-1), [(INVALID, "spec.activeDeadlineSeconds")]),
]  # fmt: skip


@pytest.mark.parametrize(("plural", "body", "causes"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_refused(api: Client, space: str, plural: str, body: dict[str, Any], causes: list[tuple[str, str]]) -> None:
    created = api.post(at(plural, space), body)
    created.refused(422, "Invalid")
    assert created.causes() == sorted(causes), created.text
    applied = api.apply(at(plural, space, body["metadata"]["name"]), body, dryRun="All")
    applied.refused(422, "Invalid")
    assert applied.causes() == sorted(causes), applied.text


def test_claims_of_a_stateful_set_are_volumes(api: Client, space: str) -> None:
    made = api.post(at("statefulsets", space), with_claims("data"), dryRun="All").ok()
    assert "volumes" not in made["spec"]["template"]["spec"]


def test_node_port_out_of_range(api: Client, space: str) -> None:
    # A dry run takes no port, and so does not notice.
    body = service("web", type="NodePort", ports=[{"port": 80, "nodePort": 80}])
    answer = api.post(at("services", space), body)
    answer.refused(422, "Invalid")
    assert answer.causes() == [("FieldValueInvalid", "spec.ports[0].nodePort")]
    assert api.post(at("services", space), body, dryRun="All").status == 201


def test_node_port_taken_twice(api: Client, space: str) -> None:
    made = api.post(at("services", space), service("first", type="NodePort")).ok()
    ports = [{"port": 80, "nodePort": made["spec"]["ports"][0]["nodePort"]}]
    answer = api.post(at("services", space), service("second", type="NodePort", ports=ports))
    answer.refused(422, "Invalid")
    assert answer.causes() == [("FieldValueInvalid", "spec.ports[0].nodePort")]
    assert "provided port is already allocated" in answer.body["message"]


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ({"replicas": -1}, "spec.replicas: Invalid value: -1: must be greater than or equal to 0"),
        (
            {"strategy": {"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}},
            "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
        ),
    ],
)
def test_words(api: Client, space: str, cause: dict[str, Any], words: str) -> None:
    body = api.post(at("deployments", space), deployment("web", **cause)).refused(422, "Invalid")
    assert body["message"] == f'Deployment.apps "web" is invalid: {words}'


def test_words_of_each_kind_of_cause(api: Client, space: str) -> None:
    cases = {
        "spec.ports: Required value": service("web", ports=None),
        'spec.ports[1].name: Duplicate value: "a"': service(
            "web", ports=[{"name": "a", "port": 80}, {"name": "a", "port": 81}]
        ),
        'spec.sessionAffinity: Unsupported value: "Some": supported values: "ClientIP", "None"': service(
            "web", sessionAffinity="Some"
        ),
    }
    for words, body in cases.items():
        told = api.post(at("services", space), body).refused(422, "Invalid")
        assert told["message"] == f'Service "web" is invalid: {words}'


def test_other_versions_in_the_body(api: Client, space: str) -> None:
    body = {**deployment("web"), "apiVersion": "apps/v9"}
    api.post(at("deployments", space), body).refused(400, "BadRequest")
    answer = api.apply(at("deployments", space, "web"), body)
    assert answer.status in (400, 404, 500), answer.text


def test_what_exports_leave_in_a_manifest_is_taken(api: Client, space: str) -> None:
    body = deployment("web", replicas=0, paused=True)
    body["metadata"]["creationTimestamp"] = None
    body["spec"]["template"]["metadata"]["creationTimestamp"] = None
    body["spec"]["template"]["spec"]["containers"][0]["resources"] = {}
    body["spec"]["strategy"] = {}
    body["status"] = {}
    path = at("deployments", space, "web")
    made = api.apply(path, body, fieldValidation="Strict").ok()
    assert made["spec"]["strategy"]["type"] == "RollingUpdate"
    assert "creationTimestamp" not in made["spec"]["template"]["metadata"]
    again = api.apply(path, body, dryRun="All").ok()
    assert again["metadata"]["generation"] == 1
