"""Functions of text. Positions and lengths count characters (code points)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from engine.expressions.codes import Code
from engine.expressions.functions.conversions import show_number, show_text
from engine.expressions.functions.encoding import write_json
from engine.expressions.functions.table import function
from engine.expressions.meter import MAX_SIZE, Meter
from engine.expressions.printer import quote
from engine.expressions.problem import Refusal
from engine.expressions.runtime import Running, Uint, an, kind_of


@function("string.contains(string) -> bool")
def contains(meter: Meter, text: str, part: str) -> bool:
    return part in text


@function("string.startsWith(string) -> bool")
def starts_with(meter: Meter, text: str, prefix: str) -> bool:
    return text.startswith(prefix)


@function("string.endsWith(string) -> bool")
def ends_with(meter: Meter, text: str, suffix: str) -> bool:
    return text.endswith(suffix)


@function("string.matches(string) -> bool", "matches(string, string) -> bool")
def matches(meter: Meter, text: str, pattern: str) -> bool:
    """True where a part of the text matches, in RE2's syntax; time is linear in the text."""
    from engine.expressions.patterns import compile_pattern  # lazily: few stacks match

    return compile_pattern(pattern).search(text, meter)


@function("string.size() -> int")
def size_of(meter: Meter, text: str) -> int:
    return len(text)


@function("string.lowerAscii() -> string")
def lower(meter: Meter, text: str) -> str:
    return "".join(c.lower() if c.isascii() else c for c in text) if not text.isascii() else text.lower()


@function("string.upperAscii() -> string")
def upper(meter: Meter, text: str) -> str:
    return "".join(c.upper() if c.isascii() else c for c in text) if not text.isascii() else text.upper()


@function("string.trim() -> string")
def trim(meter: Meter, text: str) -> str:
    return text.strip()


@function("string.reverse() -> string")
def reverse(meter: Meter, text: str) -> str:
    return text[::-1]


@function("strings.quote(string) -> string")
def quoted(meter: Meter, text: str) -> str:
    return quote(text)


@function("string.charAt(int) -> string")
def char_at(meter: Meter, text: str, index: int) -> str:
    if not 0 <= index <= len(text):
        raise Refusal(f"a text of {len(text)} characters has none at {index}", code=Code.OUT_OF_RANGE)
    return text[index : index + 1]


@function("string.indexOf(string) -> int", "string.indexOf(string, int) -> int")
def index_of(meter: Meter, text: str, part: str, start: int = 0) -> int:
    _inside(text, start)
    return text.find(part, start)


@function("string.lastIndexOf(string) -> int", "string.lastIndexOf(string, int) -> int")
def last_index_of(meter: Meter, text: str, part: str, last: int | None = None) -> int:
    if last is None:
        return text.rfind(part)
    _inside(text, last)
    return text.rfind(part, 0, last + len(part))


@function("string.substring(int) -> string", "string.substring(int, int) -> string")
def substring(meter: Meter, text: str, start: int, end: int | None = None) -> str:
    stop = len(text) if end is None else end
    _inside(text, start)
    _inside(text, stop)
    if stop < start:
        raise Refusal(f"substring ends at {stop}, before it starts at {start}", code=Code.OUT_OF_RANGE)
    return text[start:stop]


def _inside(text: str, position: int) -> None:
    if not 0 <= position <= len(text):
        raise Refusal(f"position {position} is outside a text of {len(text)} characters", code=Code.OUT_OF_RANGE)


@function("string.replace(string, string) -> string", "string.replace(string, string, int) -> string")
def replace(meter: Meter, text: str, old: str, new: str, count: int = -1) -> str:
    times = text.count(old)
    if count >= 0:
        times = min(times, count)
    meter.text(len(text) + times * max(len(new) - len(old), 0))
    return text.replace(old, new, count)


@function("string.split(string) -> list<string>", "string.split(string, int) -> list<string>")
def split(meter: Meter, text: str, separator: str, limit: int = -1) -> list[str]:
    if limit == 0:
        return []
    meter.members(text.count(separator) + 1)
    if not separator:
        meter.members(len(text))
        characters = list(text)
        return characters if limit < 0 or limit >= len(text) else [*characters[: limit - 1], text[limit - 1 :]]
    return text.split(separator, limit - 1 if limit > 0 else -1)


@function("list<string>.join() -> string", "list<string>.join(string) -> string")
def join(meter: Meter, items: list[Running], separator: str = "") -> str:
    total = 0
    for item in items:
        if not isinstance(item, str):
            hint = "write list.map(x, string(x)).join(...)"
            raise Refusal(f"join takes a list of strings, this one holds {an(kind_of(item))}", hint, Code.ARGUMENTS)
        total += len(item) + len(separator)
    meter.text(total)
    return separator.join(str(item) for item in items)


_VERB: Final = re.compile(r"%(?:%|(?:\.([0-9]{1,3}))?([sdfeboxX]))")


@function("string.format(list<dyn>) -> string")
def format_text(meter: Meter, text: str, values: list[Running]) -> str:
    """`%s %d %f %e %b %o %x %X %%`, with a precision for f and e: `"%.2f"`."""
    meter.text(len(text))
    left = iter(values)
    used = 0

    def write(match: re.Match[str]) -> str:
        nonlocal used
        if match.group() == "%%":
            return "%"
        used += 1
        try:
            value = next(left)
        except StopIteration:
            raise Refusal(f"the format wants more than {len(values)} values", code=Code.ARGUMENTS) from None
        written = _verb(match.group(2), value, int(match.group(1) or 6))
        meter.text(len(written))
        return written

    result = _VERB.sub(write, text)
    if "%" in _VERB.sub("", text):
        raise Refusal("a % in a format begins %s, %d, %f, %e, %b, %o, %x or %X", "a percent sign is written %%")
    if used < len(values):
        raise Refusal(f"the format wants {used} values, not {len(values)}", code=Code.ARGUMENTS)
    return result


def _verb(verb: str, value: Running, precision: int) -> str:
    if isinstance(value, Uint):
        value = value.value
    match verb, value:
        case "s", (list() | dict()):
            return write_json(value)
        case "s", None:
            return "null"
        case "s", _:
            return show_text(value)
        case "d", float() if value == int(value):
            return show_number(value)
        case (("d" | "b" | "o" | "x" | "X"), int()) if type(value) is int:
            return format(value, verb)
        case "b", bool():
            return "1" if value else "0"
        case (("x" | "X"), (str() | bytes())):
            raw = value.encode() if isinstance(value, str) else value
            return raw.hex() if verb == "x" else raw.hex().upper()
        case (("f" | "e"), (int() | float())) if type(value) is not bool:
            return f"{value:.{min(precision, 100)}{verb}}"
    raise Refusal(f"%{verb} is not defined for {kind_of(value)}", code=Code.ARGUMENTS)


def _affix(name: str, strip: Callable[[str, str], str]) -> None:
    @function(f"{name}(string, string) -> string")
    def cut(meter: Meter, text: str, affix: str) -> str:
        return strip(text, affix)


_affix("trim_prefix", str.removeprefix)
_affix("trim_suffix", str.removesuffix)


@function("string.repeat(int) -> string")
def repeat(meter: Meter, text: str, times: int) -> str:
    if times < 0:
        raise Refusal("repeat takes an int that is not negative", code=Code.OUT_OF_RANGE)
    meter.text(min(len(text) * times, MAX_SIZE + 1))
    return text * times
