"""The life of CustomResourceDefinitions: names accepted, served, and the removal of all instances with the definition."""

from __future__ import annotations

from sandbox.kubernetes.cluster import CRDS, Cluster
from sandbox.kubernetes.controllers import acts
from sandbox.kubernetes.deletion import CRD_CLEANUP
from sandbox.kubernetes.store import Object


def accept(cluster: Cluster, crd: Object) -> Object:
    """Sets NamesAccepted and Established; runs inside the write, so that the answer's definition is served already."""
    if crd["metadata"].get("deletionTimestamp"):
        return crd
    status = dict(crd.get("status") or {})
    names = crd["spec"]["names"]
    clash = _clash(cluster, crd)
    rows = list(status.get("conditions") or ())
    time = cluster.clock()
    if clash:
        rows = acts.condition(rows, "NamesAccepted", "False", time, reason=clash[0], message=clash[1])
        rows = acts.condition(rows, "Established", "False", time, reason="NotAccepted", message="not all names are accepted")
    else:
        status["acceptedNames"] = names
        rows = acts.condition(rows, "NamesAccepted", "True", time, reason="NoConflicts", message="no conflicts found")
        rows = acts.condition(
            rows,
            "Established",
            "True",
            time,
            reason="InitialNamesAccepted",
            message="the initial names have been accepted",
        )
    return acts.set_status(cluster, crd, {**status, "conditions": rows}, manager="kube-apiserver")


def _clash(cluster: Cluster, crd: Object) -> tuple[str, str] | None:
    spec = crd["spec"]
    for other in cluster.store.list(CRDS):
        if other["metadata"]["uid"] == crd["metadata"]["uid"] or other["spec"]["group"] != spec["group"]:
            continue
        for key, reason in (("plural", "PluralConflict"), ("kind", "KindConflict")):
            if other["spec"]["names"][key] == spec["names"][key]:
                return reason, f'"{spec["names"][key]}" is already in use'
    return None


def reconcile(cluster: Cluster, namespace: str, name: str) -> float | None:
    crd = cluster.store.get(CRDS, "", name)
    if crd is None or not crd["metadata"].get("deletionTimestamp"):
        return None
    if CRD_CLEANUP not in (crd["metadata"].get("finalizers") or ()):
        return None
    _say(cluster, crd, "True", "InstanceDeletionInProgress", "CustomResource deletion is in progress")
    key = (crd["spec"]["group"], crd["spec"]["names"]["plural"])
    left = cluster.store.list(key)
    for each in left:
        acts.remove(cluster, each)
    left = cluster.store.list(key)
    if left:
        return 0.1
    _say(cluster, crd, "False", "InstanceDeletionCompleted", "removed all instances")
    acts.drop_finalizer(cluster, crd, CRD_CLEANUP)
    return None


def _say(cluster: Cluster, crd: Object, status: str, reason: str, message: str) -> None:
    present = cluster.store.get(CRDS, "", crd["metadata"]["name"])
    if present is None:
        return
    before = dict(present.get("status") or {})
    rows = acts.condition(
        list(before.get("conditions") or ()), "Terminating", status, cluster.clock(), reason=reason, message=message
    )
    acts.set_status(cluster, present, {**before, "conditions": rows}, manager="kube-apiserver")
