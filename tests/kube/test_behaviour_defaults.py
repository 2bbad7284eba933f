"""What the server fills in, and the forms it gives to quantities and to int-or-string values."""

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
    pod,
    pod_template,
    service,
    stateful_set,
    thing,
)

DRY = {"dryRun": "All"}
TEMPLATE_DEFAULTS = {
    "restartPolicy": "Always",
    "terminationGracePeriodSeconds": 30,
    "dnsPolicy": "ClusterFirst",
    "securityContext": {},
    "schedulerName": "default-scheduler",
}
CONTAINER_DEFAULTS = {
    "name": "web",
    "image": IMAGE,
    "resources": {},
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
    "imagePullPolicy": "IfNotPresent",
}


def template(app: str) -> dict[str, Any]:
    spec = {"containers": [CONTAINER_DEFAULTS], **TEMPLATE_DEFAULTS}
    return {"metadata": {"labels": {"app": app}}, "spec": spec}


def born(api: Client, plural: str, space: str, body: dict[str, Any]) -> dict[str, Any]:
    """The object as it would be created."""
    return api.post(at(plural, space), body, **DRY).ok()


def container(api: Client, space: str, **fields: Any) -> dict[str, Any]:
    """The one container of a Deployment that declares these fields of it."""
    body = deployment("web")
    body["spec"]["template"]["spec"]["containers"] = [{"name": "web", "image": IMAGE, **fields}]
    made = born(api, "deployments", space, body)
    return made["spec"]["template"]["spec"]["containers"][0]


def test_deployment(api: Client, space: str) -> None:
    assert born(api, "deployments", space, deployment("web"))["spec"] == {
        "replicas": 1,
        "selector": {"matchLabels": {"app": "web"}},
        "template": template("web"),
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}},
        "revisionHistoryLimit": 10,
        "progressDeadlineSeconds": 600,
    }


def test_recreate_has_no_rolling_update(api: Client, space: str) -> None:
    made = born(api, "deployments", space, deployment("web", strategy={"type": "Recreate"}))
    assert made["spec"]["strategy"] == {"type": "Recreate"}


def test_stateful_set(api: Client, space: str) -> None:
    body = stateful_set("db", volumeClaimTemplates=[claim("data")])
    spec = born(api, "statefulsets", space, body)["spec"]
    [volume] = spec.pop("volumeClaimTemplates")
    assert spec == {
        "replicas": 1,
        "selector": {"matchLabels": {"app": "db"}},
        "template": template("db"),
        "serviceName": "db",
        "podManagementPolicy": "OrderedReady",
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
        "revisionHistoryLimit": 10,
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
    }
    assert volume["apiVersion"] == "v1"
    assert volume["kind"] == "PersistentVolumeClaim"
    assert volume["spec"]["volumeMode"] == "Filesystem"
    assert volume["status"] == {"phase": "Pending"}


def test_daemon_set(api: Client, space: str) -> None:
    made = born(api, "daemonsets", space, daemon_set("agent"))
    assert made["spec"] == {
        "selector": {"matchLabels": {"app": "agent"}},
        "template": template("agent"),
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}},
        "revisionHistoryLimit": 10,
    }
    assert made["metadata"]["annotations"] == {"deprecated.daemonset.template.generation": "1"}


def test_replica_set_and_replication_controller(api: Client, space: str) -> None:
    selector = {"matchLabels": {"app": "web"}}
    body = thing("ReplicaSet", "web", "apps/v1", spec={"selector": selector, "template": pod_template("web")})
    made = born(api, "replicasets", space, body)["spec"]
    assert made == {"replicas": 1, "selector": selector, "template": template("web")}
    body = thing("ReplicationController", "web", spec={"template": pod_template("web")})
    made = born(api, "replicationcontrollers", space, body)
    assert made["spec"] == {"replicas": 1, "selector": {"app": "web"}, "template": template("web")}
    assert made["metadata"]["labels"] == {"app": "web"}


def test_job(api: Client, space: str) -> None:
    spec = born(api, "jobs", space, job("once"))["spec"]
    spec.pop("selector")
    spec.pop("template")
    assert spec == {
        "parallelism": 1,
        "completions": 1,
        "backoffLimit": 6,
        "completionMode": "NonIndexed",
        "suspend": False,
        "podReplacementPolicy": "TerminatingOrFailed",
        "manualSelector": False,
    }


