"""The normalised text of a tree: `parse(show(node)) == node`; one space round operators, few brackets."""

from __future__ import annotations

import json
import re
from typing import Final

from engine.expressions.nodes import (
    Binary,
    Bind,
    Call,
    Comprehension,
    Conditional,
    Constant,
    Has,
    Index,
    ListLiteral,
    Literal,
    MapLiteral,
    Name,
    Node,
    Select,
    Unary,
)
from engine.expressions.runtime import Uint

_LEVELS: Final[dict[str, int]] = {
    "||": 2, "&&": 3, "==": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "in": 4,
    "+": 5, "-": 5, "*": 6, "/": 6, "%": 6,
}  # fmt: skip
_TERNARY, _UNARY, _MEMBER = 1, 7, 8
_PLAIN_FIELD: Final = re.compile(r"(?!(?:in|true|false|null)\Z)[A-Za-z_][A-Za-z0-9_]*\Z")


def show(node: Node) -> str:
    return _show(node, 0)


def quote(text: str) -> str:
    """A string literal that holds no `${`."""
    return json.dumps(text, ensure_ascii=False).replace("${", "\\u0024{")


def show_constant(value: Constant) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return quote(value)
        case bytes():
            return 'b"' + "".join(f"\\x{byte:02x}" for byte in value) + '"'
        case Uint(value=number):
            return f"{number}u"
        case float():
            return show_double(value)
        case int():
            return str(value)


def show_double(value: float) -> str:
    """A double that reads as one; what no literal can say, through a conversion."""
    text = repr(value)
    if text in ("inf", "-inf", "nan"):
        return f'double("{text}")'
    return text if "." in text or "e" not in text else text.replace("e", ".0e")


def field(name: str) -> str:
    return name if _PLAIN_FIELD.match(name) else f"`{name}`"


def _show(node: Node, outer: int) -> str:
    text, level = _text(node)
    return f"({text})" if level < outer else text


def _text(node: Node) -> tuple[str, int]:
    match node:
        case Literal(value=value):
            negative = isinstance(value, int | float) and str(value).startswith("-")
            return show_constant(value), _UNARY if negative else _MEMBER
        case Name(name=name):
            return name, _MEMBER
        case Select(operand=operand, field=name, optional=optional):
            return f"{_show(operand, _MEMBER)}.{'?' * optional}{field(name)}", _MEMBER
        case Index(operand=operand, index=index, optional=optional):
            return f"{_show(operand, _MEMBER)}[{'?' * optional}{show(index)}]", _MEMBER
        case Has(operand=operand, field=name):
            return f"has({_show(operand, _MEMBER)}.{field(name)})", _MEMBER
        case Call(function=function, arguments=arguments, target=target):
            head = "" if target is None else _show(target, _MEMBER) + "."
            return f"{head}{function}({_join(arguments)})", _MEMBER
        case Unary(operator=operator, operand=operand):
            # -1 is a literal and -(1) is not, so a bare number keeps its brackets.
            bare = isinstance(operand, Literal) and isinstance(operand.value, int | float)
            return operator + (_show(operand, _MEMBER + bare) if bare else _show(operand, _UNARY)), _UNARY
        case Binary(operator=operator, left=left, right=right):
            level = _LEVELS[operator]
            return f"{_show(left, level)} {operator} {_show(right, level + 1)}", level
        case Conditional(condition=condition, then=then, otherwise=otherwise):
            return f"{_show(condition, 2)} ? {_show(then, 2)} : {_show(otherwise, 1)}", _TERNARY
        case ListLiteral(items=items):
            return "[" + ", ".join("?" * item.optional + show(item.value) for item in items) + "]", _MEMBER
        case MapLiteral(entries=entries):
            inner = (f"{'?' * entry.optional}{show(entry.key)}: {show(entry.value)}" for entry in entries)
            return "{" + ", ".join(inner) + "}", _MEMBER
        case Comprehension(macro=macro, target=target, variables=variables, bodies=bodies):
            inside = ", ".join((*variables, *map(show, bodies)))
            return f"{_show(target, _MEMBER)}.{macro}({inside})", _MEMBER
        case Bind(variable=variable, value=value, body=body):
            return f"cel.bind({variable}, {show(value)}, {show(body)})", _MEMBER


def _join(nodes: tuple[Node, ...]) -> str:
    return ", ".join(map(show, nodes))
