"""plumb output"""

from __future__ import annotations

from typing import Any

import click

from console.commands.common import Common, Kept, options, storing
from console.project import refuse
from console.render.shown import is_hidden, shown
from engine.encoding import from_plain
from engine.session import read_state
from providers.contract.values import Value, reveal


@click.command("output", help="The outputs of all stacks; NAME: one of them, as NAME, STACK or STACK.NAME.")
@click.argument("name", required=False)
@options()
@click.option("--raw", is_flag=True, help="Only the value, without a line end; for scripts.")
@click.option("--reveal", is_flag=True, help="Show sensitive values too.")
def command(common: Common, name: str | None, raw: bool, reveal: bool) -> int:
    with storing(common) as kept:
        found = outputs(kept, reveal=reveal)
        chosen = _chosen(found, name) if name else found
        if raw:
            if len(chosen) != 1:
                raise refuse("P0550", "--raw takes one output", f"there are: {', '.join(chosen) or 'none'}")
            kept.output.print_raw(_raw(*next(iter(chosen.items()))))
        elif common.as_json or common.json_into is not None:
            kept.output.data(_json(chosen, one=bool(name) and len(chosen) == 1))
        if not raw and not common.as_json:
            for key, value in chosen.items():
                kept.output.print(f"{key} = {shown(value)}" if len(chosen) > 1 or not name else shown(value))
            if not chosen:
                kept.output.note("no outputs are recorded")
    return 0


def outputs(kept: Kept, *, reveal: bool) -> dict[str, Value]:
    """As recorded, by "stack.name"; sealed ones opened only where they may be shown."""
    from engine.stores import sealing

    found: dict[str, Value] = {}
    for stack in kept.store.stacks():
        keys = kept.store.keys(stack)
        opener = sealing.opener(keys)
        for name, plain in sorted((read_state(kept.store, stack).outputs or {}).items()):
            value = from_plain(plain, opener) if reveal else from_plain(plain)
            found[f"{stack}.{name}"] = revealed(value) if reveal else value
    return found


def revealed(value: Value) -> Value:
    return reveal(value)


def _chosen(found: dict[str, Value], name: str) -> dict[str, Value]:
    """By full name, by name alone, or all of a stack. Raises Refused where there is none, or where two have the name."""
    if name in found:
        return {name: found[name]}
    members = {key: value for key, value in found.items() if key.partition(".")[0] == name}
    alone = {key: value for key, value in found.items() if key.partition(".")[2] == name}
    if len(alone) > 1:
        raise refuse("P0550", f"several stacks have an output {name}", f"say which: {', '.join(alone)}")
    if not alone and not members:
        from difflib import get_close_matches

        names = [*found, *(key.partition(".")[2] for key in found)]
        near = get_close_matches(name, names, n=1)
        help = f'did you mean "{near[0]}"?' if near else f"there are: {', '.join(found) or 'none'}"
        raise refuse("P0550", f"there is no output {name}", help)
    return alone or members


def _raw(key: str, value: Value) -> str:
    if _holds_hidden(value):
        raise refuse("P0551", f"{key} is sensitive", "--reveal shows it")
    if isinstance(value, dict | list):
        raise refuse("P0550", f"{key} is no single value", "--json prints it")
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _holds_hidden(value: Any) -> bool:
    if is_hidden(value):
        return True
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_holds_hidden(item) for item in members)


def _json(found: dict[str, Value], *, one: bool) -> Any:
    """Terraform's: of one its value, of several {name: {sensitive, value}}."""
    from console.render.shown import masked

    if one:
        return masked(next(iter(found.values())))
    return {key: {"sensitive": _holds_hidden(value), "value": masked(value)} for key, value in found.items()}
