"""What was declared as a secret stays one where a cluster gives it back in clear: in an object read, or in an answer."""

from __future__ import annotations

from typing import TypeAlias

from providers.contract.values import Secret, Unknown, Value, has_secret
from providers.kubernetes.fields import Field, item_step, leaves
from providers.kubernetes.schemas import Shape

Fields: TypeAlias = frozenset[Field]
RECORDED = "$secret"
"""Recorded inputs hold an object with this one member, the digest, in place of a secret."""


def secret_fields(shape: Shape, *trees: Value) -> Fields:
    """The fields that hold a secret in any of the trees: inputs, or recorded inputs."""
    return frozenset(field for tree in trees if tree for field in _marked(tree, shape))


def _marked(tree: Value, shape: Shape) -> list[Field]:
    if not has_secret(tree) and not _has_record(tree):
        return []
    found: list[Field] = []
    for leaf in leaves(tree, shape):
        if leaf.field and leaf.field[-1] == f".{RECORDED}":
            found.append(leaf.field[:-1])
        elif has_secret(leaf.value) or _has_record(leaf.value):
            found.append(leaf.field)
    return found


def _has_record(tree: Value) -> bool:
    if isinstance(tree, dict):
        return RECORDED in tree or any(_has_record(item) for item in tree.values())
    return isinstance(tree, list) and any(_has_record(item) for item in tree)


def veil(values: dict[str, Value], shape: Shape, fields: Fields) -> dict[str, Value]:
    """The object with a mark at each of the fields; the very object where there is none."""
    if not fields:
        return values
    veiled = _veiled(values, shape, fields, ())
    return veiled if isinstance(veiled, dict) else values


def _veiled(value: Value, shape: Shape, fields: Fields, field: Field) -> Value:
    if field in fields and not isinstance(value, Secret | Unknown) and value is not None:
        return Secret(value)
    if isinstance(value, dict):
        return {key: _veiled(item, shape.child(key), fields, (*field, f".{key}")) for key, item in value.items()}
    if isinstance(value, list) and (shape.keys or shape.is_set):
        return [_veiled(item, shape.child(0), fields, (*field, item_step(item, shape))) for item in value]
    return value
