"""The Endpoints of a Service: the older form of its EndpointSlices, still what many read."""

from __future__ import annotations

from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.controllers import acts
from sandbox.kubernetes.store import Object

ENDPOINTS = ("", "endpoints")
MANAGED_BY = "endpoints.kubernetes.io/managed-by"
MANAGER = "endpoint-controller"
HEADLESS = "service.kubernetes.io/headless"


def report(cluster: Cluster, service: Object, pods: list[Object], ports: list[Object]) -> None:
    """Writes the addresses of `pods` where they differ."""
    metadata = service["metadata"]
    subsets = _subsets(pods, ports)
    labels = {**(metadata.get("labels") or {}), MANAGED_BY: MANAGER}
    if service["spec"].get("clusterIP") == "None":
        labels[HEADLESS] = ""
    present = cluster.store.get(ENDPOINTS, metadata["namespace"], metadata["name"])
    if present is None:
        own: Object = {"name": metadata["name"], "namespace": metadata["namespace"], "labels": labels}
        body: Object = {"apiVersion": "v1", "kind": "Endpoints", "metadata": own}
        acts.create(cluster, {**body, **({"subsets": subsets} if subsets else {})})
        return

    def change(new: Object) -> None:
        new["metadata"]["labels"] = labels
        new.pop("subsets", None)
        if subsets:
            new["subsets"] = subsets

    acts.edit(cluster, present, change)


def remove(cluster: Cluster, namespace: str, name: str) -> None:
    """Ours go with their Service; those that somebody wrote by hand stay."""
    present = cluster.store.get(ENDPOINTS, namespace, name)
    if present is not None and (present["metadata"].get("labels") or {}).get(MANAGED_BY) == MANAGER:
        acts.remove(cluster, present)


def _subsets(pods: list[Object], ports: list[Object]) -> list[Object]:
    sides: dict[str, list[Object]] = {"addresses": [], "notReadyAddresses": []}
    for pod in pods:
        if pod["metadata"].get("deletionTimestamp"):
            continue
        side = "addresses" if acts.pod_is(pod, "Ready") else "notReadyAddresses"
        sides[side].append(_address(pod))
    found = {side: rows for side, rows in sides.items() if rows}
    if not found:
        return []
    shown = [{key: each for key, each in port.items() if each != ""} for port in ports if "port" in port]
    return [{**found, **({"ports": shown} if shown else {})}]


def _address(pod: Object) -> Object:
    metadata = pod["metadata"]
    target = {"kind": "Pod", "namespace": metadata["namespace"], "name": metadata["name"], "uid": metadata["uid"]}
    return {"ip": pod["status"]["podIP"], "nodeName": pod["spec"].get("nodeName"), "targetRef": target}
