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

REVISION = re.compile(r"(?!-)[A-Za-z0-9_./@{}^~+-]{1,200}\Z")
BRANCH = re.compile(r"(?![-/.])(?!.*(?:\.\.|//|/\.|\.lock(?:/|\Z)|[/.]\Z))[A-Za-z0-9_./+-]{1,200}\Z")
COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")
_HOST = r"(?:[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\])"
URL = re.compile(
    rf"(?:https://(?:[^\s/@]+@)?{_HOST}(?::\d+)?/[^\s]*"
    rf"|ssh://(?:[A-Za-z0-9_][A-Za-z0-9_.-]*@)?{_HOST}(?::\d+)?/[^\s]*"
    rf"|[A-Za-z0-9_][A-Za-z0-9_.-]*@{_HOST}:(?!-)[^\s:]+)\Z"
)
"""https, ssh, and ssh in the short form `git@host:path`; no host begins with a dash, which ssh would take for an option."""
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

    def run(self, *arguments: str, data: bytes | None = None) -> bytes:
        """What git printed. Raises GitError on another exit status than 0, and after a time."""
        done = self._started(arguments, data)
        if done.returncode != 0:
            raise GitError(_said(arguments[0], done.stderr))
        return done.stdout

    def _started(self, arguments: Sequence[str], data: bytes | None) -> subprocess.CompletedProcess[bytes]:
        command = ["git", "--no-replace-objects", "-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never"]
        command += ["-c", "protocol.https.allow=always", "-c", "protocol.ssh.allow=always"]
        command += ["-c", "protocol.file.allow=always", "-c", "core.fsmonitor=false", "-c", "submodule.recurse=false"]
        command += ["-c", "gc.auto=0", "-c", "maintenance.auto=false", "-C", str(self.folder), *arguments]
        try:
            return subprocess.run(command, input=data or b"", capture_output=True, env=environment(), timeout=SECONDS)
        except FileNotFoundError:
            raise GitError(Diagnostic(code="P0751", summary="the git command is not installed")) from None
        except subprocess.TimeoutExpired:
            raise GitError(Diagnostic(code="P0752", summary=f"git {arguments[0]} did not end within {SECONDS:.0f} s")) from None

    def resolve(self, revision: str) -> str:
        """The full id of the commit that the revision names."""
        if not REVISION.match(revision):
            raise GitError(Diagnostic(code="P0753", summary=f'"{revision}" is no revision'))
        try:
            out = self.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        except GitError:
            raise GitError(
                Diagnostic(
                    code="P0753",
                    summary=f'there is no commit "{revision}"',
                    notes=(("help", "give a commit, a branch or a tag of this repository"),),
                )
            ) from None
        return out.decode().strip()

    def commit(self, id: str) -> Commit:
        """A commit by its full id."""
        _check(id)
        out = self.run("show", "-s", "--no-show-signature", f"--format={_FORMAT}", id, "--")
        return _commit(out.decode("utf-8", "replace").rstrip("\n").split("\0"))

    def log(self, newer: str, older: str = "", limit: int = 100) -> list[Commit]:
        """The commits that `newer` has and `older` has not, newest first; all where `older` is empty."""
        _check(newer)
        arguments = ["log", "-z", f"--max-count={limit}", "--no-show-signature", f"--format={_FORMAT}", newer]
        if older:
            _check(older)
            arguments.append(f"^{older}")
        parts = self.run(*arguments, "--").decode("utf-8", "replace").split("\0")
        return [_commit(parts[start : start + _PARTS]) for start in range(0, len(parts) - _PARTS + 1, _PARTS)]

    def is_ancestor(self, older: str, newer: str) -> bool:
        """True where `newer` has all that `older` has, also where they are one. Raises GitError where one is not here."""
        _check(older)
        _check(newer)
        done = self._started(("merge-base", "--is-ancestor", older, newer), None)
        if done.returncode not in (0, 1):
            raise GitError(_said("merge-base", done.stderr))
        return done.returncode == 0

    def has(self, id: str) -> bool:
        """True where the commit is in this repository."""
        return COMMIT.match(id) is not None and self._started(("cat-file", "-e", f"{id}^{{commit}}"), None).returncode == 0

    def entries(self, id: str) -> list[Entry]:
        """The regular files of a commit's tree, sorted. Symbolic links and submodules are left out, and what a hand-made
        tree may name and no checkout would write: `..`, `.git`."""
        _check(id)
        found = []
        for line in self.run("ls-tree", "-r", "-z", "-l", "--full-tree", id).split(b"\0"):
            if not line:
                continue
            head, _, path = line.partition(b"\t")
            mode, kind, object, size = head.split()
            if kind == b"blob" and mode in (b"100644", b"100755") and _is_plain(path):
                found.append(Entry(path.decode("utf-8", "surrogateescape"), object.decode(), int(size)))
        return sorted(found, key=lambda entry: entry.path)

    def blob(self, object: str) -> bytes:
        _check(object)
        return self.run("cat-file", "blob", object)

    def blobs(self, objects: Sequence[str]) -> dict[str, bytes]:
        """Several in one process."""
        for object in objects:
            _check(object)
        out = self.run("cat-file", "--batch", data="".join(f"{object}\n" for object in objects).encode())
        found: dict[str, bytes] = {}
        place = 0
        while place < len(out):
            end = out.index(b"\n", place)
            name, kind, *size = out[place:end].decode().split()
            if kind == "missing":
                raise GitError(Diagnostic(code="P0752", summary=f"git has no object {name}"))
            place = end + 1 + int(size[0])
            found[name] = out[end + 1 : place]
            place += 1
        return found

    def fetch(self, url: str, branch: str, reference: str = "") -> str:
        """Brings a branch of `url` here, under `reference`; its head afterwards. Local folders, https and ssh only."""
        check_url(url)
        if not BRANCH.match(branch):
            raise GitError(Diagnostic(code="P0754", summary=f'"{branch}" is no name of a branch'))
        into = reference or f"refs/plumb/{branch}"
        flags = ("--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--no-auto-maintenance")
        self.run("fetch", *flags, "--end-of-options", url, f"+refs/heads/{branch}:{into}")
        return self.resolve(into)

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
    if URL.match(url) or ("\0" not in url and Path(url).is_absolute() and Path(url).is_dir()):
        return
    raise GitError(
        Diagnostic(
            code="P0755",
            summary=f'"{without_password(url)}" cannot be followed',
            notes=(("help", "give an https:// or ssh:// address, or a folder of this machine"),),
        )
    )


