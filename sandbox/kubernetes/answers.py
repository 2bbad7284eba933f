"""From a request to an answer. Nothing here knows of sockets: the server in `server.py` does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.kubernetes import deletion, discovery, openapi, parts, patches, reads, reviews, writes
from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.problem import (
    Refusal,
    bad_request,
    forbidden,
    method_not_allowed,
    no_such_path,
    not_imitated,
    not_permitted,
    required,
)
from sandbox.kubernetes.requests import Target, Write, flag, parse_path, write_options
from sandbox.kubernetes.resources import Resource
from sandbox.kubernetes.texts import parse

Object = dict[str, Any]
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"
PATCHES = (JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH, "application/apply-patch+cbor")
HEALTH = {"healthz", "readyz", "livez"}
OPEN = {"version", *HEALTH}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`path` has no query; header names are lower case; `user` is who the token belongs to."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    user: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`body`: an object to send as JSON, text, or an iterator of watch events (None: nothing happened for a while)."""

    status: int
    body: Object | str | Iterator[Object | None]
    content_type: str = "application/json"
    warnings: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def is_open(path: str) -> bool:
    """Paths that answer without a token."""
    parts_ = path.strip("/").split("/")
    return parts_[0] in OPEN


def anonymous(path: str, verb: str) -> Refusal:
    """What somebody without a token is told."""
    target = parse_path(path)
    if target is None:
        message = f'forbidden: User "system:anonymous" cannot {verb} path "{path}"'
        return Refusal("Forbidden", message, details={})
    if verb == "get" and not target.name:
        verb = "list"
    where = f' in the namespace "{target.namespace}"' if target.namespace else " at the cluster scope"
    resource = f"{target.plural}/{target.subresource}" if target.subresource else target.plural
    why = f'User "system:anonymous" cannot {verb} resource "{resource}" in API group "{target.group}"{where}'
    return forbidden(target.plural, target.group, target.name, why)


def answer(cluster: Cluster, request: Request) -> Answer:
    """Never raises but for bugs: a Refusal becomes its Status."""
    cluster.warnings.found = []
    try:
        found = _route(cluster, request)
    except Refusal as refusal:
        found = Answer(status=refusal.code, body=refusal.status())
    warnings = tuple(cluster.warnings.found)
    if not warnings:
        return found
    return Answer(
        status=found.status, body=found.body, content_type=found.content_type, warnings=warnings, headers=found.headers
    )


def _route(cluster: Cluster, request: Request) -> Answer:
    target = parse_path(request.path)
    if target is None:
        return _document(cluster, request)
    resource = cluster.resource(target.group, target.version, target.plural)
    if target.subresource:
        return _part(cluster, request, resource, target)
    if target.namespace and not resource.namespaced:
        raise no_such_path()
    if request.method == "GET":
        return _read(cluster, request, resource, target)
    if resource.namespaced and not target.namespace and request.method != "GET":
        raise method_not_allowed()
    match (request.method, bool(target.name)):
        case ("POST", False):
            return _create(cluster, request, resource, target)
        case ("PUT", True):
            write = write_options(request.query, agent(request), "")
            value, new = writes.update(cluster, resource, target.namespace, target.name, body_of(request), write)
            return Answer(status=201 if new else 200, body=reads.shown(resource, value))
        case ("PATCH", True):
            return _patch(cluster, request, resource, target)
        case ("DELETE", True):
            return _delete(cluster, request, resource, target)
        case ("DELETE", False):
            return _delete_all(cluster, request, resource, target)
    raise method_not_allowed()


def agent(request: Request) -> str:
    return request.headers.get("user-agent", "")


def _document(cluster: Cluster, request: Request) -> Answer:
    if request.method not in ("GET", "HEAD"):
        raise method_not_allowed()
    parts_ = [part for part in request.path.split("/") if part]
    if parts_ and parts_[0] in HEALTH:
        return Answer(status=200, body="ok", content_type="text/plain; charset=utf-8")
    aggregated = "as=APIGroupDiscoveryList" in request.headers.get("accept", "")
    found: Object | None = None
    content_type = "application/json"
    match parts_:
        case ["version"]:
            found = discovery.version()
        case ["api"] | ["apis"] if aggregated:
            found = discovery.aggregated(cluster, parts_ == ["api"])
            content_type = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
        case ["api"]:
            found = discovery.core_versions(request.address)
        case ["apis"]:
            found = discovery.groups(cluster)
        case ["apis", name]:
            versions = discovery.versions_of(cluster).get(name)
            found = discovery.group(name, versions, True) if versions else None
        case ["api", version]:
            found = _resource_list(cluster, "", version)
        case ["apis", name, version]:
            found = _resource_list(cluster, name, version)
        case ["openapi", "v3"]:
            found = openapi.index(cluster)
        case ["openapi", "v3", "api", version]:
            found = openapi.document(cluster, "", version)
        case ["openapi", "v3", "apis", name, version]:
            found = openapi.document(cluster, name, version)
        case ["openapi", "v2"]:
            accepted = request.headers.get("accept", "")
            if "protobuf" in accepted and "json" not in accepted:
                raise not_imitated("OpenAPI v2 as protobuf")
            found = openapi.whole(cluster)
        case ["_sandbox", "objects"]:
            found = snapshot(cluster)
        case []:
            found = {"paths": ["/api", "/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"]}
    if found is None:
        raise no_such_path()
    return Answer(status=200, body=found, content_type=content_type)


