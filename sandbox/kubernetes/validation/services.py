"""Rules of Services, endpoints, Ingress, NetworkPolicy."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

from sandbox.kubernetes import names
from sandbox.kubernetes.problem import Fault, duplicate, not_permitted, required, unsupported, wrong
from sandbox.kubernetes.validation.metadata import labels
from sandbox.kubernetes.validation.pods import PROTOCOLS
from sandbox.kubernetes.validation.workloads import selector

Object = dict[str, Any]
TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
RANGE = "must be between 1 and 65535, inclusive"


def is_address(text: Any) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def service(value: Object) -> Iterator[Fault]:
    spec = value.get("spec") or {}
    kind = spec.get("type")
    headless = spec.get("clusterIP") == "None"
    if kind not in TYPES:
        yield unsupported("spec.type", kind, TYPES)
    if not spec.get("ports") and not headless and kind != "ExternalName":
        yield required("spec.ports")
    if kind == "ExternalName":
        if not spec.get("externalName"):
            yield required("spec.externalName")
    elif kind == "LoadBalancer" and headless:
        yield wrong("spec.clusterIPs[0]", "None", "may not be set to 'None' for LoadBalancer services")
    elif kind == "NodePort" and headless:
        yield wrong("spec.clusterIPs[0]", "None", "may not be set to 'None' for NodePort services")
    address = spec.get("clusterIP")
    if address and address != "None" and not is_address(address):
        yield wrong("spec.clusterIPs[0]", address, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")
    yield from _ports(spec, kind)
    yield from labels("spec.selector", spec.get("selector"))
    if spec.get("sessionAffinity") not in ("None", "ClientIP"):
        yield unsupported("spec.sessionAffinity", spec.get("sessionAffinity"), ("ClientIP", "None"))
    if spec.get("externalTrafficPolicy") and kind not in ("NodePort", "LoadBalancer"):
        yield wrong(
            "spec.externalTrafficPolicy",
            spec["externalTrafficPolicy"],
            "may only be set for externally-accessible services",
        )


def _ports(spec: Object, kind: Any) -> Iterator[Fault]:
    ports = spec.get("ports") or []
    seen_names: set[str] = set()
    seen: set[tuple[Any, Any]] = set()
    for index, port in enumerate(ports):
        at = f"spec.ports[{index}]"
        name = port.get("name", "")
        if len(ports) > 1 and not name:
            yield required(f"{at}.name")
        elif name:
            for problem in names.label(name):
                yield wrong(f"{at}.name", name, problem)
            if name in seen_names:
                yield duplicate(f"{at}.name", name)
            seen_names.add(name)
        number = port.get("port", 0)
        if not 1 <= number <= 65535:
            yield wrong(f"{at}.port", number, RANGE)
        if port.get("protocol") not in PROTOCOLS:
            yield unsupported(f"{at}.protocol", port.get("protocol", ""), PROTOCOLS)
        target = port.get("targetPort")
        if isinstance(target, int) and not 1 <= target <= 65535:
            yield wrong(f"{at}.targetPort", target, RANGE)
        for problem in names.port_name(target) if isinstance(target, str) else ():
            yield wrong(f"{at}.targetPort", target, problem)
        if port.get("nodePort") and kind in ("ClusterIP", "ExternalName"):
            yield not_permitted(f"{at}.nodePort", f"may not be used when `type` is '{kind}'")
        if (port.get("protocol"), number) in seen:
            yield duplicate(at, {"protocol": port.get("protocol"), "port": number})
        seen.add((port.get("protocol"), number))


def endpoints(value: Object) -> Iterator[Fault]:
    for row, subset in enumerate(value.get("subsets") or ()):
        for index, address in enumerate(subset.get("addresses") or ()):
            if not is_address(address.get("ip", "")):
                yield wrong(
                    f"subsets[{row}].addresses[{index}].ip",
                    address.get("ip", ""),
                    "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
                )


PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")


def ingress(value: Object) -> Iterator[Fault]:
    spec = value.get("spec") or {}
    if not spec.get("rules") and spec.get("defaultBackend") is None:
        yield wrong("spec", spec, "either `defaultBackend` or `rules` must be specified")
    if spec.get("defaultBackend") is not None:
        yield from _backend(spec["defaultBackend"], "spec.defaultBackend")
    for row, rule in enumerate(spec.get("rules") or ()):
        for index, path in enumerate((rule.get("http") or {}).get("paths") or ()):
            at = f"spec.rules[{row}].http.paths[{index}]"
            kind = path.get("pathType")
            if kind is None:
                yield required(f"{at}.pathType", "pathType must be specified")
            elif kind not in PATH_TYPES:
                yield unsupported(f"{at}.pathType", kind, PATH_TYPES)
            elif kind != "ImplementationSpecific" and not path.get("path", "").startswith("/"):
                yield wrong(f"{at}.path", path.get("path", ""), "must be an absolute path")
            yield from _backend(path.get("backend") or {}, f"{at}.backend")


def _backend(value: Object, path: str) -> Iterator[Fault]:
    found = value.get("service")
    if found is None and value.get("resource") is None:
        yield wrong(path, "", "resource or service backend is required")
    elif found is not None:
        if not found.get("name"):
            yield required(f"{path}.service.name")
        port = found.get("port") or {}
        if not port.get("name") and not port.get("number"):
            yield required(f"{path}.service.port", "port name or number is required")


def network_policy(value: Object) -> Iterator[Fault]:
    yield from selector((value.get("spec") or {}).get("podSelector"), "spec.podSelector")
