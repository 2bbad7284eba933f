"""What a new cluster holds: namespaces, their furniture, a node, the API's own Service."""

from __future__ import annotations

from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.controllers import acts
from sandbox.kubernetes.controllers.namespaces import furnish
from sandbox.kubernetes.store import Object

NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
NODE = "node-1"


def fill(cluster: Cluster) -> None:
    """Everything made here counts as the cluster's own, not as somebody's objects."""
    for name in NAMESPACES:
        acts.create(cluster, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, "kube-apiserver")
    for name in NAMESPACES:
        furnish(cluster, name)
    acts.create(cluster, node(cluster), "kubelet")
    acts.create(cluster, api_service(cluster), "kube-apiserver")
    for name, value in (("system-cluster-critical", 2000000000), ("system-node-critical", 2000001000)):
        body = {
            "apiVersion": "scheduling.k8s.io/v1",
            "kind": "PriorityClass",
            "metadata": {"name": name},
            "value": value,
        }
        acts.create(cluster, body, "kube-apiserver")
    for name in ("cluster-admin", "admin", "edit", "view"):
        rules = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
        body = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": name, "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}},
            "rules": rules,
        }
        acts.create(cluster, body, "kube-apiserver")
    cluster.own = {value["metadata"]["uid"] for _, value in cluster.store.everything()}
    # As on a real server, nobody can watch from before there was anything to watch.
    cluster.store.compact()


def node(cluster: Cluster) -> Object:
    amounts = {"cpu": "32", "memory": "256Gi", "pods": "1000", "ephemeral-storage": "1Ti"}
    time = cluster.clock()
    condition = {
        "type": "Ready",
        "status": "True",
        "reason": "KubeletReady",
        "message": "kubelet is posting ready status",
        "lastHeartbeatTime": time,
        "lastTransitionTime": time,
    }
    labels = {"kubernetes.io/hostname": NODE, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": NODE, "labels": {**labels, "beta.kubernetes.io/os": "linux", "beta.kubernetes.io/arch": "amd64"}},
        "status": {
            "capacity": amounts,
            "allocatable": amounts,
            "conditions": [condition],
            "addresses": [{"type": "InternalIP", "address": "198.51.100.1"}, {"type": "Hostname", "address": NODE}],
        },
    }


def api_service(cluster: Cluster) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": "kubernetes",
            "namespace": "default",
            "labels": {"component": "apiserver", "provider": "kubernetes"},
        },
        "spec": {
            "clusterIP": f"{cluster.settings.service_prefix}0.1",
            "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443}],
        },
    }
