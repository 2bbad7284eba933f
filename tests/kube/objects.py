"""Small Kubernetes objects for tests, and where they live."""

from __future__ import annotations

from typing import Any

GROUPS = {
    "widgets": "/apis/random.example.org/v1",
    "deployments": "/apis/apps/v1",
    "replicasets": "/apis/apps/v1",
    "statefulsets": "/apis/apps/v1",
    "daemonsets": "/apis/apps/v1",
    "jobs": "/apis/batch/v1",
    "cronjobs": "/apis/batch/v1",
    "ingresses": "/apis/networking.k8s.io/v1",
    "networkpolicies": "/apis/networking.k8s.io/v1",
    "roles": "/apis/rbac.authorization.k8s.io/v1",
    "rolebindings": "/apis/rbac.authorization.k8s.io/v1",
    "poddisruptionbudgets": "/apis/policy/v1",
    "horizontalpodautoscalers": "/apis/autoscaling/v2",
}
IMAGE = "registry.example/web:1"


def at(plural: str, space: str, name: str = "", part: str = "") -> str:
    """The path of a collection, of an object in it, or of a part of that object (`status`, `scale`)."""
    collection = f"{GROUPS.get(plural, '/api/v1')}/namespaces/{space}/{plural}"
    return collection + (f"/{name}" if name else "") + (f"/{part}" if part else "")


def thing(kind: str, name: str, version: str = "v1", **rest: Any) -> dict[str, Any]:
    """Labels, annotations and the like go to `metadata` through the keyword `metadata`."""
    metadata = {"name": name, **rest.pop("metadata", {})}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **rest}


def config_map(name: str, data: dict[str, Any] | None = None, **metadata: Any) -> dict[str, Any]:
    return thing("ConfigMap", name, data=data if data is not None else {"a": "1"}, metadata=metadata)


def pod_template(app: str, **spec: Any) -> dict[str, Any]:
    containers = [{"name": "web", "image": IMAGE}]
    return {"metadata": {"labels": {"app": app}}, "spec": {"containers": containers, **spec}}


def pod(name: str, **spec: Any) -> dict[str, Any]:
    return thing("Pod", name, spec={"containers": [{"name": "web", "image": IMAGE}], **spec})


def deployment(name: str, **spec: Any) -> dict[str, Any]:
    base = {"selector": {"matchLabels": {"app": name}}, "template": pod_template(name)}
    return thing("Deployment", name, "apps/v1", spec={**base, **spec})


def stateful_set(name: str, **spec: Any) -> dict[str, Any]:
    base = {
        "serviceName": name,
        "selector": {"matchLabels": {"app": name}},
        "template": pod_template(name),
    }
    return thing("StatefulSet", name, "apps/v1", spec={**base, **spec})


def daemon_set(name: str, **spec: Any) -> dict[str, Any]:
    base = {"selector": {"matchLabels": {"app": name}}, "template": pod_template(name)}
    return thing("DaemonSet", name, "apps/v1", spec={**base, **spec})


def job(name: str, **spec: Any) -> dict[str, Any]:
    return thing("Job", name, "batch/v1", spec={"template": pod_template(name, restartPolicy="Never"), **spec})


def service(name: str, **spec: Any) -> dict[str, Any]:
    base = {"selector": {"app": name}, "ports": [{"port": 80}]}
    return thing("Service", name, spec={**base, **spec})


def claim(name: str, **spec: Any) -> dict[str, Any]:
    base = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    return thing("PersistentVolumeClaim", name, spec={**base, **spec})


def crd(group: str, schema: dict[str, Any], kind: str = "Widget", **rest: Any) -> dict[str, Any]:
    """A CustomResourceDefinition of `group`, namespaced, with one version v1; `rest` goes to the version."""
    plural = f"{kind.lower()}s"
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}, **rest}
    return thing(
        "CustomResourceDefinition",
        f"{plural}.{group}",
        "apiextensions.k8s.io/v1",
        spec={
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": plural, "singular": kind.lower(), "kind": kind, "listKind": f"{kind}List"},
            "versions": [version],
        },
    )
