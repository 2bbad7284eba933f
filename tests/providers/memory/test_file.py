"""A world in a file outlives processes, and every effect is whole."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from providers.memory.file import FileWorld

WORKER = """
import sys
from providers.memory.file import FileWorld
world = FileWorld(sys.argv[1])
print("open", flush=True)
for number in range(int(sys.argv[3])):
    world.create("Memory::Token", {"Name": f"{sys.argv[2]}-{number}"}, {}, token=f"{sys.argv[2]}-{number}")
    print(number, flush=True)
"""


def start(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WORKER, str(path), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_what_was_made_is_there_in_the_next_run(tmp_path: Path) -> None:
    path = str(tmp_path / "world.db")
    first = FileWorld(path)
    made = first.create("Memory::Thing", {"Size": 4, "Value": {"deep": [1, None, True]}}, {"a": "b"}, token="t")
    first.close()
    second = FileWorld(path)
    assert second.everything() == [made]
    assert second.create("Memory::Thing", {"Size": 4, "Value": {"deep": [1, None, True]}}, {"a": "b"}, token="t") == made
    assert len(second.effects()) == 1
    second.close()


def test_processes_side_by_side_and_one_killed(tmp_path: Path) -> None:
    path = tmp_path / "world.db"
    workers = [start(path, name, 60) for name in ("a", "b")]
    doomed = start(path, "doomed", 100000)
    assert doomed.stdout is not None
    acknowledged = -1
    while acknowledged < 20:
        line = doomed.stdout.readline()
        acknowledged = int(line) if line.strip().isdigit() else acknowledged
    doomed.send_signal(signal.SIGKILL)
    rest = [int(line) for line in doomed.stdout.read().split() if line.isdigit()]
    doomed.wait()
    doomed.stdout.close()
    for worker in workers:
        worker.communicate()
        assert worker.returncode == 0
    world = FileWorld(str(path))
    items = world.everything()
    names = [item.values["Name"] for item in items]
    assert len(names) == len(set(names))
    assert sorted(effect.uid for effect in world.effects()) == sorted(item.uid for item in items)
    assert {f"doomed-{number}" for number in range(max([acknowledged, *rest]))} <= set(names)
    assert {f"{name}-{number}" for name in "ab" for number in range(60)} <= set(names)
    world.close()
