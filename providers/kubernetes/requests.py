"""The operations of the transport and what each is asked with. All of them are data; none is sent here.

| operation | parameters |
| --- | --- |
| get | apiVersion, kind, namespace, name |
| list | apiVersion, kind, namespace ("" is every namespace), limit, continue, labelSelector |
| apply | apiVersion, kind, namespace, name, body, force, dryRun |
| delete | apiVersion, kind, namespace, name, uid, propagation |

A namespace of "" for a kind that lives in one means the namespace of the provider instance.
"""

from __future__ import annotations

from typing import Any

from providers.kubernetes.names import Name, ObjectType


def _object(type: ObjectType, name: Name) -> dict[str, Any]:
    return {"apiVersion": type.api_version, "kind": type.kind, "namespace": name.namespace, "name": name.name}


def get_request(type: ObjectType, name: Name) -> dict[str, Any]:
    return _object(type, name)


def list_request(type: ObjectType, namespace: str, *, limit: int, token: str = "", labels: str = "") -> dict[str, Any]:
    request: dict[str, Any] = {"apiVersion": type.api_version, "kind": type.kind, "namespace": namespace, "limit": limit}
    if token:
        request["continue"] = token
    if labels:
        request["labelSelector"] = labels
    return request


def apply_request(type: ObjectType, name: Name, body: Any, *, force: bool = False, dry_run: bool = False) -> dict[str, Any]:
    request = {**_object(type, name), "body": body}
    if force:
        request["force"] = True
    if dry_run:
        request["dryRun"] = True
    return request


def delete_request(type: ObjectType, name: Name, *, uid: str, propagation: str) -> dict[str, Any]:
    request = {**_object(type, name), "propagation": propagation}
    if uid:
        request["uid"] = uid
    return request
