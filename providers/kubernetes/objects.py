"""Between the objects of a server and the values of the contract."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from providers.contract.observation import Live
from providers.contract.values import Secret, Unknown, Value, drop_nulls, get, put, reveal, without
from providers.kubernetes.names import Name, ObjectType
from providers.kubernetes.schemas import Shape, scopes, shape

OWNER_PREFIX = "plumb.dev/"
ANNOTATED = frozenset({"plumb.dev/at"})
"""Owner tags that are annotations, because their values are no label values."""
SECRET = ObjectType(group="", version="v1", kind="Secret")
MANAGERS = "managedFields"


def live_of(type: ObjectType, manifest: Mapping[str, Any]) -> Live:
    """An object of the server as the contract sees it.

    Its uid, resourceVersion, owner tags and managedFields are taken out of the values (the last into `private`);
    values of a Secret are marked.
    """
    metadata = dict(manifest.get("metadata") or {})
    managers = metadata.pop(MANAGERS, None) or []
    version = metadata.pop("resourceVersion", "")
    owner = {**_take_owner(metadata, "labels"), **_take_owner(metadata, "annotations")}
    values = mark_secrets(type, {"apiVersion": type.api_version, "kind": type.kind, **manifest, "metadata": metadata})
    name = Name(group_kind=type.group_kind, namespace=metadata.get("namespace") or "", name=metadata.get("name") or "")
    return Live(
        identity=str(name),
        values=values,
        uid=metadata.get("uid") or "",
        owner=owner,
        version=version,
        created_at=_seconds(metadata.get("creationTimestamp")),
        private={MANAGERS: managers},
    )


def _take_owner(metadata: dict[str, Any], member: str) -> dict[str, str]:
    """Removes the owner tags from `metadata`, and a mapping that held nothing else; returns them."""
    tags: Mapping[str, str] = metadata.get(member) or {}
    found = {key: text for key, text in tags.items() if key.startswith(OWNER_PREFIX)}
    if found:
        metadata[member] = {key: text for key, text in tags.items() if key not in found}
        if not metadata[member]:
            del metadata[member]
    return found


def with_owner(manifest: dict[str, Value], owner: Mapping[str, str]) -> dict[str, Value]:
    """The object with its owner tags: labels, and an annotation for those people read."""
    result: Value = manifest
    for key, text in sorted(owner.items()):
        member = "annotations" if key in ANNOTATED else "labels"
        result = put(result, ("metadata", member, key), text)
    return result if isinstance(result, dict) else manifest


def mark_secrets(type: ObjectType, manifest: dict[str, Value]) -> dict[str, Value]:
    """The object with each value of a Secret marked as one; other kinds as they are."""
    if type.group_kind != SECRET.group_kind:
        return manifest
    marked = dict(manifest)
    for member in ("data", "stringData"):
        if isinstance(held := manifest.get(member), dict):
            marked[member] = {key: _marked(item) for key, item in held.items()}
    return marked


def _marked(value: Value) -> Value:
    return value if isinstance(value, Secret | Unknown) or value is None else Secret(value)


def normalize(type: ObjectType, manifest: dict[str, Value]) -> dict[str, Value]:
    """The object in the API's own form: no nulls, text where text is wanted, no namespace where the kind has none,
    `stringData` of a Secret as `data`, secrets at the leaves only."""
    placed = _drop_namespace(type, manifest)
    tidy = _as_wanted(drop_nulls(_spread(placed)), shape(str(type)))
    result = tidy if isinstance(tidy, dict) else {}
    return mark_secrets(type, _encoded(result)) if type.group_kind == SECRET.group_kind else result


def _drop_namespace(type: ObjectType, manifest: dict[str, Value]) -> dict[str, Value]:
    if scopes().get(type.group_kind) is not False:
        return manifest
    result = without(manifest, ("metadata", "namespace"))
    return result if isinstance(result, dict) else manifest


def _spread(value: Value) -> Value:
    """A secret tree as a tree of secrets."""
    if isinstance(value, Secret) and isinstance(value.value, dict | list):
        return _each_secret(value.value)
    if isinstance(value, dict):
        return {key: _spread(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_spread(item) for item in value]
    return value


def _each_secret(value: Value) -> Value:
    if isinstance(value, dict):
        return {key: _each_secret(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_each_secret(item) for item in value]
    return value if isinstance(value, Secret | Unknown) or value is None else Secret(value)


def _as_wanted(value: Value, place: Shape) -> Value:
    """Numbers and booleans as text where the schema takes text only."""
    if isinstance(value, dict):
        return {key: _as_wanted(item, place.child(key)) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_wanted(item, place.child(index)) for index, item in enumerate(value)]
    if place.raw.get("k") != "string" or place.raw.get("a"):
        return value
    if isinstance(value, Secret):
        return Secret(_as_text(value.value))
    return _as_text(value)


def _as_text(value: Value) -> Value:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _encoded(manifest: dict[str, Value]) -> dict[str, Value]:
    """A Secret with `stringData` merged into `data`, as the server does when it stores one."""
    plain = manifest.get("stringData")
    if not isinstance(plain, dict):
        return manifest
    held = manifest.get("data")
    data = {**(held if isinstance(held, dict) else {}), **{key: _base64(item) for key, item in plain.items()}}
    return {**{key: item for key, item in manifest.items() if key != "stringData"}, "data": data}


def _base64(value: Value) -> Value:
    if isinstance(value, Unknown):
        return Unknown(kind="string", origin=value.origin, residual=f"base64({value.residual})")
    text = reveal(value)
    return Secret(base64.b64encode(str(text).encode()).decode())


def place(type: ObjectType, manifest: dict[str, Value], namespace: str) -> dict[str, Value]:
    """The object with the namespace of its provider instance, where its kind lives in one and it declares none.

    A custom kind is left as it is: only the cluster knows whether it lives in a namespace, and the transport then
    puts it into the instance's.
    """
    if not scopes().get(type.group_kind) or get(manifest, ("metadata", "namespace")) is not None:
        return manifest
    result = put(manifest, ("metadata", "namespace"), namespace)
    return result if isinstance(result, dict) else manifest


def _seconds(text: object) -> float | None:
    return datetime.fromisoformat(text).timestamp() if isinstance(text, str) else None
