"""Terraform's spelling of options, as click reads it."""

from __future__ import annotations

import pytest

from console.argv import normalized

LONG = ["out", "target", "yes", "no-color", "detailed-exitcode", "refresh", "no-refresh", "var", "json", "env"]
FLAGS = ["yes", "no-color", "detailed-exitcode", "refresh", "no-refresh", "json"]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (["-out=f"], ["--out=f"]),
        (["-out", "f"], ["--out", "f"]),
        (["--out=f"], ["--out=f"]),
        (["-target=shop.net"], ["--target=shop.net"]),
        (["-target=shop.sub[a]"], ["--target=shop.sub[a]"]),
        (["-auto-approve"], ["--yes"]),
        (["--auto-approve"], ["--yes"]),
        (["-detailed-exitcode"], ["--detailed-exitcode"]),
        (["--exit-code"], ["--detailed-exitcode"]),
        (["-refresh=false"], ["--no-refresh"]),
        (["-refresh=true"], ["--refresh"]),
        (["-no-color"], ["--no-color"]),
        (["-json"], ["--json"]),
        (["-var", "a=b"], ["--var", "a=b"]),
        (["-var=a=b=c"], ["--var=a=b=c"]),
        (["-yes=false"], []),
        (["-input=false"], []),
        (["-y"], ["-y"]),
        (["-C", "dir"], ["-C", "dir"]),
        (["-unheard"], ["-unheard"]),
        (["--", "-out=f"], ["--", "-out=f"]),
        (["shop", "-env=prod"], ["shop", "--env=prod"]),
    ],
)
def test_spelling(given: list[str], wanted: list[str]) -> None:
    assert normalized(given, LONG, FLAGS) == wanted
