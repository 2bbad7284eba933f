"""A bare copy of a followed branch: the only thing that the controller reads commits from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from engine.failpoints import passage
from gitops.git import Git, GitError, check_url, init_mirror
from providers.contract.diagnostic import Diagnostic


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """`head` is what is followed now, `before` what was until this fetch (empty the first time).

    `rewritten`: `before` is no ancestor of `head`, and that was allowed.
    """

    head: str
    before: str = ""
    rewritten: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """Of one branch of one repository. A fetch that is cut off leaves the followed commit as it was."""

    git: Git
    url: str
    branch: str

    @property
    def followed(self) -> str:
        return f"refs/plumb/{self.branch}"

    def head(self) -> str:
        """The commit that is followed; empty before the first fetch."""
        try:
            return self.git.resolve(self.followed)
        except GitError:
            return ""

    def fetch(self, *, allow_rewrite: bool = False) -> Fetched:
        """Follows the branch to its head. Raises GitError, also where its history was rewritten and that is not allowed:
        then the former commit stays the followed one."""
        before = self.head()
        incoming = self.git.fetch(self.url, self.branch, f"refs/incoming/{self.branch}")
        rewritten = bool(before) and not self.git.is_ancestor(before, incoming)
        if rewritten and not allow_rewrite:
            raise GitError(_rewritten(self.branch, before, incoming))
        passage("in_fetch")
        if incoming != before:
            self.git.run("update-ref", self.followed, incoming)
        return Fetched(head=incoming, before=before, rewritten=rewritten)


def open_mirror(cache: Path, url: str, branch: str) -> Mirror:
    """The mirror of `url` below the folder `cache`, made where there is none. Raises GitError."""
    check_url(url)
    name = hashlib.sha256(url.encode()).hexdigest()[:24]
    return Mirror(git=init_mirror(cache / f"{name}.git"), url=url, branch=branch)


def _rewritten(branch: str, before: str, incoming: str) -> Diagnostic:
    return Diagnostic(
        code="P0756",
        summary=f"the history of {branch} was rewritten: {before[:8]} is no part of {incoming[:8]}",
        notes=(("help", "push a commit that follows the old one, or run the controller with --allow-rewrite once"),),
    )
