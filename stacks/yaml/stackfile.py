"""A stack file, or one of the files beside it (plumb.yaml, an environment), as one tree of plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.expressions import words
from stacks.codes import Code
from stacks.findings import Finding, Findings, Place
from stacks.pages import Page, page_of, source_at
from stacks.yaml.compose import Raw, Trouble
from stacks.yaml.text import STACK_FILE_BYTES, decode
from stacks.yaml.unquoted import compose_mended


@dataclass(frozen=True, slots=True, kw_only=True)
class StackText:
    """`tree` is None where nothing could be read, or nothing is there; `complete` is False where YAML gave up.

    `marks`: line and column of the keys two levels down, (section, name)."""

    tree: Raw = None
    complete: bool = True
    marks: Mapping[tuple[str, str], tuple[int, int]] = field(default_factory=dict)


def read_stack_file(data: bytes, file: str, findings: Findings) -> StackText:
    text = decode(data, file, STACK_FILE_BYTES)
    if isinstance(text, Finding):
        findings.items.append(text)
        return StackText(complete=False)
    composed = compose_mended(text).composed
    if composed.troubles or composed.fatal is not None:
        page = page_of(text)
        for trouble in composed.troubles:
            findings.items.append(finding_of(trouble, page, file))
        if composed.fatal is not None:
            findings.items.append(finding_of(composed.fatal, page, file))
            return StackText(complete=False)
    tree = composed.documents[0] if composed.documents else None
    return StackText(tree=tree, marks=composed.marks)


def finding_of(trouble: Trouble, page: Page, file: str) -> Finding:
    end = trouble.end if trouble.end > trouble.index else trouble.index + 1
    source = source_at(page, file, trouble.index, end)
    summary, help = trouble.summary, trouble.help
    if trouble.code is Code.FOREIGN:
        summary, help = _foreign(page.text[trouble.index : end], trouble)
    notes: list[tuple[str, str] | tuple[str, str, Place]] = []
    if trouble.first_path is not None:
        notes.append(("first", "", Place(file=file, path=trouble.first_path, on_key=True)))
    if trouble.opened >= 0:
        notes.append(("opened", f"at {source_at(page, file, trouble.opened, trouble.opened + 1)}"))
    if help:
        notes.append(("help", help))
    return Finding(code=trouble.code, summary=summary, place=source, label=trouble.label, notes=tuple(notes))


def _foreign(written: str, trouble: Trouble) -> tuple[str, str]:
    word = words.YAML.get("{{" if trouble.summary == "{{" else written)
    if word is not None:
        return word
    return trouble.summary, "stack files use no tags; a text that begins with ! is quoted"
