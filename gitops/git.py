"""The git command with a fixed set of argument lists: the only way in which repositories are read.

No shell, no hooks, no filters, no configuration but the repository's own; revisions are matched against a grammar and
given after `--end-of-options`. RELIABILITY.md, security law 3.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from providers.contract.diagnostic import Diagnostic

REVISION = re.compile(r"[A-Za-z0-9_./@{}^~+-]{1,200}\Z")
BRANCH = re.compile(r"(?!-)(?!.*\.\.)[A-Za-z0-9_./+-]{1,200}\Z")
COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")
TRANSPORTS = re.compile(r"(?:https://|ssh://|git@[A-Za-z0-9.-]+:)")
SECONDS = 120.0


class GitError(Exception):
    """git said no; the diagnostic says what it said, without credentials."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.summary)
        self.diagnostic = diagnostic


@dataclass(frozen=True, slots=True)
class Commit:
    """`time` is the committer's, in seconds since the epoch; `subject` the first line of the message."""

    id: str
    parents: tuple[str, ...]
    author: str
    time: int
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a tree: its path, its object and its size in bytes."""

    path: str
    object: str
    size: int


@dataclass(frozen=True, slots=True)
class Git:
    """A repository on this machine, bare or not. Safe to use from several threads."""

    folder: Path

    def run(self, *arguments: str, data: bytes | None = None, allow: Sequence[int] = (0,)) -> bytes:
        """What git printed. Raises GitError on another exit status than those allowed, and after a time."""
        command = ["git", "--no-replace-objects", "-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never"]
        command += ["-c", "protocol.https.allow=always", "-c", "protocol.ssh.allow=always"]
        command += ["-c", "protocol.file.allow=always", "-C", str(self.folder), *arguments]
        try:
            done = subprocess.run(
                command, input=data if data is not None else b"", capture_output=True, env=environment(), timeout=SECONDS
            )
        except FileNotFoundError:
            raise GitError(Diagnostic(code="P0701", summary="the git command is not installed")) from None
        except subprocess.TimeoutExpired:
            raise GitError(
                Diagnostic(code="P0702", summary=f"git {arguments[0]} did not end within {SECONDS:.0f} s")
            ) from None
        if done.returncode not in allow:
            raise GitError(_said(arguments[0], done.stderr))
        return done.stdout

    def resolve(self, revision: str) -> str:
        """The full id of the commit that the revision names."""
        if not REVISION.match(revision) or revision.startswith("-"):
            raise GitError(Diagnostic(code="P0703", summary=f'"{revision}" is no revision'))
        try:
            out = self.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        except GitError:
            raise GitError(
                Diagnostic(
                    code="P0703",
                    summary=f'there is no commit "{revision}"',
                    notes=(("help", "give a commit, a branch or a tag of this repository"),),
                )
            ) from None
        return out.decode().strip()

    def commit(self, id: str) -> Commit:
        """A commit by its full id."""
        _check(id)
        out = self.run("show", "-s", "--no-show-signature", "--format=%H%x00%P%x00%an%x00%ct%x00%s%x00%b", id)
        hash, parents, author, time, subject, body = out.decode("utf-8", "replace").rstrip("\n").split("\0", 5)
        return Commit(hash, tuple(parents.split()), author, int(time), subject, body)

    def log(self, newer: str, older: str = "", limit: int = 100) -> list[Commit]:
        """The commits that `newer` has and `older` has not, newest first; all where `older` is empty."""
        _check(newer)
        arguments = ["rev-list", f"--max-count={limit}", newer]
        if older:
            _check(older)
            arguments.append(f"^{older}")
        return [self.commit(id) for id in self.run(*arguments).decode().split()]

    def is_ancestor(self, older: str, newer: str) -> bool:
        _check(older)
        _check(newer)
        try:
            self.run("merge-base", "--is-ancestor", older, newer)
        except GitError:
            return False
        return True

    def entries(self, id: str) -> list[Entry]:
        """The regular files of a commit's tree, sorted; symbolic links and submodules are left out."""
        _check(id)
        found = []
        for line in self.run("ls-tree", "-r", "-z", "-l", "--full-tree", id).split(b"\0"):
            if not line:
                continue
            head, _, path = line.partition(b"\t")
            mode, kind, object, size = head.split()
            if kind == b"blob" and mode in (b"100644", b"100755"):
                found.append(Entry(path.decode("utf-8", "surrogateescape"), object.decode(), int(size)))
        return sorted(found, key=lambda entry: entry.path)

    def blob(self, object: str) -> bytes:
        _check(object)
        return self.run("cat-file", "blob", object)

    def fetch(self, url: str, branch: str) -> str:
        """Brings a branch of `url` here; its head afterwards. Local folders, https and ssh only."""
        check_url(url)
        if not BRANCH.match(branch):
            raise GitError(Diagnostic(code="P0704", summary=f'"{branch}" is no name of a branch'))
        reference = f"refs/plumb/{branch}"
        self.run(
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-recurse-submodules",
            "--no-write-fetch-head",
            "--end-of-options",
            url,
            f"+refs/heads/{branch}:{reference}",
        )
        return self.resolve(reference)

    def is_repository(self) -> bool:
        try:
            self.run("rev-parse", "--git-dir")
        except GitError:
            return False
        return True

    def head(self) -> str:
        """The commit that is checked out; "" where there is none yet."""
        try:
            return self.resolve("HEAD")
        except GitError:
            return ""

    def head_fast(self) -> str:
        """As `head`, from the files of the repository where they say it plainly: no process is started."""
        folder = self.folder / ".git"
        try:
            text = (folder / "HEAD").read_text().strip()
            if text.startswith("ref: "):
                text = (folder / text.removeprefix("ref: ")).read_text().strip()
        except OSError:
            return self.head()
        return text if COMMIT.match(text) else self.head()

    def top(self) -> Path:
        """The root of the work tree."""
        return Path(self.run("rev-parse", "--show-toplevel").decode().rstrip("\n"))


def init_mirror(folder: Path) -> Git:
    """An empty bare repository at `folder`, or the one that is there."""
    folder.mkdir(parents=True, exist_ok=True)
    git = Git(folder)
    if not (folder / "HEAD").exists():
        git.run("init", "--quiet", "--bare")
    return git


def check_url(url: str) -> None:
    """Raises GitError for what is neither https, ssh nor a folder of this machine."""
    if TRANSPORTS.match(url) or (Path(url).is_absolute() and Path(url).is_dir()):
        return
    raise GitError(
        Diagnostic(
            code="P0705",
            summary=f'"{_without_password(url)}" cannot be followed',
            notes=(("help", "give an https:// or ssh:// address, or a folder of this machine"),),
        )
    )


def environment() -> Mapping[str, str]:
    """What git sees of the environment: no system or user configuration, no prompt, no pager."""
    kept = ("PATH", "HOME", "SSH_AUTH_SOCK", "GIT_SSH_COMMAND", "SSL_CERT_FILE", "SSL_CERT_DIR", "TMPDIR")
    found = {name: os.environ[name] for name in kept if name in os.environ}
    return {
        **found,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C.UTF-8",
    }


def _check(id: str) -> None:
    if not COMMIT.match(id):
        raise GitError(Diagnostic(code="P0703", summary=f'"{id}" is no full commit id'))


def _said(command: str, stderr: bytes) -> Diagnostic:
    text = _without_password(stderr.decode("utf-8", "replace").strip().split("\n")[-1])
    return Diagnostic(code="P0702", summary=f"git {command} failed: {text}")


def _without_password(text: str) -> str:
    return re.sub(r"//[^/@\s]+@", "//***@", text)
