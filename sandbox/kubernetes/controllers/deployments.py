"""Deployments: a ReplicaSet per template, rolled over within maxSurge and maxUnavailable."""

from __future__ import annotations

import hashlib
import json
import math
from datetime import UTC, datetime
from typing import Any

from sandbox.kubernetes.cluster import Cluster, reference
from sandbox.kubernetes.controllers import acts
from sandbox.kubernetes.store import Object, copied
from sandbox.kubernetes.typed import equal

DEPLOYMENTS = ("apps", "deployments")
SETS = ("apps", "replicasets")
PODS = ("", "pods")
HASH = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MAXIMUM = "deployment.kubernetes.io/max-replicas"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
PAUSED = "DeploymentPaused"
ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


def reconcile(cluster: Cluster, namespace: str, name: str) -> float | None:
    found = cluster.store.get(DEPLOYMENTS, namespace, name)
    if found is None or found["metadata"].get("deletionTimestamp"):
        return None
    sets = acts.owned(cluster, SETS, found)
    new = next((each for each in sets if _same_template(each, found)), None)
    old = [each for each in sets if each is not new]
    if not found["spec"].get("paused"):
        if new is None:
            if found["spec"]["strategy"].get("type") == "Recreate" and _retire(cluster, found, old):
                return _report(cluster, found, None, old)
            new = _create_set(cluster, found, sets)
        new = _revise(cluster, found, new, old)
        if found["spec"]["strategy"].get("type") == "Recreate":
            if not _retire(cluster, found, old):
                _resize(cluster, new, found["spec"]["replicas"], found)
        else:
            _roll(cluster, found, new, old)
        _clean(cluster, found, old)
    elif new is not None and len([each for each in sets if each["spec"]["replicas"]]) <= 1:
        _resize(cluster, new, found["spec"]["replicas"], found)
    sets = acts.owned(cluster, SETS, found)
    new = next((each for each in sets if _same_template(each, found)), None)
    return _report(cluster, found, new, [each for each in sets if each is not new])


def _without_hash(template: Object) -> Object:
    metadata = dict(template.get("metadata") or {})
    metadata["labels"] = {key: each for key, each in (metadata.get("labels") or {}).items() if key != HASH}
    return {**template, "metadata": metadata}


def _same_template(one: Object, deployment: Object) -> bool:
    return equal(_without_hash(one["spec"]["template"]), _without_hash(deployment["spec"]["template"]))


def template_hash(template: Object) -> str:
    digest = hashlib.sha256(json.dumps(_without_hash(template), sort_keys=True).encode()).digest()
    return "".join(ALPHABET[each % len(ALPHABET)] for each in digest[:10])


def _revision(value: Object) -> int:
    text = (value["metadata"].get("annotations") or {}).get(REVISION, "0")
    return int(text) if text.isdigit() else 0


def _annotations(deployment: Object, revision: int) -> dict[str, str]:
    kept = {
        key: each
        for key, each in (deployment["metadata"].get("annotations") or {}).items()
        if key not in (LAST_APPLIED, REVISION)
    }
    wanted = deployment["spec"]["replicas"]
    surge, _ = bounds(deployment)
    return {**kept, REVISION: str(revision), DESIRED: str(wanted), MAXIMUM: str(wanted + surge)}


def _create_set(cluster: Cluster, deployment: Object, sets: list[Object]) -> Object:
    template = copied(deployment["spec"]["template"])
    mark = template_hash(template)
    labels = template.setdefault("metadata", {}).setdefault("labels", {})
    labels[HASH] = mark
    selector = copied(deployment["spec"]["selector"])
    selector.setdefault("matchLabels", {})[HASH] = mark
    revision = max((_revision(each) for each in sets), default=0) + 1
    spec: Object = {"replicas": _first_replicas(deployment, sets), "selector": selector, "template": template}
    if deployment["spec"].get("minReadySeconds"):
        spec["minReadySeconds"] = deployment["spec"]["minReadySeconds"]
    return acts.create(
        cluster,
        {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                "name": f"{deployment['metadata']['name']}-{mark}",
                "namespace": deployment["metadata"]["namespace"],
                "labels": dict(labels),
                "annotations": _annotations(deployment, revision),
                "ownerReferences": [reference(deployment)],
            },
            "spec": spec,
        },
    )


