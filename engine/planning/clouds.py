"""Provider instances while a plan is made: waiting for what they are built on, open, or not to be reached."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.instances import Instance, InstanceSpec
from engine.planning.candidate import Candidate
from engine.records import Pin
from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Gone, NotYet, Observation, Target, Unreadable


@dataclass(slots=True, kw_only=True)
class Cloud:
    """One instance. Exactly one of `instance` and `closed` is set once it is settled: `closed` is what everything
    in it is observed as. `readings` wait for it, and go out together."""

    spec: InstanceSpec
    instance: Instance | None = None
    closed: Observation | None = None
    opening: bool = False
    wanted: bool = False
    readings: list[Target] = field(default_factory=list)
    listings: list[Candidate] = field(default_factory=list)
    proposals: list[Candidate] = field(default_factory=list)
    records: int = 0

    @property
    def settled(self) -> bool:
        return self.instance is not None or self.closed is not None

    @property
    def future(self) -> bool:
        """It is only to be created, or created again."""
        return isinstance(self.closed, NotYet | Gone)

    def close(self, observation: Observation) -> None:
        self.closed = observation
        self.opening = False


def unreachable(diagnostic: Diagnostic) -> Unreadable:
    return Unreadable(diagnostic=diagnostic)


def spec_of(pin: Pin) -> InstanceSpec:
    """The instance that something was recorded in."""
    return InstanceSpec(kind=pin.kind, stack=pin.stack, name=pin.name, settings=dict(pin.settings), carrier=pin.carrier)


def mismatch(pin: Pin, instance: Instance) -> Diagnostic | None:
    """Why this is not the cloud that was recorded, or None. Only what both sides know is compared."""
    for name in ("account", "partition", "cluster"):
        before, now = pin.identity.get(name), instance.identity.get(name)
        if before and now and before != now:
            return Diagnostic(
                code="P0410",
                summary=f"{name} is {now}, and what is recorded lives in {before}",
                notes=(("help", "use the credentials of the recorded one; Plumb never guesses that things moved"),),
            )
    return None
