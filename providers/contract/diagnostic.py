"""Something to tell a person. Problems are values: collected, and shown together."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeAlias

from providers.contract.values import Path


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A place in a file of the tree. Lines and columns count from 1; `end_column` is exclusive.

    `end_line` and `end_column` of 0 mean that only the start is known. `excerpt` is the text of the
    line, for the caret; empty where there is none.
    """

    file: str
    line: int
    column: int
    end_line: int = 0
    end_column: int = 0
    excerpt: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One problem. `code` is stable ("P0312"), `summary` one line without a full stop.

    `label` stands beside the caret; `notes` are (word, text) pairs such as ("help", "did you mean x?")
    and ("declared", "orders at stacks/shop.plumb.yaml:22:3"). The provider sets `path` (inside the
    resource's properties), the engine `address`, the stack loader `source`.
    """

    code: str
    summary: str
    severity: Severity = Severity.ERROR
    detail: str = ""
    label: str = ""
    notes: tuple[tuple[str, str], ...] = ()
    path: Path = ()
    address: str = ""
    source: Source | None = None

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR

    def at(self, address: str) -> Diagnostic:
        return replace(self, address=address)

    def located(self, source: Source) -> Diagnostic:
        return replace(self, source=source)


Diagnostics: TypeAlias = list[Diagnostic]


@dataclass(slots=True)
class DiagnosticError(Exception):
    """Carries diagnostics out of an edge where a value cannot be returned; caught by the caller of that edge."""

    diagnostics: list[Diagnostic] = field(default_factory=list)

    def __str__(self) -> str:
        return "; ".join(item.summary for item in self.diagnostics)
