"""An engine with a pretended cloud, a store in memory and virtual time: real machines, nothing mocked between them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from engine.applying.run import Report
from engine.journal import encode
from engine.perform import Appender, Ports
from engine.planning.question import Selection
from engine.planning.run import PlanRun
from engine.session import Session, apply_plan, has_open, make_plan, question, read_state, recover
from engine.stack import Stacks
from engine.state import State, verify
from engine.stores import sealing
from engine.stores.memory import Disk, MemoryStore
from engine.stores.store import Holder, Lease, Store
from providers.memory.world import World
from tests.engine.support import MemoryProviders, expand
from tests.simulation.executor import Clock, SimulatedExecutor


class DirectAppender:
    """Writes through at once: the simulated executor already draws the order."""

    def __init__(self, store: Store, leases: dict[str, Lease]) -> None:
        self.store = store
        self.leases = leases

    def append(self, stack: str, lines: tuple[Any, ...]) -> Any:
        return self.store.append(self.leases[stack], [encode(line) for line in lines])

    def renew(self, stack: str) -> Lease:
        self.leases[stack] = self.store.renew(self.leases[stack], 60.0)
        return self.leases[stack]

    def close(self) -> None:
        """Nothing waits."""


@dataclass(slots=True)
class Machine:
    """One machine that runs Plumb; a killed one is replaced by another over the same disk and world."""

    clock: Clock = field(default_factory=Clock)
    world: World = field(init=False)
    disk: Disk = field(default_factory=Disk)
    seed: int = 0
    kill_at: int | None = None
    after: bool = False
    log: list[str] = field(default_factory=list)
    runs: int = 0
    store: MemoryStore = field(init=False)
    providers: MemoryProviders = field(init=False)
    minted: Any = field(default_factory=lambda: itertools.count(1))
    executors: list[SimulatedExecutor] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world = World(clock=self.clock)
        self.providers = MemoryProviders(self.world, sleep=lambda seconds: None)
        self.boot()

    def boot(self) -> None:
        """A new process: nothing is left of the former one but its disk."""
        self.kill_at = None
        self.store = MemoryStore(self.disk, clock=self.clock, proven_dead=lambda holder: True)
        self.runs += 1

    def session(self) -> Session:
        holder = Holder(who="test", host="h", boot="b", namespace="n", process=self.runs, began=self.runs)
        return Session(
            store=self.store,
            providers=self.providers,
            expand=expand,
            executor=self._executor,
            appender=DirectAppender,
            seal=sealing.seal,
            unseal=sealing.unseal,
            holder=holder,
            ids=lambda: f"id{next(self.minted)}",
        )

    def _executor(self, appender: Appender | None) -> SimulatedExecutor:
        made = SimulatedExecutor(
            Ports(providers=self.providers, appender=appender),
            self.clock,
            self.seed,
            kill_at=self.kill_at if appender is not None else None,
            after=self.after,
        )
        made.log = self.log
        self.executors.append(made)
        return made

    def plan(self, wanted: Stacks, selection: Selection | None = None, **more: Any) -> PlanRun:
        return make_plan(self.session(), question(self.session(), wanted, selection=selection, **more))

    def recover(self, wanted: Stacks) -> None:
        asked = question(self.session(), wanted)
        if has_open(asked):
            recover(self.session(), asked)

    def apply(self, wanted: Stacks, selection: Selection | None = None, **more: Any) -> Report:
        self.recover(wanted)
        planned = self.plan(wanted, selection, **more)
        return apply_plan(self.session(), planned, run=f"run{next(self.minted)}", who="test", command="apply")

    def state(self, stack: str = "shop") -> State:
        found = read_state(self.store, stack)
        assert verify(found) == []
        return found

    def identities(self) -> set[str]:
        return {item.identity for item in self.world.everything()}


Make = Callable[[], Machine]
