"""Label and field selectors."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.kubernetes.problem import Refusal, bad_request

TERM = re.compile(
    r"^\s*(?:(?P<absent>!\s*[^\s=!,()]+)|(?P<key>[^\s=!,()]+)\s*(?:(?P<op>==|=|!=)\s*(?P<value>[^\s=!,()]*)"
    r"|(?P<set>in|notin)\s*\((?P<values>[^)]*)\)|(?P<sign>[<>])\s*(?P<number>\S+))?)\s*$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """`operator`: in, notin, exists, absent, gt, lt."""

    key: str
    operator: str
    values: tuple[str, ...]

    def matches(self, labels: Mapping[str, str]) -> bool:
        value = labels.get(self.key)
        match self.operator:
            case "exists":
                return value is not None
            case "absent":
                return value is None
            case "in":
                return value in self.values
            case "notin":
                return value not in self.values
            case _:
                if value is None or not re.fullmatch(r"-?\d+", value):
                    return False
                bound = int(self.values[0])
                return int(value) > bound if self.operator == "gt" else int(value) < bound


def _split(text: str) -> list[str]:
    """On commas outside of parentheses."""
    return [part for part in re.split(r",(?![^(]*\))", text) if part.strip()]


def parse_labels(text: str) -> tuple[Requirement, ...]:
    found = []
    for part in _split(text):
        match = TERM.match(part)
        if match is None:
            raise bad_request(f"unable to parse requirement: found '{part.strip()}', expected: identifier")
        if match["absent"]:
            found.append(Requirement(key=match["absent"][1:].strip(), operator="absent", values=()))
        elif match["op"]:
            operator = "notin" if match["op"] == "!=" else "in"
            found.append(Requirement(key=match["key"], operator=operator, values=(match["value"],)))
        elif match["set"]:
            values = tuple(each.strip() for each in match["values"].split(","))
            found.append(Requirement(key=match["key"], operator=match["set"], values=values))
        elif match["sign"]:
            operator = "gt" if match["sign"] == ">" else "lt"
            found.append(Requirement(key=match["key"], operator=operator, values=(match["number"],)))
        else:
            found.append(Requirement(key=match["key"], operator="exists", values=()))
    return tuple(found)


def label_selector(selector: Mapping[str, Any] | None) -> Callable[[Mapping[str, str]], bool]:
    """The predicate of a LabelSelector object; null selects nothing, an empty one everything."""
    if selector is None:
        return lambda labels: False
    wanted = [
        Requirement(key=key, operator="in", values=(value,)) for key, value in (selector.get("matchLabels") or {}).items()
    ]
    names = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "absent"}
    for row in selector.get("matchExpressions") or ():
        wanted.append(Requirement(key=row["key"], operator=names[row["operator"]], values=tuple(row.get("values") or ())))
    return lambda labels: all(each.matches(labels) for each in wanted)


FIELDS: dict[str, tuple[str, ...]] = {
    "pods": ("spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork",
             "status.phase", "status.podIP", "status.nominatedNodeName"),
    "events": ("involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
               "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason",
               "reportingComponent", "source", "type"),
    "secrets": ("type",),
    "nodes": ("spec.unschedulable",),
    "namespaces": ("status.phase",),
    "replicasets": ("status.replicas",),
    "replicationcontrollers": ("status.replicas",),
    "services": ("spec.clusterIP", "spec.type"),
    "jobs": ("status.successful",),
    "certificatesigningrequests": ("spec.signerName",),
}  # fmt: skip


def _unknown_field(name: str, plural: str, custom: bool) -> Refusal:
    if custom or plural in FIELDS:
        return bad_request(f"field label not supported: {name}")
    return bad_request(f'"{name}" is not a known field selector: only "metadata.name", "metadata.namespace"')


def parse_fields(text: str, plural: str, namespaced: bool) -> Callable[[Mapping[str, Any]], bool]:
    wanted: list[tuple[str, bool, str]] = []
    allowed = {"metadata.name", *(("metadata.namespace",) if namespaced else ()), *FIELDS.get(plural, ())}
    for part in _split(text):
        match = re.match(r"^\s*([^=!\s]+)\s*(==|=|!=)\s*(.*?)\s*$", part)
        if match is None:
            raise bad_request(f"invalid selector: '{text}'; can't understand '{part}'")
        if match[1] not in allowed:
            raise _unknown_field(match[1], plural, not plural)
        wanted.append((match[1], match[2] != "!=", match[3].replace("\\,", ",").replace("\\=", "=")))
    return lambda value: all((_field(value, path) == text) is positive for path, positive, text in wanted)


def _field(value: Mapping[str, Any], path: str) -> str:
    at: Any = value
    for part in path.split("."):
        at = at.get(part) if isinstance(at, Mapping) else None
    if isinstance(at, bool):
        return "true" if at else "false"
    return "" if at is None else str(at)


def matcher(labels: str, fields: str, plural: str, namespaced: bool) -> Callable[[Mapping[str, Any]], bool]:
    """The predicate of one request; Refusal where a selector does not parse."""
    wanted = parse_labels(labels)
    by_field = parse_fields(fields, plural, namespaced)

    def matches(value: Mapping[str, Any]) -> bool:
        own = value["metadata"].get("labels") or {}
        return all(each.matches(own) for each in wanted) and by_field(value)

    return matches
