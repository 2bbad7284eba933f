"""Rules of ConfigMaps, Secrets, volumes, claims, classes, quotas."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

from sandbox.kubernetes import names, quantity
from sandbox.kubernetes.problem import Fault, required, unsupported, wrong

Object = dict[str, Any]
LIMIT = 1024 * 1024
MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
KEYS_OF_TYPE = {
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
}


REGISTRY_KEYS = {
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/dockercfg": (".dockercfg",),
}


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(base64.b64decode(text)), dict)
    except ValueError:
        return False


def _too_long(path: str) -> Fault:
    return Fault(reason="FieldValueTooLong", path=path, message=f"Too long: may not be more than {LIMIT} bytes")


def config_map(value: Object) -> Iterator[Fault]:
    total = 0
    binary = value.get("binaryData") or {}
    for key, text in (value.get("data") or {}).items():
        for problem in names.config_key(key):
            yield wrong(f"data[{key}]", key, problem)
        if key in binary:
            yield wrong(f"data[{key}]", key, "duplicate of key present in binaryData")
        total += len(text.encode())
    for key, text in binary.items():
        for problem in names.config_key(key):
            yield wrong(f"binaryData[{key}]", key, problem)
        total += len(text) * 3 // 4
    if total > LIMIT:
        yield _too_long("[]")


def secret(value: Object) -> Iterator[Fault]:
    total = 0
    data = value.get("data") or {}
    for key, text in data.items():
        for problem in names.config_key(key):
            yield wrong(f"data[{key}]", key, problem)
        total += len(text or "") * 3 // 4
    if total > LIMIT:
        yield _too_long("data")
    for key in KEYS_OF_TYPE.get(value.get("type", ""), ()):
        if key not in data:
            yield required(f"data[{key}]")
    account = (value["metadata"].get("annotations") or {}).get("kubernetes.io/service-account.name")
    if value.get("type") == "kubernetes.io/service-account-token" and not account:
        yield required("metadata.annotations[kubernetes.io/service-account.name]")
    for key in REGISTRY_KEYS.get(value.get("type", ""), ()):
        if key in data and not _is_json(data[key]):
            yield wrong(f"data[{key}]", "<secret contents redacted>", "not JSON")
    if value.get("type") == "kubernetes.io/basic-auth" and not {"username", "password"} & data.keys():
        yield required("data[username]")
        yield required("data[password]")


def _access(spec: Object, path: str) -> Iterator[Fault]:
    modes = spec.get("accessModes") or ()
    if not modes:
        yield required(f"{path}.accessModes", "at least 1 access mode is required")
    for each in modes:
        if each not in MODES:
            yield unsupported(f"{path}.accessModes", each, MODES)


def claim(value: Object) -> Iterator[Fault]:
    yield from claim_spec(value.get("spec") or {}, "spec")


def claim_spec(spec: Object, path: str) -> Iterator[Fault]:
    yield from _access(spec, path)
    asked = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    if asked is None:
        yield required(f"{path}.resources[storage]")
    elif quantity.value(asked) <= 0:
        yield wrong(f"{path}.resources[storage]", asked, "must be greater than zero")


SOURCES = {
    "awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "csi", "fc", "flexVolume", "flocker",
    "gcePersistentDisk", "glusterfs", "hostPath", "iscsi", "local", "nfs", "photonPersistentDisk", "portworxVolume",
    "quobyte", "rbd", "scaleIO", "storageos", "vsphereVolume",
}  # fmt: skip


def volume(value: Object) -> Iterator[Fault]:
    spec = value.get("spec") or {}
    if not spec.get("accessModes"):
        yield required("spec.accessModes")
    yield from (each for each in _access(spec, "spec") if spec.get("accessModes"))
    if not spec.get("capacity"):
        yield required("spec.capacity")
        yield unsupported("spec.capacity", None, ("storage",))
    if not SOURCES & spec.keys():
        yield required("spec", "must specify a volume type")


def storage_class(value: Object) -> Iterator[Fault]:
    if not value.get("provisioner"):
        yield required("provisioner")
    if value.get("reclaimPolicy") not in ("Delete", "Retain"):
        yield unsupported("reclaimPolicy", value.get("reclaimPolicy", ""), ("Delete", "Retain"))


def priority_class(value: Object) -> Iterator[Fault]:
    if value.get("value", 0) > 1_000_000_000 and not value["metadata"]["name"].startswith("system-"):
        yield Fault(
            reason="FieldValueForbidden",
            path="value",
            message="Forbidden: maximum allowed value of a user defined priority is 1000000000",
        )


def resource_quota(value: Object) -> Iterator[Fault]:
    for name, amount in ((value.get("spec") or {}).get("hard") or {}).items():
        if quantity.value(amount) < 0:
            yield wrong(f"spec.hard[{name}]", amount, "must be greater than or equal to 0")
