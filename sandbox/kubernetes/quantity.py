"""Quantities (`500m`, `1Gi`, `1e3`) in the canonical form that a real server stores."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

PATTERN = re.compile(r"^([+-]?)(\d+(?:\.\d*)?|\.\d+)((?:[KMGTPE]i)|[numkMGTPE]|(?:[eE][+-]?\d+))?$")
BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
BINARY_NAMES = {power: name for name, power in BINARY.items()}
DECIMAL_NAMES = {power: name for name, power in DECIMAL.items()}
MESSAGE = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"


def parse(text: str) -> tuple[Decimal, str] | None:
    """The value and its form (`binary`, `decimal`, `exponent`); None when the text is no quantity."""
    match = PATTERN.match(text)
    if match is None:
        return None
    sign, digits, suffix = match[1], match[2], match[3] or ""
    number = Decimal(sign + digits)
    if suffix in BINARY:
        return number * (Decimal(1024) ** BINARY[suffix]), "binary"
    if suffix in DECIMAL:
        return number.scaleb(DECIMAL[suffix]), "decimal"
    return number.scaleb(int(suffix[1:])), "exponent"


def value(text: str) -> Decimal:
    """The number; zero for what is no quantity."""
    found = parse(text)
    return found[0] if found is not None else Decimal(0)


@lru_cache(maxsize=4096)
def canonical(text: str) -> str | None:
    """The form a server writes back; None when the text is no quantity."""
    found = parse(text)
    if found is None:
        return None
    number, form = found
    if number == 0:
        return "0"
    if form == "binary":
        if abs(number) < 1024:
            form = "decimal"
        elif number == number.to_integral_value():
            return _binary(int(number))
        else:
            form = "decimal"
    return _decimal(number, form)


def to_milli(text: str) -> str:
    """A canonical quantity rounded up to thousandths, as resource lists keep it."""
    if not text.endswith(("n", "u")):
        return text
    return _decimal(value(text).quantize(Decimal("0.001"), rounding="ROUND_UP"), "decimal")


def _binary(number: int) -> str:
    power = 0
    while number % 1024 == 0 and power < 6:
        number //= 1024
        power += 1
    return f"{number}{BINARY_NAMES.get(power, '')}"


def _decimal(number: Decimal, form: str) -> str:
    nano = (number.scaleb(9)).to_integral_value(rounding="ROUND_UP")
    whole, exponent = int(nano), -9
    while whole % 1000 == 0 and exponent < 18:
        whole //= 1000
        exponent += 3
    if form == "exponent":
        return f"{whole}e{exponent}" if exponent else str(whole)
    return f"{whole}{DECIMAL_NAMES[exponent]}"
