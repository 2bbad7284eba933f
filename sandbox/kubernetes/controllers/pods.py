"""A scheduler and a kubelet in one: pods get a node, run, become Ready, end.

Three images are special, by a word anywhere in their name: `never-ready` runs and stays not Ready, `bad-image` cannot be
pulled, `always-fails` ends with an error.
"""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from typing import Any

from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.controllers import acts
from sandbox.kubernetes.deletion import Deletion
from sandbox.kubernetes.store import Object

PODS = ("", "pods")
NEVER_READY, BAD_IMAGE, FAILS = "never-ready", "bad-image", "always-fails"
HOST = "198.51.100.1"


def reconcile(cluster: Cluster, namespace: str, name: str) -> float | None:
    pod = cluster.store.get(PODS, namespace, name)
    if pod is None:
        return None
    if pod["metadata"].get("deletionTimestamp"):
        _end(cluster, pod)
        return None
    if not pod["spec"].get("nodeName"):
        reason = _unschedulable(cluster, pod)
        if reason:
            _say_unschedulable(cluster, pod, reason)
            return None
        pod = _bind(cluster, pod)
    return _run(cluster, pod)


def _end(cluster: Cluster, pod: Object) -> None:
    """The kubelet's last word: the grace period is over at once."""
    metadata = pod["metadata"]
    if metadata.get("deletionGracePeriodSeconds"):
        acts.remove(cluster, pod, Deletion(policy="Background", grace=0, uid=metadata["uid"]))


def _unschedulable(cluster: Cluster, pod: Object) -> str:
    spec = pod["spec"]
    if spec.get("schedulerName", "default-scheduler") != "default-scheduler":
        return "waiting"
    for volume in spec.get("volumes") or ():
        claimed = (volume.get("persistentVolumeClaim") or {}).get("claimName")
        if not claimed:
            continue
        claim = cluster.store.get(("", "persistentvolumeclaims"), pod["metadata"]["namespace"], claimed)
        if claim is None:
            return f'0/1 nodes are available: persistentvolumeclaim "{claimed}" not found.'
        if (claim.get("status") or {}).get("phase") != "Bound" and not _waits(cluster, claim):
            return "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims."
    return "" if node_for(cluster, spec) else "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector."


def _waits(cluster: Cluster, claim: Object) -> bool:
    name = claim["spec"].get("storageClassName")
    found = cluster.store.get(("storage.k8s.io", "storageclasses"), "", name) if name else None
    return found is not None and found.get("volumeBindingMode") == "WaitForFirstConsumer"


def node_for(cluster: Cluster, spec: Object) -> str:
    """The first node whose labels satisfy the selector; '' when there is none."""
    wanted = spec.get("nodeSelector") or {}
    for node in cluster.store.list(("", "nodes")):
        labels = node["metadata"].get("labels") or {}
        if wanted.items() <= labels.items() and not (node.get("spec") or {}).get("unschedulable"):
            name: str = node["metadata"]["name"]
            return name
    return ""


def _say_unschedulable(cluster: Cluster, pod: Object, reason: str) -> None:
    if reason == "waiting":
        return
    status = dict(pod.get("status") or {})
    rows = acts.condition(
        list(status.get("conditions") or ()),
        "PodScheduled",
        "False",
        cluster.clock(),
        reason="Unschedulable",
        message=reason,
    )
    acts.set_status(cluster, pod, {**status, "conditions": rows}, "kube-scheduler")


def _bind(cluster: Cluster, pod: Object) -> Object:
    """Written below the API's rules, as a binding is: nobody else may set the node."""
    node = node_for(cluster, pod["spec"])
    status = dict(pod.get("status") or {})
    status["conditions"] = acts.condition(list(status.get("conditions") or ()), "PodScheduled", "True", cluster.clock())
    bound = {**pod, "metadata": {**pod["metadata"]}, "spec": {**pod["spec"], "nodeName": node}, "status": status}
    return cluster.store.put(PODS, bound)


def images(pod: Object) -> list[str]:
    return [each.get("image", "") for each in (*(pod["spec"].get("initContainers") or ()), *pod["spec"]["containers"])]


