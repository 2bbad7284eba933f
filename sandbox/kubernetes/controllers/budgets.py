"""PodDisruptionBudgets: how many pods are healthy, and how many may go."""

from __future__ import annotations

import math
from collections.abc import Iterator

from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.controllers import acts
from sandbox.kubernetes.controllers.loop import Task
from sandbox.kubernetes.selectors import label_selector
from sandbox.kubernetes.store import Object

BUDGETS = ("policy", "poddisruptionbudgets")
PODS = ("", "pods")


def covering(cluster: Cluster, pod: Object) -> Iterator[Task]:
    """The budgets that count a pod."""
    namespace = pod["metadata"]["namespace"]
    for each in cluster.store.list(BUDGETS, namespace):
        if label_selector(each["spec"].get("selector"))(pod["metadata"].get("labels") or {}):
            yield ("budget", namespace, each["metadata"]["name"])


def reconcile(cluster: Cluster, namespace: str, name: str) -> float | None:
    budget = cluster.store.get(BUDGETS, namespace, name)
    if budget is None or budget["metadata"].get("deletionTimestamp"):
        return None
    matches = label_selector(budget["spec"].get("selector"))
    pods = [
        each
        for each in cluster.store.list(PODS, namespace)
        if matches(each["metadata"].get("labels") or {}) and acts.active(each)
    ]
    expected, desired = _wanted(cluster, budget["spec"], pods)
    healthy = sum(1 for each in pods if acts.pod_is(each, "Ready"))
    allowed = max(0, healthy - desired) if expected else 0
    before = budget.get("status") or {}
    reason = "SufficientPods" if allowed else "InsufficientPods"
    rows = acts.condition(
        list(before.get("conditions") or ()),
        "DisruptionAllowed",
        "True" if allowed else "False",
        cluster.clock(),
        reason=reason,
    )
    generation = budget["metadata"].get("generation", 1)
    rows = [{**each, "message": "", "observedGeneration": generation} for each in rows]
    status = {
        "observedGeneration": generation,
        "disruptionsAllowed": allowed,
        "currentHealthy": healthy,
        "desiredHealthy": desired,
        "expectedPods": expected,
        "conditions": rows,
    }
    acts.set_status(cluster, budget, status)
    return None


def _wanted(cluster: Cluster, spec: Object, pods: list[Object]) -> tuple[int, int]:
    """Pods expected, and healthy pods desired. A count of available pods needs no controller, all else does."""
    least, most = spec.get("minAvailable"), spec.get("maxUnavailable")
    if isinstance(least, int):
        return len(pods), least
    expected = _scale(cluster, pods)
    if least is not None:
        return expected, math.ceil(expected * int(str(least).rstrip("%")) / 100)
    if isinstance(most, str):
        most = math.ceil(expected * int(most.rstrip("%")) / 100)
    return expected, max(0, expected - (most or 0))


def _scale(cluster: Cluster, pods: list[Object]) -> int:
    """The replicas of all controllers of these pods."""
    found: dict[str, int] = {}
    for pod in pods:
        owner = acts.owner(pod)
        if owner is None or owner["uid"] in found:
            continue
        resource = cluster.find(owner["apiVersion"].rpartition("/")[0], owner["kind"])
        value = cluster.store.get(resource.store_key, pod["metadata"]["namespace"], owner["name"]) if resource else None
        found[owner["uid"]] = (value or {}).get("spec", {}).get("replicas", 0)
    return sum(found.values())