def test_cron_job(api: Client, space: str) -> None:
    inner = {"spec": {"template": pod_template("tick", restartPolicy="OnFailure")}}
    body = thing("CronJob", "tick", "batch/v1", spec={"schedule": "0 * * * *", "jobTemplate": inner})
    spec = born(api, "cronjobs", space, body)["spec"]
    assert spec.pop("jobTemplate")["spec"]["template"]["spec"]["restartPolicy"] == "OnFailure"
    assert spec == {
        "schedule": "0 * * * *",
        "concurrencyPolicy": "Allow",
        "suspend": False,
        "successfulJobsHistoryLimit": 3,
        "failedJobsHistoryLimit": 1,
    }


def test_service(api: Client, space: str) -> None:
    spec = born(api, "services", space, service("web"))["spec"]
    assert spec.pop("clusterIP") == spec["clusterIPs"][0]
    assert len(spec.pop("clusterIPs")) == 1
    assert spec == {
        "ports": [{"protocol": "TCP", "port": 80, "targetPort": 80}],
        "selector": {"app": "web"},
        "type": "ClusterIP",
        "sessionAffinity": "None",
        "ipFamilies": ["IPv4"],
        "ipFamilyPolicy": "SingleStack",
        "internalTrafficPolicy": "Cluster",
    }


def test_headless_service(api: Client, space: str) -> None:
    spec = born(api, "services", space, service("web", clusterIP="None"))["spec"]
    assert (spec["clusterIP"], spec["clusterIPs"]) == ("None", ["None"])


def test_services_that_face_outwards(api: Client, space: str) -> None:
    for kind in ("NodePort", "LoadBalancer"):
        spec = api.post(at("services", space), service(kind.lower(), type=kind)).ok()["spec"]
        assert 30000 <= spec["ports"][0]["nodePort"] <= 32767
        assert spec["externalTrafficPolicy"] == "Cluster"
        assert spec.get("allocateLoadBalancerNodePorts") == (True if kind == "LoadBalancer" else None)


def test_external_name(api: Client, space: str) -> None:
    body = thing("Service", "db", spec={"type": "ExternalName", "externalName": "db.example.org"})
    spec = born(api, "services", space, body)["spec"]
    assert spec == {"type": "ExternalName", "externalName": "db.example.org", "sessionAffinity": "None"}


def test_pod(alive: Client, space: str) -> None:
    made = born(alive, "pods", space, pod("one", automountServiceAccountToken=False))
    spec = made["spec"]
    assert TEMPLATE_DEFAULTS.items() <= spec.items()
    assert spec["containers"] == [CONTAINER_DEFAULTS]
    assert (spec["serviceAccountName"], spec["serviceAccount"]) == ("default", "default")
    assert (spec["enableServiceLinks"], spec["preemptionPolicy"], spec["priority"]) == (
        True,
        "PreemptLowerPriority",
        0,
    )
    assert [one["key"] for one in spec["tolerations"]] == [
        "node.kubernetes.io/not-ready",
        "node.kubernetes.io/unreachable",
    ]
    assert made["status"] == {"phase": "Pending", "qosClass": "BestEffort"}


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("web", "Always"),
        ("web:latest", "Always"),
        ("registry.example:5000/team/web", "Always"),
        ("registry.example:5000/team/web:latest@sha256:" + "0" * 64, "Always"),
        ("Registry.example/web", "Always"),
        ("team/Web", "IfNotPresent"),
        ("<your image>", "IfNotPresent"),
        ("web:1", "IfNotPresent"),
        (f"web@sha256:{'0' * 64}", "IfNotPresent"),
    ],
)
def test_image_pull_policy(api: Client, space: str, image: str, policy: str) -> None:
    assert container(api, space, image=image)["imagePullPolicy"] == policy


def test_probes(api: Client, space: str) -> None:
    probe = container(api, space, readinessProbe={"httpGet": {"port": 80}})["readinessProbe"]
    assert probe == {
        "httpGet": {"path": "/", "port": 80, "scheme": "HTTP"},
        "timeoutSeconds": 1,
        "periodSeconds": 10,
        "successThreshold": 1,
        "failureThreshold": 3,
    }
    probe = container(api, space, livenessProbe={"tcpSocket": {"port": "web"}})["livenessProbe"]
    assert probe["tcpSocket"] == {"port": "web"}


def test_ports_and_env(api: Client, space: str) -> None:
    field = {"fieldRef": {"fieldPath": "metadata.name"}}
    made = container(api, space, ports=[{"containerPort": 80}], env=[{"name": "NAME", "valueFrom": field}])
    assert made["ports"] == [{"containerPort": 80, "protocol": "TCP"}]
    assert made["env"][0]["valueFrom"]["fieldRef"] == {"apiVersion": "v1", "fieldPath": "metadata.name"}


