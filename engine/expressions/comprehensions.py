"""How macros over lists and mappings are evaluated.

Over a known list each element is evaluated; where an element's condition or key is unknown the result is, with a
residual that lists what each element came to (a "row"). Over an Unknown the bodies are evaluated once, with the
variables standing for themselves (`_0`, `_1`: no stack has such a name).
"""

from __future__ import annotations

from typing import Final, TypeAlias

from engine.expressions.codes import Code
from engine.expressions.evaluation import Evaluation
from engine.expressions.marks import opened, taint
from engine.expressions.nodes import Comprehension
from engine.expressions.problem import Failure
from engine.expressions.runtime import NOTHING, Maybe, Running, an, kind_of
from providers.contract.values import Unknown

Bindings: TypeAlias = list[tuple[Running, ...]]
_KINDS: Final = {
    "all": "boolean", "exists": "boolean", "exists_one": "boolean", "map": "list", "filter": "list",
    "sortBy": "list", "transformList": "list", "transformMap": "map", "index_by": "map",
}  # fmt: skip
_SORTABLE: Final = ("string", "int", "double", "bool")


def comprehension(run: Evaluation, node: Comprehension) -> Running:
    target, tainted = opened(run.run(node.target))
    before = run.bound
    run.bound = dict(before)
    try:
        if isinstance(target, Unknown):
            return _symbolic(run, node, target)
        if node.macro in ("optMap", "optFlatMap"):
            return taint(_optional(run, node, target), tainted)
        rows = _bindings(run, node, target)
        return taint(_MACROS[node.macro](run, node, rows), tainted)
    finally:
        run.bound = before


def _symbolic(run: Evaluation, node: Comprehension, target: Unknown) -> Unknown:
    count = len(node.variables)
    names = [f"_{run.symbols + number}" for number in range(count)]
    for variable, name in zip(node.variables, names):
        run.bound[variable] = Unknown(origin=target.origin, residual=name)
    run.symbols += count
    try:
        bodies = [run.symbolic(run.attempt(body)) for body in node.bodies]
    finally:
        run.symbols -= count
    text = f"{run.text(target)}.{node.macro}({', '.join([*names, *bodies])})"
    return run.unknown(text, [target], _KINDS.get(node.macro, "any"))


def _optional(run: Evaluation, node: Comprehension, target: Running) -> Running:
    if not isinstance(target, Maybe):
        raise run.failure(Code.OPERANDS, f"{node.macro} is of an optional, not of {an(kind_of(target))}", node)
    if not target.present:
        return NOTHING
    result = _body(run, node, (target.value,), 0)
    inner, tainted = opened(result)
    if isinstance(inner, Unknown):
        return inner
    if node.macro == "optMap":
        return Maybe(True, result)
    if not isinstance(inner, Maybe):
        raise run.failure(Code.OPERANDS, f"optFlatMap wants an optional, not {an(kind_of(inner))}", node.bodies[0])
    return taint(inner, tainted)


def _bindings(run: Evaluation, node: Comprehension, target: Running) -> Bindings:
    """What the variables stand for, element by element; mappings in the order of their keys."""
    pairs = len(node.variables) == 2
    if isinstance(target, list):
        run.meter.members(len(target))
        return list(enumerate(target)) if pairs else [(item,) for item in target]
    if isinstance(target, dict):
        run.meter.members(len(target))
        return [(key, target[key]) if pairs else (key,) for key in sorted(target)]
    hint = "guard it with .orValue([])" if target is None or isinstance(target, Maybe) else ""
    raise run.failure(Code.OPERANDS, f"{node.macro} is of a list or a map, not of {an(kind_of(target))}", node, help=hint)


def _body(run: Evaluation, node: Comprehension, binding: tuple[Running, ...], number: int, secret: bool = False) -> Running:
    for variable, value in zip(node.variables, binding):
        run.bound[variable] = value
    return run.run_secretly(node.bodies[number], secret)


def _quantified(run: Evaluation, node: Comprehension, rows: Bindings) -> Running:
    """all and exists: a deciding element beats errors and Unknowns, wherever it stands."""
    decisive = node.macro == "exists"
    waiting: list[Unknown] = []
    failure: Failure | None = None
    tainted = False
    for row in rows:
        try:
            value, secret = run.truth(_body(run, node, row, 0), node.bodies[0])
        except Failure as caught:
            failure = failure or caught
            tainted = tainted or caught.secret
            continue
        tainted = tainted or secret
        if isinstance(value, Unknown):
            waiting.append(value)
        elif value is decisive:
            return taint(decisive, tainted)
    if waiting:
        sign = " || " if decisive else " && "
        texts = [run.text(item) for item in waiting]
        if failure is not None:
            texts.append(run.symbolic(failure))
        text = texts[0] if len(texts) == 1 else f"({sign.join(texts)})"
        return run.unknown(text, list(waiting), "boolean")
    if failure is not None:
        failure.secret = tainted
        raise failure
    return taint(not decisive, tainted)


def _exists_one(run: Evaluation, node: Comprehension, rows: Bindings) -> Running:
    values = [run.truth(_body(run, node, row, 0), node.bodies[0]) for row in rows]
    tainted = any(secret for _, secret in values)
    if any(isinstance(value, Unknown) for value, _ in values):
        if sum(value is True for value, _ in values) > 1:
            return taint(False, tainted)
        texts = ", ".join(run.text(taint(value, secret)) for value, secret in values)
        return run.unknown(f"[{texts}].exists_one(_0, _0)", [value for value, _ in values], "boolean")
    return taint(sum(value is True for value, _ in values) == 1, tainted)


