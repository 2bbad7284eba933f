"""plumb eval"""

from __future__ import annotations

from dataclasses import replace

import click

from console.commands.common import VARIABLES, Common, Work, complete_stacks, options, working
from console.planning import Asked, plan_with
from console.project import Refused, refuse
from console.render.shown import marks, masked, shown
from engine.expressions import Problem, Template, parse_template
from engine.resolve import Resolution
from engine.stack import Stack
from providers.contract.diagnostic import Diagnostic, Source
from providers.contract.values import Secret, Unknown, Value


@click.command("eval", help='The value of an expression, with its type: plumb eval "size(subnet)" --stack network')
@click.argument("expression")
@options(VARIABLES)
@click.option("--stack", metavar="NAME", shell_complete=complete_stacks, help="Whose names it uses; the only one by default.")
def command(common: Common, expression: str, stack: str | None) -> int:
    template = parsed(expression)
    with working(common) as work:
        chosen = _stack(work, stack)
        value = evaluated(work, chosen, template, expression)
        facts = {"type": type_of(value), "value": masked(value), "unknown": bool(marks(value, "unknown"))}
        work.output.data({**facts, "sensitive": bool(marks(value, "secret"))})
        if not common.as_json:
            origin = f" from {value.origin}" if isinstance(value, Unknown) and value.origin else ""
            work.output.print(f"{shown(value)}{origin}  : {type_of(value)}")
    return 0


def parsed(expression: str) -> Template:
    """Raises Refused with the place of each mistake."""
    text = expression if expression.startswith("${") else "${" + expression + "}"
    found = parse_template(text)
    if isinstance(found, list):
        raise Refused([located(problem, text, expression) for problem in found])
    if isinstance(found, str):
        raise refuse("P0554", "that is no expression")
    return found


def located(problem: Problem, text: str, expression: str) -> Diagnostic:
    shift = len(text) - len(expression) and 2
    start = max(0, min(problem.start - shift, len(expression)))
    end = max(start + 1, problem.end - shift)
    return replace(
        problem.diagnostic,
        source=Source(file="expression", line=1, column=start + 1, end_line=1, end_column=end + 1, excerpt=expression),
    )


def _stack(work: Work, name: str | None) -> Stack:
    stacks = work.loaded.stacks.stacks
    if name is None and len(stacks) == 1:
        return next(iter(stacks.values()))
    if name is None or name not in stacks:
        summary = f"there is no stack {name}" if name else "--stack says whose names the expression uses"
        raise refuse("P0553", summary, f"there are: {', '.join(stacks) or 'none'}")
    return stacks[name]


def evaluated(work: Work, stack: Stack, template: Template, expression: str) -> Value:
    """With what a plan knows: recorded and live values, everything else unknown. Raises Refused."""
    planned = plan_with(work, Asked(), partial=True)
    resolution = Resolution(planned.scopes.scope(stack, planned.scopes.graph_uses(stack, template)))
    value = resolution.value(template)
    if resolution.problems:
        text = expression if expression.startswith("${") else "${" + expression + "}"
        raise Refused([located(problem, text, expression) for _, problem in resolution.problems])
    return value


def type_of(value: Value) -> str:
    """In words, as LANGUAGE.md names types."""
    inner = value.value if isinstance(value, Secret) else value
    sensitive = "sensitive " if isinstance(value, Secret) else ""
    match inner:
        case None:
            return "null"
        case bool():
            return f"{sensitive}boolean"
        case int():
            return f"{sensitive}integer"
        case float():
            return f"{sensitive}number"
        case str():
            return f"{sensitive}string"
        case Unknown(kind=kind):
            return f"{kind}, unknown until applied"
        case list():
            kinds = {type_of(item) for item in inner}
            return f"{sensitive}list of {kinds.pop() if len(kinds) == 1 else 'any'}"
        case dict():
            kinds = {type_of(item) for item in inner.values()}
            return f"{sensitive}map of {kinds.pop() if len(kinds) == 1 else 'any'}"
        case _:
            return "any"
