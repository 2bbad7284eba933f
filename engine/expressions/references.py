"""What an expression refers to: the edges of the graph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.expressions.nodes import (
    Bind,
    Comprehension,
    Has,
    Index,
    Literal,
    Name,
    Node,
    Select,
    children,
)
from engine.expressions.runtime import TYPE_NAMES
from engine.expressions.template import Embedded, Template
from providers.contract.values import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A root and how far into it the path is static: fields, and indexes that are literals.

    `guarded` is true where a part of the path may be absent (`a.?b`, `a[?0]`, `has(a.b)`).
    """

    root: str
    path: Path
    guarded: bool
    start: int
    end: int


def references(tree: Node | Template) -> list[Reference]:
    """In the order of the text; variables of macros are left out. Offsets count as those of problems do."""
    if isinstance(tree, Template):
        return [found for part in tree.embedded() for found in _embedded(part)]
    return list(_references(tree, frozenset()))


def _embedded(part: Embedded) -> list[Reference]:
    inside = part.inside
    if part.path and part.path[1:]:
        start, end = part.node.start + inside, part.node.end + inside
        return [Reference(root=part.path[0], path=part.path[1:], guarded=False, start=start, end=end)]
    found = _references(part.node, frozenset())
    return [replace(item, start=item.start + inside, end=item.end + inside) for item in found]


def _references(node: Node, bound: frozenset[str]) -> Iterator[Reference]:
    match node:
        case Name() | Select() | Index() | Has():
            yield from _chain(node, bound)
        case Comprehension(target=target, variables=variables, bodies=bodies):
            yield from _references(target, bound)
            for body in bodies:
                yield from _references(body, bound | set(variables))
        case Bind(variable=variable, value=value, body=body):
            yield from _references(value, bound)
            yield from _references(body, bound | {variable})
        case _:
            for child in children(node):
                yield from _references(child, bound)


def _chain(node: Node, bound: frozenset[str]) -> Iterator[Reference]:
    parts: list[str | int] = []
    indexes: list[Node] = []
    guarded = False
    base: Node = node
    end = node.end
    while isinstance(base, Select | Index | Has):
        guarded = guarded or isinstance(base, Has) or base.optional
        if isinstance(base, Index) and not _static(base.index):
            parts.clear()
            indexes.append(base.index)
            end = base.operand.end
        elif isinstance(base, Index):
            assert isinstance(base.index, Literal)
            assert isinstance(base.index.value, str | int)
            parts.append(base.index.value)
        else:
            parts.append(base.field)
        base = base.operand
    if not isinstance(base, Name):
        yield from _references(base, bound)
    elif base.name not in bound and (parts or base.name not in TYPE_NAMES):
        path = tuple(reversed(parts))
        yield Reference(root=base.name, path=path, guarded=guarded, start=base.start, end=end)
    for index in reversed(indexes):
        yield from _references(index, bound)


def _static(index: Node) -> bool:
    return isinstance(index, Literal) and type(index.value) in (str, int)
