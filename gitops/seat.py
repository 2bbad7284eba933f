"""The controller's seat: one controller follows a repository in an environment, others wait for it.

It is a lease like any other, in a journal that never gets a line. So it needs nobody to break it: it expires with its
holder, or goes over at once where the holder is proven dead.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from engine.stores.store import Held, Holder, Lease, Store, StoreError

STACK = "controller"
ADDRESS = "-controller"
"""Meets no address of a stack of that name: a dash begins none."""


@dataclass(slots=True)
class Seat:
    """Taken; a thread of its own renews it until `leave`. `lost` is set, once, where that did not work any more."""

    store: Store
    lease: Lease
    length: float
    on_lost: Callable[[], None]
    beat: Callable[[], None]
    lost: bool = False
    _leaving: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def keep(self) -> None:
        self._thread = threading.Thread(target=self._renew, name="plumb-seat", daemon=True)
        self._thread.start()

    def leave(self) -> None:
        self._leaving.set()
        if self._thread is not None:
            self._thread.join()
        if not self.lost:
            self.store.release(self.lease)

    def _renew(self) -> None:
        while not self._leaving.wait(self.length / 4):
            try:
                self.lease = self.store.renew(self.lease, self.length)
                self.beat()
            except StoreError:
                self.lost = True
                self.on_lost()
                return


def take(store: Store, holder: Holder, length: float) -> Lease | Held:
    return store.acquire(STACK, (ADDRESS,), (), holder, length)


def holder_of(store: Store) -> Holder | None:
    """Who holds it now; None where nobody does."""
    return next((lease.holder for lease in store.leases(STACK) if lease.write == (ADDRESS,)), None)
