"""The SQLite store between real processes, some of which are killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.stores.holder import is_dead, this_process
from engine.stores.store import Held
from tests.stores.process import real_lease, real_store

ROOT = Path(__file__).parents[2]


@contextmanager
def running(folder: Path, *arguments: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.stores.process", arguments[0], str(folder), *arguments[1:]],
        cwd=ROOT,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_processes_make_one_chain(tmp_path: Path) -> None:
    real_store(tmp_path).close()
    with running(tmp_path, "write", "shop.a", "30") as one, running(tmp_path, "write", "shop.b", "30") as two:
        assert one.wait() == 0
        assert two.wait() == 0
    payloads = [line.payload.decode() for line in real_store(tmp_path).lines("shop")]
    for address in ("shop.a", "shop.b"):
        expected = [f"{address} {number} {half}" for number in range(1, 31) for half in "ab"]
        assert [payload for payload in payloads if payload.startswith(address)] == expected


def test_a_store_made_by_two_at_once_is_one(tmp_path: Path) -> None:
    with running(tmp_path, "keys") as one, running(tmp_path, "keys") as two:
        seen = [one.communicate()[0], two.communicate()[0]]
    assert seen[0] == seen[1]
    assert len(set(seen[0].splitlines())) == 20
    assert sum(real_store(tmp_path).keys(f"s{number}").uid in seen[0] for number in range(20)) == 20


@pytest.mark.parametrize("seed", range(6))
def test_a_kill_in_mid_append_tears_nothing(tmp_path: Path, seed: int) -> None:
    """What was said to be durable is there; the append that was under way is there whole, or not at all."""
    chance = random.Random(seed)
    with running(tmp_path, "write", "shop.a", "0") as process:
        for _ in range(chance.randrange(3, 12)):
            said = int(line_of(process))
        process.send_signal(signal.SIGKILL)
        process.wait()
    store = real_store(tmp_path)
    lines = store.lines("shop")
    assert len(lines) % 2 == 0
    assert len(lines) // 2 >= said
    store.append(real_lease(store, "shop.a"), [b"goes on"])
    assert len(store.lines("shop")) == len(lines) + 1


def test_a_kill_before_the_commit_leaves_nothing_of_it(tmp_path: Path) -> None:
    armed = {"PLUMB_FAILPOINTS": "allow", "PLUMB_FAILPOINT": "in_append:4"}
    with running(tmp_path, "write", "shop.a", "0", **armed) as process:
        assert process.wait() == -signal.SIGKILL
    assert real_store(tmp_path).head("shop").seq == 6


def test_a_failpoint_alone_does_nothing(tmp_path: Path) -> None:
    with running(tmp_path, "write", "shop.a", "5", PLUMB_FAILPOINT="in_append:2") as process:
        assert process.wait() == 0


def test_a_killed_holder_is_taken_over_at_once(tmp_path: Path) -> None:
    store = real_store(tmp_path)
    with running(tmp_path, "hold", "shop.a") as process:
        epoch = int(line_of(process))
        held = store.acquire("shop", ("shop.",), (), this_process(), 60.0)
        assert isinstance(held, Held)
        assert held.by[0].holder.process == process.pid
        assert not is_dead(held.by[0].holder)
        process.send_signal(signal.SIGKILL)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert is_dead(held.by[0].holder), "ended, and not yet waited for"
        process.wait()
        assert is_dead(held.by[0].holder)
        assert real_lease(store, "shop.").epoch > epoch


def test_a_write_error_writes_all_or_nothing(tmp_path: Path) -> None:
    with running(tmp_path, "overflow") as process:
        error, before, after = process.communicate()[0].splitlines()
    assert error.startswith(("the disk of the store answered with an error", "the disk of the store is full"))
    assert before == "first"
    assert after == "first second"
