"""Columns for a terminal."""

from __future__ import annotations

from collections.abc import Sequence


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Left-aligned columns, two blanks between them; the last one is not padded."""
    whole = [list(titles), *(list(row) for row in rows)]
    widths = [max(len(row[index]) for row in whole) for index in range(len(titles))]
    return "\n".join("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths)).rstrip() for row in whole) + "\n"