def _first_replicas(deployment: Object, sets: list[Object]) -> int:
    """How many pods a new set starts with: what the surge allows beside the old ones."""
    wanted: int = deployment["spec"]["replicas"]
    if deployment["spec"]["strategy"].get("type") == "Recreate":
        return wanted
    surge, _ = bounds(deployment)
    present: int = sum(each["spec"].get("replicas", 0) for each in sets)
    return max(0, min(wanted, wanted + surge - present))


def _revise(cluster: Cluster, deployment: Object, new: Object, old: list[Object]) -> Object:
    """The current template has the highest revision, also when it comes back; the Deployment shows it."""
    highest = max((_revision(each) for each in old), default=0)
    revision = max(_revision(new), highest + 1) if _revision(new) <= highest else _revision(new)
    wanted = _annotations(deployment, revision)
    present = new["metadata"].get("annotations") or {}
    if not wanted.items() <= present.items():
        new = acts.edit(cluster, new, lambda value: value["metadata"].setdefault("annotations", {}).update(wanted))
    if _revision(deployment) != revision:
        acts.edit(
            cluster,
            deployment,
            lambda value: value["metadata"].setdefault("annotations", {}).update({REVISION: str(revision)}),
            subresource="status",
        )
    return new


def bounds(deployment: Object) -> tuple[int, int]:
    """maxSurge and maxUnavailable in pods."""
    strategy = deployment["spec"].get("strategy") or {}
    if strategy.get("type") != "RollingUpdate":
        return 0, 0
    rolling = strategy.get("rollingUpdate") or {}
    wanted = deployment["spec"]["replicas"]
    surge = _share(rolling.get("maxSurge", "25%"), wanted, up=True)
    unavailable = _share(rolling.get("maxUnavailable", "25%"), wanted, up=False)
    return surge, unavailable if surge or unavailable else 1


def _share(value: Any, whole: int, *, up: bool) -> int:
    if isinstance(value, int):
        return value
    exact = whole * int(str(value).rstrip("%")) / 100
    return math.ceil(exact) if up else math.floor(exact)


def _resize(cluster: Cluster, one: Object, replicas: int, deployment: Object) -> None:
    if one["spec"].get("replicas") == replicas:
        return

    def change(value: Object) -> None:
        value["spec"]["replicas"] = replicas

    acts.edit(cluster, one, change)


def _retire(cluster: Cluster, deployment: Object, old: list[Object]) -> bool:
    """Scales old sets to nothing; true while pods of theirs are left."""
    for each in old:
        _resize(cluster, each, 0, deployment)
    return any(acts.owned(cluster, PODS, each) for each in old)


def _roll(cluster: Cluster, deployment: Object, new: Object, old: list[Object]) -> None:
    wanted = deployment["spec"]["replicas"]
    surge, unavailable = bounds(deployment)
    running = [each for each in old if each["spec"].get("replicas")]
    if not running:
        _resize(cluster, new, wanted, deployment)
        return
    total = new["spec"]["replicas"] + sum(each["spec"]["replicas"] for each in running)
    if new["spec"]["replicas"] > wanted:
        _resize(cluster, new, wanted, deployment)
    elif new["spec"]["replicas"] < wanted:
        more = min(wanted + surge - total, wanted - new["spec"]["replicas"])
        if more > 0:
            _resize(cluster, new, new["spec"]["replicas"] + more, deployment)
            return
    missing = new["spec"]["replicas"] - (new.get("status") or {}).get("availableReplicas", 0)
    may_go = total - (wanted - unavailable) - missing
    for each in sorted(running, key=_revision):
        fewer = min(max(may_go, _unhealthy(each) if may_go > 0 else 0), each["spec"]["replicas"])
        if fewer > 0:
            _resize(cluster, each, each["spec"]["replicas"] - fewer, deployment)
            may_go -= fewer


def _unhealthy(one: Object) -> int:
    return int(one["spec"]["replicas"] - (one.get("status") or {}).get("availableReplicas", 0))


