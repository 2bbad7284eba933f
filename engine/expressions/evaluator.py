"""Evaluation of expressions and of scalars with expressions in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Final, cast

from engine.expressions import basics
from engine.expressions.calls import call
from engine.expressions.codes import Code
from engine.expressions.comprehensions import comprehension
from engine.expressions.evaluation import Evaluation, Rule
from engine.expressions.functions.conversions import show_text
from engine.expressions.marks import opened, taint
from engine.expressions.meter import MAX_SIZE, MAX_VALUE_DEPTH
from engine.expressions.nodes import (
    Binary,
    Bind,
    Call,
    Comprehension,
    Conditional,
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
from engine.expressions.printer import show
from engine.expressions.problem import Failure, Overrun, Problem, Refusal, problem
from engine.expressions.runtime import Maybe, Running, Uint, an, kind_of
from engine.expressions.template import Embedded, Template
from providers.contract.values import Secret, Unknown, Value

_RULES: Final[Mapping[type, Rule]] = cast(
    Mapping[type, Rule],
    {
        Literal: basics.literal,
        Name: basics.name,
        Select: basics.select,
        Index: basics.index,
        Has: basics.has,
        Call: call,
        Unary: basics.unary,
        Binary: basics.binary,
        Conditional: basics.conditional,
        ListLiteral: basics.list_literal,
        MapLiteral: basics.map_literal,
        Comprehension: comprehension,
        Bind: basics.bind,
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What names mean. `roots` may be any Mapping, one that computes its values when asked included; so may the
    mappings inside be dict subclasses whose `__missing__` gives an attribute. An Unknown in it must have an origin.

    `digest` is what stands for a secret in a residual (`values.keyed_digest` with the stack's key).
    """

    roots: Mapping[str, Value]
    digest: Callable[[Value], str]


def evaluate(node: Node, scope: Scope) -> Value | Problem:
    """The value, with Unknown and Secret at any depth; or the problem. Offsets are those of the expression's text."""
    run = Evaluation(roots=scope.roots, digest=scope.digest, rules=_RULES)
    return _guarded(run, node)


def _guarded(run: Evaluation, node: Node) -> Value | Problem:
    try:
        return _value(run, run.run(node), node)
    except Failure as failure:
        return failure.problem
    except Overrun as overrun:
        return problem(overrun.code, overrun.summary, node.start, node.end)
    except RecursionError:
        return problem(Code.TOO_DEEP, "values are nested too deeply", node.start, node.end)


def evaluate_template(template: Template, scope: Scope) -> Value | Problem:
    """A whole expression keeps its type; else text, Unknown where a part is and Secret where a part is.

    Offsets of a problem are those of the scalar's text.
    """
    if template.whole:
        part = template.parts[0]
        assert isinstance(part, Embedded)
        return _embedded(part, scope)
    return _text(template, scope)


def _embedded(part: Embedded, scope: Scope) -> Value | Problem:
    if part.path:
        value: Value | Problem = _chain(part.path, scope.roots)
        if not isinstance(value, Problem):
            return value
    value = evaluate(part.node, scope)
    return value.shifted(part.inside) if isinstance(value, Problem) else value


_ELSEWHERE: Final = problem(Code.ABSENT, "not a plain chain", 0, 0)


def _chain(path: tuple[str, ...], roots: Mapping[str, Value]) -> Value | Problem:
    """The value at the end of a chain of plain mappings; `_ELSEWHERE` where the full evaluator must look."""
    try:
        value = roots[path[0]]
        for name in path[1:]:
            if not isinstance(value, dict):
                return _ELSEWHERE
            value = value[name]
    except KeyError:
        return _ELSEWHERE
    return value


def _text(template: Template, scope: Scope) -> Value | Problem:
    values: list[Running] = []
    tainted = waiting = False
    for part in template.parts:
        if isinstance(part, str):
            values.append(part)
            continue
        found = _embedded(part, scope)
        if isinstance(found, Problem):
            return found
        value, secret = opened(found)
        tainted = tainted or secret
        if isinstance(value, Unknown):
            waiting = True
            values.append(value)
            continue
        try:
            values.append(taint(show_text(value), secret))
        except Refusal as refusal:
            return _no_text(refusal, part)
    if waiting:
        return _unknown_text(values, scope)
    text = "".join(str(opened(value)[0]) for value in values)
    if len(text) > MAX_SIZE:
        return problem(Code.SIZE, f"text may have {MAX_SIZE:,} characters", 0, 1)
    return Secret(text) if tainted else text


def _no_text(refusal: Refusal, part: Embedded) -> Problem:
    start, end = part.node.start + part.inside, part.node.end + part.inside
    summary = f"{show(part.node)} is {refusal.summary}, which has no form inside text"
    return problem(Code.IN_TEXT, summary, start, end, help=refusal.help)


def _unknown_text(values: list[Running], scope: Scope) -> Unknown:
    run = Evaluation(roots=scope.roots, digest=scope.digest, rules=_RULES)
    joined: list[str] = []
    for plain, group in groupby(values, lambda value: isinstance(value, str)):
        if plain:
            joined.append(run.text("".join(map(str, group))))
            continue
        for value in group:
            text = run.text(value)
            joined.append(f"string({text})" if isinstance(value, Unknown) else text)
    return run.unknown(f"({' + '.join(joined)})", values, "string")


def _value(run: Evaluation, running: Running, node: Node) -> Value:
    """The result as a value tree: measured, and without what only CEL has."""
    match running:
        case None | bool() | int() | float() | Unknown():
            return running
        case str():
            return running
    inside = running.value if isinstance(running, Secret) else running
    if isinstance(node, Name | Select) and isinstance(inside, dict | list | str):
        return running  # type: ignore[return-value]  # a reference: the caller's own tree
    return _tree(run, running, node, [MAX_SIZE], 0)


def _tree(run: Evaluation, running: Running, node: Node, left: list[int], depth: int) -> Value:
    left[0] -= 1 + (len(running) if isinstance(running, str) else 0)
    if left[0] < 0:
        raise Overrun(f"a result may have {MAX_SIZE:,} characters", Code.SIZE)
    if depth > MAX_VALUE_DEPTH:
        raise run.failure(Code.TOO_DEEP, f"a result may be nested {MAX_VALUE_DEPTH} deep", node)
    match running:
        case None | bool() | int() | float() | str() | Unknown():
            return running
        case Uint(value=number):
            return number
        case Secret(value=inner):
            value = _tree(run, inner, node, left, depth + 1)
            return value if isinstance(value, Secret) else Secret(value)
        case list():
            run.meter.members(len(running))
            return [_tree(run, item, node, left, depth + 1) for item in running]
        case dict():
            run.meter.members(len(running))
            left[0] -= sum(map(len, running))
            return {key: _tree(run, item, node, left, depth + 1) for key, item in running.items()}
    hint = {
        "optional": "end it with .orValue(x)",
        "bytes": "write base64(x), or string(x)",
        "type": "types are only compared",
    }.get("optional" if isinstance(running, Maybe) else kind_of(running), "write string(x)")
    raise run.failure(Code.NO_VALUE, f"{an(kind_of(running))} is no value of a property", node, help=hint)
