"""What a plain scalar means: by YAML 1.2 core in a stack file, by kubectl in a manifest."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, TypeAlias

Scalar: TypeAlias = None | bool | int | float | str

_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS: Final = {
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_OLD_BOOLEANS: Final = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), False),
}
_INTEGER: Final = re.compile(r"[-+]?[0-9]+\Z")
_BASED: Final = re.compile(r"0(?:o[0-7]+|x[0-9a-fA-F]+)\Z")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_SPECIAL: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z")
_OLD_INTEGER: Final = re.compile(r"[-+]?(?:0b[01_]+|0[0-7_]+|0x[0-9a-fA-F_]+|[1-9][0-9_]*)\Z")
_NUMBERS_BEGIN: Final = frozenset("0123456789+-.")
_WORDS: Final = _BOOLEANS.keys() | _OLD_BOOLEANS.keys()
_LONGEST: Final = 64


class Plain(str):
    """The source text of a plain scalar that is no text to YAML. `value` is what it is to YAML 1.2 core; `other`
    what kubectl takes it for, equal to `value` where both agree."""

    __slots__ = ("other", "value")
    value: Scalar
    other: Scalar


@lru_cache(maxsize=65_536)
def resolve(text: str) -> str | Plain | None:
    """The text itself where YAML 1.2 core and kubectl both take it for text; None for null; else a Plain."""
    if text in _NULLS:
        return None
    if text not in _WORDS and (text[0] not in _NUMBERS_BEGIN or len(text) > _LONGEST):
        return text
    value, other = core(text), kubectl(text)
    if isinstance(value, str) and isinstance(other, str):
        return text
    plain = Plain(text)
    plain.value, plain.other = value, other
    return plain


def core(text: str) -> Scalar:
    """By the YAML 1.2 core schema: `0400` is 400, `yes` is text, `0o14` is 12."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.match(text):
        return int(text)
    if _BASED.match(text):
        return int(text[2:], 8 if text[1] == "o" else 16)
    if _FLOAT.match(text) or _SPECIAL.match(text):
        return float(text.replace(".inf", "inf").replace(".nan", "nan").lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


def kubectl(text: str) -> Scalar:
    """As kubectl reads a manifest: `0400` is 256, `yes` is true, `1_000` is 1000; dates and `1:30` are text."""
    if text in _OLD_BOOLEANS:
        return _OLD_BOOLEANS[text]
    if len(text) <= _LONGEST and _OLD_INTEGER.match(text) and not text.endswith("_"):
        return _old_integer(text)
    return core(text)


def _old_integer(text: str) -> Scalar:
    digits = text.replace("_", "")
    sign, number = (-1, digits[1:]) if digits[0] == "-" else (1, digits.lstrip("+"))
    if number == "0":
        return 0
    base = {"0b": 2, "0x": 16}.get(number[:2], 8 if number[0] == "0" else 10)
    try:
        return sign * int(number[2:] if base in (2, 16) else number, base)
    except ValueError:
        return text
