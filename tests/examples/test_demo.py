"""The demo as `make demo` runs it: to its end, interrupted, and where a step does not come out as said."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from examples.demo import Failed, block, require

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.sandbox


def start(scratch: Path) -> subprocess.Popen[str]:
    """With all of its temporary files in `scratch`."""
    return subprocess.Popen(
        [sys.executable, "-m", "examples.demo"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def test_it_comes_out_as_said_and_leaves_nothing(tmp_path: Path) -> None:
    process = start(tmp_path)
    told, _ = process.communicate(timeout=300)
    assert process.returncode == 0, told[-4000:]
    assert "Traceback" not in told
    for part in (
        "Plan: 19 to create",
        "Applied: 19 created",
        "to do. 19 unchanged",
        "drift was undone",
        "Destroyed: 19 deleted",
    ):
        assert part in told
    assert list(tmp_path.iterdir()) == []


def test_interrupted_it_cleans_up(tmp_path: Path) -> None:
    process = start(tmp_path)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("   controller |"):
            break
    (place,) = [path for path in tmp_path.iterdir() if path.name.startswith("plumb-example-")]
    os.kill(process.pid, signal.SIGINT)
    told, _ = process.communicate(timeout=120)
    assert process.returncode == 130, told[-4000:]
    assert not place.exists()
    assert processes_of(place) == []


def processes_of(place: Path) -> list[str]:
    """What still runs with this folder among its arguments."""
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if str(place) in line]


def test_a_step_that_does_not_hold_ends_it() -> None:
    with pytest.raises(Failed, match="not so: the sky is green"):
        require(False, "the sky is green")
    with pytest.raises(Failed, match="says nothing about shop"):
        block("+ other.thing  create\n    declared\n", "shop.api ")