KEPT = (
    *("PATH", "HOME", "TMPDIR", "SSH_AUTH_SOCK", "GIT_SSH_COMMAND", "GIT_ASKPASS", "SSH_ASKPASS"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO"),
    *("https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy", "no_proxy", "NO_PROXY"),
)


def environment() -> Mapping[str, str]:
    """What git sees of the environment: no system or user configuration, no prompt, no pager."""
    found = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {
        **found,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C.UTF-8",
    }


def _check(id: str) -> None:
    if not COMMIT.match(id):
        raise GitError(Diagnostic(code="P0753", summary=f'"{id}" is no full commit id'))


def _is_plain(path: bytes) -> bool:
    return not any(part in (b"", b".", b"..") or part.lower() == b".git" for part in path.split(b"/"))


_FORMAT = "%H%x00%P%x00%an%x00%ct%x00%s%x00%b"
_PARTS = 6


def _commit(parts: Sequence[str]) -> Commit:
    hash, parents, author, time, subject, body = parts
    return Commit(hash.strip(), tuple(parents.split()), author, int(time), subject, body)


def _said(command: str, stderr: bytes) -> Diagnostic:
    """The first line that says what went wrong; git's advice follows it."""
    lines = [line for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    wrong = [line for line in lines if line.startswith(("fatal: ", "error: ", "remote: "))]
    text = without_password((wrong or lines or ["it said nothing"])[0])
    return Diagnostic(code="P0752", summary=f"git {command} failed: {text.removeprefix('fatal: ').removeprefix('error: ')}")


def without_password(text: str) -> str:
    """The text with what stands before the host of an address, and tokens in queries, made unreadable."""
    text = re.sub(r"//[^/\s]*@", "//***@", text)
    return re.sub(r"(?i)([?&][^=&\s]*(?:token|key|secret|password)[^=&\s]*=)[^&\s'\"]+", r"\1***", text)
