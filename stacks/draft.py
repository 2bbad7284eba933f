"""Stack files, merged by the stack they belong to, before anything in them is understood."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from engine.expressions import name_problem
from providers.contract.values import Path
from stacks.codes import Code
from stacks.findings import Findings, Place
from stacks.keys import STACK_FILE
from stacks.structure import Structure
from stacks.tree import Tree
from stacks.yaml.stackfile import StackText, read_stack_file

SECTIONS: Final = {
    "inputs": "input",
    "locals": "local",
    "files": "file",
    "providers": "provider",
    "resources": "resource",
    "outputs": "output",
}
"""Each section with what it declares."""

_STACK_LINE: Final = re.compile(rb"^stack:[ \t]*[\"']?([a-z][a-z0-9_]*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One named entry of a section: cleaned by the table of keys, trees in it still raw. `line` and `column` from 1."""

    value: Any
    file: str
    path: Path
    line: int = 0
    column: int = 0

    def place(self, *below: str | int, on_key: bool = False) -> Place:
        return Place(file=self.file, path=(*self.path, *below), on_key=on_key)


@dataclass(slots=True)
class Draft:
    """`incomplete`: a file of this stack could not be read, so that names may be missing."""

    name: str
    file: str
    files: list[str] = field(default_factory=list)
    sections: dict[str, dict[str, Entry]] = field(default_factory=lambda: {section: {} for section in SECTIONS})
    checks: list[Entry] = field(default_factory=list)
    moved: list[Entry] = field(default_factory=list)
    removed: list[Entry] = field(default_factory=list)
    settings: dict[str, Entry] = field(default_factory=dict)
    incomplete: bool = False


@dataclass(slots=True)
class Drafts:
    tree: Tree
    findings: Findings
    stacks: dict[str, Draft] = field(default_factory=dict)
    lost: bool = False
    """A file could not be read and does not even say whose it is: names may be missing anywhere."""

    def read(self, file: str) -> None:
        data = self.tree.read(file)
        read = read_stack_file(data, file, self.findings)
        if not read.complete:
            self._incomplete(data)
            return
        if read.tree is None:
            help = "a stack file begins with stack: NAME"
            self.findings.add(Code.MISSING_KEY, f"{file} is empty", Place(file=file), help=help)
            return
        structure = Structure(file, self.findings)
        fields = structure.clean(read.tree, STACK_FILE, ())
        if isinstance(fields, dict) and isinstance(fields.get("stack"), str):
            self._add(file, fields, read)
        else:
            self.lost = True

    def _incomplete(self, data: bytes) -> None:
        found = _STACK_LINE.search(data[:2_000_000])
        if found is None:
            self.lost = True
            return
        self._draft(found.group(1).decode(), "").incomplete = True

    def _draft(self, name: str, file: str) -> Draft:
        draft = self.stacks.setdefault(name, Draft(name, file))
        if file:
            draft.file = draft.file or file
            draft.files.append(file)
        return draft

    def _add(self, file: str, fields: dict[str, Any], read: StackText) -> None:
        name = fields["stack"]
        problem = name_problem("stack", name)
        if problem is not None:
            self.findings.adopt(problem, Place(file=file, path=("stack",)))
        draft = self._draft(name, file)
        for section, kind in SECTIONS.items():
            self._section(draft, section, kind, fields.get(section, {}), file, read.marks)
        for index, rule in fields.get("checks", ()):
            draft.checks.append(Entry(rule, file, ("checks", index)))
        for index, move in fields.get("moved", ()):
            draft.moved.append(Entry(move, file, ("moved", index)))
        for index, removal in fields.get("removed", ()):
            draft.removed.append(Entry(removal, file, ("removed", index)))
        for key in ("drift", "mode", "adopt"):
            if key in fields:
                self._setting(draft, key, Entry(fields[key], file, (key,)))

    def _section(
        self,
        draft: Draft,
        section: str,
        kind: str,
        entries: Mapping[str, Any],
        file: str,
        marks: Mapping[tuple[str, str], tuple[int, int]],
    ) -> None:
        known = draft.sections[section]
        for name, value in entries.items():
            line, column = marks.get((section, name), (0, 0))
            entry = Entry(value, file, (section, name), line, column)
            problem = name_problem(kind, name)
            if problem is not None:
                self.findings.adopt(problem, entry.place(on_key=True))
            if name in known:
                summary = f'the {kind} "{name}" of stack {draft.name} is declared twice'
                first = known[name].place(on_key=True)
                self.findings.add(Code.NAME_TWICE, summary, entry.place(on_key=True), notes=(("first", "", first),))
                continue
            known[name] = entry

    def _setting(self, draft: Draft, key: str, entry: Entry) -> None:
        first = draft.settings.setdefault(key, entry)
        if first is not entry and first.value != entry.value:
            summary = f'two files of stack {draft.name} say different things of "{key}"'
            notes = (("first", "", first.place()),)
            self.findings.add(Code.NAME_TWICE, summary, entry.place(), notes=notes)
