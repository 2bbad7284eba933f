"""ReplicaSets and ReplicationControllers: as many pods as wanted, and a status that counts them."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.kubernetes.cluster import Cluster, reference
from sandbox.kubernetes.controllers import acts
from sandbox.kubernetes.deletion import Deletion
from sandbox.kubernetes.selectors import label_selector
from sandbox.kubernetes.store import Object, copied

PODS = ("", "pods")
SETS = ("apps", "replicasets")
CONTROLLERS = ("", "replicationcontrollers")


def reconcile_set(cluster: Cluster, namespace: str, name: str) -> float | None:
    found = cluster.store.get(SETS, namespace, name)
    if found is not None:
        _reconcile(cluster, found, label_selector(found["spec"].get("selector")))
    return None


def reconcile_controller(cluster: Cluster, namespace: str, name: str) -> float | None:
    found = cluster.store.get(CONTROLLERS, namespace, name)
    if found is not None:
        _reconcile(cluster, found, label_selector({"matchLabels": found["spec"].get("selector") or {}}))
    return None


def _reconcile(cluster: Cluster, owner: Object, matches: Callable[[dict[str, str]], bool]) -> None:
    if not owner["metadata"].get("deletionTimestamp"):
        adopt(cluster, owner, matches)
        _scale(cluster, owner)
    _count(cluster, owner)


def adopt(cluster: Cluster, owner: Object, matches: Callable[[dict[str, str]], bool]) -> None:
    """Takes matching pods that have no controller; lets go of its own that match no longer."""
    for pod in cluster.store.list(PODS, owner["metadata"]["namespace"]):
        present = acts.owner(pod)
        fits = matches(pod["metadata"].get("labels") or {})
        if present is None and fits and acts.active(pod):
            acts.edit(cluster, pod, lambda new: new["metadata"].setdefault("ownerReferences", []).append(reference(owner)))
        elif present is not None and present["uid"] == owner["metadata"]["uid"] and not fits:
            acts.edit(cluster, pod, lambda new: _let_go(new, owner))


def _let_go(pod: Object, owner: Object) -> None:
    rows = [each for each in pod["metadata"]["ownerReferences"] if each["uid"] != owner["metadata"]["uid"]]
    pod["metadata"]["ownerReferences"] = rows


def _scale(cluster: Cluster, owner: Object) -> None:
    present = [each for each in acts.owned(cluster, PODS, owner) if acts.active(each)]
    wanted = owner["spec"].get("replicas", 1)
    for _ in range(wanted - len(present)):
        acts.create(cluster, pod_of(owner, owner["spec"]["template"]))
    if len(present) > wanted:
        present.sort(key=lambda pod: (acts.pod_is(pod, "Ready"), _reverse(pod["metadata"]["creationTimestamp"])))
        for pod in present[: len(present) - wanted]:
            acts.remove(cluster, pod, Deletion(policy="Background", uid=pod["metadata"]["uid"]))


def _reverse(text: str) -> tuple[int, ...]:
    """The youngest first."""
    return tuple(-ord(each) for each in text)


def pod_of(owner: Object, template: Object) -> Object:
    metadata = template.get("metadata") or {}
    made: Object = {
        "generateName": f"{owner['metadata']['name']}-",
        "namespace": owner["metadata"]["namespace"],
        "ownerReferences": [reference(owner)],
    }
    for key in ("labels", "annotations", "finalizers"):
        if metadata.get(key):
            made[key] = copied(metadata[key])
    return {"apiVersion": "v1", "kind": "Pod", "metadata": made, "spec": copied(template.get("spec") or {})}


def _count(cluster: Cluster, owner: Object) -> None:
    present = [each for each in acts.owned(cluster, PODS, owner) if acts.active(each)]
    ready = [each for each in present if acts.pod_is(each, "Ready")]
    wanted = (owner["spec"].get("template") or {}).get("metadata", {}).get("labels") or {}
    labelled = [each for each in present if wanted.items() <= (each["metadata"].get("labels") or {}).items()]
    status: Object = {"replicas": len(present)}
    for key, rows in (("fullyLabeledReplicas", labelled), ("readyReplicas", ready), ("availableReplicas", ready)):
        if rows:
            status[key] = len(rows)
    status["observedGeneration"] = owner["metadata"].get("generation", 1)
    if owner["kind"] == "ReplicaSet":
        status["terminatingReplicas"] = acts.leaving(acts.owned(cluster, PODS, owner))
    before = owner.get("status") or {}
    if before.get("conditions"):
        status["conditions"] = before["conditions"]
    acts.set_status(cluster, owner, status)