def _run(cluster: Cluster, pod: Object) -> float | None:
    phase = (pod.get("status") or {}).get("phase")
    if phase in ("Succeeded", "Failed"):
        return None
    if any(BAD_IMAGE in each for each in images(pod)):
        acts.set_status(cluster, pod, _status(cluster, pod, "Pending", ready=False, waiting="ImagePullBackOff"), "kubelet")
        return None
    ends = pod["spec"].get("restartPolicy") != "Always" and _made_by_job(pod)
    never = any(NEVER_READY in each for each in images(pod))
    delay = cluster.settings.readiness_delay
    left = delay - _age(pod) if delay else 0.0
    if left > 0 or never:
        acts.set_status(cluster, pod, _status(cluster, pod, "Running", ready=False), "kubelet")
        return None if never else left
    if ends:
        failed = any(FAILS in each for each in images(pod))
        acts.set_status(cluster, pod, _ended(cluster, pod, failed), "kubelet")
        return None
    acts.set_status(cluster, pod, _status(cluster, pod, "Running", ready=True), "kubelet")
    return None


def _made_by_job(pod: Object) -> bool:
    owner = acts.owner(pod)
    return owner is not None and owner["kind"] == "Job"


def _age(pod: Object) -> float:
    born = datetime.fromisoformat(pod["metadata"]["creationTimestamp"])
    return (datetime.now(UTC) - born).total_seconds()


def _address(pod: Object) -> str:
    if pod["spec"].get("hostNetwork"):
        return HOST
    number = zlib.crc32(pod["metadata"]["uid"].encode())
    return f"10.244.{number // 254 % 254}.{number % 254 + 1}"


def _status(cluster: Cluster, pod: Object, phase: str, *, ready: bool, waiting: str = "") -> Object:
    before = dict(pod.get("status") or {})
    time = cluster.clock()
    rows = list(before.get("conditions") or ())
    state = "True" if ready else "False"
    names = "[" + " ".join(each["name"] for each in pod["spec"]["containers"]) + "]"
    reason = "" if ready else "ContainersNotReady"
    message = "" if ready else f"containers with unready status: {names}"
    rows = acts.condition(rows, "PodReadyToStartContainers", "True", time)
    rows = acts.condition(rows, "Initialized", "True", time)
    rows = acts.condition(rows, "Ready", state, time, reason=reason, message=message)
    rows = acts.condition(rows, "ContainersReady", state, time, reason=reason, message=message)
    rows = acts.condition(rows, "PodScheduled", "True", time)
    started = before.get("startTime", time)
    return {
        **before,
        "phase": phase,
        "conditions": rows,
        "hostIP": HOST,
        "hostIPs": [{"ip": HOST}],
        "podIP": _address(pod),
        "podIPs": [{"ip": _address(pod)}],
        "startTime": started,
        "observedGeneration": pod["metadata"].get("generation", 1),
        "containerStatuses": [_container(each, started, ready, waiting) for each in pod["spec"]["containers"]],
    }


def _container(container: Object, started: str, ready: bool, waiting: str) -> Object:
    state: Object = {"running": {"startedAt": started}}
    if waiting:
        state = {"waiting": {"reason": waiting, "message": f'Back-off pulling image "{container.get("image", "")}"'}}
    found: dict[str, Any] = {
        "name": container["name"],
        "image": container.get("image", ""),
        "imageID": "",
        "ready": ready,
        "started": not waiting,
        "restartCount": 0,
        "state": state,
        "lastState": {},
    }
    return found


def _ended(cluster: Cluster, pod: Object, failed: bool) -> Object:
    status = _status(cluster, pod, "Failed" if failed else "Succeeded", ready=False)
    time = cluster.clock()
    end = {
        "exitCode": 1 if failed else 0,
        "reason": "Error" if failed else "Completed",
        "startedAt": status["startTime"],
        "finishedAt": time,
    }
    for each in status["containerStatuses"]:
        each |= {"ready": False, "started": False, "state": {"terminated": end}}
    reason = "PodFailed" if failed else "PodCompleted"
    for sort in ("Ready", "ContainersReady"):
        status["conditions"] = acts.condition(status["conditions"], sort, "False", time, reason=reason)
    return status
