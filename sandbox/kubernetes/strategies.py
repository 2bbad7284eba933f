"""What a kind does to an object on its way in: resets, generation, generated fields, admission."""

from __future__ import annotations

from typing import Any

from sandbox.kubernetes import addresses, pod_admission, quantity
from sandbox.kubernetes.cluster import CRDS, Cluster
from sandbox.kubernetes.paths import Path
from sandbox.kubernetes.problem import forbidden, not_found
from sandbox.kubernetes.resources import Resource
from sandbox.kubernetes.store import Object
from sandbox.kubernetes.typed import equal

NAMESPACES = ("", "namespaces")
COUNTED = {
    ("scheduling.k8s.io", "PriorityClass"), ("networking.k8s.io", "IngressClass"), ("networking.k8s.io", "NetworkPolicy"),
    ("networking.k8s.io", "Ingress"), ("discovery.k8s.io", "EndpointSlice"), ("policy", "PodDisruptionBudget"),
    ("resource.k8s.io", "ResourceSlice"), ("resource.k8s.io", "DeviceClass"),
    ("flowcontrol.apiserver.k8s.io", "FlowSchema"), ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"),
    ("apps", "DaemonSet"), ("apps", "StatefulSet"), ("apps", "Deployment"), ("apps", "ReplicaSet"), ("batch", "Job"),
    ("batch", "CronJob"), ("", "Pod"), ("", "PodTemplate"), ("", "ReplicationController"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicy"),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
}  # fmt: skip
# Kinds whose PUT makes an object that is not there.
CREATED_BY_UPDATE = {
    ("node.k8s.io", "RuntimeClass"), ("rbac.authorization.k8s.io", "Role"), ("rbac.authorization.k8s.io", "ClusterRole"),
    ("rbac.authorization.k8s.io", "RoleBinding"), ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
    ("coordination.k8s.io", "Lease"), ("", "LimitRange"), ("", "Event"), ("", "Service"), ("", "Endpoints"),
}  # fmt: skip
# Kinds whose updates must name the version they are based on.
CONDITIONAL = {
    ("node.k8s.io", "RuntimeClass"), ("policy", "PodDisruptionBudget"), ("storage.k8s.io", "CSIDriver"),
    ("storage.k8s.io", "CSIStorageCapacity"), ("storage.k8s.io", "VolumeAttachment"), ("storage.k8s.io", "CSINode"),
    ("coordination.k8s.io", "Lease"), ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicy"),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"), ("apiregistration.k8s.io", "APIService"),
}  # fmt: skip
TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"
STATUS: Path = (("f", "status"),)
SPEC: Path = (("f", "spec"),)
LABELS: Path = (("f", "metadata"), ("f", "labels"))
METADATA: Path = (("f", "metadata"),)


def reset_fields(resource: Resource, subresource: str) -> tuple[Path, ...]:
    """The paths that a write at this endpoint leaves alone, and so never owns."""
    if subresource == "status":
        return (SPEC, METADATA) if resource.custom is not None else (SPEC, LABELS)
    return (STATUS,) if "status" in resource.subresources and resource.kind != "Node" else ()


def counted(resource: Resource) -> bool:
    return resource.custom is not None or resource.id in COUNTED


def substance(value: Object) -> Object:
    return {key: each for key, each in value.items() if key not in ("metadata", "status", "apiVersion", "kind")}


