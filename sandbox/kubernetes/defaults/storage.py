"""Defaults of volumes, claims, classes, secrets, namespaces, nodes."""

from __future__ import annotations

import base64
from typing import Any

from sandbox.kubernetes.defaults.pods import volume_source

Object = dict[str, Any]


def secret(value: Object) -> None:
    value.setdefault("type", "Opaque")
    written = value.pop("stringData", None)
    if written:
        data = value.setdefault("data", {})
        for key, text in written.items():
            data[key] = base64.b64encode(text.encode()).decode()


def claim(value: Object) -> None:
    spec = value.setdefault("spec", {})
    spec.setdefault("volumeMode", "Filesystem")
    value.setdefault("status", {}).setdefault("phase", "Pending")
    source, reference = spec.get("dataSource"), spec.get("dataSourceRef")
    if source and not reference:
        spec["dataSourceRef"] = dict(source)


def volume(value: Object) -> None:
    spec = value.setdefault("spec", {})
    spec.setdefault("persistentVolumeReclaimPolicy", "Retain")
    spec.setdefault("volumeMode", "Filesystem")
    value.setdefault("status", {}).setdefault("phase", "Pending")
    volume_source(spec)


def storage_class(value: Object) -> None:
    value.setdefault("reclaimPolicy", "Delete")
    value.setdefault("volumeBindingMode", "Immediate")


def csi_driver(value: Object) -> None:
    spec = value.setdefault("spec", {})
    for key, default in (
        ("attachRequired", True),
        ("podInfoOnMount", False),
        ("storageCapacity", False),
        ("fsGroupPolicy", "ReadWriteOnceWithFSType"),
        ("volumeLifecycleModes", ["Persistent"]),
        ("requiresRepublish", False),
        ("seLinuxMount", False),
    ):
        if spec.get(key) is None:
            spec[key] = default


def namespace(value: Object) -> None:
    value.setdefault("status", {}).setdefault("phase", "Active")
    name = value["metadata"].get("name")
    if name:
        value["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = name


def node(value: Object) -> None:
    status = value.setdefault("status", {})
    if not status.get("allocatable") and status.get("capacity"):
        status["allocatable"] = dict(status["capacity"])


def limit_range(value: Object) -> None:
    for item in (value.get("spec") or {}).get("limits") or ():
        if item.get("type") != "Container":
            continue
        default = item.setdefault("default", {})
        for name, amount in (item.get("max") or {}).items():
            default.setdefault(name, amount)
        request = item.setdefault("defaultRequest", {})
        for name, amount in default.items():
            request.setdefault(name, amount)
        for name, amount in (item.get("min") or {}).items():
            request.setdefault(name, amount)
        for key in ("default", "defaultRequest"):
            if not item[key]:
                del item[key]


def priority_class(value: Object) -> None:
    value.setdefault("preemptionPolicy", "PreemptLowerPriority")
