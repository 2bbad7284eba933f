"""Create, update, patch and apply: each the whole way from a body to the stored object.

All of them return the object as the answer shows it. A dry run goes the same way and stores nothing. A write that
changes nothing stores nothing either: the resourceVersion stays.
"""

from __future__ import annotations

from collections.abc import Callable

from sandbox.kubernetes import custom, limits, ownership, validation
from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.decoding import check_kind, decode, empty, fill_defaults, normal
from sandbox.kubernetes.deletion import finish
from sandbox.kubernetes.names import suffix
from sandbox.kubernetes.normal import Strictness, Undecodable
from sandbox.kubernetes.ownership import Manager
from sandbox.kubernetes.problem import (
    Fault,
    Refusal,
    already_exists,
    bad_request,
    conflict,
    invalid,
    not_found,
    required,
    wrong,
)
from sandbox.kubernetes.requests import Write
from sandbox.kubernetes.resources import Resource
from sandbox.kubernetes.store import Object, copied
from sandbox.kubernetes.strategies import (
    CREATED_BY_UPDATE,
    before_create,
    before_update,
    claim_by_owner,
    complete,
    needs_version,
    refuse_ending,
    reset_fields,
)
from sandbox.kubernetes.typed import equal, faults

MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"


def actor(resource: Resource, write: Write, operation: str = "Update") -> Manager:
    return Manager(
        name=write.manager,
        operation=operation,
        version="" if operation == "Apply" else resource.api_version,
        subresource=write.subresource,
    )


def create(cluster: Cluster, resource: Resource, namespace: str, body: Object, write: Write) -> Object:
    check_kind(resource, body)
    value = decode(cluster, resource, body, write)
    place(resource, namespace, "", value)
    if value["metadata"].get("resourceVersion"):
        raise Refusal("", "resourceVersion should not be set on objects to be created", code=500)
    claim_by_owner(resource, value)
    with cluster.store.lock:
        managers = ownership.after_update(
            resource.shape, empty(resource), value, {}, actor(resource, write), cluster.clock(), reset_fields(resource, "")
        )
        return insert(cluster, resource, value, managers, write)


def insert(cluster: Cluster, resource: Resource, value: Object, managers: ownership.Managers, write: Write) -> Object:
    """Stores a new object that is decoded and owned; the caller holds the lock."""
    metadata = value["metadata"]
    if not metadata.get("name") and metadata.get("generateName"):
        metadata["name"] = metadata["generateName"][:58] + suffix()
    if not metadata.get("name"):
        raise invalid(resource.kind, resource.group, "", [required("metadata.name", "name or generateName is required")])
    refuse_ending(cluster, resource, metadata["name"])
    before_create(cluster, resource, value, empty(resource).get("status"))
    refuse(resource, check(cluster, resource, value), value)
    found = cluster.store.get(resource.store_key, metadata.get("namespace", ""), metadata["name"])
    if found is not None:
        leaving = bool(found["metadata"].get("deletionTimestamp"))
        raise already_exists(resource.plural, resource.group, metadata["name"], leaving)
    complete(cluster, resource, value, write.dry_run)
    set_managers(value, managers)
    if write.dry_run:
        return value
    stored = cluster.store.put(resource.store_key, value)
    after_store(cluster, resource, stored)
    return cluster.store.get(resource.store_key, metadata.get("namespace", ""), metadata["name"]) or stored


def after_store(cluster: Cluster, resource: Resource, stored: Object) -> None:
    """What must be true before the answer is sent: a new definition is served at once."""
    if resource.kind == "CustomResourceDefinition" and resource.custom is None:
        from sandbox.kubernetes.controllers.definitions import accept

        accept(cluster, stored)


def set_managers(value: Object, managers: ownership.Managers) -> None:
    rows = ownership.encode(managers)
    value["metadata"].pop("managedFields", None)
    if rows:
        value["metadata"]["managedFields"] = rows


def check(cluster: Cluster, resource: Resource, value: Object) -> list[Fault]:
    limits.tell(cluster, resource, value)
    if resource.custom is None:
        return validation.check(resource.group, resource.kind, resource.namespaced, value)
    schema = custom.schema_of(resource.custom)
    if custom.uses_expressions(schema):
        cluster.warn("the sandbox does not evaluate x-kubernetes-validations")
    found = list(validation.metadata.check(resource.group, resource.kind, resource.namespaced, value, own=False))
    return found + custom.check(schema, value)


def refuse(resource: Resource, found: list[Fault], value: Object) -> None:
    if found:
        raise invalid(resource.kind, resource.group, value["metadata"].get("name", ""), found)


