"""Token buckets shared by everything in the process that talks to one API of one account and region."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass

BURST = 4.0
"""A full bucket holds so many seconds of its rate."""


@dataclass(slots=True)
class Bucket:
    level: float
    at: float


class Buckets:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: dict[Hashable, Bucket] = {}

    def wait(self, key: Hashable, rate: float | None, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        """Takes one token, sleeping until there is one. A rate of None waits for nothing."""
        if rate is None:
            return
        pause = self._take(key, rate, clock())
        if pause > 0:
            sleep(pause)

    def drain(self, key: Hashable) -> None:
        """The server says it is too much: the next ones wait for new tokens."""
        with self._lock:
            if key in self._buckets:
                self._buckets[key].level = min(self._buckets[key].level, 0.0)

    def _take(self, key: Hashable, rate: float, now: float) -> float:
        """Seconds until the token that was taken is there; the level may fall below zero, which keeps the order."""
        with self._lock:
            bucket = self._buckets.setdefault(key, Bucket(level=rate * BURST, at=now))
            bucket.level = min(rate * BURST, bucket.level + max(0.0, now - bucket.at) * rate)
            bucket.at = now
            bucket.level -= 1.0
            return max(0.0, -bucket.level / rate)
