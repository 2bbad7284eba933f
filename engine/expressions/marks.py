"""Unknown and Secret at any depth of a running value."""

from __future__ import annotations

from collections.abc import Iterator

from engine.expressions.meter import Meter
from engine.expressions.runtime import Maybe, Running
from providers.contract.values import Secret, Unknown


def opened(value: Running) -> tuple[Running, bool]:
    """What stands inside of Secrets at the top, and whether there were any."""
    tainted = False
    while isinstance(value, Secret):
        value, tainted = value.value, True
    return value, tainted


def taint(value: Running, tainted: bool = True) -> Running:
    """A Secret of the value; an Unknown stays one, for what it becomes is tainted again when it is known."""
    if not tainted or isinstance(value, Secret | Unknown):
        return value
    return Secret(value)  # type: ignore[arg-type]


def leaves(value: Running, meter: Meter) -> Iterator[Running]:
    """Every scalar and mark, those inside of secrets too; secrets before what they hold."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            meter.members(len(item))
            stack.extend(item.values())
        elif isinstance(item, list):
            meter.members(len(item))
            stack.extend(item)
        elif isinstance(item, Maybe):
            stack.append(item.value)
        else:
            yield item
            if isinstance(item, Secret):
                stack.append(item.value)


def scan(value: Running, meter: Meter) -> tuple[bool, bool]:
    """Whether an Unknown and whether a Secret is in it."""
    if not isinstance(value, dict | list | Maybe | Secret | Unknown):
        return False, False
    unknown = secret = False
    for leaf in leaves(value, meter):
        unknown = unknown or isinstance(leaf, Unknown)
        secret = secret or isinstance(leaf, Secret)
    return unknown, secret


def first_origin(values: list[Running], meter: Meter) -> str:
    """The origin of the first Unknown, for people; empty where none has one."""
    for value in values:
        if isinstance(value, Unknown) and value.origin:
            return value.origin
    for value in values:
        for leaf in leaves(value, meter):
            if isinstance(leaf, Unknown) and leaf.origin:
                return leaf.origin
    return ""


def clear(value: Running) -> Running:
    """The value with every Secret replaced by what it holds."""
    if isinstance(value, Secret):
        return clear(value.value)
    if isinstance(value, dict):
        return {key: clear(item) for key, item in value.items()}
    if isinstance(value, list):
        return [clear(item) for item in value]
    if isinstance(value, Maybe):
        return Maybe(value.present, clear(value.value))
    return value
