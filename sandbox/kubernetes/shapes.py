"""Shapes: what is known of the type of each field, for built-in kinds (from the facts) and custom ones alike."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any


@cache
def facts() -> dict[str, Any]:
    """The committed facts, decoded once per process when first asked for."""
    packed = resources.files("sandbox.kubernetes.data").joinpath("facts.json.gz").read_bytes()
    decoded: dict[str, Any] = json.loads(gzip.decompress(packed))
    return decoded


LEAVES = {"string", "integer", "number", "boolean", "quantity", "intstr", "time", "microtime", "any", "bytes"}
SPECIAL = {
    "meta.v1.Time": "time",
    "meta.v1.MicroTime": "microtime",
    "api.resource.Quantity": "quantity",
    "util.intstr.IntOrString": "intstr",
    "meta.v1.FieldsV1": "any",
    "pkg.runtime.RawExtension": "any",
    "apiextensions.v1.JSON": "any",
    "apiextensions.v1.JSONSchemaPropsOrArray": "any",
    "apiextensions.v1.JSONSchemaPropsOrBool": "any",
    "apiextensions.v1.JSONSchemaPropsOrStringArray": "any",
}


@dataclass(eq=False)
class Shape:
    """One type. `sort` is `struct` (named fields), `map`, `list`, or a leaf of LEAVES.

    `relation` of a list: `atomic`, `set`, `map`; of a struct or map: `atomic` or `granular`. `zero` tells what an absent or
    zero value becomes in JSON: `o` omitted, `z` zero is written, `n` null is written, `s` an empty struct is written, ''
    a pointer (null is dropped, zero stays). `open` structs keep unknown fields.
    """

    sort: str
    name: str = ""
    relation: str = ""
    keys: tuple[str, ...] = ()
    zero: str = ""
    default: Any = None
    strategy: str = ""
    merge_key: str = ""
    required: tuple[str, ...] = ()
    fields: Mapping[str, Shape] = field(default_factory=dict)
    items: Shape | None = None
    open: bool = False
    integer_format: str = ""
    raw: dict[str, Any] | None = None

    def child(self, key: str) -> Shape:
        """The shape of one field or map value; `ANY` where nothing is known."""
        found = self.fields.get(key)
        if found is not None:
            return found
        return self.items if self.items is not None and self.sort in ("map", "struct") else ANY

    @property
    def associative(self) -> bool:
        return self.sort == "list" and self.relation in ("set", "map")


ANY = Shape("any")


class LazyFields(dict[str, Shape]):
    """Fields of a definition, made on first look: definitions refer to themselves."""

    def __init__(self, owner: str, raw: Mapping[str, Any]) -> None:
        super().__init__()
        self._owner = owner
        self._raw = raw
        self.always = tuple(key for key, each in raw.items() if each.get("z", "o") in ("z", "n", "s"))

    def __missing__(self, key: str) -> Shape:
        shape = field_shape(self._raw[key])
        self[key] = shape
        return shape

    def get(self, key: str, default: Any = None) -> Any:
        return self[key] if key in self._raw else default

    def __contains__(self, key: object) -> bool:
        return key in self._raw

    def __iter__(self) -> Any:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)

    def items(self) -> Any:
        return [(key, self[key]) for key in self._raw]


@cache
def definition(name: str) -> Shape:
    """The shape of a definition by its short name, such as `apps.v1.Deployment`; LookupError when there is none."""
    if name in SPECIAL:
        return Shape(SPECIAL[name], name=name)
    raw = facts()["definitions"][name]
    if "p" not in raw:
        shape = field_shape(raw)
        shape.name = name
        return shape
    return Shape(
        "struct",
        name=name,
        relation="atomic" if raw.get("m") == "atomic" else "granular",
        required=tuple(raw.get("q", ())),
        fields=LazyFields(name, raw["p"]),
    )


def field_shape(raw: Mapping[str, Any]) -> Shape:
    """The shape of one field's facts (see data/generate.py for the letters)."""
    zero, default = raw.get("z", ""), raw.get("d")
    if zero == "z" and default is None:
        default = {"string": "", "integer": 0, "boolean": False}.get(raw.get("t", ""))
    if "r" in raw:
        base = definition(raw["r"])
        relation = "atomic" if raw.get("m") == "atomic" else base.relation
        return Shape(
            base.sort,
            name=base.name,
            relation=relation,
            zero=zero,
            default=default,
            required=base.required,
            fields=base.fields,
            items=base.items,
            open=base.open,
            strategy=raw.get("s", ""),
        )
    kind = raw.get("t", "any")
    if kind == "array":
        return Shape(
            "list",
            relation=raw.get("l", "atomic"),
            keys=tuple(raw.get("k", ())),
            zero=zero,
            items=field_shape(raw.get("i", {})),
            strategy=raw.get("s", ""),
            merge_key=raw.get("g", ""),
        )
    if kind == "object":
        relation = "atomic" if raw.get("m") == "atomic" else "granular"
        return Shape("map", relation=relation, zero=zero, items=field_shape(raw.get("a", {})))
    if kind == "string" and raw.get("f") == "byte":
        return Shape("bytes", zero=zero)
    return Shape(kind, zero=zero, default=default, integer_format=raw.get("f", ""))
