"""What a condition proves about nulls."""

from __future__ import annotations

from engine.expressions.nodes import Binary, Has, Literal, Node, Select, Unary
from engine.expressions.printer import show


def facts(condition: Node, holds: bool) -> frozenset[str]:
    """The texts of expressions that are surely not null where the condition is true (`holds`) or false."""
    match condition:
        case Unary(operator="!", operand=operand):
            return facts(operand, not holds)
        case Binary(operator="&&" | "||" as sign, left=left, right=right):
            return facts(left, holds) | facts(right, holds) if (sign == "&&") is holds else frozenset()
        case Binary(operator="!=" | "==" as sign, left=left, right=Literal(value=None)):
            return frozenset({show(left)}) if (sign == "!=") is holds else frozenset()
        case Binary(operator="==", right=Literal(), left=left) if holds:
            return frozenset({show(left)})
        case Has(operand=operand, field=field) if holds:
            return frozenset({show(operand), show(Select(operand=operand, field=field))})
    return frozenset()