def before_create(cluster: Cluster, resource: Resource, value: Object, empty_status: Any) -> None:
    """Completes a new object, in place; raises where admission refuses."""
    metadata = value["metadata"]
    if resource.custom is not None and _definition_ends(cluster, resource):
        why = "create not allowed while custom resource definition is terminating"
        raise forbidden(resource.plural, resource.group, metadata["name"], why)
    for key in ("resourceVersion", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds"):
        metadata.pop(key, None)
    admit_namespace(cluster, resource, metadata)
    metadata["uid"] = cluster.identity()
    metadata["creationTimestamp"] = cluster.clock()
    metadata.pop("generation", None)
    if counted(resource):
        metadata["generation"] = 1
    if "status" in resource.subresources and resource.kind != "Node":
        value.pop("status", None)
        if empty_status is not None:
            value["status"] = empty_status
    born = BORN.get(resource.id)
    if born is not None:
        born(cluster, value)


def complete(cluster: Cluster, resource: Resource, value: Object, dry_run: bool) -> None:
    """What is allocated only once an object is found good, in place."""
    if resource.id == ("", "Service"):
        addresses.allocate(cluster, value, dry_run)


def needs_version(resource: Resource) -> bool:
    """Whether an update must say which version it is based on."""
    return resource.custom is not None or resource.id in CONDITIONAL


def claim_by_owner(resource: Resource, value: Object) -> None:
    """A DaemonSet's generation annotation belongs to whoever creates it."""
    if resource.id == ("apps", "DaemonSet"):
        value["metadata"].setdefault("annotations", {}).setdefault(TEMPLATE_GENERATION, "0")


def refuse_ending(cluster: Cluster, resource: Resource, name: str) -> None:
    """Nothing new is made of a definition that is being deleted."""
    if resource.custom is None:
        return
    crd = cluster.store.get(CRDS, "", f"{resource.plural}.{resource.group}")
    if crd is not None and crd["metadata"].get("deletionTimestamp"):
        why = "create not allowed while custom resource definition is terminating"
        raise forbidden(resource.plural, resource.group, name, why)


def daemon_born(cluster: Cluster, value: Object) -> None:
    value["metadata"].setdefault("annotations", {})[TEMPLATE_GENERATION] = "1"


def daemon_moved(cluster: Cluster, new: Object, old: Object) -> None:
    text = (old["metadata"].get("annotations") or {}).get(TEMPLATE_GENERATION, "0")
    number = int(text) + (0 if equal(new["spec"].get("template"), old["spec"].get("template")) else 1)
    new["metadata"].setdefault("annotations", {})[TEMPLATE_GENERATION] = str(number)


def claim_moved(cluster: Cluster, new: Object, old: Object) -> None:
    asked, before = _storage(new), _storage(old)
    bound = (old.get("status") or {}).get("phase") == "Bound"
    if not bound or quantity.value(asked) <= quantity.value(before):
        return
    name = old["spec"].get("storageClassName")
    found = cluster.store.get(("storage.k8s.io", "storageclasses"), "", name) if name else None
    if found is None or not found.get("allowVolumeExpansion"):
        why = "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize"
        raise forbidden("persistentvolumeclaims", "", old["metadata"]["name"], why)


def _storage(claim: Object) -> str:
    found: str = ((claim["spec"].get("resources") or {}).get("requests") or {}).get("storage", "0")
    return found


def _definition_ends(cluster: Cluster, resource: Resource) -> bool:
    found = cluster.store.get(CRDS, "", f"{resource.plural}.{resource.group}")
    return found is not None and bool(found["metadata"].get("deletionTimestamp"))


def admit_namespace(cluster: Cluster, resource: Resource, metadata: Object) -> None:
    if not resource.namespaced:
        return
    name = metadata.get("namespace", "")
    found = cluster.store.get(NAMESPACES, "", name)
    if found is None:
        raise not_found("namespaces", "", name)
    if found["metadata"].get("deletionTimestamp"):
        why = f"unable to create new content in namespace {name} because it is being terminated"
        cause = {
            "reason": "NamespaceTerminating",
            "message": f"namespace {name} is being terminated",
            "field": "metadata.namespace",
        }
        raise forbidden(resource.plural, resource.group, metadata["name"], why, [cause])


def before_update(cluster: Cluster, resource: Resource, new: Object, old: Object, subresource: str) -> None:
    """Keeps what this endpoint may not change and counts the generation, in place."""
    keep_metadata(new, old)
    if subresource == "status":
        keep_all_but_status(resource, new, old)
    elif "status" in resource.subresources:
        new.pop("status", None)
        if "status" in old:
            new["status"] = old["status"]
    moved = MOVED.get(resource.id)
    if moved is not None and not subresource:
        moved(cluster, new, old)
    if counted(resource):
        changed = not equal(substance(new), substance(old))
        if resource.id == ("apps", "Deployment") and subresource != "status":
            changed = changed or not equal(new["metadata"].get("annotations") or {}, old["metadata"].get("annotations") or {})
        new["metadata"]["generation"] = old["metadata"].get("generation", 0) + (1 if changed else 0)


def keep_metadata(new: Object, old: Object) -> None:
    metadata, before = new["metadata"], old["metadata"]
    for key in ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generateName"):
        if key in before:
            if key != "uid" or not metadata.get("uid"):
                metadata[key] = before[key]
        elif key != "generateName":
            metadata.pop(key, None)
    metadata.pop("generation", None)
    metadata.pop("selfLink", None)
    if "generation" in before:
        metadata["generation"] = before["generation"]


def keep_all_but_status(resource: Resource, new: Object, old: Object) -> None:
    for key in [key for key in new if key not in ("metadata", "status", "apiVersion", "kind")]:
        if key not in old:
            del new[key]
    for key, each in old.items():
        if key not in ("metadata", "status"):
            new[key] = each
    metadata, before = new["metadata"], old["metadata"]
    kept = ("labels",) if resource.custom is None else ("labels", "annotations", "finalizers", "ownerReferences")
    for key in kept:
        metadata.pop(key, None)
        if key in before:
            metadata[key] = before[key]


def add_finalizer(value: Object, name: str) -> None:
    found = value["metadata"].setdefault("finalizers", [])
    if name not in found:
        found.append(name)


def job_born(cluster: Cluster, value: Object) -> None:
    spec = value["spec"]
    if spec.get("manualSelector"):
        return
    name, uid = value["metadata"].get("name", ""), value["metadata"]["uid"]
    labels = spec["template"].setdefault("metadata", {}).setdefault("labels", {})
    labels["batch.kubernetes.io/controller-uid"] = labels["controller-uid"] = uid
    labels["batch.kubernetes.io/job-name"] = labels["job-name"] = name
    selector = spec.setdefault("selector", {})
    selector.setdefault("matchLabels", {})["batch.kubernetes.io/controller-uid"] = uid
    if not value["metadata"].get("labels"):
        value["metadata"]["labels"] = dict(labels)
    if value["metadata"].get("labels") is labels:
        value["metadata"]["labels"] = dict(labels)


def namespace_born(cluster: Cluster, value: Object) -> None:
    name = value["metadata"]["name"]
    value["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = name
    spec = value.setdefault("spec", {})
    if "kubernetes" not in spec.setdefault("finalizers", []):
        spec["finalizers"].append("kubernetes")
    value["status"] = {"phase": "Active"}


DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


def claim_born(cluster: Cluster, value: Object) -> None:
    value["status"] = {"phase": "Pending"}
    add_finalizer(value, "kubernetes.io/pvc-protection")
    if value["spec"].get("storageClassName") is None:
        chosen = default_class(cluster)
        if chosen is not None:
            value["spec"]["storageClassName"] = chosen["metadata"]["name"]


def default_class(cluster: Cluster) -> Object | None:
    rows = [
        each
        for each in cluster.store.list(("storage.k8s.io", "storageclasses"))
        if (each["metadata"].get("annotations") or {}).get(DEFAULT_CLASS) == "true"
    ]
    return max(rows, key=lambda each: each["metadata"]["creationTimestamp"]) if rows else None


def class_of_attributes_born(cluster: Cluster, value: Object) -> None:
    add_finalizer(value, "kubernetes.io/vac-protection")


def volume_born(cluster: Cluster, value: Object) -> None:
    value["status"] = {"phase": "Pending", "lastPhaseTransitionTime": cluster.clock()}
    add_finalizer(value, "kubernetes.io/pv-protection")


def ingress_born(cluster: Cluster, value: Object) -> None:
    if value["spec"].get("ingressClassName"):
        return
    key = "ingressclass.kubernetes.io/is-default-class"
    for each in cluster.store.list(("networking.k8s.io", "ingressclasses")):
        if (each["metadata"].get("annotations") or {}).get(key) == "true":
            value["spec"]["ingressClassName"] = each["metadata"]["name"]


def definition_born(cluster: Cluster, value: Object) -> None:
    stored = [each["name"] for each in value["spec"].get("versions") or () if each.get("storage")]
    value["status"] = {
        "conditions": None,
        "acceptedNames": {"plural": "", "kind": ""},
        "storedVersions": stored,
    }


def namespace_moved(cluster: Cluster, new: Object, old: Object) -> None:
    new.setdefault("spec", {})["finalizers"] = (old.get("spec") or {}).get("finalizers", [])
    new["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = old["metadata"]["name"]


def definition_moved(cluster: Cluster, new: Object, old: Object) -> None:
    status = dict(old.get("status") or {})
    stored = list(status.get("storedVersions") or ())
    for each in new["spec"].get("versions") or ():
        if each.get("storage") and each["name"] not in stored:
            stored.append(each["name"])
    status["storedVersions"] = stored
    new["status"] = status


BORN = {
    ("", "Pod"): pod_admission.born,
    ("batch", "Job"): job_born,
    ("", "Namespace"): namespace_born,
    ("", "PersistentVolumeClaim"): claim_born,
    ("", "PersistentVolume"): volume_born,
    ("storage.k8s.io", "VolumeAttributesClass"): class_of_attributes_born,
    ("networking.k8s.io", "Ingress"): ingress_born,
    ("", "Service"): addresses.service_born,
    ("apps", "DaemonSet"): daemon_born,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): definition_born,
}
MOVED = {
    ("", "Pod"): pod_admission.moved,
    ("", "Namespace"): namespace_moved,
    ("", "Service"): addresses.service_moved,
    ("apps", "DaemonSet"): daemon_moved,
    ("", "PersistentVolumeClaim"): claim_moved,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): definition_moved,
}