def place(resource: Resource, namespace: str, name: str, value: Object) -> None:
    """Puts namespace and name of the URL into the object, or refuses where they differ."""
    metadata = value["metadata"]
    if resource.namespaced:
        if metadata.get("namespace") and metadata["namespace"] != namespace:
            raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
        metadata["namespace"] = namespace
    else:
        metadata.pop("namespace", None)
    if name:
        if not metadata.get("name"):
            metadata["name"] = name
        elif metadata["name"] != name:
            raise bad_request(f"the name of the object ({metadata['name']}) does not match the name on the URL ({name})")


def existing(cluster: Cluster, resource: Resource, namespace: str, name: str) -> Object:
    found = cluster.store.get(resource.store_key, namespace, name)
    if found is None:
        raise not_found(resource.plural, resource.group, name)
    return found


def update(cluster: Cluster, resource: Resource, namespace: str, name: str, body: Object, write: Write) -> tuple[Object, bool]:
    """The object and whether it is new: some kinds are created by an update."""
    check_kind(resource, body)
    value = decode(cluster, resource, body, write)
    place(resource, namespace, name, value)
    with cluster.store.lock:
        found = cluster.store.get(resource.store_key, namespace, name)
        if found is None:
            if resource.id in CREATED_BY_UPDATE and not write.subresource:
                return create(cluster, resource, namespace, body, write), True
            raise not_found(resource.plural, resource.group, name)
        check_uid(resource, found, value["metadata"])
        if needs_version(resource) and not value["metadata"].get("resourceVersion"):
            problem = wrong("metadata.resourceVersion", 0, "must be specified for an update")
            refuse(resource, [problem], value)
        return replace(cluster, resource, found, value, write, None), False


def replace(
    cluster: Cluster,
    resource: Resource,
    old: Object,
    new: Object,
    write: Write,
    managers: ownership.Managers | None,
) -> Object:
    """Stores `new`, decoded, over `old`. `managers` are given by an apply; else this is an update by the writer."""
    metadata = new["metadata"]
    check_version(resource, old, metadata)
    if metadata.get("uid", old["metadata"]["uid"]) != old["metadata"]["uid"]:
        # Told twice, as a real server does: by the rules of metadata and by those of the kind.
        refuse(resource, [wrong("metadata.uid", metadata["uid"], "field is immutable")] * 2, new)
    if managers is None:
        managers = updated_managers(cluster, resource, old, new, write)
    before_update(cluster, resource, new, old, write.subresource)
    new = {**new, "metadata": {**metadata, "resourceVersion": old["metadata"]["resourceVersion"]}}
    if write.subresource != "status":
        refuse(resource, check(cluster, resource, new), new)
    elif resource.custom is not None:
        refuse(resource, custom.check(custom.schema_of(resource.custom), new), new)
    faults_found = validation.check_update(*resource.id, new, old) if not write.subresource else []
    refuse(resource, faults_found, new)
    if not write.subresource:
        complete(cluster, resource, new, write.dry_run)
    set_managers(new, managers)
    if unchanged(new, old):
        return old
    if write.dry_run:
        return new
    stored = cluster.store.put(resource.store_key, new)
    after_store(cluster, resource, stored)
    stored = cluster.store.get(resource.store_key, metadata.get("namespace", ""), metadata["name"]) or stored
    if stored["metadata"].get("deletionTimestamp"):
        return finish(cluster, resource, stored)
    return stored


def check_uid(resource: Resource, old: Object, metadata: Object) -> None:
    if metadata.get("uid") and metadata["uid"] != old["metadata"]["uid"]:
        why = f"Precondition failed: UID in precondition: {metadata['uid']}, UID in object meta: {old['metadata']['uid']}"
        raise conflict(resource.plural, resource.group, old["metadata"]["name"], why)


def check_version(resource: Resource, old: Object, metadata: Object) -> None:
    wanted = metadata.get("resourceVersion")
    if wanted and wanted != "0" and wanted != old["metadata"]["resourceVersion"]:
        raise conflict(resource.plural, resource.group, old["metadata"]["name"], MODIFIED)


def updated_managers(cluster: Cluster, resource: Resource, old: Object, new: Object, write: Write) -> ownership.Managers:
    given = new["metadata"].get("managedFields")
    if given is not None and given in ([], [{}]):
        before: ownership.Managers = {}
    elif given and not write.subresource:
        before = ownership.decode(given)
    else:
        before = ownership.decode(old["metadata"].get("managedFields"))
    if not before and not given:
        return {}
    reset = reset_fields(resource, write.subresource)
    return ownership.after_update(resource.shape, old, new, before, actor(resource, write), cluster.clock(), reset)


def unchanged(new: Object, old: Object) -> bool:
    """Equal but for the times in managedFields."""
    return equal(_timeless(new), _timeless(old))


