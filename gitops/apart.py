"""What can be used of a commit in which something is wrong: a stack whose files fail stops no other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from engine.session import Session
from engine.stack import Stacks
from providers.contract.diagnostic import Diagnostic
from stacks.codes import Code
from stacks.load import Loaded
from stacks.repository import PLUMB, stack_files
from stacks.tree import Tree

_NAME = re.compile(rb"^stack:[ \t]*[\"']?([a-z][a-z0-9_]*)[\"']?[ \t]*(?:#.*)?\r?$", re.MULTILINE)
TRIALS = 40
"""So many stacks are left out one by one to find whose an error is."""


class Opened(Protocol):
    """A tree as the composition root opened it."""

    @property
    def loaded(self) -> Loaded: ...

    def session(self) -> Session: ...

    def close(self) -> None: ...


Open = Callable[[Tree, str], Opened]
"""Opens the tree of a commit, given by its full id."""


_OpenPart = Callable[[Tree], Opened]


@dataclass(slots=True)
class Without:
    """A tree without some of its files."""

    whole: Tree
    hidden: frozenset[str]

    @property
    def digest(self) -> str:
        return self.whole.digest

    def paths(self) -> Sequence[str]:
        return [path for path in self.whole.paths() if path not in self.hidden]

    def read(self, path: str) -> bytes:
        if path in self.hidden:
            raise KeyError(path)
        return self.whole.read(path)


@dataclass(slots=True, kw_only=True)
class Apart:
    """`broken` says, by stack, why it cannot be planned. `general` is what no stack can be blamed for: then nothing can be
    planned. `opened` was made from what is left; close it."""

    opened: Opened
    broken: dict[str, list[Diagnostic]] = field(default_factory=dict)
    general: list[Diagnostic] = field(default_factory=list)

    @property
    def stacks(self) -> Stacks:
        return self.opened.loaded.stacks

    @property
    def known(self) -> frozenset[str]:
        """Every stack of the commit, the broken ones too."""
        return self.stacks.known | frozenset(self.broken)


def load_apart(at: Open, tree: Tree, commit: str) -> Apart:
    def open(part: Tree) -> Opened:
        return at(part, commit)

    apart = Apart(opened=open(tree))
    if apart.opened.loaded.repository is None:
        apart.general = [item for item in apart.opened.loaded.diagnostics if item.is_error]
        return apart
    files = _files_by_stack(tree, apart.opened.loaded)
    while True:
        errors = _errors(apart)
        if not errors:
            return apart
        found = None if files is None else _blame(open, tree, apart, errors, files)
        if not found or files is None:
            apart.general = errors
            return apart
        for name, reasons in found.items():
            apart.broken[name] = reasons
        apart.opened.close()
        apart.opened = open(_hide(tree, apart.broken, files))


def _errors(apart: Apart) -> list[Diagnostic]:
    """Those that are not only there because a broken stack was left out of sight."""
    return [
        item
        for item in apart.opened.loaded.diagnostics
        if item.is_error
        and not (
            item.code == Code.UNKNOWN_STACK
            and item.source is not None
            and item.source.file.startswith("environments/")
            and any(f'"{name}"' in item.summary for name in apart.broken)
        )
    ]


def _files_by_stack(tree: Tree, loaded: Loaded) -> dict[str, set[str]] | None:
    """The files of each stack, read from their text alone. None where a file does not plainly say whose it is: it may
    belong to any stack, and a stack that is read without one of its files would have much to delete."""
    assert loaded.repository is not None
    found: dict[str, set[str]] = {}
    for path in stack_files(tree, loaded.repository.stacks):
        if path == PLUMB:
            continue
        names = set(_NAME.findall(tree.read(path)))
        if len(names) != 1:
            return None
        found.setdefault(names.pop().decode(), set()).add(path)
    return found


def _blame(
    open: _OpenPart, tree: Tree, apart: Apart, errors: Iterable[Diagnostic], files: Mapping[str, set[str]]
) -> dict[str, list[Diagnostic]] | None:
    """Whose each error is; None where one is nobody's."""
    owners = {path: name for name, members in files.items() for path in members}
    found: dict[str, list[Diagnostic]] = {}
    rest: list[Diagnostic] = []
    for item in errors:
        name = owners.get(item.source.file, "") if item.source is not None else ""
        name = name or item.address.partition(".")[0]
        if name in files and name not in apart.broken:
            found.setdefault(name, []).append(item)
        else:
            rest.append(item)
    if rest and not found:
        return _tried(open, tree, apart, rest, files)
    return found or None


def _tried(
    open: _OpenPart, tree: Tree, apart: Apart, errors: list[Diagnostic], files: Mapping[str, set[str]]
) -> dict[str, list[Diagnostic]] | None:
    """A file that a stack takes in (a manifest of a bundle) says not whose it is: without that stack the error is gone."""
    candidates = [name for name in files if name not in apart.broken][:TRIALS]
    for name in candidates:
        trial = open(_hide(tree, {*apart.broken, name}, files))
        left = {(item.code, item.summary, item.source) for item in trial.loaded.diagnostics if item.is_error}
        trial.close()
        gone = [item for item in errors if (item.code, item.summary, item.source) not in left]
        if gone:
            return {name: gone}
    return None


def _hide(tree: Tree, names: Iterable[str], files: Mapping[str, set[str]]) -> Tree:
    return Without(tree, frozenset().union(*(files.get(name, set()) for name in names)))


def guilty_of(errors: list[Diagnostic], stacks: Stacks, names: list[str]) -> dict[str, list[Diagnostic]]:
    """Whose the errors are; all of the stacks where one is nobody's."""
    found: dict[str, list[Diagnostic]] = {}
    for item in errors:
        name = item.address.partition(".")[0]
        if name not in names and item.source is not None:
            name = next((each for each in names if item.source.file in _files(stacks, each)), "")
        for guilty in [name] if name in names else names:
            found.setdefault(guilty, []).append(item)
    return found


def _files(stacks: Stacks, name: str) -> set[str]:
    stack = stacks.stacks[name]
    return {
        stack.file,
        *(item.file for item in stack.declarations.values()),
        *(item.file for item in stack.outputs.values()),
        *(item.file for item in stack.checks),
    }


def said(found: list[Diagnostic]) -> str:
    first = found[0]
    place = f"{first.source}: " if first.source is not None else f"{first.address}: " if first.address else ""
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return f"{place}{first.summary}{more}"
