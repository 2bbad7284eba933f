"""One evaluation under way: its names, its limits, and what all rules share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from engine.expressions.codes import Code
from engine.expressions.marks import first_origin, opened, taint
from engine.expressions.meter import Meter
from engine.expressions.nodes import Node
from engine.expressions.printer import field as show_field
from engine.expressions.printer import quote, show
from engine.expressions.problem import Failure, Refusal, problem
from engine.expressions.residual import render
from engine.expressions.runtime import NOTHING, Maybe, Running, Uint, an, kind_of, maybe
from engine.expressions.suggestions import nearest
from providers.contract.values import Secret, Unknown, Value

Rule: TypeAlias = Callable[["Evaluation", "Node"], Running]
_MISSING: Final = object()


@dataclass(slots=True, kw_only=True)
class Evaluation:
    """`bound` holds the variables of macros; `symbols` counts the macros under way over an Unknown."""

    roots: Mapping[str, Value]
    digest: Callable[[Value], str]
    rules: Mapping[type, Rule]
    meter: Meter = field(default_factory=Meter)
    bound: dict[str, Running] = field(default_factory=dict)
    symbols: int = 0

    def run(self, node: Node) -> Running:
        self.meter.spend(1)
        return self.rules[type(node)](self, node)

    def failure(self, code: Code, summary: str, node: Node, *, help: str = "", secret: bool = False) -> Failure:
        return Failure(problem(code, summary, node.start, node.end, help=help), secret)

    def refused(self, refusal: Refusal, node: Node, what: str, tainted: bool) -> Failure:
        """A function's refusal as a failure; of a secret argument the message may not speak."""
        if tainted:
            return self.failure(refusal.code, f"{what} cannot work on this secret value", node, secret=True)
        return self.failure(refusal.code, refusal.summary, node, help=refusal.help)

    def text(self, value: Running) -> str:
        return render(value, self.digest)

    def unknown(self, text: str, operands: list[Running], kind: str = "any") -> Unknown:
        self.meter.text(len(text))
        return Unknown(kind=kind, origin=first_origin(operands, self.meter), residual=text)

    def attempt(self, node: Node) -> Running | Failure:
        try:
            return self.run(node)
        except Failure as failure:
            return failure

    def run_secretly(self, node: Node, secret: bool) -> Running:
        """Evaluates what a secret condition has let in: its failure depends on the secret too."""
        try:
            return self.run(node)
        except Failure as failure:
            failure.secret = failure.secret or secret
            raise

    def symbolic(self, outcome: Running | Failure) -> str:
        """The residual text of what may never be evaluated: an error counts only if it comes to it."""
        if isinstance(outcome, Failure):
            return f"error({quote(outcome.problem.diagnostic.summary)})"
        return self.text(outcome)

    def truth(self, value: Running, node: Node) -> tuple[bool | Unknown, bool]:
        """A condition's value, and whether it is secret. Raises Failure where it is no bool."""
        inner, tainted = opened(value)
        if not isinstance(inner, bool | Unknown):
            raise self.failure(Code.CONDITION, f"a condition is a bool, not {an(kind_of(inner))}", node)
        return inner, tainted

    def access(self, operand: Running, key: Running, node: Node, of: Node, optional: bool) -> Running:
        """`operand[key]`, for a field too; `of` is the operand's node, for messages."""
        if isinstance(operand, Secret):
            return self._secretly(operand.value, key, node, of, optional)
        if isinstance(operand, Maybe):
            return self.access(operand.value, key, node, of, True) if operand.present else NOTHING
        if isinstance(operand, Unknown):
            return self._inside(operand, key, optional)
        if isinstance(key, Secret):
            return self._secretly(operand, key.value, node, of, optional)
        if isinstance(key, Unknown):
            mark = "?" if optional else ""
            return self.unknown(f"{self.text(operand)}[{mark}{self.text(key)}]", [key, operand])
        found = self._find(operand, key, node, of, optional)
        if not optional:
            return found
        if found is _MISSING:
            return NOTHING
        if isinstance(found, Unknown):
            return self.unknown(f"optional.ofNullable({self.text(found)})", [found])
        return maybe(found)

    def _secretly(self, operand: Running, key: Running, node: Node, of: Node, optional: bool) -> Running:
        """Access whose failure may tell neither the key nor what there is instead."""
        try:
            return taint(self.access(operand, key, node, of, optional))
        except Failure as failure:
            code = Code(failure.problem.diagnostic.code)
        raise self.failure(code, f"{show(of)} is secret and has nothing of this name", node, secret=True)

    def _inside(self, operand: Unknown, key: Running, optional: bool) -> Unknown:
        mark = "?" if optional else ""
        named = isinstance(key, str) and show_field(key) == key
        step = f".{mark}{key}" if named else f"[{mark}{self.text(key)}]"
        plain = isinstance(key, str | int) and operand.origin
        origin = operand.origin + step.replace("?", "") if plain else operand.origin
        return Unknown(origin=origin, residual=self.text(operand) + step)

    def _find(self, operand: Running, key: Running, node: Node, of: Node, optional: bool) -> Running:
        if isinstance(operand, dict):
            if not isinstance(key, str):
                raise self.failure(Code.KEY, f"a key is a string, not {an(kind_of(key))}", node)
            try:
                return operand[key]
            except KeyError:
                if optional:
                    return _MISSING
                raise self._absent(operand, key, node, of) from None
        if isinstance(operand, list):
            number = key.value if isinstance(key, Uint) else key
            if type(number) is not int:
                raise self.failure(Code.KEY, f"the index of a list is an int, not {an(kind_of(key))}", node)
            if 0 <= number < len(operand):
                return operand[number]
            if optional:
                return _MISSING
            raise self.failure(Code.OUT_OF_RANGE, f"{show(of)} has {len(operand)} items, none at {number}", node)
        if operand is None:
            if optional:
                return _MISSING
            hint = f"write {show(of)}.?{key}.orValue(...)" if isinstance(key, str) else ""
            raise self.failure(Code.NULLABLE, f"{show(of)} is null", node, help=hint)
        raise self.failure(Code.NO_MEMBERS, f"{show(of)} is {an(kind_of(operand))}, which has no members", node)

    def _absent(self, operand: dict[str, Running], key: str, node: Node, of: Node) -> Failure:
        name = nearest(key, operand)
        hint = f"did you mean {name}?" if name else f"write {show(of)}.?{show_field(key)}.orValue(...)"
        return self.failure(Code.ABSENT, f"{show(of)} has no {key}", node, help=hint)
