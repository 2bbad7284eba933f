"""From text to tokens. Reads lazily, so that a template can stop at the brace that ends its expression."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from engine.expressions.codes import Code
from engine.expressions.nodes import Constant
from engine.expressions.problem import Failure, Problem, problem
from engine.expressions.runtime import INT_MAX, INT_MIN, UINT_MAX, Uint

MAX_LENGTH: Final = 65_536
"""The longest text of one expression, in characters."""


class Token(NamedTuple):
    """`kind` is "name", "quoted", "value", "operator", "stray" or "end"; `text` as written (a quoted name without quotes)."""

    kind: str
    text: str
    start: int
    end: int
    value: Constant = None


_TOKEN: Final = re.compile(
    r"""(?P<space>(?:[ \t\r\n\f]+|//[^\n]*)+)
      | (?P<string>(?:[rR][bB]?|[bB][rR]?)?(?:\"\"\"|'''|"|'))
      | (?P<number>0x[0-9a-fA-F]+[uU]?
            |(?:[0-9]+\.[0-9]+|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|[0-9]+[uU]?)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | `(?P<quoted>[A-Za-z0-9_.\-/ ]+)`
      | (?P<operator>\|\||&&|==|!=|<=|>=|[-+*/%!<>?:.,()\[\]{}])""",
    re.VERBOSE,
)

_BODIES: Final[dict[tuple[bool, str], re.Pattern[str]]] = {
    (False, '"'): re.compile(r'((?:[^"\\\r\n]|\\.)*)"'),
    (False, "'"): re.compile(r"((?:[^'\\\r\n]|\\.)*)'"),
    (False, '"""'): re.compile(r'((?:[^"\\]|\\.|"(?!""))*)"""', re.DOTALL),
    (False, "'''"): re.compile(r"((?:[^'\\]|\\.|'(?!''))*)'''", re.DOTALL),
    (True, '"'): re.compile(r'([^"\r\n]*)"'),
    (True, "'"): re.compile(r"([^'\r\n]*)'"),
    (True, '"""'): re.compile(r'((?:[^"]|"(?!""))*)"""', re.DOTALL),
    (True, "'''"): re.compile(r"((?:[^']|'(?!''))*)'''", re.DOTALL),
}

_ESCAPE: Final = re.compile(
    r"\\(?:([abfnrtv\\?\"'`])|[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.?))",
    re.DOTALL,
)
_SIMPLE: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_TYPOGRAPHIC: Final = "“”„‘’‚«»"


def tokens(text: str, start: int = 0) -> Iterator[Token]:
    """The tokens from `start` to the end of the text, then one of kind "end". Raises Failure."""
    position = start
    length = len(text)
    while position < length:
        match = _TOKEN.match(text, position)
        if match is None:
            end = position + (2 if text.startswith(("=>", "${"), position) else 1)
            yield Token("stray", text[position:end], position, end)
            position = end
            continue
        kind = match.lastgroup or ""
        if kind == "string":
            token = _string(text, match)
            yield token
            position = token.end
            continue
        position = match.end()
        if kind == "number":
            yield _number(match.group(), match.start(), position)
        elif kind != "space":
            yield Token(kind, match.group(kind), match.start(), position)
    yield Token("end", "", length, length)


def stray_problem(token: Token) -> Problem:
    """Of a character that begins no token; the parser reports it when it comes to it."""
    text = token.text
    if text in _TYPOGRAPHIC:
        summary, hint = f"{text} is a typographic quotation mark", "write \" or '"
    elif text in _EQUALS:
        summary, hint = _EQUALS[text]
    elif text == "${":
        summary, hint = "${ inside an expression", "an expression is CEL already: write inputs.x, not ${inputs.x}"
    elif text in "&|":
        summary, hint = f"unexpected {text}", f"CEL writes {text * 2}"
    else:
        summary, hint = f"unexpected character {text!r}", ""
    code = Code.FOREIGN if hint else Code.SYNTAX
    return problem(code, summary, token.start, token.end, help=hint)


_EQUALS: Final = {
    "=": ("unexpected =", "CEL compares with ==; a mapping is {key: value}"),
    "=>": ('"=>" is of Terraform', "a mapping is {key: value}; build one with transformMap(key, value, ...)"),
}


def _string(text: str, opening: re.Match[str]) -> Token:
    head = opening.group().lower()
    quote = head.lstrip("rb")
    prefix = head[: len(head) - len(quote)]
    body = _BODIES["r" in prefix, quote].match(text, opening.end())
    start = opening.start()
    if body is None:
        line_end = text.find("\n", start)
        end = len(text) if line_end < 0 or len(quote) == 3 else line_end
        hint = "text over several lines stands in three quotation marks" if end == line_end else ""
        raise Failure(problem(Code.TEXT, "text that does not end", start, end, help=hint))
    content = body.group(1)
    nested = content.find("${")
    if nested >= 0:
        at = opening.end() + nested
        hint = 'join with +: "a-" + inputs.x; a literal ${ is written "\\u0024{"'
        raise Failure(problem(Code.FOREIGN, "${ inside a text of an expression", at, at + 2, help=hint))
    value: Constant
    if "b" in prefix:
        value = content.encode() if "r" in prefix else _decode_bytes(content, opening.end())
    else:
        value = content if "r" in prefix or "\\" not in content else _decode(content, opening.end())
    return Token("value", text[start : body.end()], start, body.end(), value)


def _decode(content: str, offset: int) -> str:
    def replace(match: re.Match[str]) -> str:
        simple, hexadecimal, short, long, octal, _ = match.groups()
        if simple:
            return _SIMPLE.get(simple, simple)
        number = _code_point(hexadecimal or short or long, octal)
        if number is None or number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
            raise Failure(_bad_escape(match, offset))
        return chr(number)

    return _ESCAPE.sub(replace, content)


def _decode_bytes(content: str, offset: int) -> bytes:
    parts: list[bytes] = []
    position = 0
    for match in _ESCAPE.finditer(content):
        simple, hexadecimal, short, long, octal, _ = match.groups()
        parts.append(content[position : match.start()].encode())
        position = match.end()
        if simple:
            parts.append(_SIMPLE.get(simple, simple).encode())
            continue
        number = _code_point(hexadecimal, octal)
        if short or long or number is None:
            raise Failure(_bad_escape(match, offset))
        parts.append(bytes([number]))
    parts.append(content[position:].encode())
    return b"".join(parts)


def _code_point(hexadecimal: str | None, octal: str | None) -> int | None:
    if hexadecimal:
        return int(hexadecimal, 16)
    return int(octal, 8) if octal else None


def _bad_escape(match: re.Match[str], offset: int) -> Problem:
    hint = 'a backslash is written \\\\, or the text as r"..."'
    start, end = offset + match.start(), offset + match.end()
    return problem(Code.TEXT, f"{match.group()} is no escape", start, end, help=hint)


def _number(text: str, start: int, end: int) -> Token:
    """An int stays unchecked against its upper bound by one, for `-9223372036854775808`."""
    value: Constant
    if text[-1] in "uU":
        number = int(text[:-1], 16) if text.startswith("0x") else int(text[:-1])
        value, fits = Uint(number), number <= UINT_MAX
    elif text.startswith("0x") or text.isdigit():
        number = int(text, 16) if text.startswith("0x") else (int(text) if len(text) < 40 else INT_MAX + 2)
        value, fits = number, number <= -INT_MIN
    else:
        value = float(text)
        fits = value not in (float("inf"),)
    if not fits:
        raise Failure(problem(Code.NUMBER, f"{text} is out of range", start, end))
    return Token("value", text, start, end, value)
