"""DaemonSets: one pod on each node that its selector allows."""

from __future__ import annotations

from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.controllers import acts
from sandbox.kubernetes.controllers.replicas import pod_of
from sandbox.kubernetes.controllers.stateful import REVISION, revise, revision_of
from sandbox.kubernetes.store import Object

SETS = ("apps", "daemonsets")
PODS = ("", "pods")


def reconcile(cluster: Cluster, namespace: str, name: str) -> float | None:
    owner = cluster.store.get(SETS, namespace, name)
    if owner is None:
        return None
    nodes = _nodes(cluster, owner)
    revision = revision_of(owner)
    if not owner["metadata"].get("deletionTimestamp"):
        revise(cluster, owner, revision)
        _step(cluster, owner, nodes, revision)
    _count(cluster, owner, nodes, revision)
    return None


def _nodes(cluster: Cluster, owner: Object) -> list[str]:
    wanted = (owner["spec"]["template"].get("spec") or {}).get("nodeSelector") or {}
    rows = cluster.store.list(("", "nodes"))
    return [each["metadata"]["name"] for each in rows if wanted.items() <= (each["metadata"].get("labels") or {}).items()]


def _hash(owner: Object, revision: str) -> str:
    return revision.removeprefix(owner["metadata"]["name"] + "-")


def _step(cluster: Cluster, owner: Object, nodes: list[str], revision: str) -> None:
    by_node: dict[str, list[Object]] = {}
    for pod in acts.owned(cluster, PODS, owner):
        by_node.setdefault(pod["spec"].get("nodeName", ""), []).append(pod)
    mark = _hash(owner, revision)
    rolling = owner["spec"]["updateStrategy"].get("type") == "RollingUpdate"
    for node in nodes:
        present = by_node.pop(node, [])
        if not present:
            pod = pod_of(owner, owner["spec"]["template"])
            labels = pod["metadata"].setdefault("labels", {})
            labels |= {REVISION: mark, "pod-template-generation": _template_generation(owner)}
            _bind(pod["spec"], node)
            acts.create(cluster, pod)
        for pod in present:
            ended = not acts.active(pod)
            stale = rolling and (pod["metadata"].get("labels") or {}).get(REVISION) != mark
            if (ended or stale) and not pod["metadata"].get("deletionTimestamp"):
                acts.remove(cluster, pod)
    for rows in by_node.values():
        for pod in rows:
            acts.remove(cluster, pod)


def _template_generation(owner: Object) -> str:
    text: str = (owner["metadata"].get("annotations") or {}).get("deprecated.daemonset.template.generation", "0")
    return text


TOLERATED = (
    ("not-ready", "NoExecute"), ("unreachable", "NoExecute"), ("disk-pressure", "NoSchedule"),
    ("memory-pressure", "NoSchedule"), ("pid-pressure", "NoSchedule"), ("unschedulable", "NoSchedule"),
)  # fmt: skip


def _bind(spec: Object, node: str) -> None:
    """To one node, whatever state it is in."""
    term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}
    affinity = spec.setdefault("affinity", {}).setdefault("nodeAffinity", {})
    affinity["requiredDuringSchedulingIgnoredDuringExecution"] = {"nodeSelectorTerms": [term]}
    rows = spec.setdefault("tolerations", [])
    for name, effect in TOLERATED:
        rows.append({"key": f"node.kubernetes.io/{name}", "operator": "Exists", "effect": effect})
    spec["nodeName"] = node


def _count(cluster: Cluster, owner: Object, nodes: list[str], revision: str) -> None:
    pods = [each for each in acts.owned(cluster, PODS, owner) if acts.active(each)]
    ready = [each for each in pods if acts.pod_is(each, "Ready")]
    mark = _hash(owner, revision)
    updated = [each for each in pods if (each["metadata"].get("labels") or {}).get(REVISION) == mark]
    status: Object = {
        "currentNumberScheduled": len(pods),
        "numberMisscheduled": 0,
        "desiredNumberScheduled": len(nodes),
        "numberReady": len(ready),
        "observedGeneration": owner["metadata"]["generation"],
    }
    for key, count in (
        ("updatedNumberScheduled", len(updated)),
        ("numberAvailable", len(ready)),
        ("numberUnavailable", len(nodes) - len(ready)),
    ):
        if count:
            status[key] = count
    acts.set_status(cluster, owner, status)
