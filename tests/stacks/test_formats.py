"""Diagnostics as text and for machines."""

from __future__ import annotations

import json

import pytest

from providers.contract.diagnostic import Diagnostic, Severity, Source
from stacks.excerpt import Counts, render
from stacks.formats import to_github, to_json, to_sarif

SOURCE = Source(file="a,b.plumb.yaml", line=7, column=3, end_line=7, end_column=6, excerpt="  abc: 1")
ONE = Diagnostic(code="P0001", summary="wrong: 100%", label="here", notes=(("help", "two\nlines"),), source=SOURCE)
BARE = Diagnostic(code="P0002", summary="no place", severity=Severity.WARNING)


def test_text() -> None:
    assert render([ONE, BARE], Counts(files=3)) == (
        "error[P0001]: wrong: 100%\n"
        " --> a,b.plumb.yaml:7:3\n"
        "  |\n"
        "7 |   abc: 1\n"
        "  |   ^^^ here\n"
        "  |\n"
        "  = help: two\n"
        "          lines\n"
        "\n"
        "warning[P0002]: no place\n"
        "1 error, 1 warning in 1 of 3 files. Nothing was planned.\n"
    )
    assert render([]) == ""
    assert render([BARE], Counts(files=3)).endswith("1 warning.\n")


@pytest.mark.parametrize(
    ("excerpt", "column", "end", "line", "carets"),
    [
        ("\tab", 2, 4, "    ab", "    ^^"),
        ("日本x", 3, 4, "日本x", "    ^"),
        ("日本x", 1, 3, "日本x", "^^^^"),
        ("e\u0301x", 3, 4, "e\u0301x", " ^"),
        ("a\u202eb\x1b[0m", 3, 4, "a\ufffdb\ufffd[0m", "  ^"),
        ("abc", 9, 0, "abc", "   ^"),
    ],
)
def test_columns_as_they_are_seen(excerpt: str, column: int, end: int, line: str, carets: str) -> None:
    source = Source(file="f", line=1, column=column, end_line=1 if end else 0, end_column=end, excerpt=excerpt)
    shown = render([Diagnostic(code="P1", summary="s", source=source)]).splitlines()
    assert shown[3:5] == [f"1 | {line}", f"  | {carets}"]


def test_a_very_long_line_is_shown_in_part() -> None:
    source = Source(file="f", line=1, column=5001, end_line=1, end_column=5004, excerpt="x" * 5000 + "abc" + "y" * 5000)
    shown = render([Diagnostic(code="P1", summary="s", source=source)]).splitlines()
    assert len(shown[3]) < 300
    at = shown[4].index("^")
    assert shown[3][at : at + 3] == "abc"


def test_several_lines_of_a_label() -> None:
    shown = render([Diagnostic(code="P1", summary="s", label="one\ntwo", source=SOURCE)]).splitlines()
    assert shown[4:] == ["  |   ^^^ one", "  |       two"]


def test_github() -> None:
    first, second = to_github([ONE, BARE]).splitlines()
    assert first == (
        "::error file=a%2Cb.plumb.yaml,line=7,col=3,endLine=7,endColumn=6,title=P0001%3A wrong%3A 100%25"
        "::wrong: 100%25%0Ahere%0Ahelp: two%0Alines"
    )
    assert second == "::warning title=P0002%3A no place::no place"


def test_json() -> None:
    document = json.loads(to_json([ONE, BARE], 3))
    assert (document["valid"], document["error_count"], document["warning_count"]) == (False, 1, 1)
    first = document["diagnostics"][0]
    assert first["range"]["end"] == {"line": 7, "column": 6}
    assert first["snippet"]["code"] == "  abc: 1"


def test_sarif() -> None:
    run = json.loads(to_sarif([ONE, BARE], "0.1.0"))["runs"][0]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["P0001", "P0002"]
    first, second = run["results"]
    assert first["locations"][0]["physicalLocation"]["region"]["startLine"] == 7
    assert second["level"] == "warning"
    assert "locations" not in second
