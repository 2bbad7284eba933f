"""The tree of a commit, read from the object store: never a work tree, a link, a filter or a hook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from gitops.git import Entry, Git

LARGEST = 64_000_000
"""Bytes of one file: more is no file of a stack."""

TOGETHER = 256
SMALL = 1_000_000
"""What lies beside a file that is asked for is read with it: so many files, none larger than this."""


@dataclass(slots=True)
class CommitTree:
    """Implements `stacks.tree.Tree`. Files are read when they are asked for, each once."""

    git: Git
    commit: str
    _entries: dict[str, Entry] | None = None
    _contents: dict[str, bytes] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        return self.git.run("rev-parse", f"{self.commit}^{{tree}}").decode().strip()

    def paths(self) -> Sequence[str]:
        return list(self._index())

    def read(self, path: str) -> bytes:
        found = self._contents.get(path)
        if found is None:
            entry = self._index()[path]
            if entry.size > LARGEST:
                raise KeyError(path)
            together = self._beside(entry)
            blobs = self.git.blobs(sorted({item.object for item in together}))
            self._contents.update({item.path: blobs[item.object] for item in together})
            found = self._contents[path]
        return found

    def _beside(self, entry: Entry) -> list[Entry]:
        """The file and its small siblings: one process for a folder instead of one for each of its files."""
        folder, slash, _ = entry.path.rpartition("/")
        siblings = [
            item
            for path, item in self._index().items()
            if item.size <= SMALL and path not in self._contents and path.rpartition("/")[:2] == (folder, slash)
        ]
        return [entry, *(item for item in siblings[:TOGETHER] if item.path != entry.path)]

    def _index(self) -> dict[str, Entry]:
        if self._entries is None:
            self._entries = {entry.path: entry for entry in self.git.entries(self.commit)}
        return self._entries


@dataclass(slots=True)
class SubTree:
    """A folder of another tree, seen as a tree of its own."""

    whole: CommitTree
    folder: str

    @property
    def digest(self) -> str:
        return self.whole.digest

    def paths(self) -> Sequence[str]:
        start = f"{self.folder}/"
        return [path.removeprefix(start) for path in self.whole.paths() if path.startswith(start)]

    def read(self, path: str) -> bytes:
        return self.whole.read(f"{self.folder}/{path}")
