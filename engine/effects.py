"""What the core asks for and what it is told: the whole surface between pure code and the world."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from engine.instances import Instance, InstanceSpec
from engine.journal import Line
from engine.stores.store import Head, Lease
from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Batch, Live, Observation
from providers.contract.proposal import Proposal, Wanted
from providers.contract.step import Step, StepReply
from providers.contract.values import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Open a provider instance, and ask who it is. `carrier` is (instance, type, live) of the cluster it is built on."""

    ticket: int
    spec: InstanceSpec
    carrier: tuple[Instance, str, Live] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    ticket: int
    instance: Instance
    batch: Batch


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposing:
    ticket: int
    instance: Instance
    wanted: tuple[Wanted, ...]
    reachable: bool = True
    """False: the instance is only to be created, and nothing may be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    ticket: int
    instance: Instance
    type: str
    filter: dict[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Searching:
    ticket: int
    instance: Instance
    type: str
    step: Step
    owner: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """`not_after` is the fence: refused past it, unsent."""

    ticket: int
    instance: Instance
    step: Step
    not_after: float
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Appending:
    """Lines of one stack, all or none; answered once they are durable."""

    ticket: int
    stack: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewing:
    ticket: int
    stack: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waking:
    """Answered with nothing at `at`, seconds since the epoch, or later."""

    ticket: int
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """For whoever watches. `verb` is started, done, failed, waiting, retrying, skipped or read."""

    verb: str
    address: str = ""
    act: str = ""
    text: str = ""
    identity: str = ""
    done: int = 0
    total: int = 0


Effect: TypeAlias = Opening | Reading | Proposing | Listing | Searching | Sending | Appending | Renewing | Waking | Notice

Result: TypeAlias = (
    Instance | dict[str, Observation] | list[Proposal] | list[Live] | Diagnostic | StepReply | Head | Lease | None
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answer to the effect of the same ticket. `time` is the executor's clock when it arrived."""

    ticket: int
    result: Result
    time: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """The effect raised: the store's error, or a bug of ours. Nothing more may be sent after a store's error."""

    ticket: int
    diagnostic: Diagnostic
    time: float
    lost_lease: bool = False
    store: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupt:
    """A person pressed Ctrl-C, or the process was asked to end: start nothing new."""

    time: float
    reason: str = field(default="interrupted")


Event: TypeAlias = Reply | Broken | Interrupt
