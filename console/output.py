"""Where output goes: results on standard output, all else on standard error; colour only on a terminal."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from console.project import refuse
from providers.contract.diagnostic import Diagnostic

CODES = {"red": "31", "green": "32", "yellow": "33", "blue": "34", "magenta": "35", "cyan": "36", "bold": "1", "dim": "2"}


def colourful(stream: TextIO, wish: str) -> bool:
    """NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, TERM and the option; the option wins."""
    if wish != "auto":
        return wish == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR") or os.environ.get("CLICOLOR_FORCE", "0") not in ("", "0"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


@dataclass(slots=True, kw_only=True)
class Output:
    color: str = "auto"
    as_json: bool = False
    json_into: Path | None = None
    quiet: bool = False
    concise: bool = False
    verbose: bool = False
    _paints: bool | None = None

    def print(self, text: str) -> None:
        """A result, for standard output."""
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        sys.stdout.flush()

    def print_raw(self, text: str) -> None:
        """Exactly this, without a line end."""
        sys.stdout.write(text)
        sys.stdout.flush()

    def note(self, text: str) -> None:
        """Something beside the result; silent with --quiet."""
        if not self.quiet:
            sys.stderr.write(text + "\n")
            sys.stderr.flush()

    def data(self, value: Any, *, printed: bool | None = None) -> None:
        """The result as JSON, where that was asked for; `printed` says whether it was."""
        text = json.dumps(value, indent=2, ensure_ascii=False)
        if self.as_json if printed is None else printed:
            self.print(text)
        if self.json_into is not None:
            try:
                self.json_into.write_text(text + "\n")
            except OSError as error:
                raise refuse("P0540", f"{self.json_into} cannot be written: {error.strerror}") from None

    def line(self, value: dict[str, Any]) -> None:
        """One JSON line of a stream."""
        self.print(json.dumps(value, ensure_ascii=False))

    def envelope(self, type: str, message: str) -> dict[str, Any]:
        """What every line of a stream begins with; Terraform's."""
        from datetime import UTC, datetime

        return {
            "@level": "error" if type in ("apply_errored", "diagnostic") else "info",
            "@message": message,
            "@module": "plumb",
            "@timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "type": type,
        }

    def diagnostics(self, found: Iterable[Diagnostic]) -> None:
        from stacks.excerpt import render

        members = list(found)
        if members:
            sys.stderr.write(render(members) + "\n")
            sys.stderr.flush()

    def warnings(self, found: Iterable[Diagnostic]) -> None:
        if not self.quiet:
            self.diagnostics(item for item in found if not item.is_error)

    def paint(self, text: str, *styles: str) -> str:
        if not styles or not self._colourful():
            return text
        codes = ";".join(CODES[style] for style in styles)
        return f"\x1b[{codes}m{text}\x1b[0m"

    def _colourful(self) -> bool:
        """Found out once: a large plan asks for every line."""
        if self._paints is None:
            self._paints = colourful(sys.stdout, self.color)
        return self._paints
