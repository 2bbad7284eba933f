"""Kubernetes objects behind Plumb's back: where one is found, and what somebody may change about it."""

from __future__ import annotations

import base64
import urllib.error
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from examples.outside import Cluster

Manifest = Mapping[str, Any]


def cluster_of(kubeconfig: Manifest) -> Cluster:
    """The one cluster in a kubeconfig with a bearer token."""
    cluster, user = kubeconfig["clusters"][0]["cluster"], kubeconfig["users"][0]["user"]
    authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
    return Cluster(cluster["server"], user["token"], authority)


@cache
def _served(api: Cluster, version: str) -> dict[str, tuple[str, bool]]:
    """Kind -> plural, namespaced."""
    root = "/api/v1" if version == "v1" else f"/apis/{version}"
    resources = api.get(root)["resources"]
    return {item["kind"]: (item["name"], item["namespaced"]) for item in resources if "/" not in item["name"]}


def path_of(api: Cluster, manifest: Manifest) -> str:
    version, kind, metadata = manifest["apiVersion"], manifest["kind"], manifest["metadata"]
    plural, namespaced = _served(api, version)[kind]
    root = "/api/v1" if version == "v1" else f"/apis/{version}"
    inside = f"/namespaces/{metadata['namespace']}" if namespaced else ""
    return f"{root}{inside}/{plural}/{metadata['name']}"


def exists(api: Cluster, manifest: Manifest) -> bool:
    try:
        api.get(path_of(api, manifest))
    except urllib.error.HTTPError as refused:
        if refused.code == 404:
            return False
        raise
    return True


def harm(api: Cluster, manifest: Manifest) -> str:
    """Contradicts what is declared: by the first change that the server takes, else by deleting the object.

    `manifest` is what is declared. The change, for a person.
    """
    path = path_of(api, manifest)
    before = api.get(path)["metadata"]["resourceVersion"]
    for said, patch in changes(manifest):
        try:
            after = api.patch(path, patch)["metadata"]["resourceVersion"]
        except urllib.error.HTTPError as refused:
            if refused.code not in (400, 403, 422):
                raise
            continue
        if after != before:
            return said
    api.call("DELETE", path)
    return "deleted"


def changes(manifest: Manifest) -> Iterator[tuple[str, dict[str, Any]]]:
    """Merge patches at declared leaves, the most telling first."""
    spec = manifest.get("spec") or {}
    if "replicas" in spec:
        yield "replicas", {"spec": {"replicas": spec["replicas"] + 1}}
    for name in ("data", "stringData", "parameters"):
        for key in list(manifest.get(name) or {})[:1]:
            yield name, {name: {key: "c29tZWJvZHkgZWxzZQ=="}}
    if manifest["kind"] == "Service":
        for key in list(spec.get("selector") or {})[:1]:
            yield "selector", {"spec": {"selector": {key: "somebody-else"}}}
    if "template" in spec:
        yield "image", {"spec": {"template": {"spec": {"containers": _other_image(spec["template"]["spec"])}}}}
    if manifest["kind"] == "Pod":
        yield "image", {"spec": {"containers": _other_image(spec)}}
    for name in ("rules", "subjects", "subsets"):
        if manifest.get(name):
            yield name, {name: []}
    if "schedule" in spec:
        yield "schedule", {"spec": {"schedule": "1 1 1 1 1"}}
    for place in ("labels", "annotations"):
        for key in list(manifest["metadata"].get(place) or {})[:1]:
            yield place, {"metadata": {place: {key: "somebody-else"}}}


def _other_image(pod: Manifest) -> list[dict[str, Any]]:
    first, *rest = pod["containers"]
    return [{**first, "image": "registry.example.com/somebody/else:1"}, *rest]