def _resource_list(cluster: Cluster, group: str, version: str) -> Object | None:
    rows = [each for each in cluster.resources() if (each.group, each.version) == (group, version)]
    return discovery.resource_list(rows) if rows else None


def snapshot(cluster: Cluster) -> Object:
    """Every object that the sandbox did not make by itself at its start or for a namespace."""
    rows = [value for _, value in cluster.store.everything() if value["metadata"]["uid"] not in cluster.own]
    rows = [each for each in rows if not _furniture(each)]
    items = [
        {
            "apiVersion": each["apiVersion"],
            "kind": each["kind"],
            **({"namespace": each["metadata"]["namespace"]} if each["metadata"].get("namespace") else {}),
            "name": each["metadata"]["name"],
            "uid": each["metadata"]["uid"],
            "labels": each["metadata"].get("labels") or {},
            "deleting": bool(each["metadata"].get("deletionTimestamp")),
        }
        for each in rows
    ]
    return {"cluster": cluster.name, "resourceVersion": str(cluster.store.version), "items": items}


def _furniture(value: Object) -> bool:
    key = (value["kind"], value["metadata"]["name"])
    return key in (("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt"))


def body_of(request: Request) -> Object:
    if not request.body:
        raise bad_request("the request body is empty")
    if "protobuf" in request.headers.get("content-type", ""):
        kind = request.headers["content-type"]
        raise Refusal("UnsupportedMediaType", f"the sandbox does not imitate the media type {kind}")
    found = parse(request.body)
    if not isinstance(found, dict):
        raise bad_request("the object provided is unrecognized (must be a JSON object)")
    return found


def _read(cluster: Cluster, request: Request, resource: Resource, target: Target) -> Answer:
    query = request.query
    if flag(query, "watch"):
        if "watch" not in resource.verbs:
            raise method_not_allowed()
        return Answer(status=200, body=reads.watch(cluster, resource, target, query))
    if target.name:
        if "get" not in resource.verbs:
            raise method_not_allowed()
        return Answer(status=200, body=partial(request, reads.get(cluster, resource, target)))
    if "list" not in resource.verbs:
        raise method_not_allowed()
    return Answer(status=200, body=partial(request, reads.list_(cluster, resource, target, query)))


def partial(request: Request, value: Object) -> Object:
    """Metadata only, where that is what the client accepts first."""
    first = request.headers.get("accept", "").split(",")[0]
    if "as=PartialObjectMetadata" not in first:
        return value
    head = {"apiVersion": "meta.k8s.io/v1"}
    if "items" in value:
        items = [{**head, "kind": "PartialObjectMetadata", "metadata": each["metadata"]} for each in value["items"]]
        return {**head, "kind": "PartialObjectMetadataList", "metadata": value["metadata"], "items": items}
    return {**head, "kind": "PartialObjectMetadata", "metadata": value["metadata"]}


def _create(cluster: Cluster, request: Request, resource: Resource, target: Target) -> Answer:
    if "create" not in resource.verbs:
        raise method_not_allowed()
    body = body_of(request)
    if "get" not in resource.verbs:
        return Answer(status=201, body=reviews.review(resource, body, request.user))
    write = write_options(request.query, agent(request), "")
    value = writes.create(cluster, resource, target.namespace, body, write)
    return Answer(status=201, body=reads.shown(resource, value))


