"""Live progress of a run on standard error."""

from __future__ import annotations

from types import TracebackType

from console.output import Output
from engine.effects import Notice


class Progress:
    """One line per start and end. Used as a context while a run is under way."""

    def __init__(self, output: Output) -> None:
        self.output = output

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        return None

    def __call__(self, notice: Notice) -> None:
        if notice.verb in ("read", "progress"):
            return
        self.output.note(f"{notice.verb:<10} {notice.address} {notice.act} {notice.text}".rstrip())
