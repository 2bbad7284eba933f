"""The composition root: from a folder, an environment and a revision to stacks and a session over a store."""

from __future__ import annotations

import getpass
import os
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from console.opening import OpenProviders, Readers
from console.work_tree import WorkTree
from engine.effects import Notice
from engine.executor import Executor
from engine.perform import Appender, Ports
from engine.session import Session
from engine.stores.store import Holder, Lease, Store
from providers.contract.diagnostic import Diagnostic
from providers.contract.values import Value
from stacks.inputs import Variables
from stacks.load import Commit, Loaded, load
from stacks.tree import Tree

if TYPE_CHECKING:
    from sandbox.runtime import SandboxInfo

PLUMB_FILE = "plumb.yaml"
VARIABLE = "PLUMB_VAR_"
LEASE_SECONDS = 60.0

Listener = Callable[[Notice], None]


class Refused(Exception):
    """What was asked for cannot be done; the diagnostics say why. Exit status 1 unless `status` says otherwise."""

    def __init__(self, diagnostics: Sequence[Diagnostic], status: int = 1, files: int = 0) -> None:
        """`files`: how many were looked at, where the diagnostics are about files."""
        super().__init__("; ".join(item.summary for item in diagnostics))
        self.diagnostics = tuple(diagnostics)
        self.status = status
        self.files = files


