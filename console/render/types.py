"""One type for a terminal and as JSON: its attributes and what each may do."""

from __future__ import annotations

from typing import Any

from console.render.table import table
from providers.contract.schema import Kind, Node, TypeSchema, covers
from providers.contract.values import Path, render_path

DEPTH = 2
"""Levels of attributes that are listed; --json has four."""


def attributes(schema: TypeSchema, depth: int) -> list[tuple[Path, Node]]:
    """Each with its path, "*" for items; sorted; as deep as `depth`."""
    found: list[tuple[Path, Node]] = []

    def visit(node: Node, path: Path) -> None:
        node = schema.resolve(node)
        if path:
            found.append((path, node))
        if sum(part != "*" for part in path) >= depth:
            return
        for name in sorted(node.properties):
            visit(node.properties[name], (*path, name))
        if node.items is not None:
            inner = schema.resolve(node.items)
            for name in sorted(inner.properties):
                visit(inner.properties[name], (*path, "*", name))

    visit(schema.root, ())
    return found


def kind_text(schema: TypeSchema, node: Node) -> str:
    node = schema.resolve(node)
    kinds = [node.kind.value, *(kind.value for kind in node.alternatives)]
    text = " or ".join(kinds)
    if node.kind in (Kind.LIST, Kind.MAP) and node.items is not None:
        text += f" of {schema.resolve(node.items).kind.value}"
    if node.enum:
        text += f" ({', '.join(str(item) for item in node.enum[:6])}{', ...' if len(node.enum) > 6 else ''})"
    return text


def facts(schema: TypeSchema, path: Path) -> list[str]:
    """What is to be known of an attribute, in words."""
    found = []
    parent = schema.node(path[:-1])
    if parent is not None and path[-1] in schema.resolve(parent).required:
        found.append("required")
    if covers(schema.create_only, path):
        found.append("replaces")
    if covers(schema.read_only, path):
        found.append("read-only")
    if covers(schema.write_only, path):
        found.append("write-only")
    if render_path(path) in schema.refused:
        found.append(f"refused: {schema.refused[render_path(path)]}")
    return found


def type_text(schema: TypeSchema, recovery: str) -> str:
    identifier = ", ".join(render_path(path) for path in schema.identifier) or "-"
    lines = [
        f"{schema.type}",
        f"  identifier      {identifier}" + (", a unique name" if schema.unique_name else ""),
        f"  recovery        class {schema.recovery.value}: {recovery}",
        f"  holds data      {'yes: created again, it comes back EMPTY' if schema.holds_data else 'no'}",
        f"  tags            {'yes' if schema.taggable else 'no'}",
        "",
    ]
    rows = [[_path(path), kind_text(schema, node), ", ".join(facts(schema, path))] for path, node in attributes(schema, DEPTH)]
    known = {row[0] for row in rows}
    rows.extend([name, "", f"refused: {reason}"] for name, reason in sorted(schema.refused.items()) if name not in known)
    return "\n".join(lines) + "\n" + table(["ATTRIBUTE", "KIND", ""], rows)


def _path(path: Path) -> str:
    return render_path(path).replace('["*"]', "[*]")


def type_json(schema: TypeSchema) -> dict[str, Any]:
    return {
        "type": schema.type,
        "identifier": [render_path(path) for path in schema.identifier],
        "recovery": schema.recovery.value,
        "holds_data": schema.holds_data,
        "taggable": schema.taggable,
        "unique_name": schema.unique_name,
        "refused": dict(schema.refused),
        "attributes": [
            {"path": _path(path), "kind": schema.resolve(node).kind.value, "facts": facts(schema, path)}
            for path, node in attributes(schema, 4)
        ],
    }
