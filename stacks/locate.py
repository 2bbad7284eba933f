"""Finds the place of a node again: reads and parses a file only when asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from providers.contract.diagnostic import Source
from providers.contract.values import Path
from stacks.findings import Place
from stacks.pages import Page, line_starts, source_at
from stacks.tree import Tree
from stacks.yaml.spots import nearest, raw_offsets, spots
from stacks.yaml.text import MANIFEST_BYTES, decode
from stacks.yaml.unquoted import compose_mended


@dataclass(slots=True)
class TreeLocator:
    """Implements engine.stack.Locator. Keeps the last file it looked into, and no more.

    `siblings`: for each stack file all files of its stack; what is not in the one is looked for in the others.
    """

    tree: Tree
    siblings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    _pages: dict[str, Page | None] = field(default_factory=dict)

    def __call__(self, file: str, path: Path, start: int = 0, end: int = 0) -> Source:
        return self.find(Place(file=file, path=path, start=start if end > start else -1, end=end if end > start else -1))

    def find(self, place: Place) -> Source:
        page = self._page(place.file)
        if page is None or not page.documents:
            return Source(file=place.file, line=1, column=1)
        spot, depth = nearest(page.documents[0], place.path)
        if depth < 2 <= len(place.path):
            elsewhere = self._elsewhere(place)
            if elsewhere is not None:
                return self.find(elsewhere)
        if depth < len(place.path) or place.on_key:
            spot = spot.key or spot
        elif place.start >= 0 and spot.style is not None:
            offsets = raw_offsets(page.text, spot)
            last = len(offsets) - 1
            begin = offsets[min(place.start, last)]
            end = offsets[min(max(place.end, place.start + 1) - 1, last)] + 1
            return source_at(page, place.file, begin, end)
        return source_at(page, place.file, spot.start, spot.end)

    def _elsewhere(self, place: Place) -> Place | None:
        """The same place in the file of the stack that has it."""
        for file in self.siblings.get(place.file, ()):
            page = self._page(file)
            if page is not None and page.documents and nearest(page.documents[0], place.path)[1] >= 2:
                return replace(place, file=file)
        return None

    def _page(self, file: str) -> Page | None:
        if file not in self._pages:
            self._pages.clear()
            self._pages[file] = self._read(file)
        return self._pages[file]

    def _read(self, file: str) -> Page | None:
        try:
            text = decode(self.tree.read(file), file, MANIFEST_BYTES)
        except (KeyError, OSError):
            return None
        if not isinstance(text, str):
            return None
        mended = compose_mended(text).text if "${" in text else text
        return Page(text, line_starts(text), spots(mended))