def test_empty_env_values(api: Client, space: str) -> None:
    assert container(api, space, env=[{"name": "EMPTY", "value": ""}])["env"] == [{"name": "EMPTY"}]


def test_volumes(api: Client, space: str) -> None:
    volumes = [
        {"name": "a", "secret": {"secretName": "one"}},
        {"name": "b", "configMap": {"name": "one"}},
        {"name": "c", "hostPath": {"path": "/srv"}},
        {"name": "d", "emptyDir": {}},
        {"name": "e", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}},
        {"name": "f", "downwardAPI": {"items": [{"path": "x", "fieldRef": {"fieldPath": "metadata.name"}}]}},
    ]
    body = deployment("web")
    body["spec"]["template"]["spec"]["volumes"] = volumes
    made = born(api, "deployments", space, body)["spec"]["template"]["spec"]["volumes"]
    item = {"path": "x", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}
    assert made == [
        {"name": "a", "secret": {"secretName": "one", "defaultMode": 420}},
        {"name": "b", "configMap": {"name": "one", "defaultMode": 420}},
        {"name": "c", "hostPath": {"path": "/srv", "type": ""}},
        {"name": "d", "emptyDir": {}},
        {
            "name": "e",
            "projected": {
                "sources": [{"serviceAccountToken": {"expirationSeconds": 3600, "path": "token"}}],
                "defaultMode": 420,
            },
        },
        {"name": "f", "downwardAPI": {"items": [item], "defaultMode": 420}},
    ]


def test_service_account_is_told_twice(api: Client, space: str) -> None:
    body = deployment("web")
    body["spec"]["template"]["spec"]["serviceAccountName"] = "robot"
    spec = born(api, "deployments", space, body)["spec"]["template"]["spec"]
    assert (spec["serviceAccountName"], spec["serviceAccount"]) == ("robot", "robot")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("1000m", "1"),
        ("0.5", "500m"),
        ("1500m", "1500m"),
        (2, "2"),
        (0.1, "100m"),
        ("1e3", "1e3"),
        ("0.0001", "1m"),
    ],
)
def test_cpu_quantities(api: Client, space: str, given: Any, kept: str) -> None:
    made = container(api, space, resources={"requests": {"cpu": given}})
    assert made["resources"] == {"requests": {"cpu": kept}}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("1024Mi", "1Gi"),
        ("1.5Gi", "1536Mi"),
        ("1000Mi", "1000Mi"),
        ("1000M", "1G"),
        (1048576, "1048576"),
        ("128974848", "128974848"),
        ("0.5Gi", "512Mi"),
        ("123k", "123k"),
        ("1Gi", "1Gi"),
    ],
)
def test_memory_quantities(api: Client, space: str, given: Any, kept: str) -> None:
    made = container(api, space, resources={"limits": {"memory": given}})
    assert made["resources"] == {"limits": {"memory": kept}}


def test_bad_quantity(api: Client, space: str) -> None:
    body = deployment("web")
    body["spec"]["template"]["spec"]["containers"][0]["resources"] = {"limits": {"cpu": "a lot"}}
    told = api.post(at("deployments", space), body).refused(400, "BadRequest")
    assert "quantities must match the regular expression" in told["message"]


def test_int_or_string(api: Client, space: str) -> None:
    for given in (8080, "web"):
        made = born(api, "services", space, service("web", ports=[{"port": 80, "targetPort": given}]))
        assert made["spec"]["ports"][0]["targetPort"] == given
    strategy = {"rollingUpdate": {"maxSurge": 2, "maxUnavailable": "10%"}}
    made = born(api, "deployments", space, deployment("web", strategy=strategy))
    assert made["spec"]["strategy"] == {"type": "RollingUpdate", **strategy}


def test_applied_quantities_stay_quiet(api: Client, space: str) -> None:
    body = deployment("web", replicas=0, paused=True)
    resources = {"limits": {"memory": "1024Mi", "cpu": 1}, "requests": {"cpu": "0.5"}}
    body["spec"]["template"]["spec"]["containers"][0]["resources"] = resources
    path = at("deployments", space, "web")
    made = api.apply(path, body).ok()["spec"]["template"]["spec"]["containers"][0]["resources"]
    assert made["limits"] == {"memory": "1Gi", "cpu": "1"}
    assert made["requests"]["cpu"] == "500m"
    again = api.apply(path, body, **DRY).ok()
    assert again["metadata"]["generation"] == 1


