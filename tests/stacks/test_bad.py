"""Bad stack files, each with the exact text it gets. `python -m tests.stacks.test_bad --write` writes the texts anew,
for review: whoever runs it reads the difference."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.stacks.support import loaded, readers, told

FOLDER = Path(__file__).parent / "bad"
NAMES = sorted({path.name.partition(".")[0] for path in FOLDER.glob("*.plumb.yaml")})


def text_of(name: str) -> str:
    """NAME.plumb.yaml, or NAME.a.plumb.yaml and NAME.b.plumb.yaml, as the stack files of one tree."""
    files = {f"stacks/{path.name}": path.read_bytes() for path in sorted(FOLDER.glob(f"{name}.*plumb.yaml"))}
    return told(loaded(files, readers=readers()))


def test_there_are_sixty() -> None:
    assert len(NAMES) >= 60


@pytest.mark.parametrize("name", NAMES)
def test_text(name: str) -> None:
    assert text_of(name) == (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


if __name__ == "__main__" and "--write" in sys.argv:
    for each in NAMES:
        (FOLDER / f"{each}.txt").write_text(text_of(each), encoding="utf-8")