def _timeless(value: Object) -> Object:
    metadata = dict(value["metadata"])
    rows = metadata.pop("managedFields", ())
    metadata["managedFields"] = [{key: each for key, each in row.items() if key != "time"} for row in rows]
    metadata["managedFields"].sort(key=ownership.order)
    return {**value, "metadata": metadata}


def patch(
    cluster: Cluster,
    resource: Resource,
    namespace: str,
    name: str,
    write: Write,
    change: Callable[[Object], Object],
) -> Object:
    """Any patch but an apply: `change` makes the wanted object out of a copy of the present one."""
    with cluster.store.lock:
        old = existing(cluster, resource, namespace, name)
        wanted = change(copied(old))
        strict_prefix = ""
        value = decode_patched(cluster, resource, wanted, write, strict_prefix)
        place(resource, namespace, name, value)
        return replace(cluster, resource, old, value, write, None)


def decode_patched(cluster: Cluster, resource: Resource, wanted: Object, write: Write, prefix: str) -> Object:
    if wanted.get("apiVersion") != resource.api_version or wanted.get("kind") != resource.kind:
        check_kind(resource, wanted)
    return decode(cluster, resource, wanted, write, prefix or " ")


def apply(cluster: Cluster, resource: Resource, namespace: str, name: str, body: Object, write: Write) -> tuple[Object, bool]:
    """Server-side apply: the object and whether it is new."""
    check_applied(resource, body, namespace, name)
    config = copied(body)
    config.setdefault("metadata", {})
    with cluster.store.lock:
        old = cluster.store.get(resource.store_key, namespace, name)
        if old is None and write.subresource:
            raise not_found(resource.plural, resource.group, name)
        base = old if old is not None else empty(resource)
        managers = ownership.decode(base["metadata"].get("managedFields"))
        if old is not None and not managers:
            first = Manager(name="before-first-apply", operation="Update", version=resource.api_version, subresource="")
            managers = ownership.after_update(resource.shape, empty(resource), old, {}, first, cluster.clock())
        merged, managers = ownership.after_apply(
            resource.shape,
            base,
            config,
            managers,
            actor(resource, write, "Apply"),
            resource.api_version,
            cluster.clock(),
            write.force,
            reset_fields(resource, write.subresource),
        )
        value = decode_applied(cluster, resource, merged, write)
        place(resource, namespace, name, value)
        if old is None:
            refuse_identity(resource, name, value)
            return insert(cluster, resource, value, managers, write), True
        return replace(cluster, resource, old, value, write, managers), False


def refuse_identity(resource: Resource, name: str, value: Object) -> None:
    uid = value["metadata"].get("uid")
    if uid:
        why = f"uid mismatch: the provided object specified uid {uid}, and no existing object was found"
        raise conflict(resource.plural, resource.group, name, why)


def check_applied(resource: Resource, body: Object, namespace: str, name: str) -> None:
    if not isinstance(body, dict):
        raise bad_request("error decoding YAML: not a map")
    for key in ("apiVersion", "kind"):
        if not body.get(key):
            raise bad_request(f"invalid object type: {body.get('apiVersion', '')}, Kind={body.get('kind', '')}")
    if body["kind"] != resource.kind:
        raise bad_request(f"invalid object type: {body['apiVersion']}, Kind={body['kind']}")
    if body["apiVersion"] != resource.api_version:
        raise bad_request(
            "Incorrect version specified in apply patch. "
            f"Specified patch version: {body['apiVersion']}, expected: {resource.api_version}"
        )
    metadata = body.get("metadata") or {}
    if metadata.get("managedFields") is not None:
        raise bad_request("metadata.managedFields must be nil")
    found = faults(resource.shape, body)
    if found:
        who = f"{metadata.get('namespace', '')}/{metadata.get('name', '')}; {spelled(resource)}"
        text = found[0] if len(found) == 1 else "errors:\n" + "\n".join(f"  {each}" for each in found)
        raise Refusal("", f"failed to create typed patch object ({who}): {text}", code=500)


def spelled(resource: Resource) -> str:
    """Group, version and kind as Go prints them."""
    return f"{resource.group}/{resource.version}, Kind={resource.kind}"


def decode_applied(cluster: Cluster, resource: Resource, merged: Object, write: Write) -> Object:
    try:
        value = normal(resource, merged, Strictness())
    except Undecodable as problem:
        metadata = merged.get("metadata") or {}
        who = f"{metadata.get('namespace', '')}/{metadata.get('name', '')}; {spelled(resource)}"
        opening = "error decoding from json: " if "base64" in str(problem) else ""
        why = (
            f"failed to convert new object ({who}) to proper version: unable to convert unstructured object to "
            f"{spelled(resource)}: {opening}{problem}"
        )
        raise Refusal("", why, code=500) from None
    fill_defaults(resource, value)
    return value
