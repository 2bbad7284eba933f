"""The JSON Schema (draft-07) with which an editor completes and checks stack files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from providers.contract.provider import Reader
from providers.contract.schema import Kind, Node, TypeSchema
from stacks.keys import SETTINGS, STACK_FILE
from stacks.shapes import Is, Key, Shape

JSON_SCHEMA: Final = "http://json-schema.org/draft-07/schema#"
_NAME: Final = "^[a-z][a-z0-9_]*$"
_EXPRESSION: Final = {"$ref": "#/definitions/expression"}
_SCALARS: Final = ["string", "number", "boolean", "null"]
_DURATION: Final = r"^(\d+(\.\d+)?d)?(\d+(\.\d+)?h)?(\d+(\.\d+)?m)?(\d+(\.\d+)?s)?$"
_DEPTH: Final = 7
"""Levels of properties of a type that are written out; below, anything may stand."""


def stack_file_schema(readers: Mapping[str, Reader]) -> dict[str, Any]:
    """For `*.plumb.yaml`. Types whose name holds `::` are written out, each with its properties; a Kubernetes object
    is checked by `plumb validate`, which knows the version."""
    definitions = _Definitions()
    types = {type: reader for reader in readers.values() for type in reader.types() if "::" in type}
    for type, reader in sorted(types.items()):
        found = reader.schema(type)
        if isinstance(found, TypeSchema):
            definitions.add_type(found)
    schema = _shape(STACK_FILE)
    schema["properties"]["resources"] = _map(_resource(definitions, list(types)), named=True)
    schema["properties"]["providers"] = _map(_provider(readers), named=True)
    schema["properties"]["outputs"] = _map({})
    return {
        "$schema": JSON_SCHEMA,
        "title": "A Plumb stack file",
        **schema,
        "definitions": {
            "expression": {"type": "string", "pattern": r"\$\{", "title": "an expression"},
            **definitions.found,
        },
    }


def render_schema(readers: Mapping[str, Reader]) -> str:
    """Compact, and the same bytes each time."""
    return json.dumps(stack_file_schema(readers), sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"


def _shape(shape: Shape) -> dict[str, Any]:
    plain = _plain(shape)
    if shape.or_expression:
        return {"anyOf": [plain, _EXPRESSION]}
    return plain


def _plain(shape: Shape) -> dict[str, Any]:
    match shape.kind:
        case Is.TEXT | Is.ADDRESS:
            return {"enum": list(shape.choices)} if shape.choices else {"type": ["string", "number", "boolean"]}
        case Is.BOOLEAN:
            return {"type": "boolean"}
        case Is.INTEGER:
            return {"type": "integer"}
        case Is.NUMBER:
            return {"type": "number"}
        case Is.DURATION:
            return {"type": "string", "pattern": _DURATION, "minLength": 2}
        case Is.EXPRESSION:
            return {"anyOf": [_EXPRESSION, {"type": "boolean"}]}
        case Is.PROPERTIES:
            return {"type": ["object", "null"]}
        case Is.MAP:
            return _map(_shape(shape.items) if shape.items else {}, named=bool(shape.names))
        case Is.LIST:
            return {"type": ["array", "null"], "items": _shape(shape.items) if shape.items else {}}
        case Is.EITHER:
            return {"anyOf": [_shape(option) for option in shape.options]}
        case Is.RECORD:
            return _record(shape)
    return {}


def _map(items: dict[str, Any], named: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = {"type": ["object", "null"], "additionalProperties": items}
    if named:
        found["propertyNames"] = {"pattern": _NAME}
    return found


def _record(shape: Shape) -> dict[str, Any]:
    keys = {name: key for name, key in shape.keys.items() if not key.later}
    return {
        "type": "object",
        "properties": {name: _described(key) for name, key in keys.items()},
        "required": [name for name, key in keys.items() if key.required],
        "additionalProperties": shape.open,
    }


def _described(key: Key) -> dict[str, Any]:
    told = key.about + (f" Default: {key.default}." if key.default else "")
    return {"description": told, **_shape(key.shape)}


def _provider(readers: Mapping[str, Reader]) -> dict[str, Any]:
    settings = {name: _described(key) for kind in SETTINGS.values() for name, key in kind.items()}
    shape = STACK_FILE.keys["providers"].shape.items
    assert shape is not None
    found = _record(shape)
    found["properties"] = {**settings, **found["properties"], "type": {"enum": sorted(readers)}}
    return found


def _resource(definitions: _Definitions, types: Iterable[str]) -> dict[str, Any]:
    """One of the forms; the properties by the type."""
    shape = STACK_FILE.keys["resources"].shape.items
    assert shape is not None
    found = _record(shape)
    known = sorted(types)
    found["properties"]["type"] = {"description": "The type.", "anyOf": [{"enum": known}, {"type": "string", "pattern": "/"}]}
    found["anyOf"] = [{"required": [form]} for form in ("type", "object", "bundle", "read", "list")]
    found["allOf"] = [
        {
            "if": {"properties": {"type": {"const": type}}, "required": ["type"]},
            "then": {
                "properties": {
                    "properties": {"$ref": f"#/definitions/{type}"},
                    "read": {"$ref": f"#/definitions/{type} read"},
                    "list": {"$ref": f"#/definitions/{type} read"},
                },
                **({"anyOf": [{"required": [form]} for form in ("properties", "read", "list")]} if required else {}),
            },
        }
        for type, required in sorted(definitions.types.items())
    ]
    return found


@dataclass(slots=True)
class _Definitions:
    """`types`: each type that is written out, and whether it has required properties."""

    found: dict[str, Any] = field(default_factory=dict)
    types: dict[str, bool] = field(default_factory=dict)

    def add_type(self, schema: TypeSchema) -> None:
        root = schema.resolve(schema.root)
        outputs = {str(path[0]) for path in schema.read_only if len(path) == 1}
        members = {name: self._node(schema, node, 1) for name, node in sorted(root.properties.items())}
        refused = set(schema.refused)
        inputs = {name: member for name, member in members.items() if name not in outputs and name not in refused}
        self.types[schema.type] = bool(root.required)
        self.found[schema.type] = {
            "type": ["object", "null"] if not root.required else "object",
            "properties": inputs,
            "required": sorted(root.required),
            "additionalProperties": root.open,
            "patternProperties": {r"\$\{": {}},
        }
        filters: dict[str, Any] = {name: {} for name in members}
        self.found[f"{schema.type} read"] = {"type": "object", "properties": filters, "additionalProperties": False}

    def _reference(self, schema: TypeSchema, name: str) -> dict[str, Any]:
        key = f"{schema.type}.{name}"
        if key not in self.found:
            self.found[key] = {}
            self.found[key] = self._node(schema, schema.definitions[name], 1)
        return {"$ref": f"#/definitions/{key}"}

    def _node(self, schema: TypeSchema, node: Node, depth: int) -> dict[str, Any]:
        if node.ref:
            return self._reference(schema, node.ref)
        if depth > _DEPTH:
            return {}
        if node.alternatives:
            return {}
        return self._plain(schema, node, depth)

    def _plain(self, schema: TypeSchema, node: Node, depth: int) -> dict[str, Any]:
        match node.kind:
            case Kind.STRING:
                return _text(node)
            case Kind.INTEGER | Kind.NUMBER:
                limits = {"minimum": node.minimum, "maximum": node.maximum}
                given = {key: value for key, value in limits.items() if value is not None}
                return {"anyOf": [{"type": [node.kind.value, "null"], **given}, _EXPRESSION]}
            case Kind.BOOLEAN:
                return {"anyOf": [{"type": ["boolean", "null"]}, _EXPRESSION]}
            case Kind.LIST:
                items = self._node(schema, node.items, depth + 1) if node.items else {}
                options = [{"type": "array", "items": items}, {"type": "null"}, _EXPRESSION]
                if node.tags:
                    options.append({"type": "object", "additionalProperties": {"type": _SCALARS}})
                return {"anyOf": options}
            case Kind.MAP:
                items = self._node(schema, node.items, depth + 1) if node.items else {}
                return {"anyOf": [{"type": ["object", "null"], "additionalProperties": items}, _EXPRESSION]}
            case Kind.OBJECT if node.properties:
                members = {name: self._node(schema, child, depth + 1) for name, child in sorted(node.properties.items())}
                object_ = {
                    "type": ["object", "null"],
                    "properties": members,
                    "required": sorted(node.required),
                    "additionalProperties": node.open,
                    "patternProperties": {r"\$\{": {}},
                }
                return {"anyOf": [object_, _EXPRESSION]}
        return {}


def _text(node: Node) -> dict[str, Any]:
    """Where text is wanted, a plain number or boolean is taken as its source text."""
    if node.enum:
        return {"anyOf": [{"enum": [*node.enum, None]}, _EXPRESSION]}
    return {"type": _SCALARS}
