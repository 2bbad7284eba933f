"""The sandbox as a process: found again, started once, ended whole."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox import process, runtime
from sandbox.client import Client

pytestmark = pytest.mark.sandbox
SETTINGS = process.Settings(local_cluster=False)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    directory = tmp_path / "sandbox"
    yield directory
    process.down(directory)


def gone(pid: int) -> bool:
    deadline = time.monotonic() + 20
    while runtime.start_time(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return runtime.start_time(pid) == ""


def test_up_status_down(place: Path) -> None:
    assert process.status(place) == {"running": False}
    info = process.up(place, SETTINGS)
    facts = process.status(place)
    assert (facts["running"], facts["endpoint"], facts["pid"]) == (True, info.endpoint, info.pid)
    assert (facts["clusters"], facts["objects"]) == ([], {})
    assert facts["uptime"] >= 0
    assert process.down(place)
    assert gone(info.pid)
    assert process.status(place) == {"running": False}
    assert not process.down(place)


def test_up_starts_one_process_for_all_callers(place: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: process.up(place, SETTINGS), range(2)))
    assert found[0] == found[1] == process.find(place)


def test_the_record_is_for_its_owner_only(place: Path) -> None:
    process.up(place, SETTINGS)
    assert stat.S_IMODE((place / runtime.FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE(place.stat().st_mode) == 0o700


def test_a_record_that_outlived_its_process_is_replaced(place: Path) -> None:
    info = process.up(place, SETTINGS)
    os.kill(info.pid, signal.SIGKILL)
    assert gone(info.pid)
    assert (place / runtime.FILE).exists()
    assert process.status(place) == {"running": False}
    assert process.up(place, SETTINGS).pid != info.pid


def test_a_process_whose_record_is_gone_ends(place: Path) -> None:
    info = process.up(place, SETTINGS)
    shutil.rmtree(place)
    assert gone(info.pid)


def test_a_pid_given_to_another_process_is_not_ours(place: Path) -> None:
    started = runtime.start_time(os.getpid())
    mine = process.SandboxInfo(endpoint="http://127.0.0.1:9", pid=os.getpid(), started=started, token="", directory=str(place))
    runtime.write(replace(mine, started=f"{started}0"))
    assert process.find(place) is None
    assert not process.down(place)
    runtime.write(mine)
    assert process.find(place) == mine
    runtime.remove(place)


def test_a_running_sandbox_ends_with_its_block() -> None:
    with process.running(SETTINGS) as info:
        assert Client(info).status()["objects"] == {}
    assert gone(info.pid)
    assert not Path(info.directory).exists()


def test_a_running_sandbox_ends_with_the_process_that_started_it() -> None:
    code = (
        "import sys, time; from sandbox import process\n"
        "with process.running(process.Settings(local_cluster=False)) as info:\n"
        "    print(info.pid, flush=True); time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    assert gone(pid)


def test_the_command(place: Path) -> None:
    def run(verb: str) -> tuple[int, dict[str, object]]:
        done = subprocess.run(
            [sys.executable, "-m", "sandbox", verb, f"--directory={place}", "--local-cluster=False"],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, json.loads(done.stdout)

    code, shown = run("up")
    assert (code, shown["access_key"]) == (0, "sandbox")
    assert "token" not in shown
    assert run("status")[0] == 0
    assert run("down") == (0, {"ended": True})
    assert run("status") == (1, {"running": False})


def test_a_start_that_fails_says_why(place: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(process.SandboxError, match="Address already in use"):
            process.up(place, replace(SETTINGS, port=taken.getsockname()[1]))
