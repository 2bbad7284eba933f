"""Rules of pods and pod templates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from sandbox.kubernetes import names, quantity
from sandbox.kubernetes.problem import Fault, duplicate, not_permitted, required, unsupported, wrong
from sandbox.kubernetes.validation import placement, security

Object = dict[str, Any]
RESTARTS = ("Always", "OnFailure", "Never")
DNS = ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")
PULLS = ("Always", "IfNotPresent", "Never")
PROTOCOLS = ("TCP", "UDP", "SCTP")


def pod(value: Object) -> Iterator[Fault]:
    yield from pod_spec(value.get("spec") or {}, "spec")


def pod_spec(spec: Object, path: str, claims: Iterable[str] = ()) -> Iterator[Fault]:
    """`claims`: names of claim templates, which count as volumes."""
    rows = spec.get("volumes") or []
    found = list(_volumes(rows, f"{path}.volumes"))
    yield from found
    # A volume with a fault cannot be mounted.
    broken = {each.path.removeprefix(f"{path}.volumes[").split("]")[0] for each in found}
    volumes = {each.get("name"): each for index, each in enumerate(rows) if str(index) not in broken}
    volumes |= {name: {} for name in claims}
    if not spec.get("containers"):
        yield required(f"{path}.containers")
    seen: set[str] = set()
    for row in ("containers", "initContainers"):
        for index, each in enumerate(spec.get(row) or ()):
            yield from _container(each, f"{path}.{row}[{index}]", volumes, seen)
    if spec.get("restartPolicy") not in RESTARTS:
        yield unsupported(f"{path}.restartPolicy", spec.get("restartPolicy", ""), RESTARTS)
    if spec.get("dnsPolicy") not in DNS:
        yield unsupported(f"{path}.dnsPolicy", spec.get("dnsPolicy", ""), DNS)
    account = spec.get("serviceAccountName", "")
    for problem in names.subdomain(account) if account else ():
        yield wrong(f"{path}.serviceAccountName", account, problem)
    for key in ("hostname", "subdomain"):
        for problem in names.label(spec[key]) if spec.get(key) else ():
            yield wrong(f"{path}.{key}", spec[key], problem)
    yield from placement.rules(spec, path)
    yield from security.pod(spec, path)
    if spec.get("hostNetwork"):
        yield from _host_ports(spec, path)


def _host_ports(spec: Object, path: str) -> Iterator[Fault]:
    for index, container in enumerate(spec.get("containers") or ()):
        for row, port in enumerate(container.get("ports") or ()):
            if port.get("hostPort", port.get("containerPort")) != port.get("containerPort"):
                at = f"{path}.containers[{index}].ports[{row}].hostPort"
                yield wrong(at, port["hostPort"], "must match `containerPort` when `hostNetwork` is true")


def _volumes(volumes: Any, path: str) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, each in enumerate(volumes):
        at = f"{path}[{index}]"
        name = each.get("name", "")
        if not name:
            yield required(f"{at}.name")
        else:
            for problem in names.label(name):
                yield wrong(f"{at}.name", name, problem)
        if name in seen:
            yield duplicate(f"{at}.name", name)
        seen.add(name)
        sources = sorted((key for key in each if key != "name"), key=_turn)
        for extra in sources[1:]:
            yield not_permitted(f"{at}.{extra}", "may not specify more than 1 volume type")
        yield from _source(each, at)


# The order in which a real server looks: the first source it meets counts as meant.
SOURCES = (
    "emptyDir", "hostPath", "gitRepo", "gcePersistentDisk", "awsElasticBlockStore", "secret", "nfs", "iscsi", "glusterfs",
    "flocker", "rbd", "cinder", "cephfs", "downwardAPI", "configMap", "fc", "flexVolume", "azureFile", "vsphereVolume",
    "photonPersistentDisk", "portworxVolume", "azureDisk", "storageos", "projected", "scaleIO", "ephemeral",
)  # fmt: skip


def _turn(source: str) -> tuple[int, str]:
    return (SOURCES.index(source) if source in SOURCES else len(SOURCES), source)


REQUIRED_IN_SOURCE = {
    "hostPath": ("path",),
    "secret": ("secretName",),
    "configMap": ("name",),
    "persistentVolumeClaim": ("claimName",),
    "nfs": ("server", "path"),
    "gcePersistentDisk": ("pdName",),
    "awsElasticBlockStore": ("volumeID",),
    "glusterfs": ("endpoints", "path"),
    "gitRepo": ("repository",),
    "csi": ("driver",),
    "iscsi": ("targetPortal", "iqn"),
    "rbd": ("monitors", "image"),
    "cephfs": ("monitors",),
}


def _source(volume: Object, path: str) -> Iterator[Fault]:
    for source, keys in REQUIRED_IN_SOURCE.items():
        if volume.get(source) is None:
            continue
        for key in keys:
            if not volume[source].get(key):
                yield required(f"{path}.{source}.{key}")
    for source in ("secret", "configMap"):
        if volume.get(source) is not None:
            yield from _files(volume[source], f"{path}.{source}")
    if volume.get("hostPath") is not None:
        yield from _host_path(volume["hostPath"], f"{path}.hostPath")


def _files(source: Object, path: str) -> Iterator[Fault]:
    mode = source.get("defaultMode")
    if mode is not None and not 0 <= mode <= 0o777:
        yield wrong(f"{path}.defaultMode", mode, "must be a number between 0 and 0777 (octal), both inclusive")
    for index, item in enumerate(source.get("items") or ()):
        at = f"{path}.items[{index}]"
        for key in ("key", "path"):
            if not item.get(key):
                yield required(f"{at}.{key}")
        if item.get("path", "").startswith("/"):
            yield wrong(f"{at}.path", item["path"], "must be a relative path")
        if ".." in item.get("path", "").split("/"):
            yield wrong(f"{at}.path", item["path"], "must not contain '..'")


HOST_PATHS = ("", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket")


def _host_path(source: Object, path: str) -> Iterator[Fault]:
    if ".." in source.get("path", "").split("/"):
        yield wrong(f"{path}.path", source["path"], "must not contain '..'")
    if source.get("type", "") not in HOST_PATHS:
        yield unsupported(f"{path}.type", source["type"], HOST_PATHS)


def _container(value: Object, path: str, volumes: dict[Any, Object], seen: set[str]) -> Iterator[Fault]:
    name = value.get("name", "")
    if not name:
        yield required(f"{path}.name")
    else:
        for problem in names.label(name):
            yield wrong(f"{path}.name", name, problem)
    if name in seen:
        yield duplicate(f"{path}.name", name)
    seen.add(name)
    image = value.get("image", "")
    if not image:
        yield required(f"{path}.image")
    elif image != image.strip():
        yield wrong(f"{path}.image", image, "must not have leading or trailing whitespace")
    if value.get("imagePullPolicy") not in PULLS:
        yield unsupported(f"{path}.imagePullPolicy", value.get("imagePullPolicy", ""), PULLS)
    yield from _ports(value.get("ports") or (), f"{path}.ports")
    yield from _environment(value.get("env") or (), f"{path}.env")
    for source in value.get("envFrom") or ():
        if not source.get("configMapRef") and not source.get("secretRef"):
            yield wrong(f"{path}.envFrom", "", "must specify one of: `configMapRef` or `secretRef`")
    yield from _mounts(value.get("volumeMounts") or (), f"{path}.volumeMounts", volumes)
    yield from _resources(value.get("resources") or {}, f"{path}.resources")
    for each in ("livenessProbe", "readinessProbe", "startupProbe"):
        if value.get(each) is not None:
            yield from _probe(value[each], f"{path}.{each}", each)
    for hook, action in (value.get("lifecycle") or {}).items():
        if isinstance(action, dict) and not action:
            yield required(f"{path}.lifecycle.{hook}", "must specify a handler type")
    yield from security.container(value, path)


def _ports(ports: Any, path: str) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, each in enumerate(ports):
        at = f"{path}[{index}]"
        name = each.get("name", "")
        if name:
            if len(name) > 15:
                yield wrong(f"{at}.name", name, "must be no more than 15 characters")
            if name in seen:
                yield duplicate(f"{at}.name", name)
            seen.add(name)
        number = each.get("containerPort", 0)
        if number == 0:
            yield required(f"{at}.containerPort")
        elif not 1 <= number <= 65535:
            yield wrong(f"{at}.containerPort", number, "must be between 1 and 65535, inclusive")
        if each.get("protocol") not in PROTOCOLS:
            yield unsupported(f"{at}.protocol", each.get("protocol", ""), PROTOCOLS)


def _environment(rows: Any, path: str) -> Iterator[Fault]:
    for index, each in enumerate(rows):
        at = f"{path}[{index}]"
        name = each.get("name")
        if not name:
            yield required(f"{at}.name")
        elif not re.fullmatch(r"[ -<>-~]+", name):
            why = "a valid environment variable name must consist only of printable ASCII characters other than '='"
            yield wrong(f"{at}.name", name, why)
        source = each.get("valueFrom")
        if source is not None:
            if not source:
                yield wrong(
                    f"{at}.valueFrom",
                    "",
                    "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`",
                )
            elif each.get("value"):
                yield wrong(f"{at}.valueFrom", "", "may not be specified when `value` is not empty")
            yield from _value_source(source, f"{at}.valueFrom")


POD_FIELD = re.compile(
    r"metadata\.(name|namespace|uid|labels(\[.+\])?|annotations(\[.+\])?)"
    r"|spec\.(nodeName|serviceAccountName)|status\.(hostIP|hostIPs|podIP|podIPs)"
)


def _value_source(source: Object, path: str) -> Iterator[Fault]:
    for kind in ("configMapKeyRef", "secretKeyRef"):
        if source.get(kind) is not None and not source[kind].get("key"):
            yield required(f"{path}.{kind}.key")
    if source.get("fieldRef") is None:
        return
    field = source["fieldRef"].get("fieldPath", "")
    at = f"{path}.fieldRef.fieldPath"
    if not field:
        yield required(at)
    elif not POD_FIELD.fullmatch(field):
        yield wrong(at, field, f"error converting fieldPath: field label not supported: {field}")


def _mounts(rows: Any, path: str, volumes: dict[Any, Object]) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, each in enumerate(rows):
        at = f"{path}[{index}]"
        name = each.get("name", "")
        if not name:
            yield required(f"{at}.name")
        elif name not in volumes:
            yield Fault(reason="FieldValueNotFound", path=f"{at}.name", message=f'Not found: "{name}"')
        where = each.get("mountPath", "")
        if not where:
            yield required(f"{at}.mountPath")
        elif where in seen:
            yield wrong(f"{at}.mountPath", where, "must be unique")
        seen.add(where)


def _resources(value: Object, path: str) -> Iterator[Fault]:
    limits = value.get("limits") or {}
    for row in ("limits", "requests"):
        for name, amount in (value.get(row) or {}).items():
            if quantity.value(amount) < 0:
                yield wrong(f"{path}.{row}[{name}]", amount, "must be greater than or equal to 0")
    for name, amount in (value.get("requests") or {}).items():
        if name in limits and quantity.value(amount) > quantity.value(limits[name]):
            yield wrong(f"{path}.requests", amount, f"must be less than or equal to {name} limit of {limits[name]}")
        elif name not in limits and "/" in name and "kubernetes.io/" not in name:
            yield required(f"{path}.limits", "Limit must be set for non overcommitable resources")


def _probe(value: Object, path: str, which: str) -> Iterator[Fault]:
    handlers = [key for key in ("exec", "grpc", "httpGet", "tcpSocket") if value.get(key) is not None]
    if not handlers:
        yield required(path, "must specify a handler type")
    for extra in handlers[1:]:
        yield not_permitted(f"{path}.{extra}", "may not specify more than 1 handler type")
    for handler in ("httpGet", "tcpSocket"):
        port = (value.get(handler) or {}).get("port")
        if isinstance(port, int) and not 1 <= port <= 65535:
            yield wrong(f"{path}.{handler}.port", port, "must be between 1 and 65535, inclusive")
    for key in ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"):
        if value.get(key, 0) < 0:
            yield wrong(f"{path}.{key}", value[key], "must be greater than or equal to 0")
    if which != "readinessProbe" and value.get("successThreshold", 1) != 1:
        yield wrong(f"{path}.successThreshold", value["successThreshold"], "must be 1")