def _clean(cluster: Cluster, deployment: Object, old: list[Object]) -> None:
    limit = deployment["spec"].get("revisionHistoryLimit", 10)
    idle = [each for each in old if not each["spec"].get("replicas") and not (each.get("status") or {}).get("replicas")]
    for each in sorted(idle, key=_revision)[: max(0, len(idle) - limit)]:
        acts.remove(cluster, each)


def _report(cluster: Cluster, deployment: Object, new: Object | None, old: list[Object]) -> float | None:
    present = cluster.store.get(DEPLOYMENTS, deployment["metadata"]["namespace"], deployment["metadata"]["name"])
    if present is None:
        return None
    sets = [*old, *([new] if new is not None else [])]

    def total(key: str) -> int:
        return sum((each.get("status") or {}).get(key, 0) for each in sets)

    wanted = present["spec"]["replicas"]
    counts = {
        "replicas": total("replicas"),
        "updatedReplicas": ((new or {}).get("status") or {}).get("replicas", 0),
        "readyReplicas": total("readyReplicas"),
        "availableReplicas": total("availableReplicas"),
        "unavailableReplicas": max(0, sum(each["spec"]["replicas"] for each in sets) - total("availableReplicas")),
    }
    status: Object = {key: each for key, each in counts.items() if each}
    status["observedGeneration"] = present["metadata"]["generation"]
    status["terminatingReplicas"] = total("terminatingReplicas")
    before = present.get("status") or {}
    _, unavailable = bounds(present)
    rows = _available(cluster, list(before.get("conditions") or ()), counts["availableReplicas"] >= wanted - unavailable)
    rows, again = _progressing(cluster, present, new, rows, counts, wanted)
    status["conditions"] = rows
    acts.set_status(cluster, present, status)
    return again


def _available(cluster: Cluster, rows: list[Object], enough: bool) -> list[Object]:
    time = cluster.clock()
    if enough:
        message = "Deployment has minimum availability."
        return acts.condition(rows, "Available", "True", time, reason="MinimumReplicasAvailable", message=message, updated=True)
    message = "Deployment does not have minimum availability."
    return acts.condition(rows, "Available", "False", time, reason="MinimumReplicasUnavailable", message=message, updated=True)


def _progressing(
    cluster: Cluster,
    deployment: Object,
    new: Object | None,
    rows: list[Object],
    counts: dict[str, int],
    wanted: int,
) -> tuple[list[Object], float | None]:
    time = cluster.clock()
    if deployment["spec"].get("paused"):
        return acts.condition(
            rows, "Progressing", "Unknown", time, reason=PAUSED, message="Deployment is paused", updated=True
        ), None
    if new is None:
        return rows, None
    name = new["metadata"]["name"]
    complete = counts["updatedReplicas"] == counts["replicas"] == counts["availableReplicas"] == wanted
    if complete:
        message = f'ReplicaSet "{name}" has successfully progressed.'
        return acts.condition(
            rows, "Progressing", "True", time, reason="NewReplicaSetAvailable", message=message, updated=True
        ), None
    found = next((each for each in rows if each["type"] == "Progressing"), None)
    message = f'ReplicaSet "{name}" is progressing.'
    moved = _counts(deployment.get("status") or {}) != {key: each for key, each in counts.items() if each}
    fresh = found is None or found["reason"] in ("NewReplicaSetAvailable", PAUSED)
    if found is None or fresh or (moved and found["reason"] != "ProgressDeadlineExceeded"):
        kept = [each for each in rows if each["type"] != "Progressing"]
        rows = acts.condition(kept, "Progressing", "True", time, reason="ReplicaSetUpdated", message=message, updated=True)
        found = rows[-1]
    deadline = deployment["spec"].get("progressDeadlineSeconds", 600)
    waited = (datetime.now(UTC) - datetime.fromisoformat(found["lastUpdateTime"])).total_seconds()
    if waited < deadline:
        return rows, deadline - waited + 0.01
    message = f'ReplicaSet "{name}" has timed out progressing.'
    return acts.condition(
        rows, "Progressing", "False", time, reason="ProgressDeadlineExceeded", message=message, updated=True
    ), None


def _counts(status: Object) -> dict[str, int]:
    keys = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas")
    return {key: status[key] for key in keys if key in status}
