"""One address while it is being planned."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from engine.decide import Decision
from engine.instances import InstanceSpec
from engine.records import Recorded
from engine.resource import Resource
from engine.stack import Stack
from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Observation
from providers.contract.proposal import Proposal
from providers.contract.values import Value


class Stage(IntEnum):
    RESOLVED = 1
    OBSERVED = 2
    PROPOSED = 3
    DECIDED = 4


@dataclass(slots=True, kw_only=True)
class Candidate:
    """`resource` is None for what is recorded and not declared. `key` names it in effects and in the tables of the run:
    the address, and the generation for a record that is not the one that stands for its address."""

    key: str
    address: str
    stack: Stack | None
    spec: InstanceSpec
    type: str
    resource: Resource | None = None
    recorded: Recorded | None = None
    inputs: dict[str, Value] = field(default_factory=dict)
    prior: dict[str, Value] | None = None
    digests: dict[str, str] = field(default_factory=dict)
    identity: str = ""
    importing: bool = False
    needs: tuple[str, ...] = ()
    observation: Observation | None = None
    proposal: Proposal | None = None
    decision: Decision | None = None
    value: Value = None
    diagnostics: list[Diagnostic] = field(default_factory=list)
    elsewhere: str = ""
    same_place: bool = True
    blocked_by: str = ""
    replace_requested: str = ""
    skipped: bool = False
    later: bool = False
    """A `read` whose inputs, or whose provider, are known only in the run."""
    stage: Stage = Stage.RESOLVED
