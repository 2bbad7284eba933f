"""The sub-resources scale and finalize."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kubernetes import ownership, patches, writes
from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.deletion import finish
from sandbox.kubernetes.problem import method_not_allowed, not_found, not_imitated
from sandbox.kubernetes.requests import Target, write_options
from sandbox.kubernetes.resources import Resource
from sandbox.kubernetes.store import Object, copied


def scale(
    cluster: Cluster,
    resource: Resource,
    target: Target,
    method: str,
    body: tuple[str, Any],
    agent: str,
    query: Mapping[str, str],
) -> Object:
    """Reads or sets the number of replicas."""
    with cluster.store.lock:
        found = cluster.store.get(resource.store_key, target.namespace, target.name)
        if found is None:
            raise not_found(resource.plural, resource.group, target.name)
        present = shown(resource, found)
        if method == "GET":
            return present
        kind, given = body
        if method == "PUT":
            wanted = given
        elif method == "PATCH" and kind == "application/json-patch+json":
            wanted = patches.json_patch(present, given)
        elif method == "PATCH" and "apply" in kind:
            raise not_imitated(f"apply to {resource.plural}/scale")
        elif method == "PATCH":
            wanted = patches.merge(present, given)
        else:
            raise method_not_allowed()
        new = copied(found)
        put(new, paths(resource)[0], (wanted.get("spec") or {}).get("replicas", 0))
        expected = (wanted.get("metadata") or {}).get("resourceVersion")
        if expected:
            new["metadata"]["resourceVersion"] = expected
        write = write_options(query, agent, "scale")
        stored = writes.replace(cluster, resource, found, new, write, _managers(cluster, resource, found, new, agent, query))
        return shown(resource, stored)


def _managers(
    cluster: Cluster, resource: Resource, old: Object, new: Object, agent: str, query: Mapping[str, str]
) -> ownership.Managers:
    write = write_options(query, agent, "scale")
    before = ownership.decode(old["metadata"].get("managedFields"))
    return ownership.after_update(resource.shape, old, new, before, writes.actor(resource, write), cluster.clock())


def paths(resource: Resource) -> tuple[str, str, str]:
    """Of the replicas wanted, the replicas there, the selector."""
    if resource.custom is not None:
        declared = resource.custom["subresources"]["scale"]
        return declared["specReplicasPath"], declared["statusReplicasPath"], declared.get("labelSelectorPath", "")
    return ".spec.replicas", ".status.replicas", ""


def at(value: Any, path: str) -> Any:
    for part in path.strip(".").split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def put(value: Object, path: str, what: Any) -> None:
    *parents, last = path.strip(".").split(".")
    for part in parents:
        value = value.setdefault(part, {})
    value[last] = what


def shown(resource: Resource, value: Object) -> Object:
    wanted, present, selector = paths(resource)
    metadata = {
        key: value["metadata"][key]
        for key in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
        if key in value["metadata"]
    }
    status: Object = {"replicas": at(value, present) or 0}
    text = at(value, selector) if selector else selector_text(at(value, ".spec.selector"))
    if text:
        status["selector"] = text
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": metadata,
        "spec": {"replicas": at(value, wanted)} if at(value, wanted) else {},
        "status": status,
    }


def selector_text(selector: Any) -> str:
    if not isinstance(selector, dict):
        return ""
    labels = selector.get("matchLabels") if "matchLabels" in selector or "matchExpressions" in selector else selector
    rows = [f"{key}={each}" for key, each in sorted((labels or {}).items())]
    for each in selector.get("matchExpressions") or () if isinstance(selector.get("matchExpressions"), list) else ():
        values = ",".join(sorted(each.get("values") or ()))
        words = {"In": f"{each['key']} in ({values})", "NotIn": f"{each['key']} notin ({values})"}
        rows.append(words.get(each["operator"], each["key"] if each["operator"] == "Exists" else f"!{each['key']}"))
    return ",".join(rows)


def finalize(cluster: Cluster, resource: Resource, target: Target, body: Object) -> Object:
    """Sets the finalizers of a namespace's spec; the namespace goes when none is left."""
    with cluster.store.lock:
        found = writes.existing(cluster, resource, "", target.name)
        spec = {**(found.get("spec") or {}), "finalizers": (body.get("spec") or {}).get("finalizers") or []}
        stored = cluster.store.put(resource.store_key, {**found, "spec": spec, "metadata": {**found["metadata"]}})
        return finish(cluster, resource, stored)
