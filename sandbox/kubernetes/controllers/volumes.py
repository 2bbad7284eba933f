"""Claims and volumes: a claim is bound to a volume that fits, or to one made for it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from sandbox.kubernetes import quantity
from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.controllers import acts
from sandbox.kubernetes.controllers.loop import Task
from sandbox.kubernetes.store import Change, Object

CLAIMS = ("", "persistentvolumeclaims")
VOLUMES = ("", "persistentvolumes")
CLASSES = ("storage.k8s.io", "storageclasses")
IN_USE = "kubernetes.io/pvc-protection"
BOUND = "kubernetes.io/pv-protection"
PROVISIONER = "sandbox"
STATIC = "kubernetes.io/no-provisioner"


def used_by(pod: Object) -> Iterator[Task]:
    for volume in pod["spec"].get("volumes") or ():
        name = (volume.get("persistentVolumeClaim") or {}).get("claimName")
        if name:
            yield ("claim", pod["metadata"]["namespace"], name)


def touched(cluster: Cluster, change: Change) -> Iterator[Task]:
    """A claim's pods and volume; a volume's claim, or all open claims where it has none."""
    if change.key == VOLUMES:
        claim = change.value["spec"].get("claimRef")
        if claim:
            yield ("claim", claim["namespace"], claim["name"])
        else:
            for each in cluster.store.list(CLAIMS):
                if (each.get("status") or {}).get("phase") != "Bound":
                    yield ("claim", each["metadata"]["namespace"], each["metadata"]["name"])
        return
    metadata = change.value["metadata"]
    if change.value["spec"].get("volumeName"):
        yield ("volume", "", change.value["spec"]["volumeName"])
    for pod in cluster.store.list(("", "pods"), metadata["namespace"]):
        if any(task[2] == metadata["name"] for task in used_by(pod)):
            yield ("pod", metadata["namespace"], pod["metadata"]["name"])


def reconcile_claim(cluster: Cluster, namespace: str, name: str) -> float | None:
    claim = cluster.store.get(CLAIMS, namespace, name)
    if claim is None:
        return None
    if claim["metadata"].get("deletionTimestamp"):
        pods = cluster.store.list(("", "pods"), namespace)
        busy = any(task[2] == name for pod in pods if acts.active(pod) for task in used_by(pod))
        if not busy:
            acts.drop_finalizer(cluster, claim, IN_USE)
        return None
    if (claim.get("status") or {}).get("phase") == "Bound":
        _grow(cluster, claim)
        return None
    volume = _find(cluster, claim) or _provision(cluster, claim)
    if volume is not None:
        _bind(cluster, claim, volume)
    return None


def _asked(claim: Object) -> str:
    text: str = claim["spec"]["resources"]["requests"]["storage"]
    return text


def _find(cluster: Cluster, claim: Object) -> Object | None:
    wanted = claim["spec"].get("volumeName")
    fitting = []
    for each in cluster.store.list(VOLUMES):
        spec = each["spec"]
        reserved = spec.get("claimRef")
        if each["metadata"].get("deletionTimestamp") or (wanted and each["metadata"]["name"] != wanted):
            continue
        if reserved and (reserved.get("namespace"), reserved.get("name")) != _place(claim):
            continue
        if reserved and reserved.get("uid") not in (None, "", claim["metadata"]["uid"]):
            continue
        same_class = spec.get("storageClassName", "") == (claim["spec"].get("storageClassName") or "")
        modes = set(claim["spec"]["accessModes"]) <= set(spec.get("accessModes") or ())
        enough = quantity.value(spec["capacity"].get("storage", "0")) >= quantity.value(_asked(claim))
        if (reserved or wanted) or (same_class and modes and enough):
            fitting.append(each)
    return min(fitting, key=_preference, default=None)


def _preference(volume: Object) -> tuple[bool, Decimal]:
    """Reserved ones first, then the smallest."""
    spec = volume["spec"]
    return not spec.get("claimRef"), quantity.value(spec["capacity"].get("storage", "0"))


def _place(claim: Object) -> tuple[str, str]:
    return claim["metadata"]["namespace"], claim["metadata"]["name"]


def _provision(cluster: Cluster, claim: Object) -> Object | None:
    """A volume as a dynamic provisioner makes it; none for a class that has no provisioner."""
    name = claim["spec"].get("storageClassName") or ""
    if claim["spec"].get("volumeName"):
        return None
    chosen = cluster.store.get(CLASSES, "", name) if name else None
    if chosen is not None and chosen.get("provisioner") == STATIC:
        return None
    spec: Object = {
        "capacity": {"storage": _asked(claim)},
        "accessModes": list(claim["spec"]["accessModes"]),
        "persistentVolumeReclaimPolicy": (chosen or {}).get("reclaimPolicy", "Delete"),
        "volumeMode": claim["spec"].get("volumeMode", "Filesystem"),
        "claimRef": _reference(claim),
        "hostPath": {"path": f"/var/lib/sandbox/{claim['metadata']['uid']}", "type": ""},
    }
    if name:
        spec["storageClassName"] = name
    metadata = {
        "name": f"pvc-{claim['metadata']['uid']}",
        "annotations": {"pv.kubernetes.io/provisioned-by": (chosen or {}).get("provisioner", PROVISIONER)},
    }
    present = cluster.store.get(VOLUMES, "", str(metadata["name"]))
    if present is not None:
        return present
    return acts.create(cluster, {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": metadata, "spec": spec})


def _reference(claim: Object) -> Object:
    return {
        "kind": "PersistentVolumeClaim",
        "apiVersion": "v1",
        "namespace": claim["metadata"]["namespace"],
        "name": claim["metadata"]["name"],
        "uid": claim["metadata"]["uid"],
        "resourceVersion": claim["metadata"]["resourceVersion"],
    }


def _bind(cluster: Cluster, claim: Object, volume: Object) -> None:
    if (volume["spec"].get("claimRef") or {}).get("uid") != claim["metadata"]["uid"]:

        def reserve(value: Object) -> None:
            value["spec"]["claimRef"] = _reference(claim)

        volume = acts.edit(cluster, volume, reserve)
    acts.set_status(cluster, volume, {"phase": "Bound", "lastPhaseTransitionTime": cluster.clock()})

    def bind(value: Object) -> None:
        value["spec"]["volumeName"] = volume["metadata"]["name"]
        annotations = value["metadata"].setdefault("annotations", {})
        annotations["pv.kubernetes.io/bind-completed"] = "yes"
        annotations["pv.kubernetes.io/bound-by-controller"] = "yes"

    claim = acts.edit(cluster, claim, bind)
    status = {
        "phase": "Bound",
        "accessModes": list(volume["spec"]["accessModes"]),
        "capacity": dict(volume["spec"]["capacity"]),
    }
    acts.set_status(cluster, claim, status)


def _grow(cluster: Cluster, claim: Object) -> None:
    """A larger request is granted where the class allows it."""
    status = claim.get("status") or {}
    asked = _asked(claim)
    if quantity.value(asked) <= quantity.value((status.get("capacity") or {}).get("storage", "0")):
        return
    volume = cluster.store.get(VOLUMES, "", claim["spec"].get("volumeName", ""))
    if volume is not None:

        def change(value: Object) -> None:
            value["spec"]["capacity"]["storage"] = asked

        acts.edit(cluster, volume, change)
    acts.set_status(cluster, claim, {**status, "capacity": {"storage": asked}})


def reconcile_volume(cluster: Cluster, _: str, name: str) -> float | None:
    volume = cluster.store.get(VOLUMES, "", name)
    if volume is None:
        return None
    reserved = volume["spec"].get("claimRef")
    claim = cluster.store.get(CLAIMS, reserved["namespace"], reserved["name"]) if reserved else None
    alive = claim is not None and claim["metadata"]["uid"] == (reserved or {}).get("uid", claim["metadata"]["uid"])
    if volume["metadata"].get("deletionTimestamp"):
        if not alive:
            acts.drop_finalizer(cluster, volume, BOUND)
        return None
    phase = (volume.get("status") or {}).get("phase")
    if reserved is None and phase != "Available":
        acts.set_status(cluster, volume, {"phase": "Available", "lastPhaseTransitionTime": cluster.clock()})
    elif reserved is not None and reserved.get("uid") and not alive:
        if volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete":
            acts.remove(cluster, volume)
        elif phase != "Released":
            acts.set_status(cluster, volume, {"phase": "Released", "lastPhaseTransitionTime": cluster.clock()})
    return None
