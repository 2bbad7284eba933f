"""Trouble on request."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from threading import Lock

import msgspec


class FaultKind(StrEnum):
    REJECT = "reject"
    """The request is refused with `code`."""
    THROTTLE = "throttle"
    """The request is refused, and may pass after `retry_after`."""
    LOSE = "lose"
    """The request is lost on its way: nothing happens, nobody knows."""
    LOSE_AFTER = "lose_after"
    """It takes effect, and the answer is lost."""
    UNSENT = "unsent"
    """It certainly never left."""
    STALE = "stale"
    """A read shows the object before its last change; nothing where that was its creation."""
    NOT_READY = "not_ready"
    """A read shows the object as being created still."""
    BROKEN = "broken"
    """A read shows the object as failed for good."""
    HALF = "half"
    """A read or listing answers a part of what it should, without saying so in its status."""


ON_ITEMS = frozenset({FaultKind.STALE, FaultKind.NOT_READY, FaultKind.BROKEN})


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One kind of trouble. It strikes `times` times (-1: for ever) where operation and name fit; "" fits all.

    `name` is the Name or the identity of an object.
    """

    kind: FaultKind
    operation: str = ""
    name: str = ""
    times: int = 1
    code: str = "AccessDenied"
    message: str = "refused on request"
    status: int = 403
    retry_after: float = 0.5


class Faults:
    """A list of faults that is used up, safe with several threads. The first that fits strikes."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._lock = Lock()
        self._faults = list(faults)

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def strike(self, kinds: frozenset[FaultKind], operation: str, names: frozenset[str]) -> Fault | None:
        """The fault that strikes now, counted down; None where none does."""
        if not self._faults:
            return None
        with self._lock:
            for fault in self._faults:
                fits = fault.operation in ("", operation) and (not fault.name or fault.name in names)
                if fits and fault.times != 0 and fault.kind in kinds:
                    fault.times -= 1 if fault.times > 0 else 0
                    return fault
        return None
