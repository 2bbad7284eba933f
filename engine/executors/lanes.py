"""How many effects of one provider instance are under way: the rest waits, first come, first served."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class _Lane(Generic[T]):
    limit: int
    under_way: int = 0
    waiting: deque[tuple[int, T]] = field(default_factory=deque)


@dataclass(slots=True)
class Lanes(Generic[T]):
    _lanes: dict[str, _Lane[T]] = field(default_factory=dict)
    _of: dict[int, _Lane[T]] = field(default_factory=dict)

    def enter(self, key: str, limit: int | None, ticket: int, item: T) -> bool:
        """True where it may go now; else it waits, and a later `leave` returns it. No limit: always."""
        if limit is None:
            return True
        lane = self._lanes.setdefault(key, _Lane(limit))
        if lane.under_way >= lane.limit:
            lane.waiting.append((ticket, item))
            return False
        lane.under_way += 1
        self._of[ticket] = lane
        return True

    def leave(self, ticket: int) -> list[T]:
        """What may go now that this one has come back."""
        lane = self._of.pop(ticket, None)
        if lane is None:
            return []
        if not lane.waiting:
            lane.under_way -= 1
            return []
        following, item = lane.waiting.popleft()
        self._of[following] = lane
        return [item]
