"""How each stack is, with and without a controller: from its journal, and from what the controller noted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.records import Role
from engine.session import read_state
from engine.state import State
from engine.stores.store import Holder, Store
from gitops import facts
from gitops.facts import Hold, LoopFacts, StackFacts
from gitops.seat import ADDRESS, holder_of


@dataclass(frozen=True, slots=True, kw_only=True)
class StackStatus:
    """One line of `plumb status`. Times in seconds since the epoch, 0 for none; commits empty where not known.

    `ready`: at the head commit nothing is left to do. `suspended_until` counts where `suspended`; 0: until it is resumed.
    `unresolved` counts requests of unknown outcome. `busy` names who works on the stack now. `last_error` is that of the
    controller, else that of the last run where it failed.
    """

    name: str
    head: str = ""
    applied: str = ""
    ready: bool = False
    health: str = "unknown"
    health_reason: str = ""
    drift: int = 0
    drifted: tuple[str, ...] = ()
    suspended: bool = False
    suspended_until: float = 0.0
    suspended_reason: str = ""
    suspended_by: str = ""
    checked_at: float = 0.0
    next_check: float = 0.0
    last_error: str = ""
    message: str = ""
    digest: str = ""
    held: tuple[Hold, ...] = ()
    resources: int = 0
    unresolved: int = 0
    busy: tuple[str, ...] = ()
    last_run: str = ""
    last_run_at: float = 0.0
    last_result: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControllerStatus:
    """`holder` is who holds the controller's seat now; None: no controller runs, and `facts` is what the last one left."""

    facts: LoopFacts | None = None
    holder: Holder | None = None

    @property
    def runs(self) -> bool:
        return self.holder is not None


def controller(store: Store) -> ControllerStatus:
    return ControllerStatus(facts=facts.read(store, facts.LOOP, LoopFacts), holder=holder_of(store))


def read(store: Store, names: Iterable[str] = (), *, known: Iterable[str] = ()) -> list[StackStatus]:
    """Of the stacks `names`, else of all that are recorded, noted or `known` (declared), in name order."""
    notes = store.notes("controller/")
    noted = {key.removeprefix("controller/") for key in notes if not key.endswith("/-loop")}
    chosen = sorted(set(names) or {*store.stacks(), *noted, *known})
    now = store.now()
    loop = facts.decoded(notes.get(facts.LOOP), LoopFacts) if holder_of(store) is not None else None
    return [_status(store, name, notes.get(facts.stack_key(name)), now, loop) for name in chosen]


def _status(store: Store, name: str, note: bytes | None, now: float, loop: LoopFacts | None) -> StackStatus:
    state = read_state(store, name)
    noted = facts.decoded(note, StackFacts) or StackFacts()
    suspended = suspension(state, now)
    ended = state.last_end
    newer = ended is not None and ended.time > noted.checked_at
    applied = state.commit if newer and ended is not None and ended.result == "applied" else noted.applied or state.commit
    failure = f"{ended.result}: {ended.message}" if ended is not None and ended.result not in ("applied", "") else ""
    return StackStatus(
        name=name,
        head=noted.head,
        applied=applied,
        ready=bool(applied) and applied == (noted.head or applied) and not (noted.digest or noted.held or noted.error),
        health=noted.health,
        health_reason=noted.health_reason,
        drift=noted.drift,
        drifted=noted.drifted,
        suspended=suspended,
        suspended_until=state.suspended.until if suspended and state.suspended is not None else 0.0,
        suspended_reason=state.suspended.reason if suspended and state.suspended is not None else "",
        suspended_by=state.suspended.who if suspended and state.suspended is not None else "",
        checked_at=noted.checked_at,
        next_check=max(loop.next_look, noted.retry_at) if loop is not None else 0.0,
        last_error=noted.error or (failure if newer or not noted.checked_at else ""),
        message=noted.message,
        digest=noted.digest,
        held=noted.held,
        resources=sum(record.role is Role.CURRENT for record in state.records.values()),
        unresolved=sum(item.unresolved for item in state.open.values()),
        busy=tuple(_holder(lease.holder) for lease in store.leases(name) if lease.write != (ADDRESS,)),
        last_run=state.last_run.run if state.last_run is not None else "",
        last_run_at=state.last_run.time if state.last_run is not None else 0.0,
        last_result=ended.result if ended is not None else "",
    )


def suspension(state: State, now: float) -> bool:
    """True while the stack is to be left alone."""
    line = state.suspended
    return line is not None and (line.until == 0 or now < line.until)


def _holder(holder: Holder) -> str:
    return f"{holder.who}@{holder.host} (process {holder.process})"
