"""Plan, recover and apply against a store: what the console and the controller both do, in the order the law asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine import journal
from engine.address import covers
from engine.encoding import Seal, digest_secrets, from_plain
from engine.executor import Executor, Machine, drive
from engine.instances import Providers
from engine.perform import Appender
from engine.plan import Act, Change, Plan, change_digest
from engine.planning.question import Question, Selection
from engine.planning.run import PlanRun
from engine.resource import Expand
from engine.stack import Stacks
from engine.state import State, fold
from engine.stores.store import Held, Holder, Lease, StackKeys, Store, StoreError
from providers.contract.values import Value

if TYPE_CHECKING:
    # What applies is imported where it is used: a plan starts without it.
    from engine.applying.recovery import RecoverRun
    from engine.applying.run import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Everything a run needs from the composition root.

    `executor` makes one for a run; its appender is None where nothing may be written. `appender` makes the one writer
    of a run over the leases it holds. `seal` and `unseal` close and open what is stored sealed. `lease_length` in seconds.
    """

    store: Store
    providers: Providers
    expand: Expand
    executor: Callable[[Appender | None], Executor]
    appender: Callable[[Store, dict[str, Lease]], Appender]
    seal: Callable[[StackKeys], Seal]
    unseal: Callable[[StackKeys, str], Value]
    holder: Holder
    ids: Callable[[], str]
    lease_length: float = 60.0
    parallelism: int = 10
    _states: dict[str, State] = field(default_factory=dict, repr=False, compare=False)

    def state(self, stack: str) -> State:
        """As `read_state`; what was read before is good as long as nothing was appended."""
        known = self._states.get(stack)
        if known is not None:
            head = self.store.head(stack)
            if (known.seq, known.head) == (head.seq, head.hash):
                return known
        self._states[stack] = read_state(self.store, stack)
        return self._states[stack]


class Busy(Exception):
    """Somebody else holds what this run needs."""

    def __init__(self, stack: str, held: Held) -> None:
        super().__init__(stack)
        self.stack = stack
        self.held = held


class Interrupted(Exception):
    """The run was interrupted before it had anything to report."""


class Stale(Exception):
    """The journal of a stack has moved on since the plan was made: it has to be planned again."""

    def __init__(self, stack: str) -> None:
        super().__init__(stack)
        self.stack = stack


@dataclass(slots=True)
class Outputs(Mapping[tuple[str, str], Value]):
    """Recorded outputs of stacks outside a plan, read when they are asked for."""

    session: Session
    _states: dict[str, State] = field(default_factory=dict)

    def __getitem__(self, key: tuple[str, str]) -> Value:
        stack, name = key
        if stack not in self._states:
            self._states[stack] = read_state(self.session.store, stack)
        outputs = self._states[stack].outputs or {}
        if name not in outputs:
            raise KeyError(key)
        keys = self.session.store.keys(stack)
        return from_plain(outputs[name], lambda text: self.session.unseal(keys, text))

    def __contains__(self, key: object) -> bool:
        try:
            self[key]  # type: ignore[index]
        except KeyError:
            return False
        return True

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(())

    def __len__(self) -> int:
        return 0


def read_state(store: Store, stack: str) -> State:
    """The state of a stack: its journal, verified and folded. Raises StoreError where a line does not fit."""
    state = State(stack=stack, uid="")
    for stored in store.lines(stack):
        fold(state, journal.decode(stored.payload))
        state.seq, state.head = stored.seq, stored.hash
    return state


def question(
    session: Session,
    stacks: Stacks,
    *,
    selection: Selection | None = None,
    destroy: bool = False,
    refresh_only: bool = False,
    removed: Iterable[str] = (),
    lifted: frozenset[str] = frozenset(),
) -> Question:
    """What a plan is computed from, states read now."""
    gone = tuple(removed)
    names = sorted({*stacks.stacks, *gone})
    keys = {name: session.store.keys(name) for name in names}
    return Question(
        stacks=stacks,
        states={name: session.state(name) for name in names},
        keys=keys,
        providers=session.providers,
        expand=session.expand,
        unseal=lambda stack, text: session.unseal(keys[stack], text),
        outside=Outputs(session),
        removed=gone,
        selection=selection or Selection(),
        destroy=destroy,
        refresh_only=refresh_only,
        lifted=lifted,
    )


def make_plan(session: Session, asked: Question) -> PlanRun:
    """Reads and decides; writes nothing. Raises Interrupted."""
    run = PlanRun(asked)
    executor = session.executor(None)
    try:
        drive(run, executor)
    finally:
        executor.close()
    if run.plan is None:
        raise Interrupted
    return run


def has_open(asked: Question) -> bool:
    return any(state.open for state in asked.states.values())


def recover(session: Session, asked: Question) -> RecoverRun:
    """Settles what earlier runs left open, under a lease over just those addresses. Raises Busy."""
    from engine.applying.recovery import RecoverRun

    write = {
        name: tuple(sorted({item.first.address for item in state.open.values()}))
        for name, state in asked.states.items()
        if state.open
    }
    with leased(session, write, {}) as leases:
        states = {name: read_state(session.store, name) for name in write}
        run = RecoverRun(states, leases)
        _drive(session, run, leases)
    return run


