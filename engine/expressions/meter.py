"""The limits of one evaluation (RELIABILITY.md, security law 1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.expressions.codes import Code
from engine.expressions.problem import Overrun

MAX_STEPS: Final = 1_000_000
MAX_SIZE: Final = 10_000_000
"""The longest text, in characters, and the largest result, in characters of its leaves and keys."""
MAX_VALUE_DEPTH: Final = 128
TEXT_PER_STEP: Final = 100
MEMBERS_PER_STEP: Final = 8


@dataclass(slots=True)
class Meter:
    """Counts down. A step is a node evaluated, some members visited, or some text made."""

    steps: int = MAX_STEPS

    def spend(self, steps: int) -> None:
        self.steps -= steps
        if self.steps < 0:
            raise Overrun(f"an expression may take {MAX_STEPS:,} steps", Code.STEPS)

    def text(self, length: int) -> None:
        """Called before text of this length is made."""
        if length > MAX_SIZE:
            raise Overrun(f"text may have {MAX_SIZE:,} characters", Code.SIZE)
        self.spend(length // TEXT_PER_STEP)

    def members(self, count: int) -> None:
        """Called before this many members are visited or made."""
        self.spend(count // MEMBERS_PER_STEP + 1)
