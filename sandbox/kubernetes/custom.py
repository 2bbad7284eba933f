"""Custom resources: from the schema of a CustomResourceDefinition to shapes, pruning, defaulting and validation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.kubernetes.normal import Strictness
from sandbox.kubernetes.problem import Fault, duplicate, go_value, required, unsupported, unsupported_in_order, wrong
from sandbox.kubernetes.resources import Resource, Subresource
from sandbox.kubernetes.shapes import ANY, Shape, definition
from sandbox.kubernetes.store import copied
from sandbox.kubernetes.typed import equal

Object = dict[str, Any]
Schema = Mapping[str, Any]
VERBS = ("delete", "deletecollection", "get", "list", "patch", "create", "update", "watch")
OPEN = "x-kubernetes-preserve-unknown-fields"


def resources_of(crd: Object) -> list[Resource]:
    """The resources that an established definition serves, one per served version."""
    spec = crd["spec"]
    names = (crd.get("status") or {}).get("acceptedNames") or spec["names"]
    return [_resource(spec, names, version) for version in spec["versions"] if version.get("served")]


def _resource(spec: Object, names: Object, version: Object) -> Resource:
    group, plural = spec["group"], names["plural"]
    parts: dict[str, Subresource] = {}
    declared = version.get("subresources") or {}
    verbs = ("get", "patch", "update")
    if "status" in declared:
        parts["status"] = Subresource(name="status", kind=names["kind"], group=group, version=version["name"], verbs=verbs)
    if declared.get("scale") is not None:
        parts["scale"] = Subresource(name="scale", kind="Scale", group="autoscaling", version="v1", verbs=verbs)
    return Resource(
        group=group,
        version=version["name"],
        plural=plural,
        singular=names.get("singular", ""),
        kind=names["kind"],
        namespaced=spec["scope"] == "Namespaced",
        verbs=VERBS,
        short_names=tuple(names.get("shortNames") or ()),
        categories=tuple(names.get("categories") or ()),
        subresources=parts,
        shape=root_shape(schema_of(version), bool(spec.get("preserveUnknownFields"))),
        custom=version,
        list_kind=names.get("listKind") or names["kind"] + "List",
    )


def schema_of(version: Mapping[str, Any]) -> Schema:
    found: Schema = (version.get("schema") or {}).get("openAPIV3Schema") or {}
    return found


def root_shape(schema: Schema, preserve: bool) -> Shape:
    shape = shape_of({**schema, "type": "object"})
    fields = {**shape.fields}
    fields["apiVersion"] = Shape("string")
    fields["kind"] = Shape("string")
    fields["metadata"] = definition("meta.v1.ObjectMeta")
    open_ = shape.open or preserve
    items = Shape("deduced") if open_ else None
    return Shape("struct", relation="granular", fields=fields, open=open_, items=items, raw=dict(schema))


def shape_of(schema: Schema) -> Shape:
    if schema.get("x-kubernetes-int-or-string"):
        return Shape("intstr", default=schema.get("default"))
    kind = schema.get("type")
    if kind == "array":
        relation = schema.get("x-kubernetes-list-type", "atomic")
        keys = tuple(schema.get("x-kubernetes-list-map-keys") or ())
        return Shape("list", relation=relation, keys=keys, items=shape_of(schema.get("items") or {}))
    if kind == "object" or schema.get("properties"):
        return _object_shape(schema)
    if kind in ("string", "integer", "number", "boolean"):
        return Shape(kind, default=schema.get("default"))
    return Shape("deduced") if schema.get(OPEN) else ANY


def _object_shape(schema: Schema) -> Shape:
    relation = schema.get("x-kubernetes-map-type", "granular")
    inner = schema.get("additionalProperties")
    if isinstance(inner, dict) and not schema.get("properties"):
        return Shape("map", relation=relation, items=shape_of(inner))
    open_ = bool(schema.get(OPEN)) or inner is True
    fields = {key: shape_of(each) for key, each in (schema.get("properties") or {}).items()}
    if schema.get("x-kubernetes-embedded-resource"):
        fields |= {"apiVersion": Shape("string"), "kind": Shape("string"), "metadata": definition("meta.v1.ObjectMeta")}
    return Shape("struct", relation=relation, fields=fields, open=open_, items=Shape("deduced") if open_ else None)


def prune(shape: Shape, value: Any, strict: Strictness, path: str = "") -> Any:
    """The value without unknown fields, each named in `strict`."""
    if isinstance(value, dict) and shape.sort in ("struct", "map"):
        result = {}
        for key, each in value.items():
            below = f"{path}.{key}" if path else key
            if shape.sort == "struct" and key not in shape.fields and not shape.open:
                strict.found.append(f'unknown field "{below}"')
                continue
            result[key] = prune(shape.child(key), each, strict, below)
        return result
    if isinstance(value, list) and shape.sort == "list" and shape.items is not None:
        return [prune(shape.items, each, strict, f"{path}[{index}]") for index, each in enumerate(value)]
    return value


def fill(schema: Schema, value: Any) -> None:
    """Defaults of the schema, in place; null at a field that is not nullable counts as absent."""
    if isinstance(value, dict):
        for key, each in (schema.get("properties") or {}).items():
            if "default" in each and (key not in value or (value[key] is None and not each.get("nullable"))):
                value[key] = copied(each["default"])
            if value.get(key) is not None:
                fill(each, value[key])
        inner = schema.get("additionalProperties")
        if isinstance(inner, dict):
            for key in value:
                if key not in (schema.get("properties") or {}):
                    fill(inner, value[key])
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for each in value:
            fill(schema["items"], each)


def check(schema: Schema, value: Object) -> list[Fault]:
    found: list[Fault] = []
    properties = {key: each for key, each in (schema.get("properties") or {}).items() if key != "metadata"}
    found += check_value({**schema, "properties": properties, "type": "object"}, value, "")
    return found


TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}
JSON_TYPES: dict[type, str] = {
    dict: "object", list: "array", str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null",
}  # fmt: skip


def check_value(schema: Schema, value: Any, path: str) -> list[Fault]:
    if value is None and schema.get("nullable"):
        return []
    wanted = schema.get("type")
    if schema.get("x-kubernetes-int-or-string"):
        if isinstance(value, bool) or not isinstance(value, int | str):
            return [_type_fault(path, "integer,string", value)]
    elif wanted and not _is(wanted, value):
        return [_type_fault(path, wanted, value)]
    found = list(_own(schema, value, path))
    if isinstance(value, dict):
        found += _object(schema, value, path)
    elif isinstance(value, list):
        found += _array(schema, value, path)
    for each in schema.get("allOf") or ():
        found += check_value(each, value, path)
    for key in ("anyOf", "oneOf"):
        options = schema.get(key)
        if options:
            good = sum(not check_value(each, value, path) for each in options)
            if good == 0:
                found.append(wrong(path, value, f"{path} in body must validate at least one schema ({key})"))
            elif key == "oneOf" and good > 1:
                found.append(wrong(path, value, f"{path} in body must validate one and only one schema (oneOf)"))
    if schema.get("not") and not check_value(schema["not"], value, path):
        found.append(wrong(path, value, f"{path} in body must not validate the schema (not)"))
    return found


def _is(wanted: str, value: Any) -> bool:
    if isinstance(value, bool):
        return wanted == "boolean"
    if wanted == "integer" and isinstance(value, float):
        return value == int(value)
    return isinstance(value, TYPES.get(wanted, (object,)))


def _type_fault(path: str, wanted: str, value: Any) -> Fault:
    actual = JSON_TYPES.get(type(value), "object")
    return Fault(
        reason="FieldValueTypeInvalid",
        path=path or "<nil>",
        message=f'Invalid value: "{actual}": {path} in body must be of type {wanted}: "{actual}"',
    )


def _own(schema: Schema, value: Any, path: str) -> Iterator[Fault]:
    if schema.get("enum") and not any(equal(each, value) for each in schema["enum"]):
        if isinstance(value, str):
            yield unsupported_in_order(path, value, schema["enum"])
        else:
            yield unsupported(path, value, [go_value(each) for each in schema["enum"]])
    if isinstance(value, str):
        yield from _string(schema, value, path)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _number(schema, value, path)


def _string(schema: Schema, value: str, path: str) -> Iterator[Fault]:
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield wrong(path, value, f"{path} in body should match '{schema['pattern']}'")
    if "minLength" in schema and len(value) < schema["minLength"]:
        yield wrong(path, value, f"{path} in body should be at least {schema['minLength']} chars long")
    if "maxLength" in schema and len(value) > schema["maxLength"]:
        message = f"Too long: may not be more than {schema['maxLength']} bytes"
        yield Fault(reason="FieldValueTooLong", path=path, message=message)


def _number(schema: Schema, value: float, path: str) -> Iterator[Fault]:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and (value < low or (schema.get("exclusiveMinimum") and value == low)):
        words = "greater than" if schema.get("exclusiveMinimum") else "greater than or equal to"
        yield wrong(path, value, f"{path} in body should be {words} {low}")
    if high is not None and (value > high or (schema.get("exclusiveMaximum") and value == high)):
        words = "less than" if schema.get("exclusiveMaximum") else "less than or equal to"
        yield wrong(path, value, f"{path} in body should be {words} {high}")
    if schema.get("multipleOf") and value % schema["multipleOf"]:
        yield wrong(path, value, f"{path} in body should be a multiple of {schema['multipleOf']}")


def _object(schema: Schema, value: Object, path: str) -> list[Fault]:
    found: list[Fault] = []
    for key in schema.get("required") or ():
        if key not in value:
            found.append(required(f"{path}.{key}" if path else key))
    properties = schema.get("properties") or {}
    inner = schema.get("additionalProperties")
    for key, each in value.items():
        below = f"{path}.{key}" if path else key
        if key in properties:
            found += check_value(properties[key], each, below)
        elif isinstance(inner, dict):
            found += check_value(inner, each, below)
    if "maxProperties" in schema and len(value) > schema["maxProperties"]:
        message = f"Too many: {len(value)}: must have at most {schema['maxProperties']} items"
        found.append(Fault(reason="FieldValueTooMany", path=path, message=message))
    if "minProperties" in schema and len(value) < schema["minProperties"]:
        found.append(wrong(path, len(value), f"{path} in body should have at least {schema['minProperties']} properties"))
    return found


def _array(schema: Schema, value: list[Any], path: str) -> list[Fault]:
    found: list[Fault] = []
    if "maxItems" in schema and len(value) > schema["maxItems"]:
        message = f"Too many: {len(value)}: must have at most {schema['maxItems']} items"
        found.append(Fault(reason="FieldValueTooMany", path=path, message=message))
    if "minItems" in schema and len(value) < schema["minItems"]:
        found.append(wrong(path, len(value), f"{path} in body should have at least {schema['minItems']} items"))
    if isinstance(schema.get("items"), dict):
        for index, each in enumerate(value):
            found += check_value(schema["items"], each, f"{path}[{index}]")
    return found + list(_repeated(schema, value, path))


def _repeated(schema: Schema, value: list[Any], path: str) -> Iterator[Fault]:
    """Items that an associative list holds twice."""
    sort, keys = schema.get("x-kubernetes-list-type"), schema.get("x-kubernetes-list-map-keys") or ()
    if sort not in ("set", "map"):
        return
    seen: list[Any] = []
    for index, each in enumerate(value):
        mark = each
        if sort == "map":
            mark = {key: each.get(key) for key in keys} if isinstance(each, dict) else each
        if any(equal(mark, other) for other in seen):
            yield duplicate(f"{path}[{index}]", mark)
        seen.append(mark)


def uses_expressions(schema: Any) -> bool:
    """True where the schema has CEL rules, which the sandbox does not evaluate."""
    if isinstance(schema, dict):
        return "x-kubernetes-validations" in schema or any(uses_expressions(each) for each in schema.values())
    return isinstance(schema, list) and any(uses_expressions(each) for each in schema)
