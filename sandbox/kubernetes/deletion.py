"""Delete: preconditions, finalizers, grace, propagation; what is left to the garbage collector is marked by finalizers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.problem import Fault, Refusal, conflict, forbidden, not_found
from sandbox.kubernetes.requests import Query, status_success
from sandbox.kubernetes.resources import Resource
from sandbox.kubernetes.store import Object

FOREGROUND, ORPHAN = "foregroundDeletion", "orphan"
POLICIES = ("Background", "Foreground", "Orphan")
CRD_CLEANUP = "customresourcecleanup.apiextensions.k8s.io"
PERMANENT = ("default", "kube-public", "kube-system")
# Kinds whose finished delete is answered with the object instead of a Status.
RETURNED = {
    ("", "Namespace"), ("", "PersistentVolume"), ("", "PersistentVolumeClaim"), ("", "Pod"), ("", "PodTemplate"),
    ("", "ResourceQuota"), ("", "Service"), ("", "ServiceAccount"), ("storage.k8s.io", "CSIDriver"),
    ("storage.k8s.io", "CSINode"), ("storage.k8s.io", "StorageClass"), ("storage.k8s.io", "VolumeAttachment"),
    ("storage.k8s.io", "VolumeAttributesClass"), ("resource.k8s.io", "DeviceClass"), ("resource.k8s.io", "ResourceClaim"),
    ("resource.k8s.io", "ResourceClaimTemplate"), ("resource.k8s.io", "ResourceSlice"),
}  # fmt: skip
# Kinds that leave their dependents alone unless told otherwise.
ORPHANING = {("batch", "Job"), ("", "ReplicationController")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """The options of one delete. `policy` is '' where the kind decides; `grace` None likewise."""

    dry_run: bool = False
    policy: str = ""
    grace: int | None = None
    uid: str = ""
    version: str = ""


def options(query: Query, body: Mapping[str, Any] | None) -> Deletion:
    given = body if isinstance(body, Mapping) else {}
    policy = query.get("propagationPolicy") or given.get("propagationPolicy") or ""
    if policy and policy not in POLICIES:
        cause = Fault(
            reason="FieldValueNotSupported",
            path="propagationPolicy",
            message=f'Unsupported value: "{policy}": supported values: "Foreground", "Background", "Orphan", "nil"',
        )
        raise Refusal(
            "Invalid",
            f'DeleteOptions.meta.k8s.io "" is invalid: {cause.path}: {cause.message}',
            details={"group": "meta.k8s.io", "kind": "DeleteOptions", "causes": [cause.cause()]},
        )
    orphan = query.get("orphanDependents") or given.get("orphanDependents")
    if orphan is not None and not policy:
        policy = "Orphan" if str(orphan).lower() == "true" else "Background"
    grace = query.get("gracePeriodSeconds", given.get("gracePeriodSeconds"))
    preconditions = given.get("preconditions") or {}
    dry = query.get("dryRun") or (given.get("dryRun") or [""])[0]
    return Deletion(
        dry_run=dry == "All",
        policy=policy,
        grace=int(grace) if grace is not None else None,
        uid=preconditions.get("uid") or "",
        version=preconditions.get("resourceVersion") or "",
    )


def delete(cluster: Cluster, resource: Resource, namespace: str, name: str, wanted: Deletion) -> Object:
    """The Status of a finished delete, or the object where something is still awaited."""
    with cluster.store.lock:
        found = cluster.store.get(resource.store_key, namespace, name)
        if found is None:
            raise not_found(resource.plural, resource.group, name)
        check(resource, found, wanted)
        if resource.id == ("", "Namespace") and name in PERMANENT:
            raise forbidden("namespaces", "", name, "this namespace may not be deleted")
        marked = mark(cluster, resource, found, wanted)
        if marked is None:
            if not wanted.dry_run:
                found = cluster.store.drop(resource.store_key, found)
            return found if resource.id in RETURNED else status_success(details(resource, found))
        if wanted.dry_run or marked is found:
            return marked
        return cluster.store.put(resource.store_key, marked)


def details(resource: Resource, value: Object) -> dict[str, Any]:
    found = {"name": value["metadata"]["name"]}
    if resource.group:
        found["group"] = resource.group
    return {**found, "kind": resource.plural, "uid": value["metadata"]["uid"]}


def check(resource: Resource, value: Object, wanted: Deletion) -> None:
    metadata = value["metadata"]
    for label, key, expected, guess in (
        ("UID", "uid", wanted.uid, "deleted and then recreated"),
        ("ResourceVersion", "resourceVersion", wanted.version, "modified"),
    ):
        if expected and expected != metadata[key]:
            why = (
                f"the {label} in the precondition ({expected}) does not match the {label} in record ({metadata[key]}). "
                f"The object might have been {guess}"
            )
            raise conflict(resource.kind, resource.group, metadata["name"], why)


def mark(cluster: Cluster, resource: Resource, value: Object, wanted: Deletion) -> Object | None:
    """The object with its marks of deletion; None when nothing keeps it; the same object when it is marked already."""
    metadata = value["metadata"]
    finalizers = [each for each in metadata.get("finalizers") or () if each not in (FOREGROUND, ORPHAN)]
    policy = wanted.policy or _present_policy(metadata) or ("Orphan" if resource.id in ORPHANING else "Background")
    if policy == "Foreground":
        finalizers.append(FOREGROUND)
    elif policy == "Orphan":
        finalizers.append(ORPHAN)
    if resource.kind == "CustomResourceDefinition" and resource.custom is None and CRD_CLEANUP not in finalizers:
        finalizers.append(CRD_CLEANUP)
    grace = _grace(resource, value, wanted)
    kept = bool((value.get("spec") or {}).get("finalizers")) and resource.id == ("", "Namespace")
    if not finalizers and not grace and not kept:
        return None
    same = metadata.get("deletionTimestamp") and finalizers == (metadata.get("finalizers") or [])
    if same and (not grace or grace >= metadata.get("deletionGracePeriodSeconds", 0)):
        return value
    return _marked(cluster, resource, value, finalizers, grace)


def _present_policy(metadata: Object) -> str:
    present = metadata.get("finalizers") or ()
    return "Foreground" if FOREGROUND in present else "Orphan" if ORPHAN in present else ""


def _grace(resource: Resource, value: Object, wanted: Deletion) -> int:
    """Seconds that a pod on a node has to end; others have none."""
    if resource.id != ("", "Pod") or not value["spec"].get("nodeName"):
        return 0
    if (value.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
        return 0
    if wanted.grace is not None:
        return max(0, wanted.grace)
    return int(value["spec"].get("terminationGracePeriodSeconds", 30))


def _marked(cluster: Cluster, resource: Resource, value: Object, finalizers: list[str], grace: int) -> Object:
    metadata = {**value["metadata"]}
    if not metadata.get("deletionTimestamp"):
        when = datetime.now(UTC) + timedelta(seconds=grace)
        metadata["deletionTimestamp"] = when.strftime("%Y-%m-%dT%H:%M:%SZ") if grace else cluster.clock()
        if metadata.get("generation"):
            metadata["generation"] += 1
    if resource.id != ("", "Namespace"):
        metadata["deletionGracePeriodSeconds"] = grace
    if finalizers:
        metadata["finalizers"] = finalizers
    else:
        metadata.pop("finalizers", None)
    marked = {**value, "metadata": metadata}
    if resource.id == ("", "Namespace"):
        marked["status"] = {**(value.get("status") or {}), "phase": "Terminating"}
    return marked


def finish(cluster: Cluster, resource: Resource, value: Object) -> Object:
    """Removes an object that is being deleted and that nothing keeps any more; returns it either way."""
    metadata = value["metadata"]
    kept = resource.id == ("", "Namespace") and (value.get("spec") or {}).get("finalizers")
    waits = kept or metadata.get("finalizers") or metadata.get("deletionGracePeriodSeconds")
    if metadata.get("deletionTimestamp") and not waits:
        return cluster.store.drop(resource.store_key, value)
    return value
