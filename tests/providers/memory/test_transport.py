"""Faults, waiting times, fences and partitions at the door to the world."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from providers.contract.observation import Absent, Failed, Live, NotYet, Ready, Target, Unreadable, Waiting
from providers.contract.proposal import Action
from providers.contract.step import Done, NoEffect, Preparation, Refused, Step, StepReply, Unanswered
from providers.contract.transport import Answered, Bounds, Connection, Lost, Rejected, Send
from providers.contract.values import Value
from providers.memory.faults import Fault, FaultKind, Faults
from providers.memory.file import FileWorld
from providers.memory.provider import MemoryProvider
from providers.memory.settings import open_transport, open_world, read_settings
from providers.memory.transport import MemoryTransport
from providers.memory.world import World

PROVIDER = MemoryProvider()


def door(transport: MemoryTransport) -> Send:
    return lambda operation, parameters: transport.call(operation, parameters, Bounds())


def create_step(type: str, **inputs: Value) -> Step:
    steps = PROVIDER.prepare(Preparation(type=type, action=Action.CREATE, inputs=inputs))
    assert isinstance(steps[0], Step)
    return steps[0]


def create(send: Send, type: str, **inputs: Value) -> StepReply:
    return PROVIDER.send_step(create_step(type, **inputs), send)


def read(send: Send, type: str, identity: str) -> Any:
    (batch,) = PROVIDER.batches([Target(key="it", type=type, identity=identity)])
    return PROVIDER.read(batch, send)["it"]


@pytest.mark.parametrize(
    ("kind", "reply", "made"),
    [
        (FaultKind.REJECT, Refused, 0),
        (FaultKind.THROTTLE, NoEffect, 0),
        (FaultKind.UNSENT, NoEffect, 0),
        (FaultKind.LOSE, Unanswered, 0),
        (FaultKind.LOSE_AFTER, Unanswered, 1),
    ],
)
def test_a_fault_on_a_create(kind: FaultKind, reply: type[StepReply], made: int) -> None:
    world = World()
    transport = MemoryTransport(world, faults=Faults([Fault(kind=kind, operation="Create", name="n")]))
    assert isinstance(create(door(transport), "Memory::Name", Name="other"), Done)
    assert isinstance(create(door(transport), "Memory::Name", Name="n"), reply)
    assert len(world.everything()) == 1 + made
    second = create(door(transport), "Memory::Name", Name="n")
    assert isinstance(second, Refused if made else Done)


def test_a_fault_strikes_as_often_as_it_says() -> None:
    transport = MemoryTransport(World(), faults=Faults([Fault(kind=FaultKind.THROTTLE, times=2, retry_after=3)]))
    replies = [create(door(transport), "Memory::Bare") for _ in range(3)]
    assert [type(reply) for reply in replies] == [NoEffect, NoEffect, Done]
    assert isinstance(replies[0], NoEffect)
    assert replies[0].retry_after == 3


def test_a_stale_read_shows_what_was_before() -> None:
    world = World()
    transport = MemoryTransport(world)
    send = door(transport)
    create(send, "Memory::Name", Name="n", Size=1)
    transport.faults.add(Fault(kind=FaultKind.STALE, name="n"))
    assert isinstance(read(send, "Memory::Name", "n"), Absent)
    world.alter("Memory::Name", "n", Size=2)
    transport.faults.add(Fault(kind=FaultKind.STALE, name="n"))
    stale = read(send, "Memory::Name", "n")
    assert (stale.values["Size"], read(send, "Memory::Name", "n").values["Size"]) == (1, 2)


def test_not_ready_for_some_reads_then_broken() -> None:
    transport = MemoryTransport(World())
    send = door(transport)
    create(send, "Memory::Cluster")
    transport.faults.add(Fault(kind=FaultKind.NOT_READY, times=2))
    states = []
    for _ in range(3):
        live = read(send, "Memory::Cluster", "cluster-00000001")
        states.append(type(PROVIDER.ready("Memory::Cluster", live)))
    assert states == [Waiting, Waiting, Ready]
    transport.faults.add(Fault(kind=FaultKind.BROKEN))
    live = read(send, "Memory::Cluster", "cluster-00000001")
    assert isinstance(PROVIDER.ready("Memory::Cluster", live), Failed)
    assert PROVIDER.health("Memory::Cluster", live).state == "degraded"


def test_half_a_batch_settles_nothing() -> None:
    transport = MemoryTransport(World(), faults=Faults([Fault(kind=FaultKind.HALF, operation="BatchGet")]))
    create(door(transport), "Memory::Bare")
    assert isinstance(read(door(transport), "Memory::Bare", "bare-00000001"), Unreadable)


def test_a_request_past_its_fence_is_not_sent() -> None:
    now = 100.0
    world = World(clock=lambda: now)
    transport = MemoryTransport(world)
    parameters = create_step("Memory::Bare").parameters
    late = transport.call("Create", parameters, Bounds(not_after=99.0, write=True))
    assert isinstance(late, Lost)
    assert not late.sent
    assert world.everything() == []
    assert isinstance(transport.call("Create", parameters, Bounds(not_after=100.0, deadline=200.0)), Answered)


def test_waiting_goes_through_the_sleep_that_is_given() -> None:
    slept: list[float] = []
    transport = MemoryTransport(World(), latency={"Create": 0.5, "*": 0.25}, sleep=slept.append)
    create(door(transport), "Memory::Bare")
    read(door(transport), "Memory::Bare", "bare-00000001")
    assert (sum(slept[:2]), sum(slept[2:])) == (0.5, 0.25)


def test_an_instance_on_a_cluster_sees_its_own_partition() -> None:
    world = World()
    outside = door(MemoryTransport(world))
    reply = create(outside, "Memory::Cluster", Name="c")
    assert isinstance(reply, Done)
    assert reply.live is not None
    connection = PROVIDER.connect("Memory::Cluster", reply.live, outside)
    assert isinstance(connection, Connection)
    inside = door(open_transport(read_settings({"type": "memory"}), world, partition=connection.endpoint))
    assert isinstance(create(inside, "Memory::Name", Name="n"), Done)
    assert isinstance(read(inside, "Memory::Name", "n"), Live)
    assert isinstance(read(outside, "Memory::Name", "n"), Absent)
    who = PROVIDER.whoami(inside)
    assert who == {"account": "memory-account", "cluster": connection.identity}
    world.delete("Memory::Cluster", reply.identity)
    assert isinstance(read(inside, "Memory::Name", "n"), Unreadable)


def test_a_target_whose_name_is_not_known_is_not_yet() -> None:
    (batch,) = PROVIDER.batches([Target(key="it", type="Memory::Name")])
    assert isinstance(PROVIDER.read(batch, door(MemoryTransport(World())))["it"], NotYet)


def test_settings_are_read_strictly(tmp_path: Path) -> None:
    told = {"type": "memory", "path": str(tmp_path / "world.db"), "faults": [{"kind": "reject", "code": "Quota"}]}
    settings = read_settings(told)
    world = open_world(settings)
    assert isinstance(world, FileWorld)
    answer = open_transport(settings, world).call("Create", {"Type": "Memory::Bare"}, Bounds())
    assert isinstance(answer, Rejected)
    assert answer.code == "Quota"
    world.close()
    with pytest.raises(msgspec.ValidationError):
        read_settings({"faults": [{"kind": "nonsense"}]})
    with pytest.raises(msgspec.ValidationError, match="latncy"):
        read_settings({"latncy": 1})
