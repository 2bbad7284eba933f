"""One request, parsed: the path says which resource, the query which options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.kubernetes.problem import Fault, Refusal, bad_request, unsupported

Query = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a resource path names; `name` and `subresource` are '' where the path ends before them."""

    group: str
    version: str
    plural: str
    namespace: str
    name: str
    subresource: str


def parse_path(path: str) -> Target | None:
    """None for a path that names no resource."""
    parts = [part for part in path.split("/") if part]
    if len(parts) >= 2 and parts[0] == "api":
        group, version, rest = "", parts[1], parts[2:]
    elif len(parts) >= 3 and parts[0] == "apis":
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    namespace = ""
    # /namespaces/NAME and /namespaces/NAME/{status,finalize} are the namespace itself.
    if len(rest) >= 3 and rest[0] == "namespaces" and rest[2] not in ("status", "finalize"):
        namespace, rest = rest[1], rest[2:]
    if not rest:
        return None
    padded = [*rest, "", ""]
    return Target(
        group=group,
        version=version,
        plural=padded[0],
        namespace=namespace,
        name=padded[1],
        subresource="/".join(rest[2:]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """The options of one write. `manager` is the field manager; `validation`: Strict, Warn, Ignore."""

    manager: str
    dry_run: bool = False
    validation: str = "Warn"
    force: bool = False
    subresource: str = ""


def flag(query: Query, key: str) -> bool:
    return query.get(key, "").lower() in ("1", "true", "t")


def write_options(query: Query, agent: str, subresource: str, patch: bool = False) -> Write:
    dry = query.get("dryRun", "")
    if dry not in ("", "All"):
        raise invalid_option("dryRun", dry)
    validation = query.get("fieldValidation") or "Warn"
    if validation not in ("Strict", "Warn", "Ignore"):
        raise invalid_option("fieldValidation", validation)
    manager = query.get("fieldManager") or (agent.split("/", 1)[0] or "unknown")
    if len(manager) > 128:
        raise bad_request("fieldManager: may not be more than 128 bytes")
    return Write(
        manager=manager,
        dry_run=dry == "All",
        validation=validation,
        force=flag(query, "force"),
        subresource=subresource,
    )


def invalid_option(key: str, value: str) -> Exception:
    allowed = ("All",) if key == "dryRun" else ("Ignore", "Strict", "Warn")
    fault: Fault = unsupported(key, value, allowed)
    return Refusal(
        "Invalid",
        f' "" is invalid: {key}: {fault.message}',
        details={"causes": [fault.cause()]},
    )


def status_success(details: dict[str, Any] | None = None) -> dict[str, Any]:
    answer: dict[str, Any] = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
    if details:
        answer["details"] = details
    return answer
