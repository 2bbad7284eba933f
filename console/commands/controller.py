"""plumb controller run"""

from __future__ import annotations

import os
import random
import signal
import uuid
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from console.commands.common import Common, options
from console.durations import seconds
from console.project import (
    Choice,
    Project,
    Refused,
    find_root,
    lease_seconds,
    make_session,
    open_store,
    project_of,
    refuse,
    who,
)
from console.render.shown import clean
from engine.executor import Executor
from engine.session import Session
from engine.stores.store import Store
from stacks.load import Commit, Loaded
from stacks.tree import Tree

if TYPE_CHECKING:
    from gitops.mirror import Mirror
    from gitops.telling import Told


@click.group("controller", help="The loop: follows a branch, plans, applies, heals, waits for health.")
def command() -> None:
    pass


@command.command("run", help="Follow a branch until Ctrl-C. REPOSITORY: a folder of this machine, https:// or ssh://.")
@click.argument("repository", default="", metavar="[REPOSITORY]")
@options()
@click.option("--branch", metavar="NAME", help="The branch to follow; without it what plumb.yaml says (main).")
@click.option("--interval", metavar="TIME", help="Between two looks; without it what plumb.yaml says (60s).")
@click.option("--once", is_flag=True, help="One look, then end with its exit status.")
@click.option("--allow-rewrite", is_flag=True, help="Follow a branch whose history was rewritten.")
@click.option("--path", "inside", default="", metavar="DIR", help="Where plumb.yaml lies in the repository.")
def run(
    common: Common, repository: str, branch: str | None, interval: str | None, once: bool, allow_rewrite: bool, inside: str
) -> int:
    length = seconds(interval, "--interval") if interval else None
    place = placed(common, repository, inside)
    following = follow(common, place, branch or default_branch(place), allow_rewrite=allow_rewrite)
    try:
        return _run(following, common, length, once=once, allow_rewrite=allow_rewrite)
    finally:
        following.store.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is followed: `url`, plumb.yaml in `folder` of it ("" for its root). `root` is what relative paths of settings
    are seen from: the repository's own folder where it is one of this machine."""

    url: str
    folder: str
    root: Path


def placed(common: Common, repository: str, inside: str) -> Place:
    """Without a repository: the one that the working folder is in."""
    from gitops.git import Git, GitError

    here = common.folder or Path.cwd()
    if "://" in repository or (repository and ":" in repository and not Path(repository).exists()):
        return Place(url=repository, folder=inside.strip("/"), root=here)
    local = (here / repository).resolve() if repository else find_root(here)
    try:
        top = Git(local).top().resolve() if (local / ".git").exists() or not _bare(local) else local
    except GitError:
        raise refuse("P0590", f"{local} is no Git repository", "git init, commit, and run it again") from None
    folder = inside.strip("/") or ("" if top == local else local.relative_to(top).as_posix())
    return Place(url=str(top), folder=folder, root=top / folder)


def _bare(folder: Path) -> bool:
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir()


def default_branch(place: Place) -> str:
    """What plumb.yaml of the work tree says, where there is one; else main."""
    from stacks.findings import Findings
    from stacks.repository import read_repository

    if not (place.root / "plumb.yaml").is_file():
        return "main"
    from console.work_tree import WorkTree

    found = read_repository(WorkTree(place.root), Findings())
    return found.controller.branch if found is not None else "main"


@dataclass(slots=True, kw_only=True)
class Following:
    """What the loop needs, opened. `executors` are those of the runs in flight."""

    place: Place
    choice: Choice
    mirror: Mirror
    project: Project
    store: Store
    parallelism: int
    executors: list[Executor] = field(default_factory=list)

    def open(self, tree: Tree, commit: str) -> OpenedTree:
        project = project_of(self.place.root, tree, Commit(id=commit), self.choice)
        return OpenedTree(self, project)

    def interrupt(self) -> None:
        for executor in self.executors:
            stop = getattr(executor, "interrupt", None)
            if stop is not None:
                stop()


@dataclass(slots=True)
class OpenedTree:
    following: Following
    project: Project

    @property
    def loaded(self) -> Loaded:
        return self.project.loaded

    def session(self) -> Session:
        self.following.executors.clear()
        return make_session(
            self.project,
            self.following.store,
            parallelism=self.following.parallelism,
            watch=self.following.executors.append,
        )

    def close(self) -> None:
        self.project.providers.close()


def follow(common: Common, place: Place, branch: str, *, allow_rewrite: bool) -> Following:
    """Fetches once, because plumb.yaml says whose state this is. Raises Refused."""
    from gitops.controller import tree_of
    from gitops.git import GitError
    from gitops.mirror import open_mirror

    choice = replace(common.choice(), folder=place.root)
    try:
        mirror = open_mirror(_cache(), place.url, branch)
        head = mirror.head()
        if not head:
            head = mirror.fetch(allow_rewrite=allow_rewrite).head
        tree = tree_of(mirror, head, place.folder)
        project = project_of(place.root, tree, Commit(id=head), choice, check_only=True)
    except GitError as error:
        raise Refused([error.diagnostic]) from None
    if project.loaded.repository is None:
        raise Refused(project.loaded.diagnostics, files=project.loaded.files)
    if project.loaded.environment is None:
        raise refuse("P0514", "no environment is the default one: --env is required")
    store = open_store(project, os.environ)
    return Following(place=place, choice=choice, mirror=mirror, project=project, store=store, parallelism=common.parallelism)


def _cache() -> Path:
    """PLUMB_CACHE_DIR, else the user's cache."""
    named = os.environ.get("PLUMB_CACHE_DIR")
    if named:
        return Path(named) / "mirrors"
    base = os.environ.get("XDG_CACHE_HOME") or str(Path(os.environ.get("HOME") or Path.home()) / ".cache")
    return Path(base) / "plumb" / "mirrors"


def _run(following: Following, common: Common, interval: float | None, *, once: bool, allow_rewrite: bool) -> int:
    from engine.stores.holder import this_process
    from gitops.controller import Controller

    controller = Controller(
        store=following.store,
        mirror=following.mirror,
        open=following.open,
        holder=this_process(who()),
        ids=lambda: uuid.uuid4().hex[:20],
        roll=random.random,
        tell=lambda told: _tell(common, told),
        repository=following.project.repository_id,
        interrupt=following.interrupt,
        folder=following.place.folder,
        interval=interval,
        allow_rewrite=allow_rewrite,
        lease_length=lease_seconds(following.project),
    )
    count = 0

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal count
        count += 1
        if count > 1:
            os._exit(130)
        controller.stop()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        return controller.run(once=once)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell(common: Common, told: Told) -> None:
    from gitops.telling import json_line, line

    if common.as_json:
        common.output().print(json_line(told))
    elif not common.quiet or told.level == "error":
        common.output().print(clean(line(told)))
