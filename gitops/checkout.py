"""Conveniences about the work tree of the person who types, through GitPython. Never for what is remote or untrusted."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def enclosing(folder: Path) -> Path | None:
    """The root of the work tree that the folder lies in; None where it lies in none."""
    import git

    try:
        with git.Repo(folder, search_parent_directories=True) as repository:
            root = repository.working_tree_dir
    except (git.InvalidGitRepositoryError, git.NoSuchPathError):
        return None
    return Path(root) if root is not None else None


def ignored(folder: Path, paths: Iterable[str]) -> list[str]:
    """Those of the paths, relative to the folder, that its repository ignores: they would never be in a commit."""
    import git

    with git.Repo(folder, search_parent_directories=True) as repository:
        found = repository.ignored(*(str(folder / path) for path in paths))
    return sorted(str(Path(path).relative_to(folder)) for path in found)
