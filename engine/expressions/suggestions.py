"""The name somebody may have meant. Knows suffixes and identifiers, not only the distance of two spellings."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_IDENTIFIERS = frozenset({"id", "arn", "name", "identifier", "ref"})


def nearest(name: str, known: Iterable[str], identifier: str = "") -> str:
    """The best of `known`, or an empty text.

    In order: the same letters in another case or without `_`; for `id` and the like the one name that ends in it
    (`id` -> `SubnetId`), or the identifier; the only one that ends or begins with it; the nearest spelling.
    """
    names = list(known)
    folded = _fold(name)
    for candidate in names:
        if _fold(candidate) == folded:
            return candidate
    ends = [candidate for candidate in names if _fold(candidate).endswith(folded)]
    if folded in _IDENTIFIERS:
        if identifier and (identifier in ends or folded in ("id", "identifier", "ref")):
            return identifier
        if ends:
            return min(ends, key=lambda text: (len(text), text))
    spelt = difflib.get_close_matches(folded, [_fold(item) for item in names], n=1, cutoff=0.75)
    if spelt:
        return next(item for item in names if _fold(item) == spelt[0])
    if len(folded) > 2:
        related = ends or [item for item in names if _fold(item).startswith(folded)]
        if related:
            return min(related, key=lambda text: (len(text), text))
        loose = difflib.get_close_matches(folded, [_fold(item) for item in names], n=1, cutoff=0.6)
        if loose:
            return next(item for item in names if _fold(item) == loose[0])
    return ""


def _fold(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def some(names: Iterable[str], limit: int = 6) -> str:
    """ "A, B, C and 4 more", in order of spelling."""
    ordered = sorted(names)
    shown = ", ".join(ordered[:limit])
    rest = len(ordered) - limit
    return f"{shown} and {rest} more" if rest > 0 else shown
