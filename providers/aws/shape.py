"""Values in the schema's own form: inputs made regular, answers read into properties."""

from __future__ import annotations

import json
from typing import Any

from providers.aws.forms import small, unpaired
from providers.contract.schema import Kind, Node, TypeSchema
from providers.contract.values import Secret, Unknown, Value

TRUE = {"true": True, "false": False, "True": True, "False": False}


def normalize(value: Value, node: Node, schema: TypeSchema) -> Value:
    """Inputs as the schema spells them. What does not fit stays as it is, for the checks to name; marks stay."""
    node = schema.resolve(node)
    if isinstance(value, Secret):
        return Secret(normalize(value.value, node, schema))
    if value is None or isinstance(value, Unknown):
        return value
    if node.tags and isinstance(value, dict):
        return [
            {"Key": key, "Value": normalize(value[key], Node(kind=Kind.STRING), schema)}
            for key in sorted(value)
            if value[key] is not None
        ]
    if node.kind in (Kind.JSON, Kind.OBJECT, Kind.MAP) and isinstance(value, str):
        return parsed(value)
    if isinstance(value, dict) and node.kind is Kind.OBJECT:
        return {
            key: normalize(item, node.properties.get(key, Node()), schema) for key, item in value.items() if item is not None
        }
    if isinstance(value, dict) and node.kind is Kind.MAP and node.items is not None:
        return {key: normalize(item, node.items, schema) for key, item in value.items() if item is not None}
    if isinstance(value, list) and node.items is not None:
        return [normalize(item, node.items, schema) for item in value if item is not None]
    return scalar(value, node)


def parsed(text: str) -> Value:
    """A document written as text, parsed; the text itself where it is none."""
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return found if isinstance(found, (dict, list)) else text


def scalar(value: Value, node: Node) -> Value:
    """The scalar as the schema's kind where that is exact, else as it is."""
    kinds = (node.kind, *node.alternatives)
    if isinstance(value, bool):
        return value if Kind.BOOLEAN in kinds or Kind.STRING not in kinds else str(value).lower()
    if isinstance(value, (int, float)) and Kind.STRING in kinds and not {Kind.INTEGER, Kind.NUMBER} & set(kinds):
        return str(value)
    if isinstance(value, float) and node.kind is Kind.INTEGER and value.is_integer():
        return int(value)
    if isinstance(value, str) and Kind.STRING not in kinds:
        return from_text(value, node.kind)
    return value


def from_text(value: str, kind: Kind) -> Value:
    if kind is Kind.BOOLEAN:
        return TRUE.get(value, value)
    try:
        if kind is Kind.INTEGER:
            return int(value) if str(int(value)) == value else value
        return float(value) if kind is Kind.NUMBER else value
    except ValueError:
        return value


def project(value: Any, node: Node, schema: TypeSchema, *, lower: bool = False) -> Value:
    """What an answer holds, as the property `node` describes: members the schema does not have are left out,
    text becomes what it stands for, None means nothing there. `lower`: members are spelt with a small first letter."""
    node = schema.resolve(node)
    if value is None:
        return None
    if node.tags:
        return [{"Key": key, "Value": item} for key, item in sorted(unpaired(value).items())]
    if node.kind in (Kind.JSON, Kind.OBJECT, Kind.MAP) and isinstance(value, str):
        value = parsed(value)
    if node.kind is Kind.OBJECT and isinstance(value, dict):
        return members(value, node, schema, lower)
    if node.kind is Kind.MAP and isinstance(value, dict):
        items = node.items or Node()
        return {str(key): project(item, items, schema, lower=lower) for key, item in value.items()}
    if node.kind is Kind.LIST and isinstance(value, (list, tuple)):
        return [project(item, node.items or Node(), schema, lower=lower) for item in value]
    found: Value = value
    return scalar(found, node)


def members(value: dict[str, Any], node: Node, schema: TypeSchema, lower: bool) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for name, item in node.properties.items():
        spelt = small(name) if lower and name not in value else name
        member = project(value.get(spelt), item, schema, lower=lower)
        if member is not None:
            found[name] = member
    return found
