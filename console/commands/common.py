"""What every verb shares: its common options, and the way from them to a project and a session."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import click

from console.output import Output
from console.project import Choice, Project, Refused, checked, make_session, open_project, open_store, refuse
from engine.address import Address, AddressError, parse_address
from engine.executor import Executor
from engine.session import Session
from engine.stores.store import Store
from stacks.load import Loaded

Command = TypeVar("Command", bound=Callable[..., Any])

COMMON: tuple[Callable[[Any], Any], ...] = (
    click.option("-C", "folder", type=click.Path(path_type=Path), metavar="DIR", help="Run as if in this folder."),
    click.option("--env", "environment", metavar="NAME", help="The environment; without it the default one."),
    click.option("--json", "as_json", is_flag=True, help="Print JSON."),
    click.option("--json-into", type=click.Path(path_type=Path), metavar="FILE", help="Write the JSON there too."),
    click.option("-q", "--quiet", is_flag=True, help="Only results and errors."),
    click.option("-v", "--verbose", is_flag=True, help="More detail."),
    click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour."),
    click.option("--no-color", is_flag=True, help="The same as --color never."),
    click.option("--concise", is_flag=True, help="Leave out what does not change."),
    click.option("--parallelism", type=click.IntRange(1, 256), default=10, metavar="N", help="Requests side by side."),
)

VARIABLES: tuple[Callable[[Any], Any], ...] = (
    click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="The value of an input."),
    click.option("--var-file", "variable_files", multiple=True, type=click.Path(path_type=Path), metavar="FILE"),
    click.option("--at", metavar="REVISION", help="Read the tree of this commit instead of the work tree."),
)

SELECTION: tuple[Callable[[Any], Any], ...] = (
    click.option("--target", "targets", multiple=True, metavar="ADDRESS", help="Only this, and what it needs."),
    click.option("--exclude", "excludes", multiple=True, metavar="ADDRESS", help="Not this, nor what depends on it."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    folder: Path | None = None
    environment: str | None = None
    as_json: bool = False
    json_into: Path | None = None
    quiet: bool = False
    verbose: bool = False
    color: str = "auto"
    no_color: bool = False
    concise: bool = False
    parallelism: int = 10
    variables: tuple[str, ...] = ()
    variable_files: tuple[Path, ...] = ()
    at: str | None = None

    def choice(self) -> Choice:
        return Choice(
            folder=self.folder or Path.cwd(),
            environment=self.environment,
            at=self.at,
            variables=dict(map(_pair, self.variables)),
            variable_files=self.variable_files,
            environ=os.environ,
        )

    def output(self) -> Output:
        color = "never" if self.no_color else self.color
        return Output(
            color=color,
            as_json=self.as_json,
            json_into=self.json_into,
            quiet=self.quiet,
            concise=self.concise,
            verbose=self.verbose,
        )


NAMES = tuple(Common.__dataclass_fields__)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise refuse("P0513", f'--var takes NAME=VALUE, not "{text}"')
    return name, value


def options(*groups: Sequence[Callable[[Any], Any]]) -> Callable[[Command], Command]:
    """The common options and those of the groups; the verb gets the common ones as one `common`."""

    def decorate(function: Command) -> Command:
        import functools

        @functools.wraps(function)
        def verb(**given: Any) -> Any:
            common = Common(**{name: given.pop(name) for name in NAMES if name in given})
            return function(common=common, **given)

        found: Any = verb
        for option in reversed([option for group in (*groups, COMMON) for option in group]):
            found = option(found)
        return found  # type: ignore[no-any-return]

    return decorate


@dataclass(slots=True)
class Interrupts:
    """Ctrl-C once: start nothing new, finish what is in flight. Twice: leave now."""

    output: Output
    executors: list[Executor] = field(default_factory=list)
    count: int = 0

    def watch(self, executor: Executor) -> None:
        self.executors.append(executor)

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        if self.count > 1:
            os._exit(130)
        self.output.note("stopping: what is in flight is finished and journaled; once more leaves now")
        for executor in self.executors:
            interrupt = getattr(executor, "interrupt", None)
            if interrupt is not None:
                interrupt()


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    project: Project
    loaded: Loaded
    store: Store
    session: Session
    output: Output


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What was recorded; the stack files may have errors."""

    project: Project
    loaded: Loaded
    store: Store
    output: Output


@contextmanager
def storing(common: Common) -> Iterator[Kept]:
    """A project and its store, for verbs that ask no cloud. Raises Refused."""
    project = open_project(common.choice(), check_only=True)
    if project.loaded.repository is None or (project.loaded.environment is None and common.environment):
        raise Refused(project.loaded.diagnostics)
    if project.loaded.environment is None:
        names = ", ".join(project.loaded.repository.environments) or "none"
        raise refuse("P0514", "no environment is the default one: --env is required", f"there are: {names}")
    store = open_store(project, os.environ)
    try:
        yield Kept(project=project, loaded=project.loaded, store=store, output=common.output())
    finally:
        store.close()
        project.providers.close()


def address_of(text: str) -> Address:
    """Raises Refused where the text is none."""
    try:
        return parse_address(text)
    except AddressError as error:
        raise refuse("P0515", str(error)) from None


def complete_stacks(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Names of stacks, from the first line of each file that says one: cheap enough for a key press."""
    import re

    from console.project import find_root
    from console.work_tree import WorkTree

    try:
        tree = WorkTree(find_root(Path.cwd()))
        found = {
            match.group(1).decode()
            for path in tree.paths()
            if path.endswith(".plumb.yaml")
            for match in re.finditer(rb"(?m)^stack:[ \t]*([a-z][a-z0-9_]*)", tree.read(path))
        }
    except Exception:  # noqa: BLE001 - a shell that completes wants names or nothing
        return []
    return sorted(name for name in found if name.startswith(incomplete))


@contextmanager
def working(common: Common, select: Sequence[str] = (), listener: Any = None) -> Iterator[Work]:
    """A project without errors, its store and a session; Ctrl-C reaches the run. Raises Refused."""
    output = common.output()
    project = open_project(common.choice(), select)
    loaded = checked(project)
    output.warnings(loaded.diagnostics)
    interrupts = Interrupts(output)
    before = {number: signal.signal(number, interrupts) for number in (signal.SIGINT, signal.SIGTERM)}
    store = open_store(project, os.environ)
    try:
        session = make_session(project, store, listener=listener, parallelism=common.parallelism, watch=interrupts.watch)
        yield Work(project=project, loaded=loaded, store=store, session=session, output=output)
    finally:
        store.close()
        project.providers.close()
        for number, handler in before.items():
            signal.signal(number, handler)
