"""When two documents mean the same. Policies may say one thing in several ways, and IAM answers in its own."""

from __future__ import annotations

import re
from typing import Any

ONE_OR_MANY = ("Action", "NotAction", "Resource", "NotResource")
ROOT = re.compile(r"^arn:aws[a-z-]*:iam::(\d{12}):root$")


def canonical(value: Any) -> Any:
    """Equal for documents that mean the same. A document without statements is itself."""
    if not isinstance(value, dict) or "Statement" not in value:
        return value
    statements = value["Statement"]
    if not isinstance(statements, list):
        statements = [statements]
    rest = {key: item for key, item in value.items() if key not in ("Statement", "Version") and item not in ("", None)}
    return {
        **rest,
        "Version": value.get("Version", "2008-10-17"),
        "Statement": [statement(item) for item in statements],
    }


def statement(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    made: dict[str, Any] = {}
    for key, item in value.items():
        if key in ONE_OR_MANY:
            made[key] = as_set(item)
        elif key in ("Principal", "NotPrincipal"):
            made[key] = principal(item)
        elif key == "Condition" and isinstance(item, dict):
            made[key] = {test: condition(keys) for test, keys in item.items()}
        elif item not in ("", None):
            made[key] = item
    return made


def as_set(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return sorted({scalar(item) for item in items})


def scalar(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def principal(value: Any) -> Any:
    """`*` and `{"AWS": "*"}` are the same; an account is its number or its root ARN."""
    if value == "*":
        return {"AWS": ["*"]}
    if not isinstance(value, dict):
        return value
    return {kind: sorted(ROOT.sub(r"\1", item) for item in as_set(names)) for kind, names in value.items()}


def condition(keys: Any) -> Any:
    return {key.lower(): as_set(item) for key, item in keys.items()} if isinstance(keys, dict) else keys
