"""Diagnostics as people read them: the form of UX.md, section 1. Plain text; colour is the console's."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from providers.contract.diagnostic import Diagnostic, Severity, Source

_TAB = 4
_LONGEST = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many files were looked at, and what was not done because of the errors."""

    files: int
    outcome: str = "Nothing was planned."


def render(diagnostics: Sequence[Diagnostic], counts: Counts | None = None) -> str:
    """One block each, with an empty line between; the line of counts at the end, where counts are given."""
    blocks = [render_one(diagnostic) for diagnostic in diagnostics]
    if counts is not None and diagnostics:
        blocks.append(summary_line(diagnostics, counts))
        return "\n\n".join(blocks[:-1]) + "\n" + blocks[-1] + "\n"
    return "\n\n".join(blocks) + ("\n" if blocks else "")


def render_one(diagnostic: Diagnostic) -> str:
    source = diagnostic.source
    width = len(str(source.line)) if source is not None and source.line else 2
    margin = " " * (width + 1)
    lines = [f"{diagnostic.severity}[{diagnostic.code}]: {diagnostic.summary}"]
    if source is not None:
        lines.append(f"{' ' * width}--> {source}")
        if source.excerpt:
            lines += _excerpt(source, diagnostic.label, margin, width)
        elif diagnostic.label:
            lines += [f"{margin}|", f"{margin}= {diagnostic.label}"]
    elif diagnostic.address:
        lines.append(f"{' ' * width}--> {diagnostic.address}")
    notes = _notes(diagnostic)
    if notes:
        pad = max(len(word) for word, _ in notes) + 1
        if source is not None:
            lines.append(f"{margin}|")
        for word, text in notes:
            first, *rest = text.split("\n")
            lines.append(f"{margin}= {word + ':':<{pad}} {first}")
            lines += [f"{margin}  {'':<{pad}} {line}" for line in rest]
    return "\n".join(line.rstrip() for line in lines)


def _notes(diagnostic: Diagnostic) -> list[tuple[str, str]]:
    detail = [("note", diagnostic.detail)] if diagnostic.detail else []
    return [*detail, *diagnostic.notes]


def _excerpt(source: Source, label: str, margin: str, width: int) -> list[str]:
    text, begin, end = _expanded(source)
    first, *rest = label.split("\n")
    carets = " " * begin + "^" * max(1, end - begin)
    marks = [f"{margin}| {carets} {first}"]
    marks += [f"{margin}| {' ' * (begin + max(1, end - begin))} {line}" for line in rest]
    return [f"{margin}|", f"{source.line:>{width}} | {text}", *marks]


def _expanded(source: Source) -> tuple[str, int, int]:
    """The line with tabs as blanks and without what a terminal would obey; the caret's columns as they are seen."""
    source = _window(source)
    offsets = [0]
    shown = ""
    seen = 0
    for character in source.excerpt:
        piece, wide = _piece(character, seen)
        shown += piece
        seen += wide
        offsets.append(seen)
    begin = min(source.column - 1, len(source.excerpt))
    end = source.end_column - 1 if source.end_column else begin + 1
    if not source.end_column or end <= begin:
        return shown, offsets[begin], offsets[begin] + 1
    return shown, offsets[begin], offsets[min(end, len(source.excerpt))]


def _window(source: Source) -> Source:
    """Of a very long line the part around the place."""
    text, begin = source.excerpt, source.column - 1
    if len(text) <= _LONGEST:
        return source
    first = max(0, begin - _LONGEST // 3)
    last = min(len(text), first + _LONGEST)
    head, tail = "..." if first else "", "..." if last < len(text) else ""
    shift = len(head) - first
    end = min(source.end_column, last + 1) + shift if source.end_column else 0
    return replace(source, excerpt=f"{head}{text[first:last]}{tail}", column=source.column + shift, end_column=end)


def _piece(character: str, seen: int) -> tuple[str, int]:
    if character == "\t":
        blanks = _TAB - seen % _TAB
        return " " * blanks, blanks
    kind = unicodedata.category(character)
    if kind in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
        return "\N{REPLACEMENT CHARACTER}", 1
    if kind in ("Mn", "Me"):
        return character, 0
    return character, 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def summary_line(diagnostics: Sequence[Diagnostic], counts: Counts) -> str:
    errors = sum(item.is_error for item in diagnostics)
    warnings = sum(item.severity is Severity.WARNING for item in diagnostics)
    parts = [number(errors, "error")] * bool(errors) + [number(warnings, "warning")] * bool(warnings)
    files = len({item.source.file for item in diagnostics if item.source is not None})
    where = f" in {files} of {number(counts.files, 'file')}" if counts.files and files else ""
    outcome = f" {counts.outcome}" if errors and counts.outcome else ""
    return f"{', '.join(parts)}{where}.{outcome}"


def number(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
