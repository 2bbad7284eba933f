"""The files of a work tree, for local editing: the default where no commit is named."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

LARGEST = 64_000_000
"""Bytes of one file."""
SKIPPED = frozenset({".git", ".hg", ".svn", ".venv", ".plumb", "node_modules", "__pycache__"})


@dataclass(slots=True)
class WorkTree:
    """Implements `stacks.tree.Tree`. Symbolic links, what they lead to, and other repositories inside are no part of it.

    `digest` is of the names and contents of the files that were read: what a plan was made from, and nothing that merely
    lies beside it (a saved plan, a database).
    """

    root: Path
    _paths: list[str] | None = None
    _read: dict[str, bytes] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        found = hashlib.sha256()
        for path, content in sorted(self._read.items()):
            found.update(f"{path}\0{hashlib.sha256(content).hexdigest()}\0".encode("utf-8", "surrogateescape"))
        return found.hexdigest()

    def paths(self) -> Sequence[str]:
        if self._paths is None:
            self._paths = sorted(self._walk())
        return self._paths

    def read(self, path: str) -> bytes:
        if path not in self._read:
            full = self.root / path
            if any(part in ("", ".", "..") for part in path.split("/")) or _linked(self.root, path):
                raise KeyError(path)
            try:
                if not full.is_file() or full.stat().st_size > LARGEST:
                    raise KeyError(path)
                self._read[path] = full.read_bytes()
            except OSError:
                raise KeyError(path) from None
        return self._read[path]

    def _walk(self) -> list[str]:
        found: list[str] = []
        for folder, folders, files in os.walk(self.root, followlinks=False):
            inside = os.path.relpath(folder, self.root)
            prefix = "" if inside == "." else inside.replace(os.sep, "/") + "/"
            folders[:] = sorted(
                name
                for name in folders
                if name not in SKIPPED
                and not os.path.islink(os.path.join(folder, name))
                and not os.path.exists(os.path.join(folder, name, ".git"))
            )
            found.extend(prefix + name for name in files if not os.path.islink(os.path.join(folder, name)))
        return found


def _linked(root: Path, path: str) -> bool:
    place = root
    for part in path.split("/"):
        place = place / part
        if place.is_symlink():
            return True
    return False
