"""Whether what is declared is already so: declared leaves only, in the meaning of the API and not of the text."""

from __future__ import annotations

import re
from decimal import Decimal

from providers.contract.values import Unknown, Value, reveal
from providers.kubernetes.fields import item_step
from providers.kubernetes.schemas import Shape

SUFFIXES = {
    "": Decimal(1),
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "k": Decimal(10**3),
    "M": Decimal(10**6),
    "G": Decimal(10**9),
    "T": Decimal(10**12),
    "P": Decimal(10**15),
    "E": Decimal(10**18),
    "Ki": Decimal(2**10),
    "Mi": Decimal(2**20),
    "Gi": Decimal(2**30),
    "Ti": Decimal(2**40),
    "Pi": Decimal(2**50),
    "Ei": Decimal(2**60),
}
QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)([numkMGTPE]|[KMGTPE]i)?")


def quantity(value: Value) -> Decimal | None:
    """The number a quantity stands for (`0.5` and `500m` are the same); None where it is not one."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    match = QUANTITY.fullmatch(str(value))
    return Decimal(match[1]) * SUFFIXES[match[2] or ""] if match else None


def holds(declared: Value, live: Value, shape: Shape) -> bool:
    """True where `live` has all that `declared` says; an unknown is never held. Never true by mistake; false where
    only the server could tell."""
    if isinstance(declared, Unknown) or isinstance(live, Unknown):
        return False
    declared, live = _plain(declared), _plain(live)
    if isinstance(declared, dict):
        return isinstance(live, dict) and all(
            key in live and holds(item, live[key], shape.child(key)) for key, item in declared.items()
        )
    if isinstance(declared, list):
        return isinstance(live, list) and _holds_items(declared, live, shape)
    return _same_scalar(declared, live, shape)


def _plain(value: Value) -> Value:
    return value if isinstance(value, dict | list) else reveal(value)


def _holds_items(declared: list[Value], live: list[Value], shape: Shape) -> bool:
    if shape.keys or shape.is_set:
        found = {item_step(item, shape): item for item in live}
        steps = [(item_step(item, shape), item) for item in declared]
        return all(step in found and holds(item, found[step], shape.child(0)) for step, item in steps)
    return len(declared) == len(live) and all(
        holds(item, other, shape.child(0)) for item, other in zip(declared, live, strict=True)
    )


def _same_scalar(declared: Value, live: Value, shape: Shape) -> bool:
    if isinstance(live, dict | list):
        return False
    if isinstance(declared, bool) is not isinstance(live, bool):
        return False
    if declared == live:
        return True
    if not shape.is_quantity:
        return False
    left, right = quantity(declared), quantity(live)
    return left is not None and left == right
