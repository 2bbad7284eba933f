"""An unquoted `${...}` that YAML cannot hold. Found, named, and replaced by a placeholder, so that reading goes on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from stacks.codes import Code
from stacks.yaml.compose import Composed, Composer, Trouble
from stacks.yaml.spots import plain_spans

HOLE: Final = "\ue000"
"""What a placeholder is made of. A leaf that holds it is not looked at: its error is told already."""

MOST: Final = 200
_TOKEN: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|[{}]|//[^\n]*')


@dataclass(frozen=True, slots=True)
class Mended:
    """`text` has placeholders in place of what could not stand; of the same length, so that marks stay true."""

    text: str
    composed: Composed


def compose_mended(text: str, kubectl: bool = False, max_nodes: int = 500_000) -> Mended:
    troubles: list[Trouble] = []
    original = text
    for _ in range(MOST):
        composed = Composer(text, kubectl=kubectl, max_nodes=max_nodes).run()
        span = None
        if composed.fatal is not None and composed.fatal.code in (Code.SYNTAX, Code.KEY_KIND, Code.FOREIGN):
            span = _around(text, composed.fatal.index)
        if span is None:
            span = _cut_short(text)
        if span is None:
            break
        troubles.append(_trouble(original, span))
        text = text[: span[0]] + HOLE * (span[1] - span[0]) + text[span[1] :]
    composed.troubles.extend(troubles)
    return Mended(text, composed)


def closing(text: str, start: int) -> int:
    """Past the brace that ends the `${` at `start`; -1 where there is none within the next lines."""
    depth = 0
    for token in _TOKEN.finditer(text, start + 1, start + 65_536):
        if token.group() == "{":
            depth += 1
        elif token.group() == "}":
            depth -= 1
            if depth == 0:
                return token.end()
    return -1


def _around(text: str, index: int) -> tuple[int, int] | None:
    """The `${...}` at or around the place where YAML gave up."""
    start = text.rfind("${", 0, index + 2)
    if start < 0:
        return None
    end = closing(text, start)
    if end < 0 or end < index or "\n" in text[start:end]:
        return _same_line(text, index)
    return start, end


def _same_line(text: str, index: int) -> tuple[int, int] | None:
    """The first `${...}` of the line in front of the place, where YAML gave up only behind it."""
    begin = text.rfind("\n", 0, index) + 1
    start = text.find("${", begin, index)
    if start < 0 or _quoted(text[begin:start]):
        return None
    end = closing(text, start)
    return (start, end) if 0 < end <= index + 1 else None


def _quoted(before: str) -> bool:
    return before.count('"') % 2 == 1 or before.count("'") % 2 == 1


_CUT: Final = re.compile(r"\$\{[^\n}]*(?::[ \t]|[ \t]#)[^\n]*")


def _cut_short(text: str) -> tuple[int, int] | None:
    """A `${` that YAML took for a whole value, or for a key, before its brace: ` #` or `: ` stands inside."""
    if "${" not in text:
        return None
    for found in _CUT.finditer(text):
        start = found.start()
        if text[start - 1 : start] == "$" or not _plain_start(text, start):
            continue
        end = closing(text, start)
        inside = text[start:end]
        if end > 0 and "\n" not in inside and (": " in inside or " #" in inside) and _is_plain(text, start):
            return start, end
    return None


def _plain_start(text: str, start: int) -> bool:
    """True where a plain scalar begins or goes on at `start`: no quote is open in its line."""
    begin = text.rfind("\n", 0, start) + 1
    return not _quoted(text[begin:start]) and not text[begin:start].lstrip().startswith("#")


def _is_plain(text: str, start: int) -> bool:
    """Asks YAML itself: the scalar that begins at or before `start` is plain, and ends before its brace."""
    return any(begin <= start < end for begin, end in plain_spans(text))


def _trouble(text: str, span: tuple[int, int]) -> Trouble:
    start, end = span
    begin = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", end)
    line = text[begin : stop if stop >= 0 else len(text)]
    first, last = _scalar_bounds(line, start - begin, end - begin)
    value = line[first:last]
    quoted = f"'{value}'" if '"' in value and "'" not in value else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return Trouble(
        code=Code.UNQUOTED,
        summary="this expression must be quoted",
        index=start,
        end=end,
        label="YAML cannot hold it without quotes",
        help=(line[:first] + quoted + line[last:]).strip() if len(line) < 200 else quoted if len(quoted) < 200 else "",
    )


_BEFORE: Final = re.compile(r".*(?:: |^ *- |[\[{]|, |^ *)(?! )", re.DOTALL)
_AFTER: Final = re.compile(r"[^,\]}]*")


def _scalar_bounds(line: str, start: int, end: int) -> tuple[int, int]:
    """The value that the expression is a part of: from the separator before it to the one after it."""
    before = _BEFORE.match(line[:start])
    first = before.end() if before else start
    if not re.search(r"[\[{]", line[:first]):
        return first, len(line.rstrip())
    after = _AFTER.match(line, end)
    return first, len(line[: after.end() if after else end].rstrip())
