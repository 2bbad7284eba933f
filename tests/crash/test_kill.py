"""The real command on the real store, killed with SIGKILL at its n-th failpoint for n = 1, 2, 3, ... until it gets through."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping
from contextlib import chdir
from pathlib import Path
from unittest import mock

import pytest

from examples.stage import own_environment, plumb
from providers.memory.file import FileShelf
from providers.memory.shelf import Item

REPOSITORY = """\
repository: kill-5b1c9e
environments: {dev: {default: true}}
state: "sqlite:../journal.db"
"""
STACK = """\
stack: shop
providers: {memory: {path: ../world.db, signature_life: 0.2s}}
resources:
  net: {type: "Memory::Tagged", properties: {Name: net}}
  tok: {type: "Memory::Token", properties: {Name: tok, Value: "${net.Id}"}}
  nam: {type: "Memory::Name", properties: {Name: nam, Value: "${tok.Id}"}}
  key: {type: "Memory::Key", properties: {Name: key, Value: "${net.Id}"}}
  sub: {type: "Memory::Token", for_each: {a: 1, b: 2}, properties: {Name: "sub-${each.key}", Value: "${net.Id}"}}
  top: {type: "Memory::Store", properties: {Name: top, Value: ["${nam.Id}", "${key.Id}"], Size: 1}}
"""
BARE = """\
stack: shop
providers: {memory: {path: ../world.db, signature_life: 0.2s}}
resources:
  bare: {type: "Memory::Bare", properties: {Name: bare}}
"""
EXPECTED = Counter({"net": 1, "tok": 1, "nam": 1, "key": 1, "sub-a": 1, "sub-b": 1, "top": 1})
PARTS = 2
DESTROY_STEP = 3
BYTECODE = Path(tempfile.gettempdir()) / f"plumb-bytecode-{os.getuid()}"
"""The processes compile Python's sources once between them."""

MOST = 200
"""Far more points than the stack has: a run that is still killed there never ends."""


class Ground:
    """A repository, its journal and its world in one fresh folder."""

    def __init__(self, folder: Path, text: str) -> None:
        self.folder, self.repository = folder, folder / "repository"
        kept = {name: value for name, value in own_environment(folder).items() if name != "PYTHONDONTWRITEBYTECODE"}
        self.environ: Mapping[str, str] = {**kept, "PYTHONPYCACHEPREFIX": str(BYTECODE)}
        for part in ("home", "run", "repository"):
            (folder / part).mkdir()
        (self.repository / "plumb.yaml").write_text(REPOSITORY)
        self.write(text)

    def write(self, text: str) -> None:
        (self.repository / "shop.plumb.yaml").write_text(text)

    def killed(self, instant: str, *words: str) -> bool:
        """Whether the command was killed there; else it ended by itself, and well."""
        done = subprocess.run(
            [plumb(), *words],
            cwd=self.repository,
            env={**self.environ, "PLUMB_FAILPOINTS": "allow", "PLUMB_FAILPOINT": instant},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode in (0, -signal.SIGKILL), done.stdout + done.stderr
        return done.returncode == -signal.SIGKILL

    def run(self, *words: str) -> int:
        """The exit status; in this process, which is quicker."""
        from console.main import run

        with chdir(self.repository), mock.patch.dict(os.environ, dict(self.environ), clear=True):
            return run(list(words))

    def world(self) -> list[Item]:
        shelf = FileShelf(str(self.folder / "world.db"))
        try:
            return shelf.items()
        finally:
            shelf.close()

    def names(self) -> Counter[str]:
        return Counter(str(item.values["Name"]) for item in self.world())

    def identities(self) -> dict[str, str]:
        return {str(item.values["Name"]): item.uid for item in self.world()}


@pytest.mark.parametrize("part", range(PARTS))
def test_an_apply_that_is_killed_anywhere_is_completed_by_the_next(part: int, tmp_path: Path) -> None:
    for point in range(1 + part, MOST, PARTS):
        folder = tmp_path / str(point)
        folder.mkdir()
        ground = Ground(folder, STACK)
        killed = ground.killed(f"any:{point}", "apply", "-y")
        between = ground.identities()
        assert ground.run("apply", "-y") == 0, f"any:{point}"
        assert ground.names() == EXPECTED, f"any:{point}"
        assert ground.identities().items() >= between.items(), f"any:{point}: something was made anew"
        assert all(item.tags.get("plumb.dev/generation", "1") == "1" for item in ground.world()), f"any:{point}"
        assert ground.run("plan", "--detailed-exitcode") == 0, f"any:{point}"
        assert ground.run("state", "verify") == 0, f"any:{point}"
        if not killed:
            return
    pytest.fail("it was killed at every point")


def test_a_destroy_that_is_killed_is_completed_by_the_next(tmp_path: Path) -> None:
    ground = Ground(tmp_path, STACK)
    for point in range(1, MOST, DESTROY_STEP):
        assert ground.run("apply", "-y") == 0, f"any:{point}"
        killed = ground.killed(f"any:{point}", *destroy(ground))
        assert ground.run(*destroy(ground)) == 0, f"any:{point}"
        assert ground.names() == Counter(), f"any:{point}"
        assert ground.run("state", "verify") == 0, f"any:{point}"
        if not killed:
            return
    pytest.fail("it was killed at every point")


def destroy(ground: Ground) -> tuple[str, ...]:
    """What deletes everything without asking: the digest is that of the plan as it is now."""
    path = ground.folder / "plan.json"
    assert ground.run("plan", "--destroy", "--json-into", str(path)) == 0
    digest = json.loads(path.read_text())["digest"]
    return ("destroy", "--approve", digest)


def test_what_nothing_proves_is_left_to_a_person_and_never_made_twice(tmp_path: Path) -> None:
    ground = Ground(tmp_path, BARE)
    assert ground.killed("after_send:1", "apply", "-y")
    assert ground.names() == Counter({"bare": 1})
    assert ground.run("apply", "-y") == 3
    assert ground.run("plan", "--detailed-exitcode") != 0
    assert ground.names() == Counter({"bare": 1})
