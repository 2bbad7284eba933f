"""A diagnostic and where in the text it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from engine.expressions.codes import Code
from providers.contract.diagnostic import Diagnostic


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """`start` and `end` (exclusive) are offsets, in characters, in the text that was handed in.

    The caller, who knows where that text stands in a file, sets the diagnostic's source from them.
    """

    diagnostic: Diagnostic
    start: int
    end: int

    def shifted(self, offset: int) -> Problem:
        return replace(self, start=self.start + offset, end=self.end + offset)


Problems: TypeAlias = list[Problem]


def problem(code: Code, summary: str, start: int, end: int, *, label: str = "", help: str = "") -> Problem:
    notes = (("help", help),) if help else ()
    diagnostic = Diagnostic(code=code.value, summary=summary, label=label, notes=notes)
    return Problem(diagnostic=diagnostic, start=start, end=end)


class Failure(Exception):
    """Carries a problem out of the parser or the evaluator to their entry points, which return it.

    `secret`: whether it came to this failure depended on a secret, so a result that absorbs it is one.
    """

    def __init__(self, problem: Problem, secret: bool = False) -> None:
        super().__init__(problem.diagnostic.summary)
        self.problem = problem
        self.secret = secret


class Refusal(Exception):
    """A function cannot work on its arguments; the call that has a position turns it into a Failure."""

    def __init__(self, summary: str, help: str = "", code: Code = Code.REFUSED) -> None:
        super().__init__(summary)
        self.summary = summary
        self.help = help
        self.code = code


class Overrun(Exception):
    """A limit was reached. No `&&`, `||` or macro absorbs it: the entry point turns it into a problem."""

    def __init__(self, summary: str, code: Code) -> None:
        super().__init__(summary)
        self.summary = summary
        self.code = code
