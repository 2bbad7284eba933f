"""What fits at a place of a schema, and how a message says what does not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from engine.expressions import DYN, ListOf, MapOf, Nullable, ObjectOf, OptionalOf, Simple, Type
from providers.contract.schema import ANY_ITEM, Kind, Node, TypeSchema
from providers.contract.values import Path, render_path


@dataclass(slots=True)
class Outputs:
    """The patterns of a schema's outputs by their length, and the names that they end in."""

    patterns: dict[int, list[Path]] = field(default_factory=dict)
    names: dict[int, set[str]] = field(default_factory=dict)

    def below(self, path: Path, names: Iterable[str]) -> list[str]:
        """Those of `names` that are outputs of the mapping at `path`."""
        length = len(path) + 1
        possible = self.names.get(length)
        if not possible or possible.isdisjoint(names):
            return []
        found = {
            str(pattern[-1])
            for pattern in self.patterns[length]
            if all(want in (ANY_ITEM, have) for want, have in zip(pattern, path))
        }
        return [name for name in names if name in found]


_OUTPUTS: dict[int, tuple[TypeSchema, Outputs]] = {}


def outputs_of(schema: TypeSchema) -> Outputs:
    known = _OUTPUTS.get(id(schema))
    if known is not None:
        return known[1]
    outputs = Outputs()
    for pattern in schema.read_only:
        outputs.patterns.setdefault(len(pattern), []).append(pattern)
        outputs.names.setdefault(len(pattern), set()).add(str(pattern[-1]))
    _OUTPUTS[id(schema)] = (schema, outputs)
    return outputs


def same(left: Any, right: Any) -> bool:
    """Equal, and of one kind: 1 is not true."""
    return left == right and all(isinstance(left, kind) == isinstance(right, kind) for kind in (bool, str))


def name_of(path: Path) -> str:
    return render_path(path) or "the whole"


def told(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'the text "{value}"' if isinstance(value, str) else str(value)


def shown_number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else str(value)


def is_kind(value: Any, kind: Kind) -> bool:
    if isinstance(value, bool):
        return kind is Kind.BOOLEAN
    if isinstance(value, int):
        return kind in (Kind.INTEGER, Kind.NUMBER)
    return isinstance(value, float) and kind is Kind.NUMBER


def unquoted(raw: str, kind: Kind) -> str:
    text = raw.strip().lower()
    if kind is Kind.BOOLEAN:
        value = {"true": "true", "yes": "true", "on": "true", "false": "false", "no": "false", "off": "false"}.get(text)
        return f"write {value}, without quotes" if value and raw in ("true", "false") else f"write {value}" if value else ""
    return f"write {raw}, without quotes" if re.fullmatch(r"-?\d+(?:\.\d+)?", raw) else ""


def matches_pattern(pattern: str, text: str) -> bool:
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return True


def fits(kind: Type, node: Node, schema: TypeSchema | None) -> bool:
    """True where a value of the expression's type may stand at the node. What is `dyn` passes."""
    if kind == DYN or node.kind in (Kind.ANY, Kind.JSON) or node.alternatives:
        return True
    match kind:
        case Nullable(item=item) | OptionalOf(item=item):
            return fits(item, node, schema)
        case Simple(name=name):
            return name in _SIMPLE_FITS.get(node.kind, ()) or (name == "null")
        case ListOf(items=items):
            if node.kind is not Kind.LIST or node.items is None:
                return node.kind is Kind.LIST
            inner = schema.resolve(node.items) if schema is not None else node.items
            return fits(items, inner, schema)
        case MapOf() | ObjectOf():
            return node.kind in (Kind.MAP, Kind.OBJECT) or node.tags
    return True


_SIMPLE_FITS: Final = {
    Kind.STRING: ("string", "int", "uint", "bool", "double"),
    Kind.INTEGER: ("int", "uint"),
    Kind.NUMBER: ("int", "uint", "double"),
    Kind.BOOLEAN: ("bool",),
}
