"""plumb controller run"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from console.commands.common import VARIABLES, Common, options, storing
from console.durations import seconds
from console.project import (
    PLUMB_FILE,
    Choice,
    Project,
    Refused,
    find_root,
    lease_seconds,
    make_session,
    open_store,
    project_of,
    refuse,
    run_id,
    who,
)
from console.render.shown import clean
from engine.executor import Executor
from engine.session import Session
from engine.stores.store import Store
from providers.contract.diagnostic import DiagnosticError
from stacks.load import Commit, Loaded
from stacks.tree import Tree

if TYPE_CHECKING:
    from gitops.mirror import Mirror
    from gitops.telling import Told


@click.group("controller", help="The loop: follows a branch, plans, applies, heals, waits for health.")
def command() -> None:
    pass


@command.command("run", help="Follow a branch until Ctrl-C. REPOSITORY: a folder of this machine, https:// or ssh://.")
@click.argument("place", default="", metavar="[REPOSITORY]")
@options(VARIABLES)
@click.option("--repository", default="", metavar="URL", help="The same as the argument; without either, this repository.")
@click.option("--branch", metavar="NAME", help="The branch to follow; without it what plumb.yaml here says, else main.")
@click.option("--interval", metavar="TIME", help="Between two looks; without it what plumb.yaml says (60s).")
@click.option("--once", is_flag=True, help="One look, then end with its exit status.")
@click.option("--allow-rewrite", is_flag=True, help="Follow a branch whose history was rewritten.")
@click.option("--path", "inside", default="", metavar="DIR", help="Where plumb.yaml lies in the repository.")
@click.option("--listen", type=click.Choice(["none"]), default="none", help="Where to serve; only none for now.")
def run(
    common: Common,
    place: str,
    repository: str,
    branch: str | None,
    interval: str | None,
    once: bool,
    allow_rewrite: bool,
    inside: str,
    listen: str,
) -> int:
    if common.at is not None:
        raise click.UsageError("the controller follows a branch: --at goes with plan and apply")
    if place and repository and place != repository:
        raise click.UsageError(f"which repository: {place} or {repository}?")
    length = seconds(interval, "--interval") if interval else None
    stopping = Stopping()
    with stopping.watched():
        followed = placed(common, place or repository, inside, branch)
        first = followed.first(stopping.event, once=once, allow_rewrite=allow_rewrite, say=common.output().note)
        if first is None:
            return stopping.status
        store = open_store(first, os.environ)
        try:
            status = _controlled(followed, first, store, common, stopping, length, once, allow_rewrite)
        finally:
            store.close()
            first.providers.close()
    return stopping.status or status


@command.command("approve", help="With `apply: approve`: leave for what STACK has to do, if its digest is this one.")
@click.argument("stack")
@click.argument("digest")
@options()
def approve(common: Common, stack: str, digest: str) -> int:
    from gitops import facts, requests

    with storing(common) as kept:
        noted = facts.read(kept.store, facts.stack_key(stack), facts.StackFacts)
        waiting = noted.digest if noted is not None else ""
        if not waiting:
            raise refuse("P0517", f"nothing of {stack} waits for approval")
        if len(digest) < 8 or not waiting.startswith(digest.lower()):
            help = f"look at `plumb plan {stack}` again"
            raise refuse("P0530", f"{stack} waits with {waiting[:8]}, not with {digest[:8]}", help, status=3)
        requests.approve(kept.store, stack, waiting, who())
        kept.output.note(f"{stack}: {waiting[:8]} is approved; the controller applies it at its next look")
    return 0


def _controlled(
    followed: Followed,
    first: Project,
    store: Store,
    common: Common,
    stopping: Stopping,
    interval: float | None,
    once: bool,
    allow_rewrite: bool,
) -> int:
    from engine.stores.holder import this_process
    from gitops.controller import Controller

    controller = Controller(
        store=store,
        mirror=followed.mirror,
        open=Opener(followed, store, common.parallelism, stopping),
        holder=this_process("controller"),
        ids=run_id,
        roll=random.random,
        tell=lambda told: _tell(common, told),
        repository=first.repository_id,
        interrupt=stopping.interrupt,
        folder=followed.folder,
        interval=interval,
        allow_rewrite=allow_rewrite,
        lease_length=lease_seconds(first),
    )
    stopping.tell(controller.stop)
    return controller.run(once=once)


def _tell(common: Common, told: Told) -> None:
    from gitops.telling import json_line, line

    if common.as_json:
        common.output().print(json_line(told))
    elif not common.quiet or told.level == "error":
        common.output().print(clean(line(told)))


@dataclass(slots=True)
class Stopping:
    """SIGTERM and Ctrl-C once: finish what is in flight. Twice: leave now. `status` is 130 after Ctrl-C, else 0."""

    event: threading.Event = field(default_factory=threading.Event)
    status: int = 0
    _executor: Executor | None = None
    _stop: Callable[[], None] | None = None

    @contextmanager
    def watched(self) -> Iterator[None]:
        before = {number: signal.signal(number, self._signalled) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def tell(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        if self.event.is_set():
            stop()

    def watch(self, executor: Executor) -> None:
        """The executor of the run that begins; a stop that came just before reaches it too."""
        self._executor = executor
        if self.event.is_set():
            self.interrupt()

    def interrupt(self) -> None:
        reach = getattr(self._executor, "interrupt", None)
        if reach is not None:
            reach()

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        if self.event.is_set():
            os._exit(130)
        self.status = 130 if number == signal.SIGINT else 0
        self.event.set()
        os.write(sys.stderr.fileno(), b"stopping: what is in flight is finished and journaled; once more leaves now\n")
        if self._stop is not None:
            self._stop()


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """`folder` is where plumb.yaml lies in the repository, "" for its root; `root` is what relative paths of settings are
    seen from: the repository's own folder where it is one of this machine."""

    mirror: Mirror
    folder: str
    root: Path
    choice: Choice

    def project(self, tree: Tree, commit: str, *, check_only: bool = False) -> Project:
        return project_of(self.root, tree, Commit(id=commit), self.choice, check_only=check_only)

    def first(self, stop: threading.Event, *, once: bool, allow_rewrite: bool, say: Callable[[str], None]) -> Project | None:
        """The first commit whose plumb.yaml says whose state this is; it is waited for, with `once` only looked for.

        None where it was told to stop. Raises Refused."""
        from gitops.git import GitError
        from gitops.loop import Pace, delay

        failures = 0
        while not stop.is_set():
            try:
                return self._at_head(allow_rewrite)
            except (GitError, Refused) as error:
                if once:
                    raise error if isinstance(error, Refused) else Refused([error.diagnostic]) from None
                failures += 1
                pause = delay(failures, random.random(), Pace())
                say(f"cannot begin: {error}; again in {pause:.0f} s")
                stop.wait(pause)
        return None

    def _at_head(self, allow_rewrite: bool) -> Project:
        from gitops.controller import tree_of
        from gitops.git import GitError

        try:
            head = self.mirror.fetch(allow_rewrite=allow_rewrite).head
        except GitError:
            head = self.mirror.head()
            if not head:
                raise
        project = self.project(tree_of(self.mirror, head, self.folder), head, check_only=True)
        if project.loaded.repository is None:
            raise Refused(project.loaded.diagnostics, files=project.loaded.files)
        if project.loaded.environment is None:
            raise refuse("P0514", "no environment is the default one: --env is required")
        return project


