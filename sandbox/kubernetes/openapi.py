"""OpenAPI documents, as far as the facts go: types, list types, keys, merge strategies, group/version/kind; no
descriptions. Custom resources show the schema of their definition."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from sandbox.kubernetes.cluster import VERSION, Cluster
from sandbox.kubernetes.resources import Resource, package
from sandbox.kubernetes.shapes import facts

Object = dict[str, Any]


def index(cluster: Cluster) -> Object:
    """/openapi/v3: one document for each group version."""
    paths = {}
    for each in cluster.resources():
        key = f"apis/{each.group}/{each.version}" if each.group else f"api/{each.version}"
        text = f"{key} {cluster.discovery_version if each.custom is not None else VERSION}"
        digest = hashlib.sha256(text.encode()).hexdigest().upper()
        paths[key] = {"serverRelativeURL": f"/openapi/v3/{key}?hash={digest}"}
    return {"paths": paths}


def document(cluster: Cluster, group: str, version: str) -> Object | None:
    """The OpenAPI v3 document of one group version; None when it is not served."""
    rows = [each for each in cluster.resources() if (each.group, each.version) == (group, version)]
    if not rows:
        return None
    schemas = _schemas(rows, "#/components/schemas/")
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": VERSION},
        "paths": _paths(rows, "3"),
        "components": {"schemas": schemas},
    }


def whole(cluster: Cluster) -> Object:
    """The OpenAPI v2 document."""
    rows = cluster.resources()
    return {
        "swagger": "2.0",
        "info": {"title": "Kubernetes", "version": VERSION},
        "paths": _paths(rows, "2"),
        "definitions": _schemas(rows, "#/definitions/"),
    }


def _schemas(rows: list[Resource], prefix: str) -> Object:
    names: Mapping[str, str] = facts()["names"]
    definitions: Mapping[str, Any] = facts()["definitions"]
    found: Object = {}
    queue = []
    kinds: dict[str, list[Object]] = {}
    for each in rows:
        kind = {"group": each.group, "version": each.version, "kind": each.kind}
        if each.custom is not None:
            found[custom_name(each)] = _custom(each, kind, prefix)
            queue.append("meta.v1.ObjectMeta")
            continue
        name = f"{package(each.group)}.{each.version}.{each.kind}"
        kinds.setdefault(name, []).append(kind)
        queue.append(name)
    while queue:
        name = queue.pop()
        full = names[name]
        if full in found:
            continue
        found[full] = _definition(definitions[name], prefix, queue, names)
        if name in kinds:
            found[full]["x-kubernetes-group-version-kind"] = kinds[name]
    return found


def _definition(raw: Mapping[str, Any], prefix: str, queue: list[str], names: Mapping[str, str]) -> Object:
    if raw.get("t") == "quantity":
        return {"type": "string"} if prefix == "#/definitions/" else {"oneOf": [{"type": "string"}, {"type": "number"}]}
    found = _node(raw, prefix, queue, names)
    if "p" in raw:
        found["type"] = "object"
        found["properties"] = {key: _node(each, prefix, queue, names) for key, each in raw["p"].items()}
    if raw.get("q"):
        found["required"] = list(raw["q"])
    return found


def _node(raw: Mapping[str, Any], prefix: str, queue: list[str], names: Mapping[str, str]) -> Object:
    if raw.get("t") == "intstr":
        return {"type": "string", "format": "int-or-string"} if prefix == "#/definitions/" else {
            "oneOf": [{"type": "integer"}, {"type": "string"}], "format": "int-or-string"
        }  # fmt: skip
    found: Object = {}
    if "r" in raw:
        queue.append(raw["r"])
        target = prefix + names[raw["r"]]
        if prefix == "#/definitions/":
            found["$ref"] = target
        else:
            found["allOf"] = [{"$ref": target}]
    elif "t" in raw:
        found["type"] = raw["t"]
    for letter, key in (
        ("f", "format"),
        ("l", "x-kubernetes-list-type"),
        ("k", "x-kubernetes-list-map-keys"),
        ("m", "x-kubernetes-map-type"),
        ("s", "x-kubernetes-patch-strategy"),
        ("g", "x-kubernetes-patch-merge-key"),
        ("d", "default"),
    ):
        if letter in raw:
            found[key] = raw[letter]
    for letter, key in (("i", "items"), ("a", "additionalProperties")):
        if letter in raw:
            found[key] = _node(raw[letter], prefix, queue, names)
    return found


def custom_name(resource: Resource) -> str:
    return ".".join([*reversed(resource.group.split(".")), resource.version, resource.kind])


def _custom(resource: Resource, kind: Object, prefix: str) -> Object:
    schema = dict(resource.shape.raw or {})
    metadata = prefix + facts()["names"]["meta.v1.ObjectMeta"]
    properties = dict(schema.get("properties") or {})
    properties |= {
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": {"$ref": metadata} if prefix == "#/definitions/" else {"allOf": [{"$ref": metadata}]},
    }
    return {**schema, "type": "object", "properties": properties, "x-kubernetes-group-version-kind": [kind]}


OPTIONS = {
    "post": ("dryRun", "fieldManager", "fieldValidation"),
    "put": ("dryRun", "fieldManager", "fieldValidation"),
    "patch": ("dryRun", "fieldManager", "fieldValidation", "force"),
    "delete": ("dryRun", "gracePeriodSeconds", "propagationPolicy"),
}


def _operation(verb: str, method: str, kind: Object, form: str) -> Object:
    """One operation with the query options that clients look for before they use them."""
    parameters = []
    for name in OPTIONS.get(method, ()):
        sort = {"type": {"force": "boolean", "gracePeriodSeconds": "integer"}.get(name, "string")}
        parameters.append({"name": name, "in": "query", **({"schema": sort} if form == "3" else sort)})
    return {
        "x-kubernetes-action": verb,
        "x-kubernetes-group-version-kind": kind,
        "parameters": parameters,
        "responses": {},
    }


def _paths(rows: list[Resource], form: str) -> Object:
    found: Object = {}
    for each in rows:
        base = f"/apis/{each.group}/{each.version}" if each.group else f"/api/{each.version}"
        base += "/namespaces/{namespace}" if each.namespaced else ""
        kind = {"group": each.group, "version": each.version, "kind": each.kind}
        collection = {"list": "get", "create": "post"}
        single = {"get": "get", "update": "put", "patch": "patch", "delete": "delete"}
        for suffix, verbs in (("", collection), ("/{name}", single)):
            operations = {method: _operation(verb, method, kind, form) for verb, method in verbs.items() if verb in each.verbs}
            if operations:
                found[f"{base}/{each.plural}{suffix}"] = operations
    return found
