"""plumb state list|show|mv|rm|resolve|verify"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click
import msgspec

from console.commands.common import Common, Kept, address_of, options, storing
from console.project import lease_seconds, refuse, run_id, who
from console.render.shown import leaves, masked, place, shown
from console.render.table import table
from engine import journal
from engine.address import covers
from engine.encoding import from_plain
from engine.records import Recorded, Role
from engine.session import Busy, read_state
from engine.state import Open, State, verify
from engine.stores.store import Held, Lease


@click.group("state", help="What is recorded: list, show, mv, rm, resolve, verify.")
def command() -> None:
    pass


@command.command("list", help="Every recorded address. PREFIX: only what is at or below it.")
@click.argument("prefix", required=False)
@options()
def list_(common: Common, prefix: str | None) -> int:
    with storing(common) as kept:
        found = [record for record in _records(kept) if prefix is None or covers(prefix, record.address)]
        kept.output.data([_plain(record) for record in found])
        if not common.as_json:
            rows = [[record.address, record.type, _role(record), record.identity or "-"] for record in found]
            kept.output.print(table(["ADDRESS", "TYPE", "ROLE", "IDENTITY"], rows) if rows else "nothing is recorded\n")
    return 0


@command.command("show", help="What is recorded at an address, every generation of it.")
@click.argument("address")
@options()
def show(common: Common, address: str) -> int:
    with storing(common) as kept:
        found = _at(kept, address)
        kept.output.data([_plain(record) for record in found])
        if not common.as_json:
            kept.output.print("\n".join(_text(record) for record in found))
    return 0


@command.command("mv", help="Record at TO what is recorded at FROM; nothing in a cloud changes.")
@click.argument("from_", metavar="FROM")
@click.argument("to")
@options()
def mv(common: Common, from_: str, to: str) -> int:
    with storing(common) as kept:
        source, target = address_of(from_), address_of(to)
        if not any(covers(str(source), record.address) for record in _records(kept)):
            raise refuse("P0560", f"nothing is recorded at {source}", "plumb state list")
        moves = [(record, str(target) + record.address[len(str(source)) :]) for record in _records(kept, str(source))]
        for _, after in moves:
            if any(record.address == after for record in _records(kept)):
                raise refuse("P0561", f"something is recorded at {after} already", "plumb state rm lets go of it")
        _refuse_open(kept, [record.address for record, _ in moves])
        if source.stack == target.stack:
            pairs = dict.fromkeys((record.address, after) for record, after in moves)
            now = kept.store.now()
            lines: list[journal.Line] = [
                journal.Moved(time=now, from_address=before, to_address=after) for before, after in pairs
            ]
            _write(kept, {source.stack: lines}, [address for pair in pairs for address in pair])
        else:
            _move_across(kept, source.stack, target.stack, moves)
        kept.output.print(f"moved: {source} is recorded at {target}")
    return 0


def _move_across(kept: Kept, source: str, target: str, moves: list[tuple[Recorded, str]]) -> None:
    """The record is at its new place first: a cut between the two leaves it twice, never nowhere."""
    now = kept.store.now()
    noted: list[journal.Line] = [
        journal.Noted(time=now, record=_abroad(record, after), reason=f"from {record.address}") for record, after in moves
    ]
    forgot: list[journal.Line] = [
        journal.Forgot(time=now, address=record.address, generation=record.generation, reason=f"moved to {after}")
        for record, after in moves
    ]
    touched = [address for record, after in moves for address in (record.address, after)]
    _write(kept, {target: noted, source: forgot}, touched)


def _abroad(record: Recorded, after: str) -> Recorded:
    """What is sealed can be opened by its own stack only: the next apply reads those values again."""
    if b'"$sealed"' in msgspec.json.encode(record.values):
        return msgspec.structs.replace(record, address=after, values={}, ready=False)
    return msgspec.structs.replace(record, address=after)


@command.command("resolve", help="Say what came of a request whose outcome is not known, after you have looked.")
@click.argument("address")
@click.option("--adopt", metavar="IDENTITY", help="It made this object.")
@click.option("--absent", is_flag=True, help="It made nothing, and will not any more.")
@options()
def resolve(common: Common, address: str, adopt: str | None, absent: bool) -> int:
    if (adopt is None) == (not absent):
        raise click.UsageError("give either --adopt IDENTITY or --absent")
    with storing(common) as kept:
        wanted = address_of(address)
        state = read_state(kept.store, wanted.stack)
        open_ones = [state.open[name] for name in state.open_at(str(wanted)) if state.open[name].unresolved]
        if not open_ones:
            raise refuse("P0564", f"no request at {wanted} waits for an answer", "plumb status names those that do")
        now = kept.store.now()
        lines = [line for item in open_ones for line in _settled(item, adopt, now)]
        _write(kept, {wanted.stack: lines}, [str(wanted)])
        kept.output.print(f"resolved: {wanted} {f'is {adopt}' if adopt is not None else 'was not made'}")
    return 0


def _settled(item: Open, adopt: str | None, now: float) -> list[journal.Line]:
    last = item.last
    if adopt is not None and last.deletes:
        raise refuse("P0565", "a deletion makes nothing that could be adopted", "--absent says that nothing is there")
    result = "done" if adopt is not None or last.deletes else "refused"
    message = "said by a person"
    outcome = journal.Outcome(
        time=now, operation=last.operation, step=last.step, result=result, identity=adopt or "", message=message
    )
    if last.deletes:
        return [outcome, journal.Done(time=now, operation=last.operation)]
    return [outcome, journal.Failed(time=now, operation=last.operation, message=message)]


@command.command("rm", help="Forget what is recorded at an address; it stays alive, and is nobody's.")
@click.argument("address")
@options()
def rm(common: Common, address: str) -> int:
    with storing(common) as kept:
        found = _at(kept, address)
        _refuse_open(kept, [record.address for record in found])
        now = kept.store.now()
        lines: list[journal.Line] = [
            journal.Forgot(time=now, address=record.address, generation=record.generation, reason="state rm")
            for record in found
        ]
        _write(kept, {address_of(address).stack: lines}, [record.address for record in found])
        kept.output.print(
            "\n".join(f"forgotten: {item.address} ({item.type} {item.identity}); it stays alive" for item in found)
        )
    return 0


@command.command("verify", help="Read every journal from its first line, and check the state that comes of it.")
@options()
def verify_(common: Common) -> int:
    with storing(common) as kept:
        broken: dict[str, list[str]] = {}
        rows = []
        for name in kept.store.stacks():
            state = read_state(kept.store, name)
            broken[name] = verify(state)
            rows.append(
                [name, str(state.seq), str(len(state.records)), str(len(state.open)), "; ".join(broken[name]) or "good"]
            )
        kept.output.data(broken)
        if not common.as_json:
            kept.output.print(table(["STACK", "LINES", "RECORDS", "OPEN", "STATE"], rows) if rows else "nothing is recorded\n")
    return 1 if any(broken.values()) else 0


def _records(kept: Kept, prefix: str = "") -> list[Recorded]:
    return [
        record
        for name in kept.store.stacks()
        for _, record in sorted(read_state(kept.store, name).records.items())
        if not prefix or covers(prefix, record.address)
    ]


def _at(kept: Kept, text: str) -> list[Recorded]:
    """What is recorded at the address or below it. Raises Refused where there is nothing."""
    address = str(address_of(text))
    found = _records(kept, address)
    if not found:
        from difflib import get_close_matches

        near = get_close_matches(address, [record.address for record in _records(kept)], n=1)
        raise refuse("P0560", f"nothing is recorded at {address}", f'did you mean "{near[0]}"?' if near else "plumb state list")
    return found


def _refuse_open(kept: Kept, addresses: Iterable[str]) -> None:
    """An open request has to be settled first: what it did belongs to its address."""
    for address in addresses:
        if read_state(kept.store, address.partition(".")[0]).open_at(address):
            raise refuse("P0562", f"an earlier request at {address} is not settled", "plumb apply settles it", status=3)


def _write(kept: Kept, lines: dict[str, list[journal.Line]], addresses: list[str]) -> None:
    """Under leases over just these addresses, and only where the state is sound. Raises Busy and Refused."""
    from engine.stores.holder import this_process

    leases: list[Lease] = []
    try:
        for stack in sorted(lines):
            mine = tuple(sorted({address for address in addresses if address.partition(".")[0] == stack}))
            found = kept.store.acquire(stack, mine, (), this_process(who()), lease_seconds(kept.project))
            if isinstance(found, Held):
                raise Busy(stack, found)
            leases.append(found)
            _sound(read_state(kept.store, stack))
        held = {lease.stack: lease for lease in leases}
        for stack, members in lines.items():
            commit = read_state(kept.store, stack).commit
            begun = journal.Began(time=kept.store.now(), run=run_id(), command="state", commit=commit, who=who())
            ended = journal.Ended(time=kept.store.now(), run=begun.run, result="applied")
            kept.store.append(held[stack], [journal.encode(line) for line in (begun, *members, ended)])
    finally:
        for lease in leases:
            kept.store.release(lease)


def _sound(state: State) -> None:
    broken = verify(state)
    if broken:
        raise refuse("P0563", f"the state of {state.stack} is not sound: {broken[0]}", "plumb state verify", status=3)


def _role(record: Recorded) -> str:
    from console.runs import stamp

    text = record.role.value if record.role is not Role.GRACE else f"grace until {stamp(record.until)}"
    return text if record.ready or record.role is not Role.CURRENT else f"{text}, not ready"


def _plain(record: Recorded) -> dict[str, Any]:
    return {
        **msgspec.to_builtins(record),
        "inputs": masked(from_plain(record.inputs)),
        "values": masked(from_plain(record.values)),
    }


def _text(record: Recorded) -> str:
    lines = [
        f"{record.address}  {record.type}  {_role(record)}, generation {record.generation}",
        f"  identity    {record.identity or '-'}",
        f"  uid         {record.uid}",
        f"  provider    {' '.join([record.pin.kind, *record.pin.identity.values()])}",
        f"  declared    {record.position or '-'} at {record.commit[:7] or 'no commit'}",
        f"  needs       {', '.join(record.needs) or '-'}",
        "  values",
    ]
    lines.extend(f"    {place(path)}  {shown(value)}" for path, value in leaves(from_plain(record.values)) if path)
    return "\n".join(lines) + "\n"
