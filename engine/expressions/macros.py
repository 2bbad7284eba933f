"""Macros: calls whose arguments are not evaluated first, because they name variables."""

from __future__ import annotations

from typing import Final

from engine.expressions.codes import Code
from engine.expressions.nodes import Bind, Comprehension, Has, Name, Node, Select
from engine.expressions.problem import Failure, problem

NAMESPACES: Final[dict[str, frozenset[str]]] = {
    "optional": frozenset({"of", "none", "ofNonZeroValue", "ofNullable"}),
    "cel": frozenset({"bind"}),
    "math": frozenset({"greatest", "least", "abs", "ceil", "floor", "round", "trunc", "sign"}),
    "lists": frozenset({"range"}),
    "strings": frozenset({"quote"}),
}
"""Functions written `namespace.function(...)`; any other member call goes to a value."""

GLOBAL_MACROS: Final = {"has": "has(x.field)", "cel.bind": "cel.bind(name, value, expression)"}

_FORMS: Final[dict[str, dict[int, int]]] = {
    "all": {2: 1, 3: 2},
    "exists": {2: 1, 3: 2},
    "exists_one": {2: 1, 3: 2},
    "existsOne": {2: 1, 3: 2},
    "map": {2: 1, 3: 1},
    "filter": {2: 1},
    "optMap": {2: 1},
    "optFlatMap": {2: 1},
    "sortBy": {2: 1},
    "index_by": {2: 1, 3: 1},
    "transformList": {3: 2, 4: 2},
    "transformMap": {3: 2, 4: 2},
}
"""Macro -> number of arguments -> how many of them are variables."""

MEMBER_MACROS: Final = frozenset(_FORMS)


def is_member_macro(name: str, count: int) -> bool:
    """True for every use of a macro's name but `index_by(list, key)`, which is a function too."""
    return name in _FORMS and (name != "index_by" or count > 1)


def build_global(name: str, arguments: tuple[Node, ...], start: int, end: int) -> Node:
    match name, arguments:
        case "has", (Select(optional=False) as select,):
            return Has(operand=select.operand, field=select.field, start=start, end=end)
        case "cel.bind", (Name() as variable, value, body):
            return Bind(variable=variable.name, value=value, body=body, start=start, end=end)
    raise Failure(problem(Code.MACRO, f"{name} is written {GLOBAL_MACROS[name]}", start, end))


def build_member(name: str, target: Node, arguments: tuple[Node, ...], start: int, end: int) -> Node:
    """`start` is where the macro's name begins; the node begins with its target."""
    forms = _FORMS[name]
    count = forms.get(len(arguments), 0)
    names = arguments[:count]
    variables = tuple(item.name for item in names if isinstance(item, Name))
    if not count or len(variables) != count or len(set(variables)) != count:
        raise Failure(problem(Code.MACRO, f"{name} is written {_usage(name)}", start, end))
    macro = "exists_one" if name == "existsOne" else name
    return Comprehension(
        macro=macro,
        target=target,
        variables=variables,
        bodies=arguments[count:],
        start=target.start,
        end=end,
    )


def _usage(name: str) -> str:
    match name:
        case "transformList" | "transformMap":
            return f"m.{name}(key, value, expression)"
        case "map":
            return "list.map(x, expression)"
        case "index_by":
            return "list.index_by(x, key)"
        case "all" | "exists" | "exists_one" | "existsOne" | "filter":
            return f"list.{name}(x, condition)"
        case _:
            return f"x.{name}(y, expression)"
