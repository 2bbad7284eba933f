"""Services: addresses of load balancers; an EndpointSlice and the Endpoints of the pods that are selected."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.kubernetes.cluster import Cluster, reference
from sandbox.kubernetes.controllers import acts, endpoints
from sandbox.kubernetes.controllers.loop import Task
from sandbox.kubernetes.store import Object

SERVICES = ("", "services")
SLICES = ("discovery.k8s.io", "endpointslices")
MANAGER = "endpointslice-controller.k8s.io"


def selecting(cluster: Cluster, pod: Object) -> Iterator[Task]:
    """The Services whose selector a pod's labels satisfy."""
    labels = pod["metadata"].get("labels") or {}
    for each in cluster.store.list(SERVICES, pod["metadata"]["namespace"]):
        selector = each["spec"].get("selector")
        if selector and selector.items() <= labels.items():
            yield ("service", each["metadata"]["namespace"], each["metadata"]["name"])


def reconcile(cluster: Cluster, namespace: str, name: str) -> float | None:
    service = cluster.store.get(SERVICES, namespace, name)
    if service is None:
        endpoints.remove(cluster, namespace, name)
        return None
    if service["metadata"].get("deletionTimestamp"):
        return None
    _balance(cluster, service)
    if service["spec"].get("selector") and service["spec"].get("type") != "ExternalName":
        _endpoints(cluster, service)
    return None


def _balance(cluster: Cluster, service: Object) -> None:
    status = service.get("status") or {}
    present = (status.get("loadBalancer") or {}).get("ingress")
    if service["spec"].get("type") != "LoadBalancer":
        if present:
            acts.set_status(cluster, service, {**status, "loadBalancer": {}})
        return
    if present:
        return
    taken = {
        row.get("ip")
        for each in cluster.store.list(SERVICES)
        for row in ((each.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    }
    prefix = cluster.settings.balancer_prefix
    address = next((f"{prefix}{number}" for number in range(1, 255) if f"{prefix}{number}" not in taken), f"{prefix}254")
    ingress = [{"ip": address, "ipMode": "VIP"}]
    acts.set_status(cluster, service, {**status, "loadBalancer": {"ingress": ingress}})


def _endpoints(cluster: Cluster, service: Object) -> None:
    metadata, spec = service["metadata"], service["spec"]
    pods = [
        each
        for each in cluster.store.list(("", "pods"), metadata["namespace"])
        if spec["selector"].items() <= (each["metadata"].get("labels") or {}).items()
        and (each.get("status") or {}).get("podIP")
        and (each.get("status") or {}).get("phase") not in ("Succeeded", "Failed")
    ]
    ports = [_port(each, pods) for each in spec.get("ports") or ()]
    endpoints.report(cluster, service, pods, ports)
    wanted: Object = {
        "addressType": "IPv4",
        "endpoints": [_endpoint(each) for each in pods] or None,
        "ports": ports or None,
    }
    present = next(iter(acts.owned(cluster, SLICES, service)), None)
    if present is None:
        slice_metadata = {
            "generateName": f"{metadata['name']}-",
            "namespace": metadata["namespace"],
            "labels": {
                **(metadata.get("labels") or {}),
                "kubernetes.io/service-name": metadata["name"],
                "endpointslice.kubernetes.io/managed-by": MANAGER,
            },
            "ownerReferences": [reference(service)],
        }
        body = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": slice_metadata, **wanted}
        acts.create(cluster, body)
        return
    acts.edit(cluster, present, lambda new: new.update(wanted))


def _endpoint(pod: Object) -> Object:
    ready = acts.pod_is(pod, "Ready")
    leaving = bool(pod["metadata"].get("deletionTimestamp"))
    return {
        "addresses": [pod["status"]["podIP"]],
        "conditions": {"ready": ready and not leaving, "serving": ready, "terminating": leaving},
        "nodeName": pod["spec"].get("nodeName"),
        "targetRef": {
            "kind": "Pod",
            "namespace": pod["metadata"]["namespace"],
            "name": pod["metadata"]["name"],
            "uid": pod["metadata"]["uid"],
        },
    }


def _port(port: Object, pods: list[Object]) -> Object:
    number = port.get("targetPort", port["port"])
    if isinstance(number, str):
        named = {
            each.get("name"): each["containerPort"]
            for pod in pods
            for container in pod["spec"]["containers"]
            for each in container.get("ports") or ()
        }
        number = named.get(number)
    found: Object = {"name": port.get("name", ""), "protocol": port.get("protocol", "TCP")}
    if number is not None:
        found["port"] = number
    return found