class _Rows:
    """What the elements came to: (condition, values...) of each that is not surely left out."""

    def __init__(self) -> None:
        self.rows: list[list[Running]] = []
        self.tainted = False
        self.waiting = False


def _collect(run: Evaluation, node: Comprehension, bindings: Bindings, conditional: bool) -> _Rows:
    """Evaluates the condition (the first body, where `conditional`), then the other bodies of what it lets in."""
    result = _Rows()
    for binding in bindings:
        condition: bool | Unknown = True
        shown: Running = True
        if conditional:
            condition, secret = run.truth(_body(run, node, binding, 0), node.bodies[0])
            shown = taint(condition, secret)
            result.tainted = result.tainted or secret
            if condition is False:
                continue
        rest = range(int(conditional), len(node.bodies))
        if isinstance(condition, Unknown):
            result.waiting = True
            values: list[Running] = [_possible(run, node, binding, number) for number in rest]
        else:
            values = [_body(run, node, binding, number, result.tainted) for number in rest]
        result.rows.append([shown, *values, *binding])
    return result


def _possible(run: Evaluation, node: Comprehension, binding: tuple[Running, ...], number: int) -> Running:
    """The body of an element that may be left out: its error, too, is only possible."""
    try:
        return _body(run, node, binding, number)
    except Failure as failure:
        return Unknown(residual=run.symbolic(failure))


def _lazily(run: Evaluation, row: list[Running], text: str, nothing: str) -> str:
    """The text of what a row gives, behind its condition: what is left out may also be what cannot be evaluated."""
    return text if row[0] is True else f"({run.text(row[0])} ? {text} : {nothing})"


def _filter(run: Evaluation, node: Comprehension, bindings: Bindings) -> Running:
    found = _collect(run, node, bindings, True)
    return _listed(run, found)


def _map(run: Evaluation, node: Comprehension, bindings: Bindings) -> Running:
    found = _collect(run, node, bindings, len(node.bodies) == 2)
    return _listed(run, found)


def _listed(run: Evaluation, found: _Rows) -> Running:
    if found.waiting:
        parts = ", ".join(_lazily(run, row, f"[{run.text(row[1])}]", "[]") for row in found.rows)
        return run.unknown(f"flatten([{parts}])", list(found.rows), "list")
    return taint([row[1] for row in found.rows], found.tainted)


def _transform_map(run: Evaluation, node: Comprehension, bindings: Bindings) -> Running:
    """Over a list the keys are the indexes as text."""
    found = _collect(run, node, bindings, len(node.bodies) == 2)
    members = {str(row[2]): row[1] for row in found.rows}
    if found.waiting:
        texts = (_lazily(run, row, run.text({str(row[2]): row[1]}), "{}") for row in found.rows)
        return run.unknown(f"merge([{', '.join(texts)}])", list(found.rows), "map")
    return taint(members, found.tainted)


def _waiting(run: Evaluation, rows: list[list[Running]], then: str, kind: str) -> Unknown:
    table: list[Running] = [list(row) for row in rows]
    return run.unknown(f"{run.text(table)}{then}", table, kind)


def _index_by(run: Evaluation, node: Comprehension, bindings: Bindings) -> Running:
    result: dict[str, Running] = {}
    rows: list[list[Running]] = []
    tainted = waiting = False
    for binding in bindings:
        key, secret = opened(_body(run, node, binding, 0))
        value = _body(run, node, binding, 1) if len(node.bodies) == 2 else binding[0]
        tainted = tainted or secret
        rows.append([key, value])
        if isinstance(key, Unknown):
            waiting = True
        elif not isinstance(key, str):
            raise run.failure(Code.KEY, f"a key is a string, not {an(kind_of(key))}", node.bodies[0], help="write string(x)")
        elif key in result:
            shown = "two items have the same key" if tainted else f'two items have the key "{key}"'
            raise run.failure(Code.KEY, shown, node.bodies[0])
        else:
            result[key] = value
    if waiting:
        marked = [[taint(key, tainted), value] for key, value in rows]
        return _waiting(run, marked, ".index_by(_0, _0[0], _0[1])", "map")
    return taint(result, tainted)


def _sort_by(run: Evaluation, node: Comprehension, bindings: Bindings) -> Running:
    keys: list[Running] = []
    tainted = waiting = False
    for binding in bindings:
        key, secret = opened(_body(run, node, binding, 0))
        keys.append(key)
        tainted = tainted or secret
        waiting = waiting or isinstance(key, Unknown)
    if waiting:
        rows = [[taint(key, tainted), binding[0]] for key, binding in zip(keys, bindings)]
        return _waiting(run, rows, ".sortBy(_0, _0[0]).map(_0, _0[1])", "list")
    kinds = {kind_of(key) for key in keys}
    if len(kinds) > 1 or not kinds.issubset(_SORTABLE):
        raise run.failure(Code.OPERANDS, f"cannot sort by {' and '.join(sorted(kinds))}", node.bodies[0])
    order = sorted(range(len(keys)), key=lambda number: keys[number])  # type: ignore[arg-type,return-value]
    return taint([bindings[number][0] for number in order], tainted)


_MACROS: Final = {
    "all": _quantified,
    "exists": _quantified,
    "exists_one": _exists_one,
    "map": _map,
    "transformList": _map,
    "filter": _filter,
    "transformMap": _transform_map,
    "index_by": _index_by,
    "sortBy": _sort_by,
}
