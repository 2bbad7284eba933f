"""A text with its lines, and places in it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

from providers.contract.diagnostic import Source
from stacks.yaml.spots import Spot


@dataclass(slots=True)
class Page:
    """`documents` are filled where nodes are looked up."""

    text: str
    starts: list[int]
    documents: list[Spot] = field(default_factory=list)


def line_starts(text: str) -> list[int]:
    starts = [0]
    position = text.find("\n")
    while position >= 0:
        starts.append(position + 1)
        position = text.find("\n", position + 1)
    return starts


def source_at(page: Page, file: str, begin: int, end: int) -> Source:
    """The place of a range of the text. A range over several lines is told as its first line."""
    begin = min(begin, len(page.text))
    line = bisect_right(page.starts, begin) - 1
    start = page.starts[line]
    stop = page.starts[line + 1] - 1 if line + 1 < len(page.starts) else len(page.text)
    excerpt = page.text[start:stop].rstrip("\r")
    last = bisect_right(page.starts, max(end - 1, begin)) - 1
    if last > line:
        return Source(file=file, line=line + 1, column=begin - start + 1, excerpt=excerpt)
    return Source(
        file=file,
        line=line + 1,
        column=begin - start + 1,
        end_line=line + 1 if end > begin else 0,
        end_column=min(end, stop) - start + 1 if end > begin else 0,
        excerpt=excerpt,
    )


def page_of(text: str) -> Page:
    return Page(text, line_starts(text))
