"""Decoding as the real server does: types are checked, unknown fields dropped and named, zero values written or omitted
as the Go types say, quantities made canonical."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from sandbox.kubernetes import quantity
from sandbox.kubernetes.shapes import LEAVES, LazyFields, Shape

GO_NAMES = {"string": "string", "boolean": "bool", "number": "float64", "bytes": "[]uint8"}
JSON_NAMES: dict[type, str] = {str: "string", bool: "bool", int: "number", float: "number", dict: "object", list: "array"}


class Undecodable(Exception):
    """A value that no Go decoder takes; the text is the decoder's."""


@dataclass(slots=True)
class Strictness:
    """Unknown fields met on the way, each as `unknown field "spec.x"`."""

    found: list[str] = field(default_factory=list)


def normalise(shape: Shape, value: Any, strict: Strictness, path: str = "", owner: str = "") -> Any:
    """The value as stored. Null stays null: the caller's field decides what it becomes."""
    if value is None:
        return None
    match shape.sort:
        case "struct":
            return _struct(shape, value, strict, path, owner)
        case "map":
            return _map(shape, value, strict, path, owner)
        case "list":
            return _list(shape, value, strict, path, owner)
        case "quantity":
            return _quantity(value)
        case "any" | "deduced":
            return value
        case _:
            return _leaf(shape, value, path, owner)


def _struct(shape: Shape, value: Any, strict: Strictness, path: str, owner: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Undecodable(_mismatch(value, path, owner, shape.name))
    result: dict[str, Any] = {}
    struct = shape.name.rsplit(".", 1)[-1]
    for key, each in value.items():
        below = f"{path}.{key}" if path else key
        if key not in shape.fields:
            strict.found.append(f'unknown field "{below}"')
            continue
        inner = shape.fields[key]
        normal = normalise(inner, each, strict, below, struct)
        if not dropped(inner, normal):
            result[key] = normal
    for key in always(shape):
        if result.get(key) is None:
            result[key] = zero_value(shape.fields[key])
    return result


def dropped(shape: Shape, value: Any) -> bool:
    if value is None:
        return True
    if shape.zero == "o":
        return value in ("", [], {}) or (value == 0 and not isinstance(value, float | str))
    return False


def always(shape: Shape) -> tuple[str, ...]:
    """The fields that are written even when absent."""
    if isinstance(shape.fields, LazyFields):
        return shape.fields.always
    return ()


def zero_value(shape: Shape) -> Any:
    if shape.zero == "n":
        return None
    if shape.sort in ("struct", "map"):
        return _struct(shape, {}, Strictness(), "", "") if shape.sort == "struct" else {}
    return {"string": "", "integer": 0, "number": 0, "boolean": False, "quantity": "0", "intstr": 0}.get(shape.sort)


def _map(shape: Shape, value: Any, strict: Strictness, path: str, owner: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Undecodable(_mismatch(value, path, owner, f"map[string]{_go_name(shape.items)}"))
    inner = shape.items
    if inner is None or inner.sort == "any":
        return value
    result = {}
    leaf = inner.sort in LEAVES
    for key, each in value.items():
        # The decoder's messages name a map of plain values as a whole.
        normal = normalise(inner, each, strict, path if leaf else f"{path}.{key}" if path else key, owner)
        if inner.sort == "quantity" and normal is not None:
            normal = quantity.to_milli(normal)
        result[key] = zero_value(inner) if normal is None and inner.sort != "bytes" else normal
    return result


def _list(shape: Shape, value: Any, strict: Strictness, path: str, owner: str) -> list[Any]:
    if not isinstance(value, list):
        raise Undecodable(_mismatch(value, path, owner, f"[]{_go_name(shape.items)}"))
    inner = shape.items
    if inner is None:
        return value
    result = []
    for index, each in enumerate(value):
        normal = normalise(inner, {} if each is None and inner.sort == "struct" else each, strict, f"{path}[{index}]", owner)
        result.append(zero_value(inner) if normal is None else normal)
    return result


def _quantity(value: Any) -> str:
    text = str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    found = quantity.canonical(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise Undecodable(quantity.MESSAGE)
    return found


def _leaf(shape: Shape, value: Any, path: str, owner: str) -> Any:
    good = {
        "string": isinstance(value, str),
        "bytes": isinstance(value, str),
        "time": isinstance(value, str),
        "microtime": isinstance(value, str),
        "boolean": isinstance(value, bool),
        "integer": isinstance(value, int | float) and not isinstance(value, bool) and value == int(value),
        "number": isinstance(value, int | float) and not isinstance(value, bool),
        "intstr": isinstance(value, str | int) and not isinstance(value, bool),
    }.get(shape.sort, True)
    if not good:
        raise Undecodable(_mismatch(value, path, owner, _go_name(shape)))
    if shape.sort == "bytes":
        _check_base64(value)
    return int(value) if shape.sort == "integer" else value


BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")


def _check_base64(text: str) -> None:
    plain = text.replace("\r", "").replace("\n", "")
    match = BASE64.match(plain)
    good = match.end() if match is not None else 0
    if good != len(plain) or len(plain) % 4:
        raise Undecodable(f"illegal base64 data at input byte {min(good, len(plain) - len(plain) % 4)}")


def _go_name(shape: Shape | None) -> str:
    if shape is None:
        return "interface {}"
    if shape.sort == "integer":
        return shape.integer_format or "int64"
    if shape.sort == "list":
        return f"[]{_go_name(shape.items)}"
    if shape.sort == "map":
        return f"map[string]{_go_name(shape.items)}"
    if shape.sort == "struct":
        pieces = shape.name.split(".")
        return f"{pieces[-2]}.{pieces[-1]}" if len(pieces) > 1 else shape.name
    return GO_NAMES.get(shape.sort, shape.sort)


def _mismatch(value: Any, path: str, owner: str, expected: str) -> str:
    kind = JSON_NAMES.get(type(value), "value")
    pieces = expected.split(".")
    if len(pieces) == 3:
        expected = ".".join(pieces[-2:])
    where = f"Go struct field {owner}.{_without_indexes(path)}" if owner else "Go value"
    return f"json: cannot unmarshal {kind} into {where} of type {expected}"


def _without_indexes(path: str) -> str:
    pieces = []
    for piece in path.split("."):
        pieces.append(piece.split("[", 1)[0])
    return ".".join(pieces)
