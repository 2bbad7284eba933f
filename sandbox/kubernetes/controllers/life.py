"""Which reconciler is told of which change."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.kubernetes.cluster import CRDS, Cluster
from sandbox.kubernetes.controllers import (
    acts,
    budgets,
    daemons,
    definitions,
    deployments,
    jobs,
    namespaces,
    pods,
    replicas,
    services,
    stateful,
    volumes,
)
from sandbox.kubernetes.controllers.garbage import Owners
from sandbox.kubernetes.controllers.loop import Loop, Reconcile, Task
from sandbox.kubernetes.store import Change

OWN = {
    ("", "pods"): "pod",
    ("", "replicationcontrollers"): "replicationcontroller",
    ("apps", "replicasets"): "replicaset",
    ("apps", "deployments"): "deployment",
    ("apps", "statefulsets"): "statefulset",
    ("apps", "daemonsets"): "daemonset",
    ("batch", "jobs"): "job",
    ("", "persistentvolumeclaims"): "claim",
    ("", "persistentvolumes"): "volume",
    ("", "services"): "service",
    ("", "namespaces"): "namespace",
    ("policy", "poddisruptionbudgets"): "budget",
    CRDS: "definition",
}
OWNED_BY = {
    "ReplicationController": "replicationcontroller",
    "ReplicaSet": "replicaset",
    "Deployment": "deployment",
    "StatefulSet": "statefulset",
    "DaemonSet": "daemonset",
    "Job": "job",
}
FURNITURE = {("", "serviceaccounts"): "default", ("", "configmaps"): "kube-root-ca.crt"}


def life(cluster: Cluster) -> Loop:
    """The cluster's controllers, not started yet; they hear of every change from now on."""
    owners = Owners()
    reconcilers: dict[str, Reconcile] = {
        "pod": pods.reconcile,
        "replicationcontroller": replicas.reconcile_controller,
        "replicaset": replicas.reconcile_set,
        "deployment": deployments.reconcile,
        "statefulset": stateful.reconcile,
        "daemonset": daemons.reconcile,
        "job": jobs.reconcile,
        "claim": volumes.reconcile_claim,
        "volume": volumes.reconcile_volume,
        "service": services.reconcile,
        "budget": budgets.reconcile,
        "namespace": namespaces.reconcile,
        "definition": definitions.reconcile,
        "owner": owners.reconcile,
    }

    def route(cluster: Cluster, change: Change) -> Iterator[Task]:
        yield from owners.heard(cluster, change)
        yield from _route(cluster, change)

    return Loop(cluster, reconcilers, route)


def _route(cluster: Cluster, change: Change) -> Iterator[Task]:
    metadata = change.value["metadata"]
    namespace, name = metadata.get("namespace", ""), metadata["name"]
    own = OWN.get(change.key)
    if own is not None:
        yield (own, namespace, name)
    owner = acts.owner(change.value)
    if owner is not None and owner["kind"] in OWNED_BY:
        yield (OWNED_BY[owner["kind"]], namespace, owner["name"])
    if change.key == ("", "pods"):
        yield from services.selecting(cluster, change.value)
        yield from budgets.covering(cluster, change.value)
        yield from volumes.used_by(change.value)
    elif change.key in (("", "persistentvolumeclaims"), ("", "persistentvolumes")):
        yield from volumes.touched(cluster, change)
    elif change.key == ("", "nodes"):
        for each in cluster.store.list(("apps", "daemonsets")):
            yield ("daemonset", each["metadata"]["namespace"], each["metadata"]["name"])
    elif change.key == ("storage.k8s.io", "storageclasses"):
        for each in cluster.store.list(("", "persistentvolumeclaims")):
            yield ("claim", each["metadata"]["namespace"], each["metadata"]["name"])
    if namespace and (change.sort == "DELETED" and FURNITURE.get(change.key) == name):
        yield ("namespace", "", namespace)
