"""The port through which stack files are read: a commit, a work tree, or memory."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


class Tree(Protocol):
    """Paths are relative, with `/`, without `.` or `..`. A symbolic link is no path of a tree, nor is a submodule."""

    @property
    def digest(self) -> str:
        """Of all that the tree holds; equal digests, equal trees."""
        ...

    def paths(self) -> Sequence[str]:
        """Every file, sorted by its path."""
        ...

    def read(self, path: str) -> bytes:
        """The file's bytes. Raises KeyError where `paths` does not name it."""
        ...


@dataclass(slots=True)
class MemoryTree:
    """Files given as text or bytes."""

    files: Mapping[str, str | bytes] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        digest = hashlib.sha256()
        for path in self.paths():
            content = self.read(path)
            digest.update(f"{path}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()

    def paths(self) -> Sequence[str]:
        return sorted(self.files)

    def read(self, path: str) -> bytes:
        content = self.files[path]
        return content.encode() if isinstance(content, str) else content


class PathError(ValueError):
    """The path leads out of the tree or is not written as one; the message says why, for a person."""


def join(folder: str, written: str) -> str:
    """The path of the tree that `written` names, seen from `folder` ("" for the root)."""
    if not written or "\0" in written or "\\" in written:
        raise PathError(f'"{written}" is no path: folders are divided by /')
    if written.startswith(("/", "~")):
        raise PathError(f'"{written}" is absolute; paths are relative to the stack file')
    parts = folder.split("/") if folder else []
    for part in written.split("/"):
        if part in ("", "."):
            continue
        if part == "..":
            if not parts:
                raise PathError(f'"{written}" leads out of the repository')
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def folder_of(path: str) -> str:
    return path.rpartition("/")[0]
