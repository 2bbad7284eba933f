"""What is wrong with inputs by the facts of a schema alone."""

from __future__ import annotations

from collections.abc import Iterator

from providers.contract.diagnostic import Diagnostic
from providers.contract.schema import Kind, Node, TypeSchema, covers
from providers.contract.values import Path, Secret, Unknown, Value, render_path

_KINDS: dict[Kind, tuple[type, ...]] = {
    Kind.STRING: (str,),
    Kind.INTEGER: (int,),
    Kind.NUMBER: (int, float),
    Kind.BOOLEAN: (bool,),
    Kind.OBJECT: (dict,),
    Kind.LIST: (list,),
    Kind.MAP: (dict,),
}


def mistakes(schema: TypeSchema, inputs: dict[str, Value]) -> list[Diagnostic]:
    """Unknown, missing, mistyped, read-only and refused properties, at any depth; what is unknown yet is not wrong."""
    return list(_mistakes(schema, schema.root, inputs, ()))


def _mistakes(schema: TypeSchema, node: Node, value: Value, path: Path) -> Iterator[Diagnostic]:
    node = schema.resolve(node)
    if isinstance(value, Secret):
        value = value.value
    if isinstance(value, Unknown) or value is None:
        return
    if path and covers(schema.read_only, path):
        yield _mistake("is an output", path)
    elif render_path(path) in schema.refused:
        yield _mistake("is not served", path)
    elif not _fits(node, value):
        yield _mistake(f"wants {node.kind}, not {type(value).__name__}", path)
    elif isinstance(value, dict) and not node.tags:
        yield from _members(schema, node, value, path)
    elif isinstance(value, list) and node.items is not None:
        for index, item in enumerate(value):
            yield from _mistakes(schema, node.items, item, (*path, index))


def _members(schema: TypeSchema, node: Node, value: dict[str, Value], path: Path) -> Iterator[Diagnostic]:
    for name in sorted(node.required - value.keys()):
        yield _mistake("is missing", (*path, name))
    for name, item in value.items():
        child = node.properties.get(name) or node.items
        inner = (*path, name)
        if child is not None:
            yield from _mistakes(schema, child, item, inner)
        elif render_path(inner) in schema.refused:
            yield _mistake("is not served", inner)
        elif node.kind is Kind.OBJECT and node.properties and not node.open:
            yield _mistake("is no property", inner)


def _fits(node: Node, value: Value) -> bool:
    if node.tags and isinstance(value, dict):
        return True
    for kind in (node.kind, *node.alternatives):
        wanted = _KINDS.get(kind)
        if wanted is None or (isinstance(value, wanted) and (bool in wanted or not isinstance(value, bool))):
            return True
    return False


def _mistake(text: str, path: Path) -> Diagnostic:
    return Diagnostic(code="P0310", summary=f"{render_path(path) or 'the whole'} {text}", path=path)
