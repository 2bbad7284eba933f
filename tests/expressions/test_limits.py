"""RELIABILITY.md, security law 1: steps, depth, output."""

from __future__ import annotations

import pytest

from engine.expressions import Problem
from tests.expressions.scopes import told, value_of

STEPS = "an expression may take 1,000,000 steps"
ROWS = [
    ("range(100000).map(x, range(100).map(y, x * y))", STEPS),
    ("range(2000).map(x, range(2000)).exists(r, r == range(2000).map(z, z + 1))", STEPS),
    ("'a'.repeat(100000000)", "text may have 10,000,000 characters"),
    ("'a'.repeat(9000000).replace('a', 'bb')", "text may have 10,000,000 characters"),
    ("'a'.repeat(9000000) + 'a'.repeat(9000000)", "text may have 10,000,000 characters"),
    ("cel.bind(x, 'a'.repeat(6000000), [x, x])", "a result may have 10,000,000 characters"),
    ("product(range(1000), range(1000))", "a list made here may have 100,000 items"),
    ("'a'.repeat(1000000).matches('b$')", STEPS),
    ("'a'.repeat(100000).matches('(a?){500}b$')", STEPS),
]


@pytest.mark.parametrize(("text", "summary"), ROWS, ids=[row[0][:40] for row in ROWS])
def test_limits(text: str, summary: str) -> None:
    assert told(value_of(text))[1] == summary


def test_a_limit_is_not_absorbed() -> None:
    heavy = "range(100000).map(x, range(100).map(y, x * y)).size() == 1"
    assert told(value_of(f"{heavy} || true"))[1] == STEPS


def test_doubling_does_not_explode() -> None:
    text = "x49"
    for number in range(49, 0, -1):
        text = f"cel.bind(x{number}, [x{number - 1}, x{number - 1}], {text})"
    text = f"cel.bind(x0, ['a'], {text})"
    for whole in (text, f"size({text})", f"({text}) == ({text})", f"to_json({text})", f"distinct([{text}])"):
        found = value_of(whole)
        assert isinstance(found, Problem) or found == 2
