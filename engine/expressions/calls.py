"""How functions are found and called."""

from __future__ import annotations

from typing import Final

from engine.expressions import words
from engine.expressions.codes import Code
from engine.expressions.evaluation import Evaluation
from engine.expressions.functions import FUNCTIONS, Function, Overload, Undecided, fits
from engine.expressions.marks import clear, opened, scan, taint
from engine.expressions.nodes import Call, Node
from engine.expressions.problem import Failure, Refusal, problem
from engine.expressions.runtime import Running, an, kind_of
from engine.expressions.suggestions import nearest
from engine.expressions.types import ListOf, MapOf, Simple, Type, describe
from providers.contract.values import Unknown

_KINDS: Final = {"string": "string", "int": "integer", "double": "number", "bool": "boolean"}


def call(run: Evaluation, node: Call) -> Running:
    function = find_function(node)
    nodes = argument_nodes(node)
    overloads = [item for item in function.overloads if item.takes(len(nodes))]
    if not overloads:
        raise wrong_count(node, function)
    arguments: list[Running] = []
    marks: list[bool] = []
    for argument in nodes:
        value, tainted = opened(run.run(argument))
        arguments.append(value)
        marks.append(tainted)
    if any(isinstance(value, Unknown) for value in arguments):
        return _unknown(run, node, overloads, arguments, marks)
    overload = _choose(overloads, arguments)
    if overload is None:
        raise _wrong_types(run, node, function, arguments)
    return _apply(run, node, overload, arguments, marks)


def _apply(run: Evaluation, node: Call, overload: Overload, arguments: list[Running], marks: list[bool]) -> Running:
    tainted = any(marks)
    if not overload.shape:
        for value in arguments:
            unknown, secret = scan(value, run.meter)
            tainted = tainted or secret
            if unknown:
                return _unknown(run, node, [overload], arguments, marks)
        if tainted:
            arguments = [clear(value) for value in arguments]
    try:
        result = overload.run(run.meter, *arguments)
    except Refusal as refusal:
        raise run.refused(refusal, node, node.function, tainted or any(scan(a, run.meter)[1] for a in arguments)) from None
    if isinstance(result, Undecided):
        return _unknown(run, node, [overload], arguments, marks)
    if isinstance(result, str):
        run.meter.text(len(result))
    return taint(result, tainted)


def _unknown(run: Evaluation, node: Call, overloads: list[Overload], arguments: list[Running], marks: list[bool]) -> Unknown:
    texts = [run.text(taint(value, mark)) for value, mark in zip(arguments, marks)]
    head = "" if node.target is None else texts.pop(0) + "."
    kinds = {_kind(overload.result) for overload in overloads}
    kind = kinds.pop() if len(kinds) == 1 else "any"
    return run.unknown(f"{head}{node.function}({', '.join(texts)})", arguments, kind)


def _kind(result: Type) -> str:
    match result:
        case Simple(name=name):
            return _KINDS.get(name, "any")
        case ListOf():
            return "list"
        case MapOf():
            return "map"
        case _:
            return "any"


def _choose(overloads: list[Overload], arguments: list[Running]) -> Overload | None:
    for overload in overloads:
        if all(fits(overload.parameter(index), value) for index, value in enumerate(arguments)):
            return overload
    return None


def _wrong_types(run: Evaluation, node: Call, function: Function, arguments: list[Running]) -> Failure:
    kinds = [kind_of(value) for value in arguments]
    return run.failure(Code.ARGUMENTS, mismatch(function, kinds), node, help=f"write {function.usage()}")


def mismatch(function: Function, kinds: list[str]) -> str:
    """ "contains takes a string, not an int" where one argument is to blame, else the whole list."""
    for overload in function.overloads:
        if len(function.overloads) > 1 or not overload.takes(len(kinds)):
            continue
        wanted = [describe(overload.parameter(index)) for index in range(len(kinds))]
        wrong = [index for index, kind in enumerate(kinds) if wanted[index].partition("<")[0] not in (kind, "dyn")]
        if len(wrong) == 1:
            at = wrong[0]
            if function.method and at == 0:
                return f"{function.name} is a function of {an(wanted[0])}, not of {an(kinds[0])}"
            return f"{function.name} takes {an(wanted[at])} here, not {an(kinds[at])}"
    return f"{function.name} is not defined for {', '.join(kinds) or 'no argument'}"


def find_function(node: Call) -> Function:
    """Raises Failure: unknown, of another tool, or written as a method where it is a function (or back)."""
    method = node.target is not None
    found = FUNCTIONS.get((node.function, method))
    if found is not None:
        return found
    end = node.name_start + len(node.function)
    word = (words.METHODS if method else words.FUNCTIONS).get(node.function)
    if word is not None:
        raise Failure(problem(Code.FOREIGN, word[0], node.name_start, end, help=word[1]))
    other = FUNCTIONS.get((node.function, not method))
    if other is not None:
        hint = f"write {other.usage()}"
    else:
        near = nearest(node.function, sorted({name for name, kind in FUNCTIONS if kind is method}))
        hint = f"did you mean {near}?" if near else ""
    summary = f'unknown function "{node.function}"'
    raise Failure(problem(Code.UNKNOWN_FUNCTION, summary, node.name_start, end, help=hint))


def wrong_count(node: Call, function: Function) -> Failure:
    count = len(node.arguments)
    given = f"{count} argument{'' if count == 1 else 's'}"
    summary = f"{function.name} does not take {given}"
    return Failure(problem(Code.ARGUMENTS, summary, node.start, node.end, help=f"write {function.usage()}"))


def argument_nodes(node: Call) -> tuple[Node, ...]:
    return node.arguments if node.target is None else (node.target, *node.arguments)
