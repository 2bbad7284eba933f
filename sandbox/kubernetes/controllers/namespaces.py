"""Namespaces: what each one gets at birth, and its content's end before its own."""

from __future__ import annotations

from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.controllers import acts
from sandbox.kubernetes.deletion import Deletion, finish
from sandbox.kubernetes.store import Object

NAMESPACES = ("", "namespaces")


def furnish(cluster: Cluster, name: str) -> None:
    """The default ServiceAccount and the CA's ConfigMap."""
    if cluster.store.get(("", "serviceaccounts"), name, "default") is None:
        acts.create(
            cluster,
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": name}},
        )
    if cluster.store.get(("", "configmaps"), name, "kube-root-ca.crt") is None:
        acts.create(
            cluster,
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "kube-root-ca.crt", "namespace": name},
                "data": {"ca.crt": cluster.authority},
            },
        )


def reconcile(cluster: Cluster, _: str, name: str) -> float | None:
    found = cluster.store.get(NAMESPACES, "", name)
    if found is None:
        return None
    if not found["metadata"].get("deletionTimestamp"):
        furnish(cluster, name)
        return None
    for each in content(cluster, name):
        acts.remove(cluster, each, Deletion(policy="Background", grace=0, uid=each["metadata"]["uid"]))
    left = content(cluster, name)
    if left:
        _say(cluster, found, left)
        return 0.1
    _release(cluster, found)
    return None


def content(cluster: Cluster, name: str) -> list[Object]:
    return [value for _, value in cluster.store.everything() if value["metadata"].get("namespace") == name]


def _say(cluster: Cluster, namespace: Object, left: list[Object]) -> None:
    waiting = [each for each in left if each["metadata"].get("finalizers")]
    if not waiting:
        return
    names = sorted({finalizer for each in waiting for finalizer in each["metadata"]["finalizers"]})
    status = dict(namespace.get("status") or {})
    message = "Some content in the namespace has finalizers remaining: " + ", ".join(names)
    status["conditions"] = acts.condition(
        list(status.get("conditions") or ()),
        "NamespaceFinalizersRemaining",
        "True",
        cluster.clock(),
        reason="SomeFinalizersRemain",
        message=message,
    )
    acts.set_status(cluster, namespace, status)


def _release(cluster: Cluster, namespace: Object) -> None:
    present = cluster.store.get(NAMESPACES, "", namespace["metadata"]["name"])
    if present is None:
        return
    spec = {key: each for key, each in present.get("spec", {}).items() if key != "finalizers"}
    stored = cluster.store.put(NAMESPACES, {**present, "spec": spec, "metadata": {**present["metadata"]}})
    finish(cluster, acts.resource(cluster, stored), stored)