def test_another_spelling_of_a_quantity_is_a_conflict(api: Client, space: str) -> None:
    # Ownership compares what was written, not what it means.
    body = deployment("web", replicas=0, paused=True)
    container = body["spec"]["template"]["spec"]["containers"][0]
    container["resources"] = {"limits": {"memory": "1024Mi"}}
    path = at("deployments", space, "web")
    api.apply(path, body).ok()
    answer = api.apply(path, body, manager="someone")
    answer.refused(409, "Conflict")
    assert answer.causes() == [("FieldManagerConflict", '.spec.template.spec.containers[name="web"].resources.limits.memory')]
    container["resources"] = {"limits": {"memory": "1Gi"}}
    api.apply(path, body, manager="someone").ok()


def test_claim(api: Client, space: str) -> None:
    made = born(api, "persistentvolumeclaims", space, claim("data"))
    assert made["spec"] == {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
        "volumeMode": "Filesystem",
    }
    assert made["status"] == {"phase": "Pending"}
    assert made["metadata"]["finalizers"] == ["kubernetes.io/pvc-protection"]


def test_role_binding(api: Client, space: str) -> None:
    body = thing(
        "RoleBinding",
        "one",
        "rbac.authorization.k8s.io/v1",
        roleRef={"kind": "Role", "name": "one"},
        subjects=[{"kind": "ServiceAccount", "name": "robot", "namespace": space}, {"kind": "User", "name": "ann"}],
    )
    made = born(api, "rolebindings", space, body)
    group = "rbac.authorization.k8s.io"
    assert made["roleRef"] == {"apiGroup": group, "kind": "Role", "name": "one"}
    assert made["subjects"] == [
        {"kind": "ServiceAccount", "name": "robot", "namespace": space},
        {"kind": "User", "apiGroup": group, "name": "ann"},
    ]


def test_ingress_and_policies(api: Client, space: str) -> None:
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    paths = [{"path": "/", "pathType": "Prefix", "backend": backend}]
    body = thing("Ingress", "web", "networking.k8s.io/v1", spec={"rules": [{"http": {"paths": paths}}]})
    made = born(api, "ingresses", space, body)
    assert made["spec"] == body["spec"]
    assert made["status"] == {"loadBalancer": {}}
    rule = {"ports": [{"port": 80}]}
    body = thing("NetworkPolicy", "p", "networking.k8s.io/v1", spec={"podSelector": {}, "egress": [rule]})
    spec = born(api, "networkpolicies", space, body)["spec"]
    assert spec == {
        "podSelector": {},
        "egress": [{"ports": [{"protocol": "TCP", "port": 80}]}],
        "policyTypes": ["Ingress", "Egress"],
    }


def test_autoscaler_and_disruption_budget(api: Client, space: str) -> None:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    body = thing("HorizontalPodAutoscaler", "web", "autoscaling/v2", spec={"scaleTargetRef": target, "maxReplicas": 3})
    spec = born(api, "horizontalpodautoscalers", space, body)["spec"]
    assert spec["minReplicas"] == 1
    resource = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}
    assert spec["metrics"] == [{"type": "Resource", "resource": resource}]
    body = thing("PodDisruptionBudget", "web", "policy/v1", spec={"minAvailable": "50%"})
    assert born(api, "poddisruptionbudgets", space, body)["spec"] == {"minAvailable": "50%"}


def test_namespace(api: Client) -> None:
    made = api.post("/api/v1/namespaces", thing("Namespace", "named"), **DRY).ok()
    assert made["metadata"]["labels"] == {"kubernetes.io/metadata.name": "named"}
    assert made["spec"] == {"finalizers": ["kubernetes"]}
    assert made["status"] == {"phase": "Active"}


def test_storage_class_and_volume(api: Client) -> None:
    body = thing("StorageClass", "fast", "storage.k8s.io/v1", provisioner="example.org/none")
    made = api.post("/apis/storage.k8s.io/v1/storageclasses", body, **DRY).ok()
    assert (made["reclaimPolicy"], made["volumeBindingMode"]) == ("Delete", "Immediate")
    spec = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/srv"}}
    made = api.post("/api/v1/persistentvolumes", thing("PersistentVolume", "one", spec=spec), **DRY).ok()
    assert made["spec"]["persistentVolumeReclaimPolicy"] == "Retain"
    assert made["spec"]["volumeMode"] == "Filesystem"
    assert made["spec"]["hostPath"] == {"path": "/srv", "type": ""}


def test_empty_maps_vanish(api: Client, space: str) -> None:
    made = born(api, "configmaps", space, config_map("one", {}, labels={}, annotations={}))
    assert "data" not in made
    assert "labels" not in made["metadata"]
    assert "annotations" not in made["metadata"]
