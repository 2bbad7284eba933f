"""The grammar of paths of properties: `a.b[0].c`, `a["x-y"]`, and what `ignore` writes."""

from __future__ import annotations

import json
import re
from typing import Final

from providers.contract.values import Path

_STEP: Final = re.compile(r'\.?([A-Za-z0-9_\-]+)|\[(\d+)\]|\[(\*)\]|\["((?:[^"\\]|\\.)*)"\]|\[([A-Za-z0-9_./:\-]+)\]')


def parse_path(text: str) -> Path | None:
    """None where the text is none. A number in brackets is an index; `[*]` is every item."""
    path: list[str | int] = []
    position = 0
    while position < len(text):
        found = _STEP.match(text, position)
        if found is None or (position == 0 and text.startswith(".")):
            return None
        name, index, star, quoted, bare = found.groups()
        if name is not None and position > 0 and text[position] != ".":
            return None
        if index is not None:
            path.append(int(index))
        else:
            path.append(name or star or bare or str(json.loads(f'"{quoted}"')))
        position = found.end()
    return tuple(path) or None
