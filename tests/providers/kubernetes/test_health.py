"""The decision table of health and readiness: what the status says, and what it means."""

from __future__ import annotations

from typing import Any

import pytest

from providers.contract.observation import Failed, Live, Ready, Waiting
from tests.providers.kubernetes.world import PROVIDER


def live(metadata: dict[str, Any] | None = None, **values: Any) -> Live:
    return Live(identity="x", values={"metadata": {"generation": 2, **(metadata or {})}, **values})


def condition(type: str, status: str, reason: str = "", message: str = "") -> dict[str, Any]:
    return {"type": type, "status": status, "reason": reason, "message": message}


FULL = {"observedGeneration": 2, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 3, "readyReplicas": 3}
LABELLED = {**FULL, "fullyLabeledReplicas": 3}
REVISED = {**FULL, "currentRevision": "a", "updateRevision": "a"}
DAEMON = {
    "observedGeneration": 2,
    "desiredNumberScheduled": 2,
    "currentNumberScheduled": 2,
    "updatedNumberScheduled": 2,
    "numberAvailable": 2,
    "numberReady": 2,
}
DEPLOYMENT, SET, STATEFUL, DAEMONS = "apps/v1/Deployment", "apps/v1/ReplicaSet", "apps/v1/StatefulSet", "apps/v1/DaemonSet"
CRD = "apiextensions.k8s.io/v1/CustomResourceDefinition"
CUSTOM = "example.org/v1/Widget"
HPA = "autoscaling/v2/HorizontalPodAutoscaler"
API = "apiregistration.k8s.io/v1/APIService"
THREE = {"replicas": 3}
WAITING = {"containerStatuses": [{"name": "main", "state": {"waiting": {"reason": "ImagePullBackOff"}}}]}

