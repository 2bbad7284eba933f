"""Where journals live: one small interface, every store behind it, `check_store()` for all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from providers.contract.diagnostic import Diagnostic


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The last line of a journal: seq 0 and the genesis hash where there is none."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    seq: int
    epoch: int
    previous: str
    hash: str
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StackKeys:
    """Minted once per stack and environment. `identity_key` makes tokens and keyed digests and never changes;
    `data_key` (32 bytes) seals what must be stored and shown to nobody."""

    uid: str
    identity_key: bytes = field(repr=False)
    data_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a lease, enough to prove that it is dead: same host, boot and process namespace, and no process
    `process` that began at `began` (clock ticks after boot)."""

    who: str
    host: str
    boot: str
    namespace: str
    process: int
    began: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to append, over a set of addresses or prefixes ("shop." is the whole stack).

    `epoch` is its own, from one rising counter per stack. `until` in seconds since the epoch, by the store's clock.
    """

    stack: str
    epoch: int
    write: tuple[str, ...]
    read: tuple[str, ...]
    holder: Holder
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Refused: these live leases meet the one that was asked for."""

    by: tuple[Lease, ...]


class StoreError(Exception):
    """The store did not do it, and says why. `unknown` True: it may have been done (a lost connection)."""

    def __init__(self, diagnostic: Diagnostic, *, unknown: bool = False) -> None:
        super().__init__(diagnostic.summary)
        self.diagnostic = diagnostic
        self.unknown = unknown


class LeaseLost(StoreError):
    """The lease is not live any more: past its end, given back or taken over. Nothing was appended."""


class Store(Protocol):
    """All journals of one repository id and environment. Safe to use from several threads and processes.

    After an error of any verb nothing was changed, unless `StoreError.unknown` says otherwise.
    """

    url: str
    fresh: bool
    """True where this store was made just now, by opening it."""

    def keys(self, stack: str) -> StackKeys:
        """The keys of the stack, minted at the first call."""

    def stacks(self) -> list[str]:
        """Every stack that has a journal, sorted."""

    def lines(self, stack: str, after: int = 0) -> list[Stored]:
        """The lines after seq `after`, verified as a chain up to the head that is kept in a second place.

        Raises StoreError for a line that does not fit: it is never repaired.
        """

    def head(self, stack: str) -> Head: ...

    def append(self, lease: Lease, payloads: list[bytes]) -> Head:
        """Appends all lines or none, durably when it returns. Raises LeaseLost where the lease is not live."""

    def acquire(self, stack: str, write: tuple[str, ...], read: tuple[str, ...], holder: Holder, length: float) -> Lease | Held:
        """A lease, where no live one's write set meets these sets or the other way round.

        Expired leases, and those of a holder proven dead, are taken over.
        """

    def renew(self, lease: Lease, length: float) -> Lease:
        """The same lease with a later end. Raises LeaseLost."""

    def release(self, lease: Lease) -> None:
        """Gives it back; no error where it is gone already."""

    def leases(self, stack: str) -> list[Lease]:
        """The live ones."""

    def note(self, key: str, value: bytes | None) -> None:
        """Keeps a fact that is no part of any journal, durably; the last value wins. None takes it away."""

    def noted(self, key: str) -> bytes | None:
        """What was noted last; None where there is nothing."""

    def notes(self, prefix: str = "") -> dict[str, bytes]:
        """All that is noted under keys that begin with `prefix`, sorted by key."""

    def now(self) -> float:
        """The store's clock, in seconds since the epoch: the one that decides about leases."""

    def close(self) -> None: ...
