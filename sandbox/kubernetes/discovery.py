"""Discovery documents: versions, groups, resources, and all of it at once."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

from sandbox.kubernetes.cluster import VERSION, Cluster
from sandbox.kubernetes.resources import Resource

Object = dict[str, Any]


def version() -> Object:
    major, minor, _ = VERSION[1:].split(".")
    return {
        "major": major,
        "minor": minor,
        "emulationMajor": major,
        "emulationMinor": minor,
        "minCompatibilityMajor": major,
        "minCompatibilityMinor": str(int(minor) - 1),
        "gitVersion": VERSION,
        "gitCommit": "",
        "gitTreeState": "",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "",
        "compiler": "sandbox",
        "platform": "linux/amd64",
    }


def core_versions(address: str) -> Object:
    return {
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}],
    }


def versions_of(cluster: Cluster) -> dict[str, list[str]]:
    """Group -> versions, the preferred one first; the core group is ''."""
    found: dict[str, list[str]] = {}
    for each in cluster.resources():
        rows = found.setdefault(each.group, [])
        if each.version not in rows:
            rows.append(each.version)
    for group, rows in found.items():
        found[group] = sorted(rows, key=priority)
    return found


def priority(version: str) -> tuple[int, int, int, str]:
    """Stable before beta before alpha, higher numbers first, others last."""
    match = re.fullmatch(r"v(\d+)(?:(alpha|beta)(\d+))?", version)
    if match is None:
        return (3, 0, 0, version)
    stage = {None: 0, "beta": 1, "alpha": 2}[match[2]]
    return (stage, -int(match[1]), -int(match[3] or 0), "")


def group(name: str, versions: list[str], standalone: bool) -> Object:
    rows = [{"groupVersion": f"{name}/{each}", "version": each} for each in versions]
    found: Object = {"name": name, "versions": rows, "preferredVersion": rows[0]}
    return {"kind": "APIGroup", "apiVersion": "v1", **found} if standalone else found


def groups(cluster: Cluster) -> Object:
    rows = [group(name, versions, False) for name, versions in versions_of(cluster).items() if name]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": rows}


def resource_list(rows: list[Resource]) -> Object:
    return {
        "kind": "APIResourceList",
        **({"apiVersion": "v1"} if rows[0].group else {}),
        "groupVersion": rows[0].api_version,
        "resources": [each for resource in rows for each in _entries(resource)],
    }


def _entries(resource: Resource) -> list[Object]:
    main: Object = {
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": list(resource.verbs),
    }
    if resource.short_names:
        main["shortNames"] = list(resource.short_names)
    if resource.categories:
        main["categories"] = list(resource.categories)
    if "create" in resource.verbs and "get" in resource.verbs:
        digest = hashlib.sha256(f"{resource.store_key}/{resource.kind}".encode()).digest()
        main["storageVersionHash"] = base64.b64encode(digest[:8]).decode()
    rows = [main]
    for part in resource.subresources.values():
        entry: Object = {
            "name": f"{resource.plural}/{part.name}",
            "singularName": "",
            "namespaced": resource.namespaced,
            "kind": part.kind,
            "verbs": list(part.verbs),
        }
        if (part.group, part.version) != (resource.group, resource.version):
            entry |= {"group": part.group, "version": part.version}
        rows.append(entry)
    return rows


def aggregated(cluster: Cluster, core: bool) -> Object:
    items = []
    by_version: dict[tuple[str, str], list[Resource]] = {}
    for each in cluster.resources():
        by_version.setdefault((each.group, each.version), []).append(each)
    for name, versions in versions_of(cluster).items():
        if bool(name) == core:
            continue
        rows = [
            {
                "version": each,
                "resources": [_aggregated(resource) for resource in by_version[(name, each)]],
                "freshness": "Current",
            }
            for each in versions
        ]
        metadata: Object = {"name": name} if name else {}
        items.append({"metadata": metadata | {"creationTimestamp": None}, "versions": rows})
    return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items}


def _aggregated(resource: Resource) -> Object:
    kind = {"group": resource.group, "version": resource.version, "kind": resource.kind}
    found: Object = {
        "resource": resource.plural,
        "responseKind": kind,
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular,
        "verbs": list(resource.verbs),
    }
    if resource.short_names:
        found["shortNames"] = list(resource.short_names)
    if resource.categories:
        found["categories"] = list(resource.categories)
    if resource.subresources:
        found["subresources"] = [
            {
                "subresource": part.name,
                "responseKind": {"group": part.group, "version": part.version, "kind": part.kind},
                "verbs": list(part.verbs),
            }
            for part in resource.subresources.values()
        ]
    return found
