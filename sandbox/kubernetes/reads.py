"""Get, list with paging, and watch."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.problem import Refusal, bad_request, not_found
from sandbox.kubernetes.requests import Query, Target, flag
from sandbox.kubernetes.resources import Resource
from sandbox.kubernetes.selectors import matcher
from sandbox.kubernetes.store import Change, Object

BOOKMARK_SECONDS = 30.0
WATCH_SECONDS = 1800.0
Event = dict[str, Any]


def shown(resource: Resource, value: Object) -> Object:
    """The object at the version that was asked for."""
    if value.get("apiVersion") == resource.api_version:
        return value
    return {**value, "apiVersion": resource.api_version}


def get(cluster: Cluster, resource: Resource, target: Target) -> Object:
    found = cluster.store.get(resource.store_key, target.namespace, target.name)
    if found is None:
        raise not_found(resource.plural, resource.group, target.name)
    return shown(resource, found)


def select(resource: Resource, query: Query, name: str = "") -> Callable[[Object], bool]:
    fields = query.get("fieldSelector", "")
    if name:
        fields = f"{fields},metadata.name={name}" if fields else f"metadata.name={name}"
    plural = resource.plural if resource.custom is None else ""
    return matcher(query.get("labelSelector", ""), fields, plural, resource.namespaced)


def expired(message: str = "The provided continue parameter is too old to display a consistent list result. "
            "You can start a new list without the continue parameter, or use the continue token in this response to retrieve "
            "the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that "
            "were created, modified, or deleted between the time the first chunk was returned and now may show up in the "
            "list.") -> Refusal:  # fmt: skip
    return Refusal("Expired", message)


def version_of(query: Query) -> int:
    text = query.get("resourceVersion", "")
    if not text:
        return 0
    if not text.isdigit():
        raise bad_request(
            f'invalid resource version: resourceVersion: Invalid value: "{text}": '
            f'strconv.ParseUint: parsing "{text}": invalid syntax'
        )
    return int(text)


def limit_of(query: Query) -> int:
    """The size of a page; 0 for everything."""
    text = query.get("limit") or "0"
    try:
        return int(text)
    except ValueError:
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax') from None


def list_(cluster: Cluster, resource: Resource, target: Target, query: Query) -> Object:
    """A page; `continue` holds the version of the first page and where the next one starts."""
    matches = select(resource, query, target.name)
    version_of(query)
    limit = limit_of(query)
    token = query.get("continue", "")
    with cluster.store.lock:
        version, after = _continued(cluster, token) if token else (_moment(cluster, query), ("", ""))
        rows = [each for each in _as_of(cluster, resource, target.namespace, version) if matches(each)]
    if after != ("", ""):
        rows = [each for each in rows if _place(each) > after]
    metadata: Object = {"resourceVersion": str(version)}
    if limit and len(rows) > limit:
        metadata["continue"] = _token(version, _place(rows[limit - 1]))
        if not query.get("labelSelector") and not query.get("fieldSelector"):
            metadata["remainingItemCount"] = len(rows) - limit
        rows = rows[:limit]
    items = [shown(resource, each) for each in rows]
    if resource.custom is None:
        items = [{key: each for key, each in item.items() if key not in ("kind", "apiVersion")} for item in items]
    return {"kind": resource.list_kind, "apiVersion": resource.api_version, "metadata": metadata, "items": items}


def _as_of(cluster: Cluster, resource: Resource, namespace: str, version: int) -> list[Object]:
    """The objects as they were at `version`: later changes are taken back."""
    store = cluster.store
    if version == store.version:
        return store.list(resource.store_key, namespace)
    rows = {_place(each): each for each in store.list(resource.store_key, namespace)}
    for change in reversed(store.since(version)):
        if change.key != resource.store_key or namespace not in ("", change.value["metadata"].get("namespace", "")):
            continue
        if change.before is None:
            rows.pop(_place(change.value), None)
        else:
            rows[_place(change.value)] = change.before
    return [rows[place] for place in sorted(rows)]


def _moment(cluster: Cluster, query: Query) -> int:
    """The version that a list shows: the present one, or exactly the one asked for."""
    asked = version_of(query)
    if query.get("resourceVersionMatch") != "Exact":
        return cluster.store.version
    if asked < cluster.store.oldest:
        raise Refusal("Expired", f"The resourceVersion for the provided list is too old: {asked}")
    return min(asked, cluster.store.version)


def _place(value: Object) -> tuple[str, str]:
    return value["metadata"].get("namespace", ""), value["metadata"]["name"]


def _token(version: int, place: tuple[str, str]) -> str:
    text = json.dumps({"v": "meta.k8s.io/v1", "rv": version, "start": list(place)}, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _continued(cluster: Cluster, token: str) -> tuple[int, tuple[str, str]]:
    try:
        found = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        version, place = int(found["rv"]), (str(found["start"][0]), str(found["start"][1]))
    except (ValueError, KeyError, TypeError, IndexError):
        raise bad_request("continue key is not valid: illegal continue token") from None
    if version < cluster.store.oldest:
        raise expired()
    return version, place


def watch(cluster: Cluster, resource: Resource, target: Target, query: Query) -> Iterator[Event | None]:
    """Events until the time-out; None now and then, so that the caller can notice a client that went away."""
    matches = select(resource, query, target.name)
    since = version_of(query)
    seconds = float(query.get("timeoutSeconds") or WATCH_SECONDS)
    bookmarks = flag(query, "allowWatchBookmarks")
    initial = flag(query, "sendInitialEvents")
    if initial and query.get("resourceVersionMatch") != "NotOlderThan":
        raise Refusal(
            "Invalid",
            'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: '
            "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
        )
    with cluster.store.lock:
        store = cluster.store
        first: list[Object] = []
        if initial or since == 0:
            first = [each for each in store.list(resource.store_key, target.namespace) if matches(each)]
            since = store.version
    return _stream(cluster, resource, target, matches, since, first, time.monotonic() + seconds, bookmarks, initial)


def _gone(since: int, oldest: int) -> Refusal:
    return Refusal("Expired", f"too old resource version: {since} ({oldest})")


def _stream(
    cluster: Cluster,
    resource: Resource,
    target: Target,
    matches: Callable[[Object], bool],
    since: int,
    first: list[Object],
    deadline: float,
    bookmarks: bool,
    initial: bool,
) -> Iterator[Event | None]:
    for each in first:
        yield {"type": "ADDED", "object": shown(resource, each)}
    if initial and bookmarks:
        yield _bookmark(resource, since, {"k8s.io/initial-events-end": "true"})
    next_bookmark = time.monotonic() + BOOKMARK_SECONDS
    store = cluster.store
    while time.monotonic() < deadline and not store.closed:
        with store.lock:
            oldest = store.oldest
            changes = store.since(since) if since >= oldest else []
            if not changes and since >= oldest:
                store.changed.wait(min(1.0, max(0.0, deadline - time.monotonic())))
                changes = store.since(since)
        if since < oldest:
            yield {"type": "ERROR", "object": _gone(since, oldest).status()}
            return
        for change in changes:
            since = change.version
            event = _event(resource, target, matches, change)
            if event is not None:
                yield event
        if not changes:
            yield None
        if bookmarks and time.monotonic() >= next_bookmark:
            next_bookmark = time.monotonic() + BOOKMARK_SECONDS
            yield _bookmark(resource, since, {})
    if bookmarks and not store.closed:
        yield _bookmark(resource, since, {})


def _bookmark(resource: Resource, version: int, annotations: dict[str, str]) -> Event:
    metadata: Object = {"resourceVersion": str(version)}
    if resource.custom is None:
        metadata["creationTimestamp"] = None
    if annotations:
        metadata["annotations"] = annotations
    return {
        "type": "BOOKMARK",
        "object": {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": metadata},
    }


def _event(resource: Resource, target: Target, matches: Callable[[Object], bool], change: Change) -> Event | None:
    """What a watcher with this selector sees of one change."""
    if change.key != resource.store_key:
        return None
    if target.namespace and change.value["metadata"].get("namespace") != target.namespace:
        return None
    before = change.before is not None and matches(change.before)
    after = change.sort != "DELETED" and matches(change.value)
    if not before and not after:
        return None
    sort = "MODIFIED" if before and after else "ADDED" if after else "DELETED"
    value = change.value
    if sort == "DELETED" and change.sort != "DELETED" and change.before is not None:
        metadata = {**change.before["metadata"], "resourceVersion": str(change.version)}
        value = {**change.before, "metadata": metadata}
    return {"type": sort, "object": shown(resource, value)}
