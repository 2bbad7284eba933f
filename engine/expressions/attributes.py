"""The problems of names and members that the check finds, with what was meant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from engine.expressions import words
from engine.expressions.codes import Code
from engine.expressions.nodes import Name, Node
from engine.expressions.printer import field, show
from engine.expressions.problem import Problem, problem
from engine.expressions.runtime import an
from engine.expressions.suggestions import nearest, some
from engine.expressions.types import ListOf, Nullable, ObjectOf, ObjectShape, Type, describe

_SECTIONS: Final = {"inputs": "input", "locals": "local", "files": "file", "stacks": "stack", "providers": "provider"}


def unknown_root(node: Name, roots: Iterable[str]) -> Problem:
    """A name that nothing has: a word of another tool, else with the nearest name."""
    word = words.root_word(node.name)
    if word is not None:
        return problem(Code.FOREIGN, word[0], node.start, node.end, help=word[1])
    near = nearest(node.name, roots)
    hint = f'did you mean "{near}"?' if near else ""
    summary = f'unknown name "{node.name}"'
    return problem(Code.UNKNOWN_NAME, summary, node.start, node.end, label="no resource has this name", help=hint)


def absent_attribute(node: Node, operand: Node, name: str, shape: ObjectShape) -> Problem:
    """The form of UX.md, section 1."""
    attributes = shape.attributes()
    identifier = shape.identifier()
    near = nearest(name, attributes, identifier)
    is_identifier = bool(near) and near == identifier and name.lower() != near.lower()
    note = " (the identifier)" if is_identifier else ""
    shown = show(operand)
    if near:
        label = f"{shape.describe()} has {near}{note}"
        hint = f'did you mean "{shown}.{field(near)}"{note}?'
    else:
        label = f"{shape.describe()} has {some(attributes) or 'no attributes'}"
        hint = ""
    section = _SECTIONS.get(operand.name, "") if isinstance(operand, Name) else ""
    code = Code.UNKNOWN_NAME if section else Code.UNKNOWN_ATTRIBUTE
    summary = f'unknown {section} "{name}"' if section else f'unknown attribute "{name}" of {shown}'
    return problem(code, summary, node.start, node.end, label=label, help=hint)


def repeated(node: Node, operand: Node, name: str) -> Problem:
    shown = show(operand)
    return problem(
        Code.UNKNOWN_ATTRIBUTE,
        f"{shown} is repeated: it is a map by key",
        node.start,
        node.end,
        label=f"which of {shown}?",
        help=f"write {shown}[each.key].{field(name)}, or values({shown}).map(x, x.{field(name)})",
    )


def no_members(node: Node, operand: Node, kind: Type, name: str) -> Problem:
    shown = show(operand)
    hint = ""
    if isinstance(kind, ListOf) and name:
        element = kind.items.item if isinstance(kind.items, Nullable) else kind.items
        if isinstance(element, ObjectOf) or describe(element) == "dyn":
            hint = f"write {shown}[0].{field(name)}, or {shown}.map(x, x.{field(name)})"
    summary = f"{shown} is {an(describe(kind))}, which has no members"
    return problem(Code.NO_MEMBERS, summary, node.start, node.end, help=hint)


def may_be_null(node: Node, kind: Type, help: str) -> Problem:
    """Of a nullable where a value is needed."""
    because = kind.because if isinstance(kind, Nullable) else ""
    verb = "is" if describe(kind) == "null" else "may be"
    summary = f"{show(node)} {because or f'{verb} null'}"
    return problem(Code.NULLABLE, summary, node.start, node.end, help=help)
