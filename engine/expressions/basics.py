"""How literals, names, members, operators and conditions are evaluated."""

from __future__ import annotations

from typing import Final

from engine.expressions import words
from engine.expressions.codes import Code
from engine.expressions.evaluation import Evaluation
from engine.expressions.marks import opened, scan, taint
from engine.expressions.nodes import (
    Binary,
    Bind,
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
from engine.expressions.operators import BINARY, contained, equal, whole
from engine.expressions.problem import Failure, Refusal
from engine.expressions.runtime import TYPE_NAMES, Duration, Maybe, Running, an, kind_of
from engine.expressions.suggestions import nearest
from providers.contract.values import Unknown

_ABSENT: Final = object()


def literal(run: Evaluation, node: Literal) -> Running:
    return node.value


def name(run: Evaluation, node: Name) -> Running:
    found = run.bound.get(node.name, _ABSENT)
    if found is not _ABSENT:
        return found
    try:
        return run.roots[node.name]
    except KeyError:
        pass
    if node.name in TYPE_NAMES:
        return TYPE_NAMES[node.name]
    word = words.root_word(node.name)
    if word is not None:
        raise run.failure(Code.FOREIGN, word[0], node, help=word[1])
    near = nearest(node.name, run.roots)
    hint = f'did you mean "{near}"?' if near else ""
    raise run.failure(Code.UNKNOWN_NAME, f'unknown name "{node.name}"', node, help=hint)


def select(run: Evaluation, node: Select) -> Running:
    operand = run.run(node.operand)
    if type(operand) is dict and not node.optional:
        found = operand.get(node.field, _ABSENT)
        if found is not _ABSENT:
            return found
    return run.access(operand, node.field, node, node.operand, node.optional)


def index(run: Evaluation, node: Index) -> Running:
    operand = run.run(node.operand)
    return run.access(operand, run.run(node.index), node, node.operand, node.optional)


def has(run: Evaluation, node: Has) -> Running:
    operand, tainted = opened(run.run(node.operand))
    if isinstance(operand, Maybe):
        operand = operand.value if operand.present else {}
    if isinstance(operand, Unknown):
        return run.unknown(f"has({run.text(operand)}.{node.field})", [operand], "boolean")
    if not isinstance(operand, dict) and operand is not None:
        raise run.failure(Code.NO_MEMBERS, f"has looks into a map, not {an(kind_of(operand))}", node)
    found = run.access(operand, node.field, node, node.operand, True)
    inner, inner_tainted = opened(found)
    if isinstance(inner, Unknown):
        return run.unknown(f"{inner.residual}.hasValue()", [inner], "boolean")
    assert isinstance(inner, Maybe)
    return taint(inner.present, tainted or inner_tainted)


def list_literal(run: Evaluation, node: ListLiteral) -> Running:
    result: list[Running] = []
    texts: list[str] = []
    waiting: list[Running] = []
    for item in node.items:
        value = run.run(item.value)
        if not item.optional:
            result.append(value)
            continue
        inner, tainted = opened(value)
        if isinstance(inner, Unknown):
            waiting.append(inner)
            texts.append(f"?{run.text(inner)}")
        elif not isinstance(inner, Maybe):
            raise run.failure(Code.OPERANDS, f"?x in a list takes an optional, not {an(kind_of(inner))}", item.value)
        elif inner.present:
            result.append(taint(inner.value, tainted))
    if waiting:
        inside = ", ".join([*map(run.text, result), *texts])
        return run.unknown(f"[{inside}]", waiting, "list")
    return result


def map_literal(run: Evaluation, node: MapLiteral) -> Running:
    """An unknown key makes the whole mapping unknown, a secret key a secret."""
    result: dict[str, Running] = {}
    waiting: list[tuple[Running, Running, str]] = []
    tainted = False
    for entry in node.entries:
        key, key_tainted = opened(run.run(entry.key))
        value = run.run(entry.value)
        tainted = tainted or key_tainted
        if entry.optional:
            inner, value_tainted = opened(value)
            if isinstance(inner, Maybe):
                if not inner.present:
                    continue
                value = taint(inner.value, value_tainted)
            elif isinstance(inner, Unknown):
                waiting.append((key, inner, "?"))
                continue
            else:
                raise run.failure(Code.OPERANDS, f"?k in a map takes an optional, not {an(kind_of(inner))}", entry.value)
        if isinstance(key, Unknown):
            waiting.append((key, value, ""))
        elif not isinstance(key, str):
            raise run.failure(Code.KEY, f"a key is a string, not {an(kind_of(key))}", entry.key, help="write string(x)")
        elif key in result:
            shown = "the same key" if tainted else f'the key "{key}"'
            raise run.failure(Code.KEY, f"{shown} stands twice in a map", entry.key)
        else:
            result[key] = value
    if waiting:
        return _waiting_map(run, result, waiting)
    return taint(result, tainted)


def _waiting_map(run: Evaluation, known: dict[str, Running], waiting: list[tuple[Running, Running, str]]) -> Unknown:
    members = [run.text(known)[1:-1]] if known else []
    members += [f"{mark}{run.text(key)}: {run.text(value)}" for key, value, mark in waiting]
    operands = [part for key, value, _ in waiting for part in (key, value)]
    return run.unknown("{" + ", ".join(members) + "}", operands, "map")


def unary(run: Evaluation, node: Unary) -> Running:
    value, tainted = opened(run.run(node.operand))
    if isinstance(value, Unknown):
        return run.unknown(f"({node.operator}{run.text(value)})", [value], value.kind)
    if node.operator == "!" and isinstance(value, bool):
        return taint(not value, tainted)
    if node.operator == "-" and type(value) in (int, float):
        try:
            return taint(whole(-value) if isinstance(value, int) else -value, tainted)  # type: ignore[operator]
        except Refusal as refusal:
            raise run.refused(refusal, node, "-", tainted) from None
    if node.operator == "-" and isinstance(value, Duration):
        return taint(Duration(-value.nanoseconds), tainted)
    raise run.failure(Code.OPERANDS, f"{node.operator} takes {_UNARY[node.operator]}, not {an(kind_of(value))}", node)


_UNARY: Final = {"!": "a bool", "-": "an int or a double"}
_BOOLEAN: Final = frozenset({"==", "!=", "<", "<=", ">", ">=", "in"})
_KINDS: Final = {"string": "string", "int": "integer", "double": "number", "list": "list"}


def binary(run: Evaluation, node: Binary) -> Running:
    if node.operator == "&&" or node.operator == "||":
        return _logic(run, node)
    left = run.run(node.left)
    right = run.run(node.right)
    if type(left) is str and type(right) is str and node.operator == "+":
        run.meter.text(len(left) + len(right))
        return left + right
    return _operate(run, node, left, right)


def _operate(run: Evaluation, node: Binary, left: Running, right: Running) -> Running:
    left, left_tainted = opened(left)
    right, right_tainted = opened(right)
    tainted = left_tainted or right_tainted
    rule = BINARY.get((node.operator, type(left), type(right)))
    if rule is not None:
        try:
            result = rule(left, right)
        except Refusal as refusal:
            raise run.refused(refusal, node, node.operator, tainted) from None
        if isinstance(result, str | bytes):
            run.meter.text(len(result))
        return taint(result, tainted)
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return _unknown(run, node, [left, right], [left_tainted, right_tainted])
    match node.operator, left, right:
        case "+", list(), list():
            run.meter.members(len(left) + len(right))
            return taint([*left, *right], tainted)
        case (("==" | "!="), _, _):
            return _equality(run, node, left, right, tainted)
        case "in", _, list():
            tainted = tainted or scan(left, run.meter)[1] or scan(right, run.meter)[1]
            found = contained(left, right, run.meter)
            return _unknown(run, node, [left, right]) if found is None else taint(found, tainted)
        case "in", str(), dict():
            return taint(left in right, tainted)
    summary, hint = words.mismatch(node.operator, kind_of(left), kind_of(right))
    raise run.failure(Code.OPERANDS, summary, node, help=hint)


def _unknown(run: Evaluation, node: Binary, operands: list[Running], tainted: list[bool] | None = None) -> Unknown:
    """The residual of the operator; an operand that was secret goes in as its digest."""
    marks = tainted or [False, False]
    left, right = (run.text(taint(value, mark)) for value, mark in zip(operands, marks))
    kind = "boolean" if node.operator in _BOOLEAN else "any"
    known = next((item for item in operands if not isinstance(item, Unknown)), None)
    if kind == "any" and known is not None:
        kind = _KINDS.get(kind_of(known), "any")
    return run.unknown(f"({left} {node.operator} {right})", operands, kind)


def _equality(run: Evaluation, node: Binary, left: Running, right: Running, tainted: bool) -> Running:
    tainted = tainted or scan(left, run.meter)[1] or scan(right, run.meter)[1]
    same = equal(left, right, run.meter)
    if same is None:
        return _unknown(run, node, [left, right])
    return taint(same == (node.operator == "=="), tainted)


def _logic(run: Evaluation, node: Binary) -> Running:
    """`false && x` is false whatever x is, an error or an Unknown too; from either side, as in CEL."""
    decisive = node.operator == "||"
    left, left_tainted = _side(run, node.left)
    if left is decisive:
        return taint(decisive, left_tainted)
    right, right_tainted = _side(run, node.right)
    tainted = left_tainted or right_tainted
    if right is decisive:
        return taint(decisive, tainted)
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        if isinstance(left, bool) and not left_tainted:
            return right
        if isinstance(right, bool) and not right_tainted:
            return left
        parts = [
            run.symbolic(side if isinstance(side, Failure) else taint(side, mark))
            for side, mark in ((left, left_tainted), (right, right_tainted))
        ]
        operands: list[Running] = [side for side in (left, right) if isinstance(side, Unknown)]
        return run.unknown(f"({parts[0]} {node.operator} {parts[1]})", operands, "boolean")
    for side in (left, right):
        if isinstance(side, Failure):
            side.secret = tainted
            raise side
    return taint(not decisive, tainted)


def _side(run: Evaluation, node: Node) -> tuple[bool | Unknown | Failure, bool]:
    try:
        return run.truth(run.run(node), node)
    except Failure as failure:
        return failure, failure.secret


def conditional(run: Evaluation, node: Conditional) -> Running:
    condition, tainted = run.truth(run.run(node.condition), node.condition)
    if not isinstance(condition, Unknown):
        return taint(run.run_secretly(node.then if condition else node.otherwise, tainted), tainted)
    then = run.attempt(node.then)
    otherwise = run.attempt(node.otherwise)
    text = f"({run.text(condition)} ? {run.symbolic(then)} : {run.symbolic(otherwise)})"
    return run.unknown(text, [condition], _common_kind(then, otherwise))


def _common_kind(*branches: Running | Failure) -> str:
    kinds = set()
    for branch in branches:
        value, _ = opened(branch)
        if isinstance(value, Unknown):
            kinds.add(value.kind)
        elif not isinstance(value, Failure):
            kinds.add({**_KINDS, "bool": "boolean", "map": "map"}.get(kind_of(value), "any"))
    return kinds.pop() if len(kinds) == 1 else "any"


def bind(run: Evaluation, node: Bind) -> Running:
    before = run.bound
    run.bound = {**before, node.variable: run.run(node.value)}
    try:
        return run.run(node.body)
    finally:
        run.bound = before
