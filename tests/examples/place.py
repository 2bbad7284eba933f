"""One repository on the shared sandbox, driven as a person drives it: by the command's words, judged by its exit status."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from examples.outside import Outside
from examples.stage import own_environment
from sandbox.client import Client
from sandbox.runtime import SandboxInfo

EXAMPLES = Path(__file__).parents[2] / "examples"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    status: int
    shown: str
    told: str

    @property
    def text(self) -> str:
        return self.shown + self.told

    def ok(self, status: int = 0) -> Ran:
        assert self.status == status, f"ended with {self.status}, not {status}\n{self.shown}\n{self.told}"
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`repository` is a copy that a test may change. `info` is None where no sandbox is meant."""

    repository: Path
    environ: Mapping[str, str]
    capture: pytest.CaptureFixture[str]
    info: SandboxInfo | None = None

    @property
    def outside(self) -> Outside:
        assert self.info is not None
        return Outside(self.info)

    def plumb(self, *words: str) -> Ran:
        """In this process: a start of the interpreter for each command would be most of the time of these tests."""
        from console.main import run

        self.capture.readouterr()
        with chdir(self.repository), mock.patch.dict(os.environ, dict(self.environ), clear=True):
            status = run(list(words))
        found = self.capture.readouterr()
        return Ran(status=status, shown=found.out, told=found.err)

    def plan(self) -> dict[str, Any]:
        """The plan as JSON."""
        found: dict[str, Any] = json.loads(self.plumb("plan", "--json").ok().shown)
        return found

    def apply(self) -> Ran:
        return self.plumb("apply", "-y").ok()

    def nothing_to_do(self) -> None:
        self.plumb("plan", "--detailed-exitcode").ok(0)

    def destroy(self) -> None:
        plan = json.loads(self.plumb("plan", "--destroy", "--json").ok().shown)
        self.plumb("destroy", "--approve", plan["digest"]).ok()

    def objects(self) -> list[dict[str, Any]]:
        assert self.info is not None
        return Client(self.info).objects()

    def commit(self, text: str) -> None:
        """All there is, as one commit; a repository is begun where there is none."""
        import subprocess

        if not (self.repository / ".git").is_dir():
            self._git(subprocess, "init", "-q", "-b", "main")
        self._git(subprocess, "add", "-A")
        self._git(subprocess, "commit", "-q", "-m", text)

    def _git(self, subprocess: Any, *words: str) -> None:
        subprocess.run(["git", *words], cwd=self.repository, env=dict(self.environ), check=True, capture_output=True)


def addresses(plan: Mapping[str, Any], *, acting: bool = True) -> dict[str, list[str]]:
    """Address -> actions."""
    found = {change["address"]: change["change"]["actions"] for change in plan["resource_changes"]}
    return {name: actions for name, actions in found.items() if not acting or actions not in (["no-op"], ["read"])}


@contextmanager
def place(source: Path, folder: Path, capture: pytest.CaptureFixture[str], info: SandboxInfo | None) -> Iterator[Place]:
    """A copy of the files in `source` below `folder`, with a home of its own; the sandbox, where given, is found there."""
    for part in ("home", "run/plumb"):
        (folder / part).mkdir(parents=True)
    if info is not None:
        (folder / "run/plumb/sandbox").symlink_to(info.directory)
    repository = folder / source.name
    shutil.copytree(source, repository, ignore=shutil.ignore_patterns("__pycache__", ".plumb"))
    yield Place(repository=repository, environ=own_environment(folder), capture=capture, info=info)
