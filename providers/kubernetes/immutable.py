"""What cannot be changed on an object that exists, by group and kind: facts of the API's own validation.

Paths are patterns. The server's word (a 422 of the dry run) comes first; this table serves predictions, and
tells which of the differing leaves the server means where it names only their parent.
"""

from __future__ import annotations

from collections.abc import Mapping

from providers.contract.values import Path, Value

IMMUTABLE: Mapping[str, tuple[Path, ...]] = {
    "Deployment.apps": (("spec", "selector"),),
    "ReplicaSet.apps": (("spec", "selector"),),
    "DaemonSet.apps": (("spec", "selector"),),
    "StatefulSet.apps": (
        ("spec", "selector"),
        ("spec", "serviceName"),
        ("spec", "podManagementPolicy"),
        ("spec", "volumeClaimTemplates"),
    ),
    "Job.batch": (
        ("spec", "selector"),
        ("spec", "template"),
        ("spec", "completionMode"),
        ("spec", "podFailurePolicy"),
        ("spec", "backoffLimitPerIndex"),
        ("spec", "successPolicy"),
        ("spec", "managedBy"),
        ("spec", "podReplacementPolicy"),
    ),
    "PersistentVolumeClaim": (
        ("spec", "accessModes"),
        ("spec", "selector"),
        ("spec", "storageClassName"),
        ("spec", "volumeMode"),
        ("spec", "volumeName"),
        ("spec", "dataSource"),
        ("spec", "dataSourceRef"),
    ),
    "PersistentVolume": (("spec", "volumeMode"),),
    "Secret": (("type",),),
    "RoleBinding.rbac.authorization.k8s.io": (("roleRef",),),
    "ClusterRoleBinding.rbac.authorization.k8s.io": (("roleRef",),),
    "StorageClass.storage.k8s.io": (
        ("provisioner",),
        ("parameters",),
        ("reclaimPolicy",),
        ("volumeBindingMode",),
    ),
    "CSIDriver.storage.k8s.io": (("spec", "attachRequired"), ("spec", "volumeLifecycleModes")),
    "VolumeAttributesClass.storage.k8s.io": (("driverName",), ("parameters",)),
    "PriorityClass.scheduling.k8s.io": (("value",), ("preemptionPolicy",)),
    "RuntimeClass.node.k8s.io": (("handler",),),
    "IngressClass.networking.k8s.io": (("spec", "controller"),),
    "CustomResourceDefinition.apiextensions.k8s.io": (
        ("spec", "group"),
        ("spec", "scope"),
        ("spec", "names", "plural"),
        ("spec", "names", "kind"),
    ),
    "EndpointSlice.discovery.k8s.io": (("addressType",),),
    "Service": (("spec", "clusterIP"), ("spec", "clusterIPs")),
    "Pod": (
        ("spec", "nodeName"),
        ("spec", "restartPolicy"),
        ("spec", "serviceAccountName"),
        ("spec", "volumes"),
        ("spec", "hostNetwork"),
        ("spec", "containers", "*", "name"),
        ("spec", "containers", "*", "command"),
        ("spec", "containers", "*", "args"),
        ("spec", "containers", "*", "env"),
        ("spec", "containers", "*", "ports"),
        ("spec", "containers", "*", "volumeMounts"),
    ),
}

SEALED: Mapping[str, frozenset[Path]] = {
    "ConfigMap": frozenset({("data",), ("binaryData",), ("immutable",)}),
    "Secret": frozenset({("data",), ("immutable",)}),
}
"""Fixed once the object says `immutable: true`."""


def fixed_paths(group_kind: str, live: Mapping[str, Value]) -> frozenset[Path]:
    """What cannot be changed on this very object."""
    always = frozenset(IMMUTABLE.get(group_kind, ()))
    return always | SEALED.get(group_kind, frozenset()) if live.get("immutable") is True else always


IMMUTABLE_WORDS = (
    "immutable",
    "may not change",
    "may not be changed",
    "cannot change",
    "cannot be changed",
    "can not be changed",
    "for fields other than",
    "updates to ",
    "is not allowed to be changed",
)
"""How the API words it, in lower case."""


def is_immutability(message: str) -> bool:
    """True where the message of a 422's cause says that a value cannot be changed."""
    lowered = message.lower()
    return any(word in lowered for word in IMMUTABLE_WORDS)
