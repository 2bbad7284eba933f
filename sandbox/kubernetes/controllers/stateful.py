"""StatefulSets: ordinals in order, a claim for each template and pod, revisions by template hash."""

from __future__ import annotations

from sandbox.kubernetes.cluster import Cluster, reference
from sandbox.kubernetes.controllers import acts
from sandbox.kubernetes.controllers.deployments import template_hash
from sandbox.kubernetes.controllers.replicas import pod_of
from sandbox.kubernetes.store import Object, copied

SETS = ("apps", "statefulsets")
PODS = ("", "pods")
CLAIMS = ("", "persistentvolumeclaims")
REVISION = "controller-revision-hash"


def revision_of(owner: Object) -> str:
    return f"{owner['metadata']['name']}-{template_hash(owner['spec']['template'])}"


def revise(cluster: Cluster, owner: Object, name: str) -> None:
    """A ControllerRevision for the present template; as many old ones as the history limit stay."""
    key = ("apps", "controllerrevisions")
    rows = acts.owned(cluster, key, owner)
    if all(each["metadata"]["name"] != name for each in rows):
        mark = name.removeprefix(owner["metadata"]["name"] + "-")
        labels = {REVISION: mark} if owner["kind"] == "DaemonSet" else {"controller.kubernetes.io/hash": mark}
        number = max((each.get("revision", 0) for each in rows), default=0) + 1
        acts.create(
            cluster,
            {
                "apiVersion": "apps/v1",
                "kind": "ControllerRevision",
                "metadata": {
                    "name": name,
                    "namespace": owner["metadata"]["namespace"],
                    "labels": {**((owner["spec"]["template"].get("metadata") or {}).get("labels") or {}), **labels},
                    "ownerReferences": [reference(owner)],
                },
                "data": {"spec": {"template": {**copied(owner["spec"]["template"]), "$patch": "replace"}}},
                "revision": number,
            },
        )
    limit = owner["spec"].get("revisionHistoryLimit", 10)
    old = sorted((each for each in rows if each["metadata"]["name"] != name), key=lambda each: each.get("revision", 0))
    for each in old[: max(0, len(old) - limit)]:
        acts.remove(cluster, each)


def reconcile(cluster: Cluster, namespace: str, name: str) -> float | None:
    owner = cluster.store.get(SETS, namespace, name)
    if owner is None:
        return None
    revision = revision_of(owner)
    if not owner["metadata"].get("deletionTimestamp"):
        revise(cluster, owner, revision)
        _step(cluster, owner, revision)
    _count(cluster, owner, revision)
    return None


def _ordinal(owner: Object, pod: Object) -> int:
    text = pod["metadata"]["name"].removeprefix(owner["metadata"]["name"] + "-")
    return int(text) if text.isdigit() else -1


def _step(cluster: Cluster, owner: Object, revision: str) -> None:
    spec = owner["spec"]
    wanted = spec.get("replicas", 1)
    parallel = spec.get("podManagementPolicy") == "Parallel"
    present = {_ordinal(owner, each): each for each in acts.owned(cluster, PODS, owner)}
    for ordinal in range(wanted):
        pod = present.get(ordinal)
        if pod is None:
            _claims(cluster, owner, ordinal)
            acts.create(cluster, _pod(owner, ordinal, revision))
        if pod is None or not acts.pod_is(pod, "Ready") or pod["metadata"].get("deletionTimestamp"):
            if pod is not None and (pod.get("status") or {}).get("phase") in ("Failed", "Succeeded"):
                acts.remove(cluster, pod)
            if not parallel:
                return
    surplus = sorted((ordinal for ordinal in present if ordinal >= wanted), reverse=True)
    for ordinal in surplus:
        acts.remove(cluster, present[ordinal])
        if not parallel:
            return
    if not surplus and spec["updateStrategy"].get("type") == "RollingUpdate":
        _replace_one(cluster, owner, present, revision)


def _replace_one(cluster: Cluster, owner: Object, present: dict[int, Object], revision: str) -> None:
    """From the highest ordinal down, one at a time, down to the partition."""
    partition = (owner["spec"]["updateStrategy"].get("rollingUpdate") or {}).get("partition", 0)
    for ordinal in sorted(present, reverse=True):
        pod = present[ordinal]
        leaving = pod["metadata"].get("deletionTimestamp")
        current = (pod["metadata"].get("labels") or {}).get(REVISION) == revision
        if leaving or (current and not acts.pod_is(pod, "Ready")):
            return
        if ordinal >= partition and not current:
            acts.remove(cluster, pod)
            return


def _claim_name(owner: Object, template: Object, ordinal: int) -> str:
    return f"{template['metadata']['name']}-{owner['metadata']['name']}-{ordinal}"


def _claims(cluster: Cluster, owner: Object, ordinal: int) -> None:
    namespace = owner["metadata"]["namespace"]
    for template in owner["spec"].get("volumeClaimTemplates") or ():
        name = _claim_name(owner, template, ordinal)
        if cluster.store.get(CLAIMS, namespace, name) is not None:
            continue
        labels = {
            **(template["metadata"].get("labels") or {}),
            **((owner["spec"].get("selector") or {}).get("matchLabels") or {}),
        }
        metadata = {"name": name, "namespace": namespace, "labels": labels}
        if template["metadata"].get("annotations"):
            metadata["annotations"] = dict(template["metadata"]["annotations"])
        spec = copied(template["spec"])
        acts.create(cluster, {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec})


def _pod(owner: Object, ordinal: int, revision: str) -> Object:
    pod = pod_of(owner, owner["spec"]["template"])
    name = f"{owner['metadata']['name']}-{ordinal}"
    metadata = pod["metadata"]
    metadata["name"] = name
    metadata["labels"] = {
        **metadata.get("labels", {}),
        "apps.kubernetes.io/pod-index": str(ordinal),
        REVISION: revision,
        "statefulset.kubernetes.io/pod-name": name,
    }
    pod["spec"]["hostname"] = name
    if owner["spec"].get("serviceName"):
        pod["spec"]["subdomain"] = owner["spec"]["serviceName"]
    templates = owner["spec"].get("volumeClaimTemplates") or []
    named = {each["metadata"]["name"] for each in templates}
    kept = [each for each in pod["spec"].get("volumes") or () if each["name"] not in named]
    claims = [
        {"name": each["metadata"]["name"], "persistentVolumeClaim": {"claimName": _claim_name(owner, each, ordinal)}}
        for each in templates
    ]
    if kept or claims:
        pod["spec"]["volumes"] = claims + kept
    return pod


def _count(cluster: Cluster, owner: Object, revision: str) -> None:
    pods = [each for each in acts.owned(cluster, PODS, owner) if acts.active(each)]
    ready = [each for each in pods if acts.pod_is(each, "Ready")]
    updated = [each for each in pods if (each["metadata"].get("labels") or {}).get(REVISION) == revision]
    before = owner.get("status") or {}
    wanted = owner["spec"].get("replicas", 1)
    done = len(updated) == len(pods) == wanted and len(ready) == wanted
    current = revision if done else before.get("currentRevision", revision)
    on_current = [each for each in pods if (each["metadata"].get("labels") or {}).get(REVISION) == current]
    status: Object = {
        "observedGeneration": owner["metadata"]["generation"],
        "replicas": len(pods),
        "currentRevision": current,
        "updateRevision": revision,
        "collisionCount": 0,
        "availableReplicas": len(ready),
    }
    for key, rows in (("readyReplicas", ready), ("currentReplicas", on_current), ("updatedReplicas", updated)):
        if rows:
            status[key] = len(rows)
    acts.set_status(cluster, owner, status)
