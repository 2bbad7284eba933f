"""One thread per cluster that drains a queue of things to reconcile, in the order they were asked for.

A reconciler looks at what is there and takes one step towards what should be; it runs under the store's lock. A change
of an object queues those whose business it is; the queue holds each pair of reconciler and object once.
"""

from __future__ import annotations

import heapq
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable

from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.problem import Refusal
from sandbox.kubernetes.store import Change

Task = tuple[str, str, str]
Reconcile = Callable[[Cluster, str, str], float | None]
Route = Callable[[Cluster, Change], Iterable[Task]]
RETRIES = 5
log = logging.getLogger(__name__)


class Loop:
    """`reconcilers`: name -> function of (cluster, namespace, name); it may return seconds after which to run again."""

    def __init__(self, cluster: Cluster, reconcilers: dict[str, Reconcile], route: Route) -> None:
        self._cluster = cluster
        self._reconcilers = reconcilers
        self._route = route
        self._queue: OrderedDict[Task, None] = OrderedDict()
        self._later: list[tuple[float, Task]] = []
        self._failures: dict[Task, int] = {}
        self._wake = threading.Condition()
        self._busy = False
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name=f"controllers-{cluster.name}", daemon=True)
        cluster.store.listen(self._changed)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with self._wake:
            self._stopped = True
            self._wake.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def settle(self, seconds: float = 10.0) -> bool:
        """Waits until nothing is queued (what is put off to a later time does not count)."""
        deadline = time.monotonic() + seconds
        with self._wake:
            while self._queue or self._busy:
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self._wake.wait(left)
        return True

    def add(self, task: Task) -> None:
        with self._wake:
            self._queue[task] = None
            self._wake.notify_all()

    def _changed(self, change: Change) -> None:
        tasks = list(self._route(self._cluster, change))
        if tasks:
            with self._wake:
                for task in tasks:
                    self._queue[task] = None
                self._wake.notify_all()

    def _run(self) -> None:
        while True:
            task = self._next()
            if task is None:
                return
            self._work(task)
            with self._wake:
                self._busy = False
                self._wake.notify_all()

    def _next(self) -> Task | None:
        with self._wake:
            while not self._stopped:
                now = time.monotonic()
                while self._later and self._later[0][0] <= now:
                    self._queue[heapq.heappop(self._later)[1]] = None
                if self._queue:
                    self._busy = True
                    return self._queue.popitem(last=False)[0]
                self._wake.wait(self._later[0][0] - now if self._later else None)
        return None

    def _work(self, task: Task) -> None:
        name, namespace, key = task
        try:
            with self._cluster.store.lock:
                again = self._reconcilers[name](self._cluster, namespace, key)
            self._failures.pop(task, None)
        except Refusal as refusal:
            again = self._after_failure(task, refusal.message)
        except Exception:
            log.exception("reconciling %s %s/%s", *task)
            again = self._after_failure(task, "")
        if again is not None:
            with self._wake:
                heapq.heappush(self._later, (time.monotonic() + again, task))

    def _after_failure(self, task: Task, why: str) -> float | None:
        count = self._failures[task] = self._failures.get(task, 0) + 1
        if why:
            log.debug("reconciling %s %s/%s: %s", *task, why)
        return 0.05 * 2**count if count <= RETRIES else None
