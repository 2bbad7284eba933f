"""Which leases may live side by side: a table of addresses and prefixes, the same for every store."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from engine.address import NAME, covers
from engine.stores.store import Holder, Lease

Dead = Callable[[Holder], bool]


def check_stack(stack: str) -> None:
    """Raises ValueError for what is no name of a stack: names become file names."""
    if not NAME.match(stack):
        raise ValueError(f"{stack!r} is no name of a stack")


def meet(these: Iterable[str], those: tuple[str, ...]) -> bool:
    """True where an address is in both sets, each of which may name what lies above it."""
    return any(covers(one, other) or covers(other, one) for one in these for other in those)


def conflict(lease: Lease, write: tuple[str, ...], read: tuple[str, ...]) -> bool:
    return meet(write, lease.write) or meet(write, lease.read) or meet(read, lease.write)


def sort_out(leases: Iterable[Lease], now: float, dead: Dead) -> tuple[list[Lease], list[Lease]]:
    """(live, over): over are those past their end, and those whose holder is proven dead."""
    live: list[Lease] = []
    over: list[Lease] = []
    for lease in leases:
        (over if lease.until <= now or dead(lease.holder) else live).append(lease)
    return live, over
