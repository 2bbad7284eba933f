"""How values are written in requests: the forms a `Take` may name. They are handed plain values, without marks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def text(value: Any) -> str:
    """As text: SQS and SNS attributes. Trees become JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json_text(value) if isinstance(value, (dict, list)) else str(value)


def json_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def lower(value: Any) -> Any:
    """Every member's first letter small, at any depth: EKS, ECR. Not for maps with keys of people."""
    if isinstance(value, dict):
        return {small(key): lower(item) for key, item in value.items()}
    if isinstance(value, list):
        return [lower(item) for item in value]
    return value


def small(name: str) -> str:
    return name[:1].lower() + name[1:]


def boxed(value: Any) -> dict[str, Any]:
    """EC2's attribute values: {"Value": true}."""
    return {"Value": value}


def pairs(tags: Mapping[str, str], form: str) -> Any:
    """Tags in the form of a service, sorted by key."""
    names = {"list": ("Key", "Value"), "ec2": ("Key", "Value"), "kms": ("TagKey", "TagValue"), "lower": ("key", "value")}
    if form == "map":
        return dict(sorted(tags.items()))
    key, value = names[form]
    return [{key: name, value: item} for name, item in sorted(tags.items())]


def unpaired(tags: Any) -> dict[str, str]:
    """Tags of any service as a map."""
    if isinstance(tags, dict):
        return {str(key): str(value) for key, value in tags.items()}
    found: dict[str, str] = {}
    for tag in tags or ():
        key = next((tag[name] for name in ("Key", "TagKey", "key", "tagKey") if name in tag), None)
        value = next((tag[name] for name in ("Value", "TagValue", "value", "tagValue") if name in tag), "")
        if key is not None:
            found[str(key)] = str(value if value is not None else "")
    return found
