"""What a stack file may say of a memory provider, and what the composition root opens from it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from providers.memory.faults import Fault, Faults
from providers.memory.file import FileWorld
from providers.memory.transport import MemoryTransport
from providers.memory.world import World

COMMON = frozenset({"type", "for_each", "tags", "parallelism", "signature_life", "listing_lag", "cluster"})
"""Settings of every kind of provider, which the engine reads."""


class Settings(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`path`: the file of the world, made where it is missing; without one the world ends with the process.

    `lag`: seconds until listings show what was created. `latency`: seconds for every request, or per operation.
    """

    path: str = ""
    account: str = "memory-account"
    lag: float = 0.0
    latency: float | dict[str, float] = 0.0
    faults: list[Fault] = []


def read_settings(settings: Mapping[str, Any]) -> Settings:
    """Raises `msgspec.ValidationError`, whose text names the setting that is wrong."""
    return msgspec.convert({name: value for name, value in settings.items() if name not in COMMON}, Settings)


def open_world(settings: Settings, *, clock: Callable[[], float] = time.time) -> World:
    """One for each path: instances of one path share it. The account of a file is that of who opens it."""
    if settings.path:
        return FileWorld(settings.path, clock=clock, account=settings.account, listing_lag=settings.lag)
    return World(clock=clock, account=settings.account, listing_lag=settings.lag)


def open_transport(
    settings: Settings, world: World, *, partition: str = "", sleep: Callable[[float], None] = time.sleep
) -> MemoryTransport:
    """`partition` is the endpoint of the connection that the instance is built on; "" where it is built on none."""
    latency = settings.latency if isinstance(settings.latency, dict) else {"*": settings.latency}
    return MemoryTransport(world, partition=partition, faults=Faults(settings.faults), latency=latency, sleep=sleep)
