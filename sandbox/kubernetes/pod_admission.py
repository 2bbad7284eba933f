"""What admission adds to pods: their account and its token, priority, tolerations, quality of service."""

from __future__ import annotations

from sandbox.kubernetes import quantity
from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.names import suffix
from sandbox.kubernetes.problem import forbidden
from sandbox.kubernetes.store import Object


def born(cluster: Cluster, value: Object) -> None:
    spec = value["spec"]
    namespace = value["metadata"]["namespace"]
    account = spec.setdefault("serviceAccountName", "default")
    spec["serviceAccount"] = account
    found = cluster.store.get(("", "serviceaccounts"), namespace, account)
    if found is None:
        why = f'error looking up service account {namespace}/{account}: serviceaccount "{account}" not found'
        raise forbidden("pods", "", value["metadata"]["name"], why)
    _mount_token(spec, found)
    _priority(cluster, value)
    _tolerations(spec)
    value["status"] = {"phase": "Pending", "qosClass": quality(spec)}


ACCOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"


def moved(cluster: Cluster, new: Object, old: Object) -> None:
    _tolerations(new["spec"])


def _mount_token(spec: Object, account: Object) -> None:
    wanted = spec.get("automountServiceAccountToken")
    if wanted is None:
        wanted = account.get("automountServiceAccountToken", True)
    if not wanted:
        return
    name = f"kube-api-access-{suffix()}"
    used = False
    for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        mounts = container.setdefault("volumeMounts", [])
        if all(each.get("mountPath") != ACCOUNT_PATH for each in mounts):
            mounts.append({"name": name, "readOnly": True, "mountPath": ACCOUNT_PATH})
            used = True
    if used:
        spec.setdefault("volumes", []).append({"name": name, "projected": token_sources()})


def token_sources() -> Object:
    path = {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
    return {
        "sources": [
            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
            {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
            {"downwardAPI": {"items": [path]}},
        ],
        "defaultMode": 420,
    }


def _priority(cluster: Cluster, value: Object) -> None:
    spec = value["spec"]
    classes = cluster.store.list(("scheduling.k8s.io", "priorityclasses"))
    name = spec.get("priorityClassName")
    if not name:
        chosen = next((each for each in classes if each.get("globalDefault")), None)
        if chosen is not None:
            spec["priorityClassName"] = chosen["metadata"]["name"]
    else:
        chosen = next((each for each in classes if each["metadata"]["name"] == name), None)
        if chosen is None:
            raise forbidden("pods", "", value["metadata"]["name"], f"no PriorityClass with name {name} was found")
    spec["priority"] = chosen.get("value", 0) if chosen else 0
    spec["preemptionPolicy"] = chosen.get("preemptionPolicy", "PreemptLowerPriority") if chosen else "PreemptLowerPriority"


def _tolerations(spec: Object) -> None:
    rows = spec.setdefault("tolerations", [])
    for key in ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"):
        if not any(each.get("key") in (key, None, "") and each.get("effect") in ("NoExecute", None, "") for each in rows):
            rows.append({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300})


def quality(spec: Object) -> str:
    """The QoS class: Guaranteed where every container's limits equal its requests for cpu and memory."""
    rows = [each.get("resources") or {} for each in (*(spec.get("containers") or ()), *(spec.get("initContainers") or ()))]
    wanted = [
        amount for each in rows for key in ("requests", "limits") for name, amount in (each.get(key) or {}).items()
        if name in ("cpu", "memory") and quantity.value(amount)
    ]  # fmt: skip
    if not wanted:
        return "BestEffort"
    for each in rows:
        limits, requests = each.get("limits") or {}, each.get("requests") or {}
        if any(name not in limits or requests.get(name, limits[name]) != limits[name] for name in ("cpu", "memory")):
            return "Burstable"
    return "Guaranteed"