TABLE: list[tuple[str, Any, Any, str, str]] = [
    # any kind
    (CUSTOM, None, None, "healthy", ""),
    (CUSTOM, None, {"observedGeneration": 1}, "progressing", "generation 2 is not observed yet"),
    (CUSTOM, None, {"conditions": [condition("Ready", "True")]}, "healthy", ""),
    (CUSTOM, None, {"conditions": [condition("Ready", "False", "Slow", "pulls")]}, "progressing", "pulls"),
    (CUSTOM, None, {"conditions": [condition("Ready", "Unknown", "Slow")]}, "progressing", "Slow"),
    (CUSTOM, None, {"conditions": [condition("Stalled", "True", "NoQuota")]}, "degraded", "NoQuota"),
    (CUSTOM, None, {"conditions": [condition("Reconciling", "True", "Rolling")]}, "progressing", "Rolling"),
    # Deployment
    (DEPLOYMENT, THREE, {}, "progressing", "is not observed yet"),
    (DEPLOYMENT, THREE, FULL, "healthy", ""),
    (DEPLOYMENT, THREE, {**FULL, "observedGeneration": 1}, "progressing", "generation 2 is not observed yet"),
    (DEPLOYMENT, THREE, {**FULL, "replicas": 2}, "progressing", "2 of 3 replicas"),
    (DEPLOYMENT, THREE, {**FULL, "updatedReplicas": 1}, "progressing", "1 of 3 updated"),
    (DEPLOYMENT, THREE, {**FULL, "replicas": 4}, "progressing", "1 to terminate"),
    (DEPLOYMENT, THREE, {**FULL, "availableReplicas": 2}, "progressing", "2 of 3 available"),
    (DEPLOYMENT, THREE, {**FULL, "readyReplicas": 2}, "progressing", "2 of 3 ready"),
    (DEPLOYMENT, {"replicas": 0}, {"observedGeneration": 2}, "healthy", ""),
    (DEPLOYMENT, {}, {"observedGeneration": 2}, "progressing", "0 of 1 replicas"),
    (DEPLOYMENT, {**THREE, "paused": True}, FULL, "progressing", "is paused"),
    (
        DEPLOYMENT,
        THREE,
        {**FULL, "conditions": [condition("Progressing", "False", "ProgressDeadlineExceeded", "timed out")]},
        "degraded",
        "timed out",
    ),
    (DEPLOYMENT, THREE, {**FULL, "conditions": [condition("ReplicaFailure", "True", "", "quota")]}, "degraded", "quota"),
    (DEPLOYMENT, THREE, {**FULL, "conditions": [condition("Available", "False", "", "too few")]}, "progressing", "too few"),
    # ReplicaSet, ReplicationController
    (SET, THREE, LABELLED, "healthy", ""),
    (SET, THREE, {**LABELLED, "fullyLabeledReplicas": 2}, "progressing", "2 of 3 labelled"),
    (SET, THREE, {**LABELLED, "availableReplicas": 2}, "progressing", "2 of 3 available"),
    (SET, THREE, {**LABELLED, "readyReplicas": 0}, "progressing", "0 of 3 ready"),
    (SET, THREE, {**LABELLED, "replicas": 5}, "progressing", "2 to terminate"),
    (SET, THREE, {"conditions": [condition("ReplicaFailure", "True", "", "quota")]}, "degraded", "quota"),
    ("v1/ReplicationController", THREE, LABELLED, "healthy", ""),
    ("v1/ReplicationController", THREE, {**LABELLED, "readyReplicas": 1}, "progressing", "1 of 3 ready"),
    # StatefulSet
    (STATEFUL, THREE, {}, "progressing", "is not observed yet"),
    (STATEFUL, THREE, REVISED, "healthy", ""),
    (STATEFUL, THREE, {**REVISED, "replicas": 1}, "progressing", "1 of 3 replicas"),
    (STATEFUL, THREE, {**REVISED, "readyReplicas": 1}, "progressing", "1 of 3 ready"),
    (STATEFUL, THREE, {**REVISED, "replicas": 4}, "progressing", "1 to terminate"),
    (STATEFUL, THREE, {**REVISED, "updateRevision": "b", "updatedReplicas": 1}, "progressing", "1 of 3 updated"),
    (STATEFUL, {**THREE, "updateStrategy": {"type": "OnDelete"}}, {}, "healthy", ""),
    (
        STATEFUL,
        {**THREE, "updateStrategy": {"rollingUpdate": {"partition": 2}}},
        {**REVISED, "updateRevision": "b", "updatedReplicas": 1},
        "healthy",
        "",
    ),
    (
        STATEFUL,
        {**THREE, "updateStrategy": {"rollingUpdate": {"partition": 1}}},
        {**REVISED, "updateRevision": "b", "updatedReplicas": 1},
        "progressing",
        "1 of 2 updated",
    ),
    # DaemonSet
    (DAEMONS, {}, {}, "progressing", "is not observed yet"),
    (DAEMONS, {}, DAEMON, "healthy", ""),
    (DAEMONS, {}, {**DAEMON, "currentNumberScheduled": 1}, "progressing", "1 of 2 scheduled"),
    (DAEMONS, {}, {**DAEMON, "updatedNumberScheduled": 1}, "progressing", "1 of 2 updated"),
    (DAEMONS, {}, {**DAEMON, "numberAvailable": 1}, "progressing", "1 of 2 available"),
    (DAEMONS, {}, {**DAEMON, "numberReady": 0}, "progressing", "0 of 2 ready"),
    (DAEMONS, {"updateStrategy": {"type": "OnDelete"}}, {**DAEMON, "updatedNumberScheduled": 1}, "healthy", ""),
    # Job, CronJob
    ("batch/v1/Job", {}, {}, "progressing", "has not started"),
    ("batch/v1/Job", {}, {"startTime": "t", "active": 1}, "progressing", "1 active, 0 succeeded, 0 failed"),
    ("batch/v1/Job", {}, {"conditions": [condition("Complete", "True")]}, "healthy", ""),
    ("batch/v1/Job", {}, {"conditions": [condition("Suspended", "True")]}, "healthy", ""),
    ("batch/v1/Job", {}, {"conditions": [condition("Failed", "True", "PodFailed")]}, "degraded", "PodFailed"),
    ("batch/v1/CronJob", {}, {}, "healthy", ""),
    # Pod
    ("v1/Pod", {}, {}, "progressing", "has no phase yet"),
    ("v1/Pod", {}, {"phase": "Succeeded"}, "healthy", ""),
    ("v1/Pod", {}, {"phase": "Failed", "reason": "Evicted"}, "degraded", "Evicted"),
    ("v1/Pod", {}, {"phase": "Running", "conditions": [condition("Ready", "True")]}, "healthy", ""),
    ("v1/Pod", {}, {"phase": "Running", "conditions": [condition("Ready", "False", "", "starts")]}, "progressing", "starts"),
    ("v1/Pod", {}, {"phase": "Pending", **WAITING}, "degraded", "container main: ImagePullBackOff"),
    (
        "v1/Pod",
        {},
        {"phase": "Pending", "conditions": [condition("PodScheduled", "False", "Unschedulable", "no node fits")]},
        "progressing",
        "no node fits",
    ),
    # storage
    ("v1/PersistentVolumeClaim", {}, {"phase": "Bound"}, "healthy", ""),
    ("v1/PersistentVolumeClaim", {}, {"phase": "Pending"}, "progressing", "is not bound"),
    ("v1/PersistentVolumeClaim", {}, {"phase": "Lost"}, "degraded", "its volume is lost"),
    ("v1/PersistentVolume", {}, {"phase": "Failed"}, "degraded", "has failed"),
    ("v1/PersistentVolume", {}, {"phase": "Available"}, "healthy", ""),
    # network
    ("v1/Service", {"type": "ClusterIP"}, {"loadBalancer": {}}, "healthy", ""),
    ("v1/Service", {"type": "LoadBalancer"}, {"loadBalancer": {}}, "progressing", "has no address of a load balancer yet"),
    ("v1/Service", {"type": "LoadBalancer"}, {"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]}}, "healthy", ""),
    ("networking.k8s.io/v1/Ingress", {}, {"loadBalancer": {}}, "healthy", ""),
    # the API itself
    ("v1/Namespace", {}, {"phase": "Active"}, "healthy", ""),
    ("v1/Namespace", {}, {"phase": "Terminating"}, "progressing", "phase is Terminating"),
    (CRD, {}, {}, "progressing", "is not established yet"),
    (CRD, {}, {"conditions": [condition("NamesAccepted", "True"), condition("Established", "True")]}, "healthy", ""),
    (CRD, {}, {"conditions": [condition("NamesAccepted", "False", "PluralConflict")]}, "degraded", "PluralConflict"),
    (API, {}, {}, "progressing", "is not available yet"),
    (API, {}, {"conditions": [condition("Available", "True")]}, "healthy", ""),
    (API, {}, {"conditions": [condition("Available", "False", "MissingEndpoints")]}, "degraded", "MissingEndpoints"),
    # autoscaling and disruption
    (HPA, {}, {}, "progressing", "has not looked at its target yet"),
    (HPA, {}, {"conditions": [condition("AbleToScale", "True"), condition("ScalingActive", "True")]}, "healthy", ""),
    (HPA, {}, {"conditions": [condition("AbleToScale", "False", "FailedGetScale")]}, "degraded", "FailedGetScale"),
    (HPA, {}, {"conditions": [condition("ScalingActive", "False", "ScalingDisabled")]}, "healthy", ""),
    ("policy/v1/PodDisruptionBudget", {}, {}, "healthy", ""),
    # no status at all
    ("v1/ConfigMap", None, None, "healthy", ""),
]


@pytest.mark.parametrize(("type", "spec", "status", "state", "reason"), TABLE)
def test_health(type: str, spec: Any, status: Any, state: str, reason: str) -> None:
    values = {key: value for key, value in (("spec", spec), ("status", status)) if value is not None}
    health = PROVIDER.health(type, live(**values))
    assert (health.state, health.reason) == (state, reason)


def test_what_is_being_deleted_is_neither_ready_nor_healthy() -> None:
    dying = live({"deletionTimestamp": "2026-01-01T00:00:00Z"})
    assert PROVIDER.health("v1/ConfigMap", dying).state == "progressing"
    assert PROVIDER.ready("v1/ConfigMap", dying) == Waiting(reason="is being deleted")


READY: list[tuple[str, Any, type]] = [
    (DEPLOYMENT, {}, Ready),
    ("v1/Service", {"loadBalancer": {}}, Ready),
    ("v1/PersistentVolumeClaim", {"phase": "Pending"}, Ready),
    ("v1/Namespace", {}, Waiting),
    ("v1/Namespace", {"phase": "Active"}, Ready),
    (CRD, {"conditions": [condition("NamesAccepted", "True")]}, Waiting),
    (CRD, {"conditions": [condition("NamesAccepted", "True"), condition("Established", "True")]}, Ready),
    (CRD, {"conditions": [condition("NamesAccepted", "False", "PluralConflict")]}, Failed),
    (API, {"conditions": [condition("Available", "False")]}, Waiting),
    (API, {"conditions": [condition("Available", "True")]}, Ready),
    (CUSTOM, {}, Ready),
]


@pytest.mark.parametrize(("type", "status", "wanted"), READY)
def test_ready(type: str, status: Any, wanted: type) -> None:
    assert isinstance(PROVIDER.ready(type, live(status=status)), wanted)
