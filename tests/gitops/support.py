"""A real repository in a folder, its stacks in a world of the memory provider, and the controller as a process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from engine.stores.sqlite import SqliteStore
from gitops.status import StackStatus, read
from providers.memory.file import FileWorld
from providers.memory.shelf import Item

PLUMB = "repository: acme-test\nstate: 'sqlite:{state}'\nenvironments: {{dev: {{default: true, sandbox: {sandbox}}}}}\n{more}"
ROOT = Path(__file__).resolve().parents[2]
DEADLINE = 60.0


def stack_text(name: str, resources: str, more: str = "", world: str = "world.db") -> str:
    """A stack in the world of the repository. `resources` is YAML, two spaces deep."""
    settings = f"{{path: {world}, signature_life: 2s, listing_lag: 0s}}"
    return f"stack: {name}\nproviders:\n  memory: {settings}\n{more}resources:\n{resources}"


def thing(name: str, type: str = "Memory::Thing", more: str = "", **properties: Any) -> str:
    inner = ", ".join(f"{key}: {value}" for key, value in properties.items())
    return f"  {name}: {{type: {type}, properties: {{{inner}}}{more}}}\n"


class Repository:
    """`folder` is a work tree with a history; the state and the world lie beside it."""

    def __init__(self, base: Path, *, more: str = "", sandbox: bool = False) -> None:
        self.base = base
        self.folder = base / "repository"
        self.folder.mkdir(parents=True)
        self.state = base / "state" / "journal.db"
        self.git("init", "--quiet", "--initial-branch=main")
        self.write("plumb.yaml", PLUMB.format(state=self.state, more=more, sandbox=str(sandbox).lower()))

    @property
    def world_path(self) -> Path:
        return self.folder / "world.db"

    def git(self, *arguments: str) -> str:
        name = ["-c", "user.name=tester", "-c", "user.email=tester@example.com", "-c", "commit.gpgsign=false"]
        command = ["git", *name, "-C", str(self.folder), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, env=clean_environment())
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def write(self, path: str, text: str) -> None:
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def remove(self, path: str) -> None:
        (self.folder / path).unlink()

    def commit(self, message: str = "change", **files: str) -> str:
        """Files by stack name (`shop` is shop.plumb.yaml). The world is never part of a commit."""
        for name, text in files.items():
            self.write(f"{name}.plumb.yaml", text)
        self.git("add", "--all", "--", ":!world.db*")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.head()

    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    # Looking from outside

    def world(self) -> FileWorld:
        return FileWorld(str(self.world_path))

    def everything(self) -> list[Item]:
        world = self.world()
        try:
            return world.everything()
        finally:
            world.close()

    def names(self) -> dict[str, Any]:
        """What is there: Name -> Value, each once."""
        found = [(item.values.get("Name"), item.values.get("Value")) for item in self.everything()]
        assert len({name for name, _ in found}) == len(found), f"something is there twice: {found}"
        return dict(found)  # type: ignore[arg-type]

    def store(self) -> SqliteStore:
        return SqliteStore(self.state, repository="acme-test", environment="dev")

    def status(self) -> dict[str, StackStatus]:
        store = self.store()
        try:
            return {item.name: item for item in read(store)}
        finally:
            store.close()

    # The command

    def plumb(self, *arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            plumb_command(*arguments),
            cwd=self.folder,
            env=self.environment(environment),
            capture_output=True,
            text=True,
            timeout=DEADLINE * 2,
        )

    def once(self, *arguments: str, environment: Mapping[str, str] | None = None) -> int:
        """The exit status of one look; a traceback is never one."""
        done = self.plumb("controller", "run", "--once", *arguments, environment=environment)
        assert "Traceback" not in done.stderr, done.stderr
        self.said = done.stdout + done.stderr
        return done.returncode

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.base / "controller.log").open("ab") as log:
            return subprocess.Popen(
                plumb_command("controller", "run", *arguments),
                cwd=self.folder,
                env=self.environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        found = {**clean_environment(), "PLUMB_CACHE_DIR": str(self.base / "cache"), "HOME": str(self.base)}
        found["XDG_RUNTIME_DIR"] = str(self.base / "run")
        return {**found, "PYTHONPATH": str(ROOT), **(more or {})}

    def log(self) -> str:
        return (self.base / "controller.log").read_text()


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("PLUMB_", "GIT_"))}


def plumb_command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from console.main import main; main()", *arguments]


def until(condition: Callable[[], bool], what: str, log: Callable[[], str] = lambda: "") -> None:
    """Looks until it is so; fails after a deadline."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(f"not within {DEADLINE:.0f} s: {what}\n{log()}")


def end(process: subprocess.Popen[bytes], number: int = signal.SIGTERM) -> int:
    if process.poll() is None:
        process.send_signal(number)
    return process.wait(timeout=DEADLINE)
