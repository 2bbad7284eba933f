"""Rules of pods and pod templates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.kubernetes import names, quantity
from sandbox.kubernetes.problem import Fault, duplicate, not_permitted, required, unsupported, wrong

Object = dict[str, Any]
RESTARTS = ("Always", "OnFailure", "Never")
DNS = ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")
PULLS = ("Always", "IfNotPresent", "Never")
PROTOCOLS = ("TCP", "UDP", "SCTP")


def pod(value: Object) -> Iterator[Fault]:
    yield from pod_spec(value.get("spec") or {}, "spec")


def pod_spec(spec: Object, path: str) -> Iterator[Fault]:
    volumes = {each.get("name"): each for each in spec.get("volumes") or ()}
    yield from _volumes(spec.get("volumes") or (), f"{path}.volumes")
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
    grace = spec.get("terminationGracePeriodSeconds")
    if grace is not None and grace < 0:
        yield wrong(f"{path}.terminationGracePeriodSeconds", grace, "must be greater than or equal to 0")


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
        found = volume.get(source)
        for key in keys if found is not None else ():
            if not found.get(key):
                yield required(f"{path}.{source}.{key}")


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
    yield from _mounts(value.get("volumeMounts") or (), f"{path}.volumeMounts", volumes)
    yield from _resources(value.get("resources") or {}, f"{path}.resources")
    for each in ("livenessProbe", "readinessProbe", "startupProbe"):
        if value.get(each) is not None:
            yield from _probe(value[each], f"{path}.{each}", each)


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
        if not each.get("name"):
            yield required(f"{at}.name")
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


def _probe(value: Object, path: str, which: str) -> Iterator[Fault]:
    handlers = [key for key in ("exec", "grpc", "httpGet", "tcpSocket") if value.get(key) is not None]
    if not handlers:
        yield required(path, "must specify a handler type")
    for extra in handlers[1:]:
        yield not_permitted(f"{path}.{extra}", "may not specify more than 1 handler type")
    if which != "readinessProbe" and value.get("successThreshold", 1) != 1:
        yield wrong(f"{path}.successThreshold", value["successThreshold"], "must be 1")