def placed(common: Common, repository: str, inside: str, branch: str | None) -> Followed:
    """Without a repository: the one that the working folder is in. Raises Refused."""
    from gitops.git import Git, GitError
    from gitops.mirror import open_mirror

    here = (common.folder or Path.cwd()).resolve()
    local = here / Path(repository).expanduser() if repository else find_root(here)
    folder = inside.strip("/")
    try:
        if local.is_dir():
            if not Git(local).is_repository():
                raise refuse("P0590", f"{local} is no Git repository", "git init, commit, and run it again")
            local = local.resolve()
            top = local if _is_bare(local) else Git(local).top().resolve()
            folder = folder or local.relative_to(top).as_posix().removeprefix(".")
            url, root = str(top), top / folder
        else:
            url, root = repository, here
        mirror = open_mirror(_cache(), url, branch or _branch(root) or "main")
    except GitError as error:
        raise Refused([error.diagnostic]) from None
    return Followed(mirror=mirror, folder=folder, root=root, choice=replace(common.choice(), folder=root))


def _is_bare(folder: Path) -> bool:
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir()


def _branch(folder: Path) -> str:
    """What the plumb.yaml of a work tree says; "" where there is none that can be read."""
    if not (folder / PLUMB_FILE).is_file():
        return ""
    from console.work_tree import WorkTree
    from stacks.findings import Findings
    from stacks.repository import read_repository

    found = read_repository(WorkTree(folder), Findings())
    return found.controller.branch if found is not None else ""


def _cache() -> Path:
    """PLUMB_CACHE_DIR, else the user's cache."""
    named = os.environ.get("PLUMB_CACHE_DIR")
    if named:
        return Path(named) / "mirrors"
    base = os.environ.get("XDG_CACHE_HOME") or str(Path(os.environ.get("HOME") or Path.home()) / ".cache")
    return Path(base) / "plumb" / "mirrors"


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens trees for the controller, over the one store it began with."""

    followed: Followed
    store: Store
    parallelism: int
    stopping: Stopping

    def __call__(self, tree: Tree, commit: str) -> OpenedTree:
        try:
            return OpenedTree(self, self.followed.project(tree, commit))
        except Refused as refused:
            raise DiagnosticError(list(refused.diagnostics)) from None


@dataclass(slots=True)
class OpenedTree:
    opener: Opener
    project: Project
    _session: Session | None = None

    @property
    def loaded(self) -> Loaded:
        return self.project.loaded

    def session(self) -> Session:
        if self._session is None:
            opener = self.opener
            self._session = make_session(
                self.project, opener.store, parallelism=opener.parallelism, watch=opener.stopping.watch
            )
        return self._session

    def close(self) -> None:
        self.project.providers.close()
