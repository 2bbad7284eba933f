"""Terraform's spelling of options (`-out=f`, `-auto-approve`, `-refresh=false`) as click reads it.

To click `-out=f` is `-o ut=f`; so every word with one dash that names a long option gets its second one here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_WORD = re.compile(r"--?([a-z][a-z0-9-]+)(=.*)?\Z", re.DOTALL)
_SAME = {"auto-approve": "yes", "exit-code": "detailed-exitcode"}
_NOTHING = frozenset({"input"})
"""Says nothing here: a question is asked only where somebody sits at a terminal."""
FALSE = frozenset({"=false", "=0"})
TRUE = frozenset({"=true", "=1"})


def normalized(arguments: Sequence[str], long_options: Iterable[str], flags: Iterable[str]) -> list[str]:
    """`long_options` and `flags` (those that take no value) without their dashes. What follows `--` is left alone."""
    known, switches = set(long_options), set(flags)
    result: list[str] = []
    for index, argument in enumerate(arguments):
        if argument == "--":
            return [*result, *arguments[index:]]
        result.extend(_one(argument, known, switches))
    return result


def _one(argument: str, known: set[str], switches: set[str]) -> list[str]:
    found = _WORD.match(argument)
    if found is None:
        return [argument]
    name, value = found.group(1), found.group(2) or ""
    if name in _NOTHING and name not in known and value:
        return []
    name = _SAME.get(name, name)
    if name not in known:
        return [argument]
    if name in switches and value:
        if value in TRUE:
            return [f"--{name}"]
        if value in FALSE:
            return [f"--no-{name}"] if f"no-{name}" in known else []
    return [f"--{name}{value}"]
