"""What may not change once an object is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sandbox.kubernetes import quantity
from sandbox.kubernetes.problem import Fault, not_permitted, wrong
from sandbox.kubernetes.typed import equal
from sandbox.kubernetes.validation.storage import SOURCES

Object = dict[str, Any]
FIELD = "field is immutable"


def at(value: Any, path: str) -> Any:
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


# Paths whose value stays; the message is `field is immutable`.
FIXED: dict[tuple[str, str], tuple[str, ...]] = {
    ("apps", "Deployment"): ("spec.selector",),
    ("apps", "ReplicaSet"): ("spec.selector",),
    ("apps", "DaemonSet"): ("spec.selector",),
    ("batch", "Job"): ("spec.completionMode", "spec.selector", "spec.template", "spec.podFailurePolicy",
                       "spec.backoffLimitPerIndex", "spec.managedBy", "spec.successPolicy"),
    ("", "Secret"): ("type",),
}  # fmt: skip


def check(group: str, kind: str, new: Object, old: Object) -> Iterator[Fault]:
    for path in FIXED.get((group, kind), ()):
        free = kind == "Job" and path == "spec.template" and _may_still_change(old)
        if not free and not equal(at(new, path), at(old, path)):
            yield wrong(path, at(new, path), FIELD)
    rule = RULES.get((group, kind))
    if rule is not None:
        yield from rule(new, old)


def _may_still_change(job: Object) -> bool:
    """A suspended job that never started may get another template."""
    return bool(at(job, "spec.suspend")) and not at(job, "status.startTime")


def job(new: Object, old: Object) -> Iterator[Fault]:
    completions, before = at(new, "spec.completions"), at(old, "spec.completions")
    if completions != before and at(new, "spec.completionMode") != "Indexed":
        yield wrong("spec.completions", completions, FIELD)


STATEFUL = {
    "minReadySeconds", "ordinals", "persistentVolumeClaimRetentionPolicy", "replicas", "revisionHistoryLimit", "template",
    "updateStrategy",
}  # fmt: skip


def stateful_set(new: Object, old: Object) -> Iterator[Fault]:
    left = {key: each for key, each in (new.get("spec") or {}).items() if key not in STATEFUL}
    right = {key: each for key, each in (old.get("spec") or {}).items() if key not in STATEFUL}
    for each in (left, right):
        each["volumeClaimTemplates"] = [
            {key: value for key, value in row.items() if key != "status"} for row in each.get("volumeClaimTemplates") or ()
        ]
    if not equal(left, right):
        yield not_permitted(
            "spec",
            "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
            "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
        )


def service(new: Object, old: Object) -> Iterator[Fault]:
    kind, before = at(new, "spec.type"), at(old, "spec.type")
    if kind == "ExternalName" or before == "ExternalName":
        return
    address, was = at(new, "spec.clusterIP"), at(old, "spec.clusterIP")
    if was and address != was:
        yield wrong("spec.clusterIPs[0]", [address] if address else [], "may not change once set")
    for path in ("spec.loadBalancerClass",):
        if kind == before == "LoadBalancer" and at(new, path) != at(old, path):
            yield wrong(path, at(new, path), "may not change once set")


def config_map(new: Object, old: Object) -> Iterator[Fault]:
    if not old.get("immutable"):
        return
    if not new.get("immutable"):
        yield not_permitted("immutable", "field is immutable when `immutable` is set")
    for key in ("data", "binaryData"):
        if not equal(new.get(key), old.get(key)):
            yield not_permitted(key, "field is immutable when `immutable` is set")


POD = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def pod(new: Object, old: Object) -> Iterator[Fault]:
    if not equal(_without_images(new), _without_images(old)):
        yield not_permitted("spec", POD)


def _without_images(value: Object) -> Object:
    spec = {key: each for key, each in (value.get("spec") or {}).items() if key not in ("tolerations", "activeDeadlineSeconds")}
    for row in ("containers", "initContainers"):
        if row in spec:
            spec[row] = [{key: each for key, each in item.items() if key != "image"} for item in spec[row]]
    return spec


CLAIM = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"


def claim(new: Object, old: Object) -> Iterator[Fault]:
    def fixed(value: Object) -> Object:
        free = ("resources", "volumeAttributesClassName")
        spec = {key: each for key, each in (value.get("spec") or {}).items() if key not in free}
        if not at(old, "spec.volumeName"):
            spec.pop("volumeName", None)
        return spec

    bound = at(old, "status.phase") == "Bound"
    asked, before = at(new, "spec.resources.requests.storage"), at(old, "spec.resources.requests.storage")
    if not equal(fixed(new), fixed(old)) or (not bound and not equal(at(new, "spec.resources"), at(old, "spec.resources"))):
        yield not_permitted("spec", CLAIM)
    elif quantity.value(asked or "0") < quantity.value(before or "0"):
        yield not_permitted("spec.resources.requests.storage", "field can not be less than status.capacity")


def volume(new: Object, old: Object) -> Iterator[Fault]:
    for key in SOURCES:
        if not equal(at(new, f"spec.{key}"), at(old, f"spec.{key}")):
            yield not_permitted("spec.persistentvolumesource", "spec.persistentvolumesource is immutable after creation")
            return


def storage_class(new: Object, old: Object) -> Iterator[Fault]:
    for key in ("parameters", "provisioner"):
        if not equal(new.get(key), old.get(key)):
            yield not_permitted(key, "updates to " + key + " are forbidden.")
    if new.get("reclaimPolicy") != old.get("reclaimPolicy"):
        yield not_permitted("reclaimPolicy", "updates to reclaimPolicy are forbidden.")
    if new.get("volumeBindingMode") != old.get("volumeBindingMode"):
        yield wrong("volumeBindingMode", new.get("volumeBindingMode"), FIELD)


def binding(new: Object, old: Object) -> Iterator[Fault]:
    if not equal(new.get("roleRef"), old.get("roleRef")):
        yield wrong("roleRef", new.get("roleRef"), "cannot change roleRef")


def priority_class(new: Object, old: Object) -> Iterator[Fault]:
    if new.get("value", 0) != old.get("value", 0):
        yield not_permitted("value", "may not be changed in an update.")
    if new.get("preemptionPolicy") != old.get("preemptionPolicy"):
        yield wrong("preemptionPolicy", new.get("preemptionPolicy"), FIELD)


def definition(new: Object, old: Object) -> Iterator[Fault]:
    for path in ("spec.group", "spec.scope", "spec.names.kind", "spec.names.plural"):
        if at(new, path) != at(old, path):
            yield wrong(path, at(new, path), FIELD)
    kept = {each.get("name") for each in at(new, "spec.versions") or ()}
    for version in at(old, "status.storedVersions") or ():
        if version not in kept:
            yield wrong(
                "status.storedVersions[0]",
                version,
                "missing from spec.versions; v1 was previously a storage version, and must remain in spec.versions until a "
                "storage migration ensures no data remains persisted in v1 and removes v1 from status.storedVersions",
            )


RULES: dict[tuple[str, str], Callable[[Object, Object], Iterator[Fault]]] = {
    ("batch", "Job"): job,
    ("apps", "StatefulSet"): stateful_set,
    ("", "Service"): service,
    ("", "ConfigMap"): config_map,
    ("", "Secret"): config_map,
    ("", "Pod"): pod,
    ("", "PersistentVolumeClaim"): claim,
    ("", "PersistentVolume"): volume,
    ("storage.k8s.io", "StorageClass"): storage_class,
    ("rbac.authorization.k8s.io", "RoleBinding"): binding,
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): binding,
    ("scheduling.k8s.io", "PriorityClass"): priority_class,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): definition,
}
