"""What was done, from the journal: one run per command, with the operations it made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from engine import journal
from engine.address import covers
from engine.stores.store import Store


@dataclass(slots=True, kw_only=True)
class Operation:
    """One thing that was done at an address. `outcome` is done, failed: why, or open."""

    address: str
    action: str
    time: float
    generation: int = 0
    outcome: str = "open"
    identity: str = ""


@dataclass(slots=True, kw_only=True)
class Run:
    """`result` is empty while it runs, and for one that was cut off. Times in seconds since the epoch."""

    stack: str
    run: str
    command: str
    time: float
    commit: str = ""
    uncommitted: bool = False
    who: str = ""
    digest: str = ""
    message: str = ""
    result: str = ""
    ended: float = 0.0
    operations: list[Operation] = field(default_factory=list)


def runs_of(store: Store, stack: str) -> list[Run]:
    """Oldest first. What is written outside a run (suspensions, `state mv`) is a run of its own."""
    found: list[Run] = []
    by_run: dict[str, Run] = {}
    by_operation: dict[str, Operation] = {}
    for stored in store.lines(stack):
        line = journal.decode(stored.payload)
        match line:
            case journal.Began():
                begun = _begun(stack, line)
                by_run[line.run] = begun
                found.append(begun)
            case journal.Intent() if line.operation not in by_operation:
                operation = Operation(address=line.address, action=line.action, time=line.time, generation=line.generation)
                by_operation[line.operation] = operation
                owner = by_run.get(line.run) or (found[-1] if found else None)
                if owner is not None:
                    owner.operations.append(operation)
            case journal.Ready(operation=name, identity=identity) if name in by_operation:
                by_operation[name].identity = identity
            case journal.Done(operation=name) if name in by_operation:
                by_operation[name].outcome = "done"
            case journal.Failed(operation=name, message=message) if name in by_operation:
                by_operation[name].outcome = f"failed: {message}"
            case journal.Ended() if line.run in by_run:
                by_run[line.run].result, by_run[line.run].ended = line.result, line.time
                by_run[line.run].message = by_run[line.run].message or line.message
            case _:
                _beside(stack, line, found)
    return found


def _begun(stack: str, line: journal.Began) -> Run:
    return Run(
        stack=stack,
        run=line.run,
        command=line.command,
        time=line.time,
        commit=line.commit,
        uncommitted=line.uncommitted,
        who=line.who,
        digest=line.digest,
        message=line.message,
    )


def _beside(stack: str, line: journal.Line, found: list[Run]) -> None:
    """Lines that are an operation by themselves."""
    operation = next(iter(_noted(line)), None)
    if operation is not None and found and not found[-1].result:
        found[-1].operations.append(operation)
        return
    match line:
        case journal.Suspended():
            words = (line.reason or "") + (f" until {stamp(line.until)}" if line.until else "")
            found.append(_alone(stack, "suspend", line.time, line.who, words.strip()))
        case journal.Resumed():
            found.append(_alone(stack, "resume", line.time, line.who, ""))
        case _ if operation is not None:
            run = _alone(stack, "state", line.time, "", "")
            run.operations.append(operation)
            found.append(run)


def _alone(stack: str, command: str, time: float, who: str, message: str) -> Run:
    return Run(stack=stack, run="", command=command, time=time, who=who, message=message, result="done", ended=time)


def _noted(line: journal.Line) -> Iterator[Operation]:
    match line:
        case journal.Noted(record=record):
            yield Operation(address=record.address, action=f"record ({line.reason})", time=line.time, outcome="done")
        case journal.Roled():
            yield Operation(address=line.address, action=line.role.value, time=line.time, outcome="done")
        case journal.Forgot():
            yield Operation(address=line.address, action=f"forget ({line.reason})", time=line.time, outcome="done")
        case journal.Moved():
            yield Operation(address=line.to_address, action=f"move from {line.from_address}", time=line.time, outcome="done")


def at_address(runs: list[Run], address: str) -> list[tuple[Run, Operation]]:
    """What was done at the address, or below it."""
    return [(run, item) for run in runs for item in run.operations if covers(address, item.address)]


def stamp(time: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
