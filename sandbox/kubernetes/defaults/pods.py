"""Defaults of pods and pod templates."""

from __future__ import annotations

import re
from typing import Any

Object = dict[str, Any]


def pod(value: Object) -> None:
    spec = value.setdefault("spec", {})
    pod_spec(spec)
    if spec.get("enableServiceLinks") is None:
        spec["enableServiceLinks"] = True
    for each in (*(spec.get("containers") or ()), *(spec.get("initContainers") or ())):
        requests_from_limits(each["resources"])
        for port in (each.get("ports") or ()) if spec.get("hostNetwork") else ():
            if not port.get("hostPort") and port.get("containerPort"):
                port["hostPort"] = port["containerPort"]


def pod_template(value: Object) -> None:
    pod_spec(value.setdefault("template", {}).setdefault("spec", {}))


def pod_spec(spec: Object) -> None:
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("securityContext", {})
    spec.setdefault("terminationGracePeriodSeconds", 30)
    spec.setdefault("schedulerName", "default-scheduler")
    if "serviceAccountName" in spec:
        spec["serviceAccount"] = spec["serviceAccountName"]
    elif "serviceAccount" in spec:
        spec["serviceAccountName"] = spec["serviceAccount"]
    for row in ("containers", "initContainers", "ephemeralContainers"):
        for each in spec.get(row) or ():
            container(each)
    for each in spec.get("volumes") or ():
        volume(each)


def container(value: Object) -> None:
    value.setdefault("terminationMessagePath", "/dev/termination-log")
    value.setdefault("terminationMessagePolicy", "File")
    value.setdefault("resources", {})
    if not value.get("imagePullPolicy"):
        value["imagePullPolicy"] = pull_policy(value.get("image", ""))
    for port in value.get("ports") or ():
        port.setdefault("protocol", "TCP")
    for each in ("livenessProbe", "readinessProbe", "startupProbe"):
        if value.get(each):
            probe(value[each])
    for hook in (value.get("lifecycle") or {}).values():
        if isinstance(hook, dict):
            http_get(hook.get("httpGet"))
    for variable in value.get("env") or ():
        reference = (variable.get("valueFrom") or {}).get("fieldRef")
        if reference is not None:
            reference.setdefault("apiVersion", "v1")
        from_file = (variable.get("valueFrom") or {}).get("fileKeyRef")
        if from_file is not None:
            from_file.setdefault("optional", False)


def requests_from_limits(resources: Object) -> None:
    limits = resources.get("limits")
    if limits:
        requests = resources.setdefault("requests", {})
        for name, amount in limits.items():
            requests.setdefault(name, amount)


PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
DOMAIN = r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::\d+)?/)?"
IMAGE = re.compile(rf"{DOMAIN}{PART}(?:/{PART})*(?::[\w][\w.-]{{0,127}})?(?:@[A-Za-z][\w.+-]*:[0-9a-fA-F]{{32,}})?")


def pull_policy(image: str) -> str:
    """What is no reference to an image counts as one with a tag."""
    if not IMAGE.fullmatch(image):
        return "IfNotPresent"
    name, _, digest = image.rsplit("/", 1)[-1].partition("@")
    tag = name.partition(":")[2]
    return "Always" if tag == "latest" or not (tag or digest) else "IfNotPresent"


def probe(value: Object) -> None:
    for key, default in (("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)):
        if not value.get(key):
            value[key] = default
    http_get(value.get("httpGet"))
    if value.get("grpc") is not None:
        value["grpc"].setdefault("service", "")


def http_get(value: Object | None) -> None:
    if value is not None:
        value.setdefault("scheme", "HTTP")
        value.setdefault("path", "/")


SOURCES = {
    "awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "configMap", "csi", "downwardAPI", "emptyDir",
    "ephemeral", "fc", "flexVolume", "flocker", "gcePersistentDisk", "gitRepo", "glusterfs", "hostPath", "image", "iscsi",
    "nfs", "persistentVolumeClaim", "photonPersistentDisk", "portworxVolume", "projected", "quobyte", "rbd", "scaleIO",
    "secret", "storageos", "vsphereVolume",
}  # fmt: skip


def volume(value: Object) -> None:
    if not SOURCES & value.keys():
        value["emptyDir"] = {}
    if value.get("image") is not None:
        value["image"].setdefault("pullPolicy", pull_policy(value["image"].get("reference", "")))
    volume_source(value)
    for key in ("secret", "configMap", "downwardAPI", "projected"):
        if value.get(key) is not None:
            value[key].setdefault("defaultMode", 420)
    down = value.get("downwardAPI")
    _field_references((down or {}).get("items"))
    for source in (value.get("projected") or {}).get("sources") or ():
        if source.get("serviceAccountToken") is not None:
            source["serviceAccountToken"].setdefault("expirationSeconds", 3600)
        _field_references((source.get("downwardAPI") or {}).get("items"))
    claim = ((value.get("ephemeral") or {}).get("volumeClaimTemplate") or {}).get("spec")
    if claim is not None:
        claim.setdefault("volumeMode", "Filesystem")


def _field_references(items: Any) -> None:
    for item in items or ():
        if item.get("fieldRef") is not None:
            item["fieldRef"].setdefault("apiVersion", "v1")


def volume_source(value: Object) -> None:
    """Defaults that pod volumes and persistent volumes share."""
    for key, defaults in SHARED.items():
        source = value.get(key)
        if source is not None:
            for name, default in defaults.items():
                source.setdefault(name, default)


SHARED: dict[str, dict[str, Any]] = {
    "hostPath": {"type": ""},
    "rbd": {"pool": "rbd", "user": "admin", "keyring": "/etc/ceph/keyring"},
    "iscsi": {"iscsiInterface": "default"},
    "azureDisk": {"cachingMode": "ReadWrite", "kind": "Shared", "fsType": "ext4", "readOnly": False},
    "scaleIO": {"storageMode": "ThinProvisioned", "fsType": "xfs"},
}
