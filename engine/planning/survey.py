"""What is asked of clouds while a plan is made: opening, reading, listing, proposing, each in as few requests as there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine import effects
from engine.effects import Broken, Notice, Result
from engine.instances import Instance, InstanceSpec
from engine.plan import Act
from engine.planning.candidate import Candidate
from engine.planning.clouds import Cloud, unreachable
from engine.records import Role
from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import (
    Batch,
    Gone,
    Live,
    NotYet,
    Observation,
    Target,
    Unreadable,
    Waiting,
)
from providers.contract.proposal import Wanted

if TYPE_CHECKING:
    from engine.planning.run import PlanRun

PARTS = 10
"""Proposals of one round go out in at most so many effects, so that those that need requests run side by side."""


@dataclass(slots=True)
class Survey:
    run: PlanRun
    clouds: dict[str, Cloud] = field(default_factory=dict)
    read: int = 0
    unreadable: int = 0
    oldest: float = 0.0
    _in_flight: int = 0
    _readers: dict[str, Callable[[Observation], None]] = field(default_factory=dict)

    def cloud(self, spec: InstanceSpec) -> Cloud:
        """The one of this key; made, and told what it waits for, at the first call."""
        key = spec.key
        found = self.clouds.get(key)
        if found is None:
            found = self.clouds[key] = Cloud(spec=spec)
        return found

    def want(self, cloud: Cloud) -> None:
        """Something lives in it: it is opened as soon as what carries it is known."""
        if not cloud.wanted and not cloud.settled:
            cloud.wanted = True

    def observe(self, cloud: Cloud, target: Target, handler: Callable[[Observation], None]) -> None:
        """Reads the target with the next round. In a cloud that is not there, the answer comes at once."""
        if cloud.closed is not None:
            handler(cloud.closed)
            return
        self.want(cloud)
        self._readers[target.key] = handler
        cloud.readings.append(target)

    def enumerate(self, cloud: Cloud, candidate: Candidate) -> None:
        self.want(cloud)
        cloud.listings.append(candidate)

    def propose(self, cloud: Cloud, candidate: Candidate) -> None:
        self.want(cloud)
        cloud.proposals.append(candidate)

    @property
    def queued(self) -> bool:
        """Something that a settled cloud can answer has not been asked yet."""
        return any(cloud.settled and (cloud.readings or cloud.listings or cloud.proposals) for cloud in self.clouds.values())

    def flush(self) -> None:
        """Sends what has been asked for since the last round. Readings first: they decide what is proposed."""
        for cloud in list(self.clouds.values()):
            if cloud.wanted and not cloud.settled and not cloud.opening:
                self._open(cloud)
        for cloud in list(self.clouds.values()):
            if cloud.settled:
                self._flush_readings(cloud)
                self._flush_listings(cloud)
        if not self._in_flight:
            for cloud in list(self.clouds.values()):
                if cloud.settled:
                    self._flush_proposals(cloud)

    def _open(self, cloud: Cloud) -> None:
        carrier = None
        if cloud.spec.carrier:
            found = self._carrier(cloud)
            if found is None:
                return
            if not isinstance(found, tuple):
                self._close(cloud, found)
                return
            carrier = found
        cloud.opening = True
        spec = cloud.spec
        self.run.ask(
            lambda ticket: effects.Opening(ticket=ticket, spec=spec, carrier=carrier),
            lambda result: self._opened(cloud, result),
        )

    def _carrier(self, cloud: Cloud) -> tuple[Instance, str, Live] | Observation | None:
        """What the instance is built on; an observation where that is not there; None while nobody knows yet."""
        address = cloud.spec.carrier
        candidate = self.run.declared.at(address)
        if candidate is not None:
            return self._declared_carrier(candidate)
        if self.run.declared.expected(address):
            return None
        return self._recorded_carrier(address)

    def _declared_carrier(self, candidate: Candidate) -> tuple[Instance, str, Live] | Observation | None:
        if candidate.decision is None:
            return None
        act, live = candidate.decision.act, candidate.observation
        if act is Act.BLOCKED:
            summary = f"{candidate.address}, which it is built on, is blocked: {candidate.decision.text}"
            return Unreadable(diagnostic=Diagnostic(code="P0411", summary=summary))
        if act is Act.REPLACE:
            return Gone(reason=f"{candidate.address} is replaced")
        if act is Act.CREATE or not isinstance(live, Live):
            made = f"{candidate.address} is only to be created"
            return Gone(reason=made) if candidate.recorded is not None else NotYet(reason=made)
        instance = self.run.cloud_of(candidate).instance
        assert instance is not None
        if candidate.recorded is not None and not candidate.recorded.ready:
            readiness = instance.provider.ready(candidate.type, live)
            if isinstance(readiness, Waiting):
                return NotYet(reason=f"{candidate.address} is not ready yet: {readiness.reason}")
        return instance, candidate.type, live

    def _recorded_carrier(self, address: str) -> tuple[Instance, str, Live] | Observation | None:
        found = self.run.records.observation_at(address)
        if found is None:
            return None
        record, observation = found
        match observation:
            case Live():
                instance = self.cloud(self.run.records.spec(record)).instance
                assert instance is not None
                return instance, record.type, observation
            case Unreadable():
                return observation
            case _:
                return Gone(reason=f"{address}, which it was built on, is not there any more")

    def _opened(self, cloud: Cloud, result: Result | Broken) -> None:
        if isinstance(result, Instance):
            cloud.instance = result
            cloud.opening = False
            self.run.declared.opened(cloud)
            return
        diagnostic = result if isinstance(result, Diagnostic) else _trouble(result)
        self._close(cloud, unreachable(diagnostic))

    def _close(self, cloud: Cloud, observation: Observation) -> None:
        cloud.close(observation)
        self.run.declared.opened(cloud)

    def _flush_readings(self, cloud: Cloud) -> None:
        targets, cloud.readings = cloud.readings, []
        if not targets:
            return
        if cloud.instance is None:
            assert cloud.closed is not None
            for target in targets:
                self._readers.pop(target.key)(cloud.closed)
            return
        instance = cloud.instance
        for batch in instance.provider.batches(targets):
            self._read(instance, batch)

    def _read(self, instance: Instance, batch: Batch) -> None:
        self._in_flight += 1
        self.run.ask(
            lambda ticket: effects.Reading(ticket=ticket, instance=instance, batch=batch),
            lambda result: self._have_read(batch, result),
        )

    def _have_read(self, batch: Batch, result: Result | Broken) -> None:
        self._in_flight -= 1
        missing = _trouble(result) if not isinstance(result, dict) else None
        self.oldest = min(self.oldest or self.run.now, self.run.now)
        for target in batch.targets:
            observation = None if not isinstance(result, dict) else result.get(target.key)
            if observation is None:
                why = missing or Diagnostic(code="P0412", summary=f"{target.type} was not answered for")
                observation = Unreadable(diagnostic=why)
            self.read += 1
            self.unreadable += isinstance(observation, Unreadable)
            self._readers.pop(target.key)(observation)
        self.run.tell(Notice(verb="read", done=self.read))

    def _flush_listings(self, cloud: Cloud) -> None:
        listings, cloud.listings = cloud.listings, []
        for candidate in listings:
            if cloud.instance is None:
                self.run.declared.listed(candidate, cloud.closed)
            else:
                self._list(cloud.instance, candidate)

    def _list(self, instance: Instance, candidate: Candidate) -> None:
        self.run.ask(
            lambda ticket: effects.Listing(ticket=ticket, instance=instance, type=candidate.type, filter=candidate.inputs),
            lambda result: self.run.declared.listed(candidate, _found(result)),
        )

    def _flush_proposals(self, cloud: Cloud) -> None:
        candidates, cloud.proposals = cloud.proposals, []
        if not candidates:
            return
        if cloud.instance is None and not cloud.future:
            for candidate in candidates:
                self.run.declared.proposed(candidate, None)
            return
        instance = cloud.instance or self.run.declared.future_instance(cloud)
        if cloud.instance is not None:
            for candidate in candidates:
                self.run.declared.reached(candidate, cloud.instance)
        size = max(1, -(-len(candidates) // PARTS))
        for start in range(0, len(candidates), size):
            self._ask_proposals(instance, candidates[start : start + size], cloud.instance is not None)

    def _ask_proposals(self, instance: Instance, candidates: list[Candidate], reachable: bool) -> None:
        wanted = tuple(_wanted(candidate) for candidate in candidates)
        self.run.ask(
            lambda ticket: effects.Proposing(ticket=ticket, instance=instance, wanted=wanted, reachable=reachable),
            lambda result: self._have_proposals(candidates, result),
        )

    def _have_proposals(self, candidates: list[Candidate], result: Result | Broken) -> None:
        if isinstance(result, list) and len(result) == len(candidates):
            for candidate, proposal in zip(candidates, result):
                self.run.declared.proposed(candidate, proposal)  # type: ignore[arg-type]
            return
        diagnostic = _trouble(result)
        for candidate in candidates:
            candidate.diagnostics.append(diagnostic.at(candidate.address))
            self.run.declared.proposed(candidate, None)


def _wanted(candidate: Candidate) -> Wanted:
    observation, resource = candidate.observation, candidate.resource
    live = observation if isinstance(observation, Live) and candidate.same_place else None
    ignore = resource.declaration.lifecycle.ignore if resource is not None else ()
    recorded = candidate.recorded
    kept = recorded is not None and recorded.role is Role.CURRENT
    return Wanted(
        type=candidate.type,
        inputs=candidate.inputs,
        recorded=candidate.prior if kept or recorded is not None else None,
        live=live,
        ignore=ignore,
        digests=candidate.digests,
    )


def _found(result: Result | Broken) -> list[Live] | Diagnostic:
    if isinstance(result, list):
        return [item for item in result if isinstance(item, Live)]
    return _trouble(result)


def _trouble(result: Result | Broken) -> Diagnostic:
    if isinstance(result, Broken):
        return result.diagnostic
    if isinstance(result, Diagnostic):
        return result
    return Diagnostic(code="P0412", summary="the provider gave no usable answer")
