"""Carries out one effect. The real and the simulated executor both do it with this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from engine import effects
from engine.effects import Effect, Result
from engine.instances import Instance, Providers, Renew
from engine.journal import Line
from engine.stores.store import Head, Lease
from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Live
from providers.contract.transport import Answer, Answered, Bounds, Connection, Rejected, Send


class Appender(Protocol):
    """The one writer of a run: knows the lease of every stack it may write to."""

    def append(self, stack: str, lines: tuple[Line, ...]) -> Head: ...

    def renew(self, stack: str) -> Lease: ...

    def close(self) -> None:
        """Returns once everything that was handed over is answered."""


@dataclass(frozen=True, slots=True)
class BoundSend:
    """A transport with its bounds: what a provider calls `send`."""

    instance: Instance
    bounds: Bounds

    def __call__(self, operation: str, parameters: Mapping[str, Any]) -> Answer:
        return self.instance.transport.call(operation, parameters, self.bounds)


def nothing_there(operation: str, parameters: Mapping[str, Any]) -> Answer:
    """The `send` of an instance that is only to be created."""
    return Rejected(code="NotYet", message="the provider is only to be created", status=0)


@dataclass(slots=True)
class WatchedSend:
    """Remembers the last time that a server told."""

    send: Send
    date: float | None = None

    def __call__(self, operation: str, parameters: Mapping[str, Any]) -> Answer:
        answer = self.send(operation, parameters)
        if isinstance(answer, Answered) and answer.date is not None:
            self.date = answer.date
        return answer


CLOCK_SECONDS = 60.0
READ_SECONDS = 120.0
WRITE_SECONDS = 120.0


@dataclass(slots=True, kw_only=True)
class Ports:
    """What effects are performed with. `appender` is None where nothing may be written (a plan)."""

    providers: Providers
    appender: Appender | None = None
    requests: int = 0


def perform(effect: Effect, ports: Ports, now: float) -> Result:
    match effect:
        case effects.Opening():
            return _open(effect, ports, now)
        case effects.Reading(instance=instance, batch=batch):
            return instance.provider.read(batch, _reader(instance, now))
        case effects.Proposing(instance=instance, wanted=wanted, reachable=reachable):
            send: Send = _reader(instance, now) if reachable else nothing_there
            return instance.provider.plan(wanted, send)
        case effects.Listing(instance=instance):
            return instance.provider.list(effect.type, effect.filter, _reader(instance, now))
        case effects.Searching(instance=instance):
            return instance.provider.find(effect.type, effect.step, effect.owner, _reader(instance, now))
        case effects.Sending(instance=instance, step=step, not_after=not_after):
            bounds = Bounds(deadline=now + WRITE_SECONDS, not_after=not_after or None, write=True)
            return instance.provider.send_step(step, BoundSend(instance, bounds))
        case effects.Appending(stack=stack, lines=lines):
            return _appender(ports).append(stack, lines)
        case effects.Renewing(stack=stack):
            return _appender(ports).renew(stack)
        case effects.Waking() | effects.Notice():
            return None


def _skewed(seconds: float) -> Diagnostic:
    """Signatures, leases and waits all rest on the clock."""
    way = "behind" if seconds > 0 else "ahead of"
    return Diagnostic(
        code="P0416",
        summary=f"this machine's clock is {abs(seconds):.0f} s {way} the cloud's",
        notes=(("help", "set the clock; nothing is done with one that is more than a minute off"),),
    )


def _appender(ports: Ports) -> Appender:
    if ports.appender is None:
        raise RuntimeError("a run without a journal tried to write")
    return ports.appender


def _reader(instance: Instance, now: float) -> BoundSend:
    return BoundSend(instance, Bounds(deadline=now + READ_SECONDS))


def _renewal(carrier: Instance, type: str, live: Live) -> Renew:
    return lambda: carrier.provider.connect(type, live, BoundSend(carrier, Bounds()))


def _open(effect: effects.Opening, ports: Ports, now: float) -> Instance | Diagnostic:
    connection: Connection | None = None
    renew: Renew | None = None
    if effect.carrier is not None:
        renew = _renewal(*effect.carrier)
        found = renew()
        if isinstance(found, Diagnostic):
            return found
        connection = found
    opened = ports.providers.open(effect.spec, connection, renew)
    if isinstance(opened, Diagnostic):
        return opened
    watched = WatchedSend(_reader(opened, now))
    identity = opened.provider.whoami(watched)
    if isinstance(identity, Diagnostic):
        return identity
    if watched.date is not None and abs(watched.date - now) > CLOCK_SECONDS:
        return _skewed(watched.date - now)
    return replace(opened, identity=identity)
