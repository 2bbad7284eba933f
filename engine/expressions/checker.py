"""The check of types and names before anything is read. It never guesses: what is `dyn` passes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.expressions.attributes import may_be_null
from engine.expressions.codes import Code
from engine.expressions.inference import Inference
from engine.expressions.nodes import Node
from engine.expressions.printer import show
from engine.expressions.problem import Problem, Problems, problem
from engine.expressions.runtime import an
from engine.expressions.template import Embedded, Template
from engine.expressions.types import (
    STRING,
    ListOf,
    MapOf,
    Nullable,
    ObjectOf,
    OptionalOf,
    Simple,
    Type,
    TypeScope,
    describe,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The type (`dyn` where a problem hides it) and every problem."""

    type: Type
    problems: Problems


def check(node: Node, types: TypeScope) -> Checked:
    checker = Inference(types=types)
    kind = checker.infer(node)
    final = _final_problem(node, kind)
    return Checked(type=kind, problems=[*checker.problems, *final])


def check_template(template: Template, types: TypeScope) -> Checked:
    """Offsets are those of the scalar's text. The type of mixed text is string."""
    problems: Problems = []
    kind: Type = STRING
    for part in template.embedded():
        checker = Inference(types=types)
        found = checker.infer(part.node)
        if template.whole:
            kind = found
            checker.problems += _final_problem(part.node, found)
        else:
            checker.problems += _text_problem(part, found)
        problems += [item.shifted(part.inside) for item in checker.problems]
    return Checked(type=kind, problems=problems)


_FINAL_HELP: Final = {"bytes": "write base64(x), or string(x)", "type": "types are only compared"}


def _final_problem(node: Node, kind: Type) -> list[Problem]:
    match kind:
        case OptionalOf():
            summary, hint = f"{an(describe(kind))} is no value of a property", "end it with .orValue(x)"
        case Simple(name="bytes" | "type" | "timestamp" | "duration"):
            summary = f"{an(describe(kind))} is no value of a property"
            hint = _FINAL_HELP.get(describe(kind), "write string(x)")
        case _:
            return []
    return [problem(Code.NO_VALUE, summary, node.start, node.end, help=hint)]


def _text_problem(part: Embedded, kind: Type) -> list[Problem]:
    node = part.node
    hint = ""
    match kind:
        case ListOf() | MapOf():
            hint = f"write to_json({show(node)})"
        case ObjectOf(shape=shape):
            name = shape.identifier()
            hint = f'did you mean "{show(node)}.{name}"?' if name else f"write to_json({show(node)})"
        case Nullable() | Simple(name="null"):
            return [may_be_null(node, kind, f'write {show(node)} != null ? {show(node)} : "..."')]
        case OptionalOf():
            hint = "end it with .orValue(x)"
        case _:
            return []
    summary = f"{show(node)} is {an(describe(kind))}, which has no form inside text"
    return [problem(Code.IN_TEXT, summary, node.start, node.end, help=hint)]
