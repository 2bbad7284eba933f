"""From a request's body to an object of a resource, as the real decoders do: types, unknown fields, defaults."""

from __future__ import annotations

from typing import Any

from sandbox.kubernetes import custom, defaults
from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.normal import Strictness, Undecodable, normalise
from sandbox.kubernetes.problem import bad_request
from sandbox.kubernetes.requests import Write
from sandbox.kubernetes.resources import Resource
from sandbox.kubernetes.shapes import definition
from sandbox.kubernetes.store import Object, copied
from sandbox.kubernetes.texts import written_twice


def check_kind(resource: Resource, body: Any, kind: str = "", version: str = "") -> None:
    """BadRequest where the body says that it is something else; what is left out is taken for granted."""
    kind, version = kind or resource.kind, version or resource.api_version
    if not isinstance(body, dict):
        raise bad_request(f"couldn't get version/kind; json parse error: json: cannot unmarshal into {kind}")
    if resource.custom is not None:
        for key in ("kind", "apiVersion"):
            if not body.get(key):
                raise bad_request(f"Object '{'Kind' if key == 'kind' else key}' is missing in the request body")
    if body.get("apiVersion") not in (None, "", version):
        raise bad_request(
            f"the API version in the data ({body['apiVersion']}) does not match the expected API version ({version})"
        )
    if body.get("kind") not in (None, "", kind):
        raise bad_request(
            f'{body["kind"]} in version "{resource.version}" cannot be handled as a {kind}: '
            f"converting ({resource.group}/{resource.version}).{body['kind']} to {kind}: unknown conversion"
        )


def decode(cluster: Cluster, resource: Resource, body: Object, write: Write, prefix: str = "") -> Object:
    """The object, normalised and with its defaults; `prefix` opens the message of a strict decoding error."""
    strict = Strictness(found=[f'duplicate field "{each}"' for each in written_twice(body)])
    try:
        value = normal(resource, body, strict)
    except Undecodable as problem:
        raise bad_request(
            f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}: {problem}'
        ) from None
    report(cluster, resource, strict.found, write, prefix)
    fill_defaults(resource, value)
    return value


def normal(resource: Resource, body: Object, strict: Strictness) -> Object:
    if resource.custom is None:
        value: Object = normalise(resource.shape, body, strict)
        value.setdefault("metadata", {})
    else:
        value = custom.prune(resource.shape, copied(body), strict)
        metadata = normalise(definition("meta.v1.ObjectMeta"), value.get("metadata") or {}, Strictness(), "metadata")
        value["metadata"] = metadata
    value["apiVersion"], value["kind"] = resource.api_version, resource.kind
    return value


def fill_defaults(resource: Resource, value: Object) -> None:
    if resource.custom is None:
        defaults.apply(resource.group, resource.kind, value)
    else:
        custom.fill(custom.schema_of(resource.custom), value)


def report(cluster: Cluster, resource: Resource, unknown: list[str], write: Write, prefix: str = "") -> None:
    if not unknown or write.validation == "Ignore":
        return
    if write.validation == "Warn":
        for each in unknown:
            cluster.warn(each)
        return
    opening = prefix or f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}: '
    raise bad_request(f"{opening}strict decoding error: {', '.join(unknown)}")


def empty(resource: Resource) -> Object:
    """What a write compares a new object with: the zero object of a Go type, or nothing at all of a custom one."""
    value: Object = {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": {}}
    if resource.custom is None:
        value = normalise(resource.shape, value, Strictness())
    return value
