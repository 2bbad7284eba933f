"""A scalar with `${...}` in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

from engine.expressions.codes import Code
from engine.expressions.lexer import tokens
from engine.expressions.nodes import Name, Node, Select
from engine.expressions.parser import parse
from engine.expressions.problem import Failure, Problem, Problems, problem

_OPENING: Final = re.compile(r"\$?\$\{")
_SIMPLE: Final = re.compile(r"[ \t\r\n]*[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*[ \t\r\n]*(?=\})", re.ASCII)

_ONLY: Final = re.compile(r"\s*(\$\{[ \t\r\n]*[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*[ \t\r\n]*\})\s*\Z", re.ASCII)
"""A scalar that is one plain reference: most are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """One `${...}`. `start` and `end` span it with its braces, in the decoded text of the scalar; `inside` is where
    the expression begins there (spans of its nodes count from that). `path` is the chain of names where the
    expression is nothing else (`orders.QueueUrl`), else empty."""

    node: Node
    start: int
    end: int
    inside: int
    path: tuple[str, ...] = ()


Part: TypeAlias = str | Embedded


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """`whole`: the expression is the whole scalar and the result keeps its type; there is one part then."""

    parts: tuple[Part, ...]
    whole: bool

    def embedded(self) -> tuple[Embedded, ...]:
        return tuple(part for part in self.parts if isinstance(part, Embedded))


def parse_template(text: str) -> str | Template | Problems:
    """Plain text (with `$${` read as `${`), a Template, or every problem of the scalar's expressions."""
    if "${" not in text:
        return text
    only = _ONLY.match(text)
    if only is not None:
        part = _embedded(text, only.start(1), only.start(1) + 2, only.end(1) - 1)
        return [part] if isinstance(part, Problem) else Template(parts=(part,), whole=True)
    parts: list[Part] = []
    problems: Problems = []
    position = 0
    while True:
        opening = _OPENING.search(text, position)
        if opening is None:
            _add(parts, text[position:])
            break
        if len(opening.group()) == 3:
            _add(parts, text[position : opening.start()] + "${")
            position = opening.end()
            continue
        _add(parts, text[position : opening.start()])
        closing = _closing(text, opening)
        if isinstance(closing, Problem):
            problems.append(closing)
            break
        found = _embedded(text, opening.start(), opening.end(), closing)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            parts.append(found)
        position = closing + 1
    return problems or _assemble(parts)


def _add(parts: list[Part], text: str) -> None:
    if not text:
        return
    if parts and isinstance(parts[-1], str):
        parts[-1] += text
    else:
        parts.append(text)


def _assemble(parts: list[Part]) -> str | Template:
    embedded = [part for part in parts if isinstance(part, Embedded)]
    if not embedded:
        return "".join(part for part in parts if isinstance(part, str))
    if len(embedded) == 1 and all(part.isspace() for part in parts if isinstance(part, str)):
        return Template(parts=tuple(embedded), whole=True)
    return Template(parts=tuple(parts), whole=False)


def _closing(text: str, opening: re.Match[str]) -> int | Problem:
    """The offset of the brace that ends the expression: the first at depth 0 of CEL's own tokens."""
    simple = _SIMPLE.match(text, opening.end())
    if simple is not None:
        return simple.end()
    depth = 0
    try:
        for token in tokens(text, opening.end()):
            if token.kind != "operator":
                continue
            if token.text == "{":
                depth += 1
            elif token.text == "}":
                if depth == 0:
                    return token.start
                depth -= 1
    except Failure as failure:
        return failure.problem
    hint = "end it with }; a literal ${ is written $${"
    return problem(Code.UNCLOSED, "${ without its }", opening.start(), opening.end(), help=hint)


def _embedded(text: str, start: int, inside: int, closing: int) -> Embedded | Problem:
    node = parse(text[inside:closing])
    if isinstance(node, Problem):
        return node.shifted(inside)
    return Embedded(node=node, start=start, end=closing + 1, inside=inside, path=_path(node))


def _path(node: Node) -> tuple[str, ...]:
    names: list[str] = []
    while isinstance(node, Select) and not node.optional:
        names.append(node.field)
        node = node.operand
    if not isinstance(node, Name):
        return ()
    names.append(node.name)
    return tuple(reversed(names))