def _patch(cluster: Cluster, request: Request, resource: Resource, target: Target) -> Answer:
    write = write_options(request.query, agent(request), target.subresource)
    kind = request.headers.get("content-type", "").split(";")[0].strip()
    if kind not in PATCHES[:4]:
        listed = ", ".join((*PATCHES[:2], *(() if resource.custom else (STRATEGIC_PATCH,)), *PATCHES[3:]))
        message = f"the body of the request was in an unknown format - accepted media types include: {listed}"
        raise Refusal("UnsupportedMediaType", message, details={})
    if kind == STRATEGIC_PATCH and resource.custom is not None:
        listed = ", ".join((JSON_PATCH, MERGE_PATCH, *PATCHES[3:]))
        message = f"the body of the request was in an unknown format - accepted media types include: {listed}"
        raise Refusal("UnsupportedMediaType", message, details={})
    if kind == APPLY_PATCH:
        if not request.query.get("fieldManager"):
            raise _no_manager()
        value, new = writes.apply(cluster, resource, target.namespace, target.name, parse(request.body), write)
        return Answer(status=201 if new else 200, body=reads.shown(resource, value))
    if "force" in request.query:
        raise _no_force()
    return Answer(status=200, body=reads.shown(resource, _changed(cluster, resource, target, kind, request, write)))


def _changed(cluster: Cluster, resource: Resource, target: Target, kind: str, request: Request, write: Write) -> Object:
    text = parse(request.body)

    def change(old: Object) -> Object:
        if kind == JSON_PATCH:
            result: Object = patches.json_patch(old, text)
        elif kind == MERGE_PATCH:
            result = patches.merge(old, text)
        else:
            result = patches.strategic(resource.shape, old, text)
        return result

    return writes.patch(cluster, resource, target.namespace, target.name, write, change)


def _no_manager() -> Refusal:
    fault = required("fieldManager", "is required for apply patch")
    return Refusal(
        "Invalid",
        f'PatchOptions.meta.k8s.io "" is invalid: {fault.path}: {fault.message}',
        details={"group": "meta.k8s.io", "kind": "PatchOptions", "causes": [fault.cause()]},
    )


def _no_force() -> Refusal:
    fault = not_permitted("force", "may not be specified for non-apply patch")
    return Refusal(
        "Invalid",
        f'PatchOptions.meta.k8s.io "" is invalid: {fault.path}: {fault.message}',
        details={"group": "meta.k8s.io", "kind": "PatchOptions", "causes": [fault.cause()]},
    )


def _options(request: Request) -> deletion.Deletion:
    given = parse(request.body) if request.body else None
    return deletion.options(request.query, given)


def _delete(cluster: Cluster, request: Request, resource: Resource, target: Target) -> Answer:
    if "delete" not in resource.verbs:
        raise method_not_allowed()
    found = deletion.delete(cluster, resource, target.namespace, target.name, _options(request))
    return Answer(status=200, body=found)


def _delete_all(cluster: Cluster, request: Request, resource: Resource, target: Target) -> Answer:
    if "deletecollection" not in resource.verbs:
        raise method_not_allowed()
    wanted = _options(request)
    listed = reads.list_(cluster, resource, target, request.query)
    for each in listed["items"]:
        try:
            deletion.delete(cluster, resource, each["metadata"].get("namespace", ""), each["metadata"]["name"], wanted)
        except Refusal as refusal:
            if refusal.reason != "NotFound":
                raise
    return Answer(status=200, body=listed)


def _part(cluster: Cluster, request: Request, resource: Resource, target: Target) -> Answer:
    """A sub-resource."""
    name = target.subresource
    if name not in resource.subresources:
        raise no_such_path()
    if name == "scale":
        body = _scale_body(request)
        scale = parts.scale(cluster, resource, target, request.method, body, agent(request), request.query)
        return Answer(status=200, body=scale)
    if name == "eviction" and request.method == "POST":
        gone = deletion.delete(cluster, resource, target.namespace, target.name, _eviction(request))
        return Answer(status=201, body=gone)
    if name not in ("status", "finalize", "approval"):
        raise not_imitated(f"{resource.plural}/{name}")
    if request.method == "GET":
        return Answer(status=200, body=reads.get(cluster, resource, target))
    if name == "finalize":
        return Answer(status=200, body=parts.finalize(cluster, resource, target, body_of(request)))
    if request.method == "PUT":
        write = write_options(request.query, agent(request), "status")
        value, _ = writes.update(cluster, resource, target.namespace, target.name, body_of(request), write)
        return Answer(status=200, body=reads.shown(resource, value))
    if request.method == "PATCH":
        return _patch(cluster, request, resource, target)
    raise method_not_allowed()


def _eviction(request: Request) -> deletion.Deletion:
    given = body_of(request)
    return deletion.options(request.query, given.get("deleteOptions") or {})


def _scale_body(request: Request) -> tuple[str, Any]:
    kind = request.headers.get("content-type", "").split(";")[0].strip()
    return kind, parse(request.body) if request.body else None
