"""What reconcilers do to objects: each write goes the way that a client's write goes, under a manager's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.kubernetes import writes
from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.deletion import Deletion, delete
from sandbox.kubernetes.problem import Refusal
from sandbox.kubernetes.requests import Write
from sandbox.kubernetes.resources import Resource
from sandbox.kubernetes.store import Object, copied

MANAGER = "kube-controller-manager"


def resource(cluster: Cluster, value: Object) -> Resource:
    group = value["apiVersion"].rpartition("/")[0]
    found = cluster.find(group, value["kind"])
    assert found is not None, value["kind"]
    return found


def create(cluster: Cluster, value: Object, manager: str = MANAGER) -> Object:
    kind = resource(cluster, value)
    write = Write(manager=manager, validation="Ignore")
    return writes.create(cluster, kind, value["metadata"].get("namespace", ""), value, write)


def edit(
    cluster: Cluster,
    value: Object,
    change: Callable[[Object], Any],
    *,
    subresource: str = "",
    manager: str = MANAGER,
) -> Object:
    """Applies `change` in place to a copy of the present object and stores it; nothing happens where it is gone."""
    kind = resource(cluster, value)
    old = present(cluster, value)
    if old is None:
        return value
    new = copied(old)
    change(new)
    write = Write(manager=manager, validation="Ignore", subresource=subresource)
    return writes.replace(cluster, kind, old, new, write, None)


def set_status(cluster: Cluster, value: Object, status: Object, manager: str = MANAGER) -> Object:
    """Writes the status where it differs, leaving keys of it that are not named in `status` out."""
    if value.get("status") == status:
        return value

    kind = resource(cluster, value)
    old = present(cluster, value)
    if old is None:
        return value
    # What is not copied stays the same object, which comparing passes over.
    new = {**old, "metadata": copied(old["metadata"]), "status": status}
    write = Write(manager=manager, validation="Ignore", subresource="status")
    return writes.replace(cluster, kind, old, new, write, None)


def present(cluster: Cluster, value: Object) -> Object | None:
    """The object as it is now; None when it is gone, or another one has its name."""
    metadata = value["metadata"]
    found = cluster.store.get(resource(cluster, value).store_key, metadata.get("namespace", ""), metadata["name"])
    return found if found is not None and found["metadata"]["uid"] == metadata["uid"] else None


def remove(cluster: Cluster, value: Object, wanted: Deletion | None = None) -> None:
    kind = resource(cluster, value)
    metadata = value["metadata"]
    chosen = wanted or Deletion(policy="Background", uid=metadata["uid"])
    try:
        delete(cluster, kind, metadata.get("namespace", ""), metadata["name"], chosen)
    except Refusal as refusal:
        if refusal.reason not in ("NotFound", "Conflict"):
            raise


def drop_finalizer(cluster: Cluster, value: Object, name: str) -> Object:
    def change(new: Object) -> None:
        left = [each for each in new["metadata"].get("finalizers") or () if each != name]
        new["metadata"].pop("finalizers", None)
        if left:
            new["metadata"]["finalizers"] = left

    return edit(cluster, value, change)


def owner(value: Object) -> Object | None:
    """The controller reference."""
    for each in value["metadata"].get("ownerReferences") or ():
        if each.get("controller"):
            found: Object = each
            return found
    return None


def owned(cluster: Cluster, key: tuple[str, str], value: Object) -> list[Object]:
    """The objects of one resource whose controller is `value`."""
    uid = value["metadata"]["uid"]
    rows = cluster.store.owned(key, uid)
    return [each for each in rows if (found := owner(each)) is not None and found["uid"] == uid]


def condition(
    rows: list[Object], sort: str, status: str, now: str, *, reason: str = "", message: str = "", updated: bool = False
) -> list[Object]:
    """`rows` with one condition set; its transition time moves only when its status does. `updated` adds lastUpdateTime."""
    found = next((each for each in rows if each["type"] == sort), None)
    if found and (found["status"], found.get("reason", ""), found.get("message", "")) == (status, reason, message):
        return rows
    new: Object = {"type": sort, "status": status}
    if updated:
        new["lastUpdateTime"] = now
    same = found is not None and found["status"] == status
    new["lastTransitionTime"] = found["lastTransitionTime"] if same and found else now
    if reason:
        new["reason"] = reason
    if message:
        new["message"] = message
    return [each for each in rows if each["type"] != sort] + [new]


def pod_is(value: Object, sort: str) -> bool:
    rows = (value.get("status") or {}).get("conditions") or ()
    return any(each["type"] == sort and each["status"] == "True" for each in rows)


def leaving(rows: list[Object]) -> int:
    """How many pods are on their way out."""
    return sum(bool(each["metadata"].get("deletionTimestamp")) for each in rows)


def active(value: Object) -> bool:
    phase = (value.get("status") or {}).get("phase")
    return phase not in ("Succeeded", "Failed") and not value["metadata"].get("deletionTimestamp")