def refuse(code: str, summary: str, help: str = "", *, status: int = 1) -> Refused:
    notes = (("help", help),) if help else ()
    return Refused([Diagnostic(code=code, summary=summary, notes=notes)], status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the command line says about where to look. `at` is a revision: then the tree is that commit's."""

    folder: Path = field(default_factory=Path.cwd)
    environment: str | None = None
    at: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    variable_files: tuple[Path, ...] = ()
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """`loaded` may have errors: `checked` refuses those."""

    root: Path
    tree: Tree
    loaded: Loaded
    providers: OpenProviders

    @property
    def repository_id(self) -> str:
        assert self.loaded.repository is not None
        return self.loaded.repository.id

    @property
    def environment(self) -> str:
        return self.loaded.environment.name if self.loaded.environment is not None else ""


def find_root(folder: Path) -> Path:
    """The nearest folder upwards that holds a plumb.yaml. Raises Refused."""
    place = folder.resolve()
    for candidate in (place, *place.parents):
        if (candidate / PLUMB_FILE).is_file():
            return candidate
    raise refuse("P0510", f"there is no plumb.yaml in {place} or above it", "plumb init writes one")


def open_project(choice: Choice, select: Sequence[str] = (), *, check_only: bool = False) -> Project:
    """Reads and checks all stack files; asks no cloud. Raises Refused where there is nothing to read."""
    root = find_root(choice.folder)
    tree, commit = read_tree(root, choice.at)
    return project_of(root, tree, commit, choice, select, check_only=check_only)


def project_of(
    root: Path, tree: Tree, commit: Commit, choice: Choice, select: Sequence[str] = (), *, check_only: bool = False
) -> Project:
    providers = OpenProviders(folder=root, find_sandbox=_sandbox)
    environment = choice.environment or choice.environ.get("PLUMB_ENV") or None
    loaded = load(
        tree,
        environment,
        readers=Readers(providers.reader),
        variables=_variables(choice),
        select=select,
        commit=commit,
        check_only=check_only,
    )
    providers.sandboxed = loaded.environment is not None and loaded.environment.sandbox
    return Project(root=root, tree=tree, loaded=loaded, providers=providers)


def read_tree(root: Path, at: str | None) -> tuple[Tree, Commit]:
    """The tree of the commit that `at` names; without it the work tree, which is marked as uncommitted."""
    from gitops.git import Git, GitError

    git = Git(root)
    if at is None:
        return WorkTree(root), Commit(id=_base(root, git), uncommitted=True)
    from gitops.commit_tree import CommitTree, SubTree

    try:
        id = git.resolve(at)
        inside = root.resolve().relative_to(git.top().resolve()).as_posix()
    except GitError as error:
        raise Refused([error.diagnostic]) from None
    whole = CommitTree(git, id)
    return (whole if inside == "." else SubTree(whole, inside)), Commit(id=id)


def _base(root: Path, git: object) -> str:
    """The commit that is checked out, read from the repository's own files where that is enough: it costs no process."""
    from gitops.git import Git

    assert isinstance(git, Git)
    return git.head_fast() if (root / ".git").is_dir() else (git.head() if _inside_repository(root) else "")


def _inside_repository(root: Path) -> bool:
    return any((place / ".git").exists() for place in (root, *root.parents))


def _variables(choice: Choice) -> Variables:
    folder: dict[str, str] = {}
    place = choice.environ.get("PLUMB_VAR_DIR")
    if place:
        folder = _folder_variables(Path(place))
    environment = {
        name.removeprefix(VARIABLE): text
        for name, text in choice.environ.items()
        if name.startswith(VARIABLE) and name != "PLUMB_VAR_DIR"
    }
    files = []
    for path in choice.variable_files:
        try:
            files.append((str(path), path.read_bytes()))
        except OSError as error:
            raise refuse("P0511", f"{path} cannot be read: {error.strerror}") from None
    return Variables(folder=folder, environment=environment, files=tuple(files), arguments=choice.variables)


def _folder_variables(place: Path) -> dict[str, str]:
    try:
        members = sorted(path for path in place.iterdir() if path.is_file() and not path.name.startswith("."))
        return {path.name: path.read_text().rstrip("\n") for path in members}
    except (OSError, UnicodeDecodeError) as error:
        raise refuse("P0511", f"PLUMB_VAR_DIR {place} cannot be read: {error}") from None


def _sandbox() -> SandboxInfo | None:
    from sandbox import process

    return process.find()


def checked(project: Project) -> Loaded:
    """What was loaded. Raises Refused where it has errors."""
    if project.loaded.failed:
        raise Refused(project.loaded.diagnostics, files=project.loaded.files)
    return project.loaded


def open_store(project: Project, environ: Mapping[str, str]) -> Store:
    """The store that plumb.yaml, or PLUMB_STATE, names for the environment."""
    assert project.loaded.repository is not None
    url = environ.get("PLUMB_STATE") or project.loaded.repository.state_of(project.environment).url
    if url == "sqlite":
        path = _state_folder(environ) / project.repository_id / (project.environment or "default") / "journal.db"
    elif url.startswith("sqlite:"):
        path = (project.root / url.removeprefix("sqlite:")).resolve()
    else:
        scheme = url.partition(":")[0]
        raise refuse("P0512", f"stores of the kind {scheme} come later", "state: sqlite")
    from engine.stores.sqlite import SqliteStore

    return SqliteStore(path, repository=project.repository_id, environment=project.environment)


def _state_folder(environ: Mapping[str, str]) -> Path:
    base = environ.get("XDG_STATE_HOME") or str(Path(environ.get("HOME") or Path.home()) / ".local" / "state")
    return Path(base) / "plumb"


def who() -> str:
    """The person or process, for the journal."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def make_session(
    project: Project,
    store: Store,
    *,
    listener: Listener | None = None,
    parallelism: int = 10,
    watch: Callable[[Executor], None] | None = None,
) -> Session:
    """A session with real threads and the real clock. `watch` is told each executor, so that Ctrl-C reaches it."""
    from engine.stores import sealing
    from engine.stores.holder import this_process
    from stacks.expand import Expander

    def executor(appender: Appender | None) -> Executor:
        from engine.executors.real import RealExecutor

        made = RealExecutor(
            Ports(providers=project.providers, appender=appender), parallelism=max(parallelism, 10), listen=listener
        )
        if watch is not None:
            watch(made)
        return made

    def appender(over: Store, leases: dict[str, Lease]) -> Appender:
        from engine.stores.writer import Writer

        return Writer(over, leases, lease_seconds(project))

    holder: Holder = this_process(who())
    return Session(
        store=store,
        providers=project.providers,
        expand=Expander(merge=_merge),
        executor=executor,
        appender=appender,
        seal=sealing.seal,
        unseal=sealing.unseal,
        holder=holder,
        ids=lambda: uuid.uuid4().hex[:20],
        lease_length=lease_seconds(project),
        parallelism=parallelism,
    )


def _merge(type: str, base: dict[str, Value], patch: dict[str, Value]) -> dict[str, Value]:
    from providers.kubernetes.manifests import merge_patch

    return merge_patch(type, base, patch)


def lease_seconds(project: Project) -> float:
    assert project.loaded.repository is not None
    return project.loaded.repository.state_of(project.environment).lease or LEASE_SECONDS


def run_id() -> str:
    """Names one run: when it began, and something that no other has."""
    return f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{uuid.uuid4().hex[:8]}"
