"""Regular expressions: the same answers as Python's on what both know, and no catastrophe."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.expressions.meter import Meter
from engine.expressions.patterns import compile_pattern
from engine.expressions.problem import Refusal

ATOMS = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\d", r"\W", "x", r"\.", "(?:ab|c)", "^", "$", r"\b", "[a-c1-3]"])
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("{}{}".format, inner, inner),
        st.builds("(?:{}){}".format, inner, st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{0,}", "*?"])),
        st.builds("({}|{})".format, inner, inner),
    ),
    max_leaves=6,
)


@settings(max_examples=600, deadline=None)
@given(PATTERNS, st.text("abcx1. \n", max_size=8))
def test_it_answers_as_python_does(pattern: str, text: str) -> None:
    # Python's $ also stands before a last line break; RE2's does not.
    expected = re.search(pattern.replace("$", r"\Z"), text) is not None
    assert compile_pattern(pattern).search(text, Meter()) is expected


ROWS = [
    ("(?i)ABC", "xabcx", True),
    ("(?i:A)b", "aB", False),
    ("a(?i)b|c", "C", True),
    ("(?m)^b$", "a\nb\nc", True),
    ("(?s)a.b", "a\nb", True),
    ("(?P<name>a)b", "ab", True),
    ("(?<name>a)b", "ab", True),
    ("[[:alpha:]_]+[^[:digit:]]", "a_1b!", True),
    (r"\x41\x{1F600}", "A😀", True),
    (r"[\]\-a]{3}", "]-a", True),
    ("a{,2}", "a{,2}", True),
    ("", "", True),
    (r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", "my-bucket.name", True),
]


@pytest.mark.parametrize(("pattern", "text", "expected"), ROWS)
def test_forms(pattern: str, text: str, expected: bool) -> None:
    assert compile_pattern(pattern).search(text, Meter()) is expected


@pytest.mark.parametrize(
    "pattern",
    ["(", ")", "[", "a**", "*", "(?=a)", r"\1", "a{2000}", "(((a{100}){100}){100})", "[b-a]", r"\p{L}", "(?P<", "\\", "(" * 99],
)
def test_what_is_refused(pattern: str) -> None:
    with pytest.raises(Refusal):
        compile_pattern(pattern)


def test_it_takes_steps_in_proportion_to_the_text() -> None:
    meter = Meter()
    assert not compile_pattern("^(?:(?:a+)+)+$").search("a" * 3000 + "b", meter)
    assert meter.steps > 950_000


@settings(max_examples=300, deadline=None)
@given(st.text("ab(|)*+?{1,}[]^$\\.-:<P=!dx", max_size=20))
def test_no_pattern_breaks_it(pattern: str) -> None:
    try:
        compile_pattern(pattern).search("aabb", Meter())
    except Refusal:
        pass