def _drive(session: Session, machine: Machine, leases: dict[str, Lease]) -> None:
    appender = session.appender(session.store, leases)
    executor = session.executor(appender)
    try:
        drive(machine, executor)
    finally:
        executor.close()
        appender.close()


@contextmanager
def leased(
    session: Session, write: Mapping[str, tuple[str, ...]], read: Mapping[str, tuple[str, ...]]
) -> Iterator[dict[str, Lease]]:
    """Leases in every stack of `write`, taken in sorted order, given back at the end. Raises Busy, holding none."""
    leases: dict[str, Lease] = {}
    try:
        for stack in sorted(write):
            found = session.store.acquire(stack, write[stack], read.get(stack, ()), session.holder, session.lease_length)
            if isinstance(found, Held):
                raise Busy(stack, found)
            leases[stack] = found
        yield leases
    finally:
        for lease in leases.values():
            # What cannot be given back expires by itself, and must not hide how the run ended.
            with suppress(StoreError):
                session.store.release(lease)


def sets_of(plan: Plan) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """The write and the read set of a plan, by stack. A stack in which only outputs change is written too."""
    write: dict[str, set[str]] = {}
    read: dict[str, set[str]] = {}
    for stack in plan.stacks:
        if stack.removed or stack.outputs != stack.recorded_outputs or plan.destroy:
            write.setdefault(stack.name, set()).add(f"{stack.name}.-outputs")
    for change in plan.changes:
        if change.acts:
            write.setdefault(change.address.partition(".")[0], set()).add(change.address)
            if change.previous_address:
                write.setdefault(change.previous_address.partition(".")[0], set()).add(change.previous_address)
    for address in plan.read_set:
        read.setdefault(address.partition(".")[0], set()).add(address)
    return _sorted(write), _sorted(read)


def _sorted(found: Mapping[str, set[str]]) -> dict[str, tuple[str, ...]]:
    return {stack: tuple(sorted(addresses)) for stack, addresses in found.items()}


def apply_plan(
    session: Session,
    planned: PlanRun,
    *,
    run: str,
    who: str,
    command: str,
    message: str = "",
    allowed: frozenset[str] | None = None,
    wait: bool = False,
    timeout: float = 1800.0,
) -> Report:
    """Applies what was planned, by this run alone, where nothing recorded has moved since. Raises Busy and Stale."""
    from engine.applying.desk import Settings
    from engine.applying.run import ApplyRun, Report

    plan = planned.plan
    assert plan is not None
    write, read = sets_of(plan)
    if not write:
        return Report()
    with leased(session, write, read) as leases:
        for stack in plan.stacks:
            if _moved(session.store, stack.name, stack.seq, write, read):
                raise Stale(stack.name)
        settings = Settings(
            run=run,
            who=who,
            command=command,
            ids=session.ids,
            seals={stack: session.seal(session.store.keys(stack)) for stack in leases},
            parallelism=session.parallelism,
            message=message,
            wait=wait,
            timeout=timeout,
        )
        machine = ApplyRun(plan, planned, settings, leases, allowed)
        _drive(session, machine, leases)
    return machine.report


def wait_healthy(session: Session, planned: PlanRun, addresses: frozenset[str], timeout: float) -> dict[str, str]:
    """Waits until the addresses are healthy: those that are not in the end, with why. Writes nothing. Raises Interrupted.

    `planned` must have been made after what is waited for was done.
    """
    from engine.applying.health import HealthRun

    run = HealthRun(planned, addresses, timeout)
    executor = session.executor(None)
    try:
        drive(run, executor)
    finally:
        executor.close()
    if run.interrupted:
        raise Interrupted
    return dict(run.unhealthy)


def _moved(
    store: Store, stack: str, seq: int, write: Mapping[str, tuple[str, ...]], read: Mapping[str, tuple[str, ...]]
) -> bool:
    """True where a line after `seq` is about an address that this run reads or writes."""
    if store.head(stack).seq == seq:
        return False
    mine = {*write.get(stack, ()), *read.get(stack, ())}
    return any(
        covers(one, other) or covers(other, one)
        for stored in store.lines(stack, seq)
        for other in _touched(journal.decode(stored.payload))
        for one in mine
    )


def _touched(line: journal.Line) -> tuple[str, ...]:
    match line:
        case journal.Intent(address=address) | journal.Roled(address=address) | journal.Forgot(address=address):
            return (address,)
        case journal.Noted(record=record):
            return (record.address,)
        case journal.Moved(from_address=before, to_address=after):
            return (before, after)
        case _:
            return ()


def same_changes(reviewed: Mapping[str, str], planned: PlanRun) -> frozenset[str]:
    """The addresses whose change now is exactly the one that was reviewed (address -> digest of the change)."""
    plan = planned.plan
    assert plan is not None
    return frozenset(
        change.address
        for change in plan.changes
        if change.acts and reviewed.get(change_key(change)) == digest_of(planned, change)
    )


def change_key(change: Change) -> str:
    return f"{change.address}#{change.generation}" if change.act is Act.DELETE else change.address


def digest_of(planned: PlanRun, change: Change) -> str:
    keys = planned.question.keys[change.address.partition(".")[0]]
    return change_digest(change, digest_secrets(keys.identity_key))
