"""Service addresses and node ports: allocated in order, checked when asked for, carried over by updates."""

from __future__ import annotations

from typing import Any

from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.problem import Fault, invalid, wrong
from sandbox.kubernetes.store import Object

SERVICES = ("", "services")
NODE_PORTS = range(30000, 32768)
EXTERNAL = ("NodePort", "LoadBalancer")


def service_born(cluster: Cluster, value: Object) -> None:
    value["status"] = {"loadBalancer": {}}


def service_moved(cluster: Cluster, new: Object, old: Object) -> None:
    spec, before = new["spec"], old["spec"]
    if spec.get("type") == "ExternalName":
        _release(spec)
        return
    if before.get("type") != "ExternalName" and not spec.get("clusterIP"):
        for key in ("clusterIP", "clusterIPs"):
            if before.get(key):
                spec[key] = before[key]
    for key in ("ipFamilies", "ipFamilyPolicy", "healthCheckNodePort"):
        if not spec.get(key) and before.get(key):
            spec[key] = before[key]
    _carry_ports(spec, before)
    # A client that only changes the type means the fields that went with it to go.
    chosen = "allocateLoadBalancerNodePorts"
    if before.get("type") == "LoadBalancer" != spec.get("type") and spec.get(chosen) == before.get(chosen):
        spec.pop(chosen, None)


def _release(spec: Object) -> None:
    for key in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"):
        spec.pop(key, None)


def _carry_ports(spec: Object, before: Object) -> None:
    if spec.get("type") not in EXTERNAL:
        if before.get("type") in EXTERNAL:
            old = {(each.get("protocol"), each.get("port")): each.get("nodePort") for each in before.get("ports") or ()}
            for port in spec.get("ports") or ():
                if port.get("nodePort") and old.get((port.get("protocol"), port.get("port"))) == port["nodePort"]:
                    del port["nodePort"]
            for key in ("externalTrafficPolicy", "allocateLoadBalancerNodePorts", "healthCheckNodePort"):
                if spec.get(key) is not None and spec.get(key) == before.get(key):
                    del spec[key]
        return
    used = {each.get("nodePort") for each in spec.get("ports") or ()}
    old = {(each.get("protocol"), each.get("port")): each.get("nodePort") for each in before.get("ports") or ()}
    for port in spec.get("ports") or ():
        known = old.get((port.get("protocol"), port.get("port")))
        if not port.get("nodePort") and known and known not in used:
            port["nodePort"] = known


def allocate(cluster: Cluster, value: Object, dry_run: bool) -> None:
    """Gives the Service what it lacks; Invalid where it asks for what another one has. A dry run does not notice a
    node port that is out of range."""
    spec = value["spec"]
    if spec.get("type") == "ExternalName":
        return
    others = [each for each in cluster.store.list(SERVICES) if each["metadata"]["uid"] != value["metadata"].get("uid")]
    _allocate_address(cluster, value, others)
    if spec.get("type") in EXTERNAL and (spec["type"] == "NodePort" or spec.get("allocateLoadBalancerNodePorts", True)):
        _allocate_ports(value, others, dry_run)
    _health_port(spec, others)


def _health_port(spec: Object, others: list[Object]) -> None:
    """A load balancer that keeps traffic on the node asks the node for its health at a port of its own."""
    if spec.get("type") != "LoadBalancer" or spec.get("externalTrafficPolicy") != "Local":
        spec.pop("healthCheckNodePort", None)
    elif not spec.get("healthCheckNodePort"):
        rows = [spec, *(each["spec"] for each in others)]
        taken = {port.get("nodePort") for each in rows for port in each.get("ports") or ()}
        taken |= {each.get("healthCheckNodePort") for each in rows}
        spec["healthCheckNodePort"] = next(number for number in NODE_PORTS if number not in taken)


def _allocate_address(cluster: Cluster, value: Object, others: list[Object]) -> None:
    spec = value["spec"]
    taken = {address for each in others for address in each["spec"].get("clusterIPs") or ()}
    address = spec.get("clusterIP")
    if not address and spec.get("clusterIPs"):
        address = spec["clusterIPs"][0]
    if not address:
        address = _free_address(cluster, taken)
    elif address != "None" and address in taken:
        why = f"failed to allocate IP {address}: provided IP is already allocated"
        raise _refused(value, "spec.clusterIPs", [address], why)
    elif address != "None" and not address.startswith(cluster.settings.service_prefix):
        why = f"failed to allocate IP {address}: the provided network does not match the current range"
        raise _refused(value, "spec.clusterIPs", [address], why)
    spec["clusterIP"] = address
    spec["clusterIPs"] = [address]
    headless_without_selector = address == "None" and not spec.get("selector")
    families = ["IPv4", "IPv6"] if headless_without_selector and not spec.get("ipFamilyPolicy") else ["IPv4"]
    spec.setdefault("ipFamilies", families)
    spec.setdefault("ipFamilyPolicy", "RequireDualStack" if len(spec["ipFamilies"]) > 1 else "SingleStack")
    spec.setdefault("internalTrafficPolicy", "Cluster")


def _free_address(cluster: Cluster, taken: set[str]) -> str:
    for number in range(1, 65535):
        address = f"{cluster.settings.service_prefix}{number // 256}.{number % 256}"
        if address not in taken and number != 1:
            return address
    raise AssertionError("65,000 Services in one sandbox")


def _allocate_ports(value: Object, others: list[Object], dry_run: bool) -> None:
    taken = {port["nodePort"] for each in others for port in each["spec"].get("ports") or () if port.get("nodePort")}
    ports = value["spec"].get("ports") or []
    for index, port in enumerate(ports):
        wanted = port.get("nodePort")
        at = f"spec.ports[{index}].nodePort"
        if wanted and wanted not in NODE_PORTS and not dry_run:
            why = "provided port is not in the valid range. The range of valid ports is 30000-32767"
            raise _refused(value, at, wanted, why)
        if wanted and wanted in taken:
            raise _refused(value, at, wanted, "provided port is already allocated")
    used = taken | {port["nodePort"] for port in ports if port.get("nodePort")}
    for port in ports:
        if not port.get("nodePort"):
            port["nodePort"] = next(number for number in NODE_PORTS if number not in used)
            used.add(port["nodePort"])


def _refused(value: Object, path: str, given: Any, why: str) -> Exception:
    fault: Fault = wrong(path, given, why)
    return invalid("Service", "", value["metadata"].get("name", ""), [fault])
