"""The type of a tree: of a local, of an output."""

from __future__ import annotations

from typing import Any

from engine.expressions import DYN, STRING, ListOf, MapOf, ObjectOf, Type
from engine.expressions.types import join_all
from stacks.findings import Place
from stacks.kinds import Section, value_type
from stacks.references import Expressions
from stacks.structure import has_expression
from stacks.yaml.scalars import Plain
from stacks.yaml.unquoted import HOLE


def tree_type(raw: Any, expressions: Expressions, place: Place) -> Type:
    """`dyn` where it cannot be told. A mapping with plain keys is an object: a misspelt member is found."""
    if isinstance(raw, Plain):
        return value_type(raw.value)
    if isinstance(raw, str):
        if HOLE in raw:
            return DYN
        return expressions.read(raw, place)[1] if has_expression(raw) else STRING
    if isinstance(raw, dict):
        if any(has_expression(key) for key in raw):
            return MapOf(DYN)
        members = {key: tree_type(item, expressions, place) for key, item in raw.items()}
        kinds = list(members.values())
        same = bool(kinds) and all(kind == kinds[0] for kind in kinds)
        return MapOf(kinds[0]) if same else ObjectOf(Section("the mapping", members)) if members else MapOf(DYN)
    if isinstance(raw, list):
        return ListOf(join_all(tree_type(item, expressions, place) for item in raw))
    return value_type(raw)
