"""plumb controller run"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import Any

import click

from console.commands.common import VARIABLES, Common, options
from console.project import (
    PLUMB_FILE,
    Choice,
    Project,
    Refused,
    checked,
    lease_seconds,
    make_session,
    open_store,
    project_of,
    refuse,
    run_id,
)
from engine.executor import Executor
from engine.session import Session
from engine.stores.store import Store
from providers.contract.diagnostic import DiagnosticError
from stacks.load import Commit, Loaded
from stacks.structure import duration
from stacks.tree import Tree


@click.group("controller", help="Follow a branch: plan, apply, heal.")
def command() -> None:
    pass


def seconds(context: click.Context, parameter: click.Parameter, text: str | None) -> float | None:
    if text is None:
        return None
    found = duration(text)
    if not found:
        raise click.BadParameter(f'"{text}" is no duration: 30s, 5m, 1h')
    return found


@command.command("run", help="Follow a branch of a repository until it is told to stop. One controller at a time works.")
@options(VARIABLES)
@click.option("--repository", metavar="URL", help="A folder, or an address that git understands; without it this one.")
@click.option("--branch", metavar="NAME", help="Without it what plumb.yaml here says, else main.")
@click.option("--interval", callback=seconds, metavar="TIME", help="Between two looks; without it what plumb.yaml says.")
@click.option("--once", is_flag=True, help="Look once; the exit status says how it went.")
@click.option("--allow-rewrite", is_flag=True, help="Follow the branch also where its history was rewritten.")
@click.option("--listen", type=click.Choice(["none"]), default="none", help="Where to serve; only none for now.")
def run(
    common: Common,
    repository: str | None,
    branch: str | None,
    interval: float | None,
    once: bool,
    allow_rewrite: bool,
    listen: str,
) -> int:
    from engine.stores.holder import this_process
    from gitops.controller import Controller
    from gitops.git import GitError
    from gitops.telling import json_line, line

    output = common.output()
    stop = Stopping()
    with stop.watched():
        place = Place.found(common, repository, branch)
        try:
            first = place.first(once=once, stop=stop.event, note=output.note)
        except GitError as error:
            raise Refused([error.diagnostic]) from None
        if first is None:
            return stop.status
        store = open_store(first, os.environ)
        try:
            controller = Controller(
                store=store,
                mirror=place.mirror,
                open=Opener(place, store, common.parallelism, stop),
                holder=replace(this_process(), who="controller"),
                ids=run_id,
                roll=random.random,
                tell=lambda told: output.print(json_line(told)) if common.as_json else output.note(line(told)),
                interrupt=stop.interrupt,
                repository=first.repository_id,
                folder=place.folder,
                interval=interval,
                allow_rewrite=allow_rewrite,
                lease_length=lease_seconds(first),
            )
            stop.told(controller.stop)
            status = controller.run(once=once)
        finally:
            store.close()
            first.providers.close()
    return stop.status or status


@dataclass(slots=True)
class Stopping:
    """SIGTERM and Ctrl-C once: finish what is in flight. Twice: leave now. `status` is 130 after Ctrl-C."""

    event: threading.Event = field(default_factory=threading.Event)
    executors: list[Executor] = field(default_factory=list)
    status: int = 0
    _stop: Any = None

    @contextmanager
    def watched(self) -> Iterator[None]:
        before = {number: signal.signal(number, self._signalled) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def told(self, stop: Any) -> None:
        self._stop = stop
        if self.event.is_set():
            stop()

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        if self.event.is_set():
            os._exit(130)
        self.event.set()
        if number == signal.SIGINT:
            self.status = 130
        sys.stderr.write("stopping: what is in flight is finished and journaled; once more leaves now\n")
        if self._stop is not None:
            self._stop()

    def watch(self, executor: Executor) -> None:
        self.executors[:] = [executor]
        if self.event.is_set():
            self.interrupt()

    def interrupt(self) -> None:
        for executor in self.executors:
            reach: Any = getattr(executor, "interrupt", None)
            if reach is not None:
                reach()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is followed, and from where relative paths in settings are seen: `root`. `folder` holds plumb.yaml in it."""

    root: Path
    mirror: Any
    folder: str
    choice: Choice

    @classmethod
    def found(cls, common: Common, repository: str | None, branch: str | None) -> Place:
        from gitops.git import Git, GitError
        from gitops.mirror import open_mirror

        start = (common.folder or Path.cwd()).resolve()
        local = Path(repository).expanduser() if repository is not None else _upwards(start)
        folder = ""
        try:
            if repository is None or (local.exists() and (local / PLUMB_FILE).exists()):
                if not Git(local).is_repository():
                    raise refuse("P0514", f"{local} is no git repository", "git init, commit, then run the controller")
                top = Git(local).top() if not _is_bare(local) else local
                folder = local.resolve().relative_to(top.resolve()).as_posix().removeprefix(".")
                url, start = str(top.resolve()), local.resolve()
            else:
                url = str(local.resolve()) if local.is_dir() else repository
            mirror = open_mirror(_cache(), url, branch or _branch_here(start) or "main")
        except GitError as error:
            raise Refused([error.diagnostic]) from None
        return cls(root=start, mirror=mirror, folder=folder, choice=common.choice())

    def first(self, *, once: bool, stop: threading.Event, note: Any) -> Project | None:
        """The first commit whose plumb.yaml says whose state this is; it is waited for. None where it was told to stop.

        With `once` the first failure is raised."""
        from gitops.git import GitError
        from gitops.loop import Pace, delay

        failures = 0
        while not stop.is_set():
            try:
                return self._at_head()
            except (GitError, Refused) as error:
                if once:
                    raise
                failures += 1
                pause = delay(failures, random.random(), Pace())
                note(f"cannot begin: {error}; again in {pause:.0f} s")
                stop.wait(pause)
        return None

    def _at_head(self) -> Project:
        from gitops.git import GitError

        try:
            head = self.mirror.fetch().head
        except GitError:
            head = self.mirror.head()
            if not head:
                raise
        from gitops.controller import tree_of

        project = self.project(tree_of(self.mirror, head, self.folder), head)
        if project.loaded.repository is None or project.loaded.environment is None:
            checked(project)
        return project

    def project(self, tree: Tree, commit: str) -> Project:
        return project_of(self.root, tree, Commit(id=commit), self.choice)


