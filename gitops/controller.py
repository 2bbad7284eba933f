"""The loop: follows a branch, plans, applies, heals. Its state is the journals; everything it notes can be lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import msgspec

from engine.session import Busy, Interrupted, Stale
from engine.stores.store import Held, Holder, Lease, Store, StoreError
from gitops import facts, requests
from gitops.apart import Open
from gitops.commit_tree import CommitTree, SubTree
from gitops.facts import LoopFacts
from gitops.git import GitError, without_password
from gitops.looking import Looked, Looking, Tools
from gitops.loop import End, Fetch, Look, Loop, Result, Sleep, ended, fetch_failed, fetched, looked, next_action, paced
from gitops.mirror import Mirror
from gitops.seat import Seat, take
from gitops.telling import Tell, Told
from providers.contract.diagnostic import DiagnosticError
from stacks.tree import Tree

POLL = 1.0
"""Seconds between two looks at what people ask for, while nothing else is to be done."""


@dataclass(slots=True, kw_only=True)
class Controller:
    """`repository` is the id that the store was opened for. `folder` is where plumb.yaml lies in the repository, "" for its
    root. `interval` None: what the commit says.

    `interrupt` reaches the runs in flight. `lease_length` in seconds. `run` is called once; `stop` from anywhere, also
    from a signal handler.
    """

    store: Store
    mirror: Mirror
    open: Open
    holder: Holder
    ids: Callable[[], str]
    roll: Callable[[], float]
    tell: Tell
    repository: str
    interrupt: Callable[[], None] = lambda: None
    folder: str = ""
    interval: float | None = None
    allow_rewrite: bool = False
    lease_length: float = 60.0
    loop: Loop = field(default_factory=Loop)
    status: int = 0
    _stopping: threading.Event = field(default_factory=threading.Event)
    _tree: tuple[str, Tree] | None = None
    _facts: LoopFacts | None = None
    _seat: Seat | None = None

    def stop(self) -> None:
        """Starts nothing new; what is in flight is finished and journaled."""
        self._stopping.set()
        self.interrupt()

    def run(self, *, once: bool = False) -> int:
        """The exit status: 0, or that of the one look. 1 where another controller has the seat and one look was asked for."""
        lease = self._sit(wait=not once)
        if lease is None:
            return 1 if once else 0
        self._seat = Seat(self.store, lease, self.lease_length, self._lost, self._beat)
        self._seat.keep()
        try:
            self._begin()
            if self.interval is not None:
                self.loop = paced(self.loop, self.interval)
            return self._once() if once else self._forever()
        finally:
            self._seat.leave()
            self._say("ended", "stopped; all that was in flight is journaled")

    # The seat

    def _sit(self, *, wait: bool) -> Lease | None:
        said = False
        while not self._stopping.is_set():
            found = take(self.store, self.holder, self.lease_length)
            if not isinstance(found, Held):
                return found
            if not said or not wait:
                other = found.by[0].holder
                text = f"{other.who}@{other.host} (process {other.process}) runs the controller here"
                self._say("waiting", text + (": waiting for its seat" if wait else ""), "warning")
                said = True
            if not wait:
                return None
            self._stopping.wait(POLL)
        return None

    def _lost(self) -> None:
        self._say("ended", "the controller's seat was lost: its lease could not be renewed", "error")
        self.status = 1
        self.stop()

    def _begin(self) -> None:
        now = self.store.now()
        self._facts = LoopFacts(
            repository=without_password(self.mirror.url),
            branch=self.mirror.branch,
            who=self.holder.who,
            host=self.holder.host,
            process=self.holder.process,
            began=now,
            beat=now,
            head=self.mirror.head(),
        )
        self._note()
        self._say("started", f"following {self.mirror.branch} of {without_password(self.mirror.url)}")

    def _beat(self) -> None:
        self._note(beat=self.store.now())

    def _note(self, **changes: object) -> None:
        """A note that cannot be written costs nothing but the note."""
        assert self._facts is not None
        self._facts = msgspec.structs.replace(self._facts, **changes)
        try:
            facts.write(self.store, facts.LOOP, self._facts)
        except StoreError as error:
            self._say("failed", error.diagnostic.summary, "error")

    # The loop

    def _once(self) -> int:
        asked = self._asked()
        self._fetch(asked)
        if not self.loop.head or self._stopping.is_set():
            return 130 if self._stopping.is_set() else 1
        found = self._look(Look(commit=self.loop.head, asked=asked))
        status = 1 if found is None else found.status
        return 1 if self.loop.fetch_failures and status == 0 else status

    def _forever(self) -> int:
        while True:
            if self._stopping.is_set():
                self.loop = ended(self.loop)
            asked = self._asked()
            match next_action(self.loop, time.time(), asked):
                case End():
                    return self.status
                case Fetch():
                    self._fetch(asked)
                case Look() as look:
                    self._look(look)
                case Sleep(until=until):
                    self._stopping.wait(max(0.0, min(POLL, until - time.time())))

    def _asked(self) -> frozenset[str]:
        try:
            return frozenset(item.id for item in requests.pending(self.store).values())
        except StoreError as error:
            self._say("failed", error.diagnostic.summary, "error")
            return frozenset()

    def _fetch(self, asked: frozenset[str]) -> None:
        try:
            found = self.mirror.fetch(allow_rewrite=self.allow_rewrite)
        except GitError as error:
            self.loop = fetch_failed(self.loop, time.time(), self.roll(), asked)
            head = self.mirror.head()
            if head and not self.loop.head:
                self.loop = replace(self.loop, head=head)
            pause = self.loop.fetch_at - time.time()
            text = f"{error.diagnostic.summary}; again in {pause:.0f} s"
            self._note(error=error.diagnostic.summary, next_fetch=self.loop.fetch_at)
            self._say("failed", text, "error")
            return
        if found.rewritten:
            self._say("fetched", f"history was rewritten: {found.before[:8]} gave way to {found.head[:8]}", "warning")
        if found.head != self.loop.head:
            subject = self.mirror.git.commit(found.head).subject
            self._say("fetched", f"{self.mirror.branch} is at {found.head[:8]} ({subject})")
        self.loop = fetched(self.loop, time.time(), found.head, asked)
        self._note(head=found.head, fetched_at=self.store.now(), next_fetch=self.loop.fetch_at, error="", beat=self.store.now())

    def _look(self, look: Look) -> Looked | None:
        """None where the look itself could not be made."""
        try:
            found = Looking(self._tools(), look.commit, look.asked).run()
        except Interrupted:
            self.loop = looked(self.loop, time.time(), look, Result.PROGRESSING, self.roll())
            return None
        except Exception as error:  # noqa: BLE001 - a bug in one look must not end the loop: it is told and paused for
            self._failed(look, _told(error))
            return None
        if found.settings is not None and self.interval is None:
            self.loop = paced(self.loop, found.settings.interval)
        self.loop = looked(self.loop, time.time(), look, found.result, self.roll(), found.retry_at)
        unfetched = self._facts.error if self._facts is not None and self.loop.fetch_failures else ""
        self._note(beat=self.store.now(), error=unfetched, next_look=self.loop.look_at)
        return found

    def _failed(self, look: Look, text: str) -> None:
        self.loop = looked(self.loop, time.time(), look, Result.FAILED, self.roll())
        self._note(error=text, beat=self.store.now(), next_look=self.loop.look_at)
        self._say("failed", f"{text}; again in {self.loop.look_at - time.time():.0f} s", "error")

    def _tools(self) -> Tools:
        return Tools(
            store=self.store,
            git=self.mirror.git,
            open=self.open,
            tree_at=self.tree_at,
            who=self.holder.who,
            ids=self.ids,
            roll=self.roll,
            tell=self.tell,
            pace=self.loop.pace,
            repository=self.repository,
        )

    def tree_at(self, commit: str) -> Tree:
        """The repository's part of the tree of a commit; the last one is kept, with what was read of it."""
        if self._tree is None or self._tree[0] != commit:
            self._tree = (commit, tree_of(self.mirror, commit, self.folder))
        return self._tree[1]

    def _say(self, kind: str, text: str, level: str = "info") -> None:
        self.tell(Told(kind=kind, text=text, level=level, commit=self.loop.head, time=self.store.now()))


def _told(error: Exception) -> str:
    match error:
        case StoreError(diagnostic=diagnostic) | GitError(diagnostic=diagnostic):
            return diagnostic.summary
        case DiagnosticError() if error.diagnostics:
            return error.diagnostics[0].summary
        case Stale(stack=stack):
            return f"{stack} changed while it was planned"
        case Busy(stack=stack):
            return f"somebody else works on {stack}"
        case _:
            return f"Plumb itself failed: {type(error).__name__}: {error}"


def tree_of(mirror: Mirror, commit: str, folder: str) -> Tree:
    whole = CommitTree(mirror.git, commit)
    return SubTree(whole, folder) if folder else whole


__all__ = ["Controller", "tree_of"]
