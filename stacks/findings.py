"""Problems before their places are known. Places are looked up once, at the end, only where there is a problem."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from providers.contract.diagnostic import Diagnostic, Severity, Source
from providers.contract.values import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A node of a file. `on_key`: its key, not its value. `start` and `end` (exclusive) are offsets in the decoded
    text of the scalar; -1 where the whole is meant."""

    file: str
    path: Path = ()
    on_key: bool = False
    start: int = -1
    end: int = -1


Note: TypeAlias = tuple[str, str] | tuple[str, str, Place]
"""A word and a text; where a place follows, " at FILE:LINE:COLUMN" is added to the text."""


class Places(Protocol):
    def find(self, place: Place) -> Source: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    code: str
    summary: str
    place: Place | Source | None
    label: str = ""
    notes: tuple[Note, ...] = ()
    detail: str = ""
    severity: Severity = Severity.ERROR
    address: str = ""


@dataclass(slots=True)
class Findings:
    """Collects; the order does not matter."""

    items: list[Finding] = field(default_factory=list)

    def add(
        self,
        code: str,
        summary: str,
        place: Place | Source | None,
        *,
        label: str = "",
        help: str = "",
        notes: tuple[Note, ...] = (),
        detail: str = "",
        severity: Severity = Severity.ERROR,
        address: str = "",
    ) -> None:
        if help:
            notes = (*notes, ("help", help))
        self.items.append(
            Finding(
                code=str(code),
                summary=summary,
                place=place,
                label=label,
                notes=notes,
                detail=detail,
                severity=severity,
                address=address,
            )
        )

    def adopt(self, diagnostic: Diagnostic, place: Place | None, *notes: Note, address: str = "") -> None:
        """A diagnostic of an expression or of a provider, put at a place."""
        self.items.append(
            Finding(
                code=diagnostic.code,
                summary=diagnostic.summary,
                place=diagnostic.source or place,
                label=diagnostic.label,
                notes=(*notes, *diagnostic.notes),
                detail=diagnostic.detail,
                severity=diagnostic.severity,
                address=address or diagnostic.address,
            )
        )

    @property
    def failed(self) -> bool:
        return any(item.severity is Severity.ERROR for item in self.items)

    def diagnostics(self, places: Places) -> list[Diagnostic]:
        """All of them with their places, in the order of files, lines and columns; equal ones once."""
        located = dict.fromkeys(_key(_locate(item, places)) for item in self.items)
        return [diagnostic for _, diagnostic in sorted(located, key=lambda pair: pair[0])]


def _locate(finding: Finding, places: Places) -> Diagnostic:
    place = finding.place
    return Diagnostic(
        code=finding.code,
        summary=finding.summary,
        severity=finding.severity,
        detail=finding.detail,
        label=finding.label,
        notes=tuple(_note(note, places) for note in finding.notes),
        address=finding.address,
        source=places.find(place) if isinstance(place, Place) else place,
    )


def _note(note: Note, places: Places) -> tuple[str, str]:
    if len(note) == 2:
        return note
    word, text, place = note
    return word, f"{text} at {places.find(place)}".lstrip()


def _key(diagnostic: Diagnostic) -> tuple[tuple[str, int, int, str, str], Diagnostic]:
    source = diagnostic.source
    where = (source.file, source.line, source.column) if source else ("", 0, 0)
    return (*where, diagnostic.code, diagnostic.summary), diagnostic