@dataclass(slots=True)
class Opener:
    """Opens trees for the controller, over the one store it began with."""

    place: Place
    store: Store
    parallelism: int
    stop: Stopping

    def __call__(self, tree: Tree, commit: str) -> OpenedProject:
        try:
            project = self.place.project(tree, commit)
        except Refused as refused:
            raise DiagnosticError(list(refused.diagnostics)) from None
        return OpenedProject(project, self.store, self.parallelism, self.stop)


@dataclass(slots=True)
class OpenedProject:
    project: Project
    store: Store
    parallelism: int
    stop: Stopping
    _session: Session | None = None

    @property
    def loaded(self) -> Loaded:
        return self.project.loaded

    def session(self) -> Session:
        if self._session is None:
            self._session = make_session(self.project, self.store, parallelism=self.parallelism, watch=self.stop.watch)
        return self._session

    def close(self) -> None:
        self.project.providers.close()


def _upwards(start: Path) -> Path:
    from console.project import find_root

    return find_root(start)


def _is_bare(folder: Path) -> bool:
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir()


def _cache() -> Path:
    base = os.environ.get("PLUMB_CACHE_DIR")
    if base:
        return Path(base) / "repositories"
    home = os.environ.get("XDG_CACHE_HOME") or str(Path(os.environ.get("HOME") or Path.home()) / ".cache")
    return Path(home) / "plumb" / "repositories"


def _branch_here(folder: Path) -> str | None:
    """What the plumb.yaml of a folder says, where there is one that can be read."""
    from console.work_tree import WorkTree
    from stacks.findings import Findings
    from stacks.repository import read_repository

    if not (folder / PLUMB_FILE).is_file():
        return None
    found = read_repository(WorkTree(folder), Findings())
    return found.controller.branch if found is not None else None
