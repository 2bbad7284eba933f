"""The two protocols of a provider, so that planning cannot write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Batch, Health, Live, Observation, Readiness, Target
from providers.contract.proposal import Proposal, Wanted
from providers.contract.schema import TypeSchema
from providers.contract.step import Preparation, Step, StepReply
from providers.contract.transport import Connection, Send
from providers.contract.values import Value


class Reader(Protocol):
    """Everything that changes nothing. `send`-less verbs are pure.

    One object serves every instance of its kind: what differs between instances lies behind `send`.
    """

    kind: str

    def types(self) -> Iterable[str]:
        """Every type it serves, sorted."""

    def schema(self, type: str) -> TypeSchema | Diagnostic:
        """The facts of `type`, or why it is not served, with the nearest name."""

    def check(self, type: str, inputs: dict[str, Value]) -> list[Diagnostic]:
        """What is wrong with these inputs beyond what `schema` says by itself; unknowns are not wrong.

        Refused properties and rules across properties belong here. Paths are relative to the inputs.
        """

    def normalize(self, type: str, inputs: dict[str, Value]) -> dict[str, Value]:
        """The inputs in the schema's own form: tags as the type wants them, documents parsed, text where text is wanted."""

    def place(self, type: str, inputs: dict[str, Value], settings: Mapping[str, Value]) -> dict[str, Value]:
        """The inputs with what the instance's settings add where they say nothing: default tags, the namespace.

        `settings` are those of the instance, its `tags` under "tags". Called before `normalize`.
        """

    def identity(self, type: str, inputs: dict[str, Value]) -> str:
        """The identity that follows from the inputs alone, or "" where it does not, or is not known yet."""

    def implied(self, objects: Sequence[tuple[str, str, dict[str, Value]]]) -> list[tuple[str, str]]:
        """Order that no expression says, among these (key, type, inputs) of one instance: pairs of keys, the first of
        which needs the second (an object its namespace, a custom resource its definition)."""

    def batches(self, targets: Sequence[Target]) -> list[Batch]:
        """The targets grouped into as few requests as the API allows; every target in exactly one batch."""

    def read(self, batch: Batch, send: Send) -> dict[str, Observation]:
        """One observation for each target's key. A target that an answer does not settle is Unreadable, never Absent."""

    def plan(self, wanted: Sequence[Wanted], send: Send) -> list[Proposal]:
        """One proposal for each question, in order. Nothing changes in the world."""

    def prepare(self, preparation: Preparation) -> list[Step] | list[Diagnostic]:
        """The requests, in order, each idempotent under its recovery class; what is already so needs no step."""

    def find(self, type: str, step: Step, owner: Mapping[str, str], send: Send) -> list[Live] | Diagnostic:
        """Every live object that carries `owner`, or that the step's name or key points at, from complete listings."""

    def ready(self, type: str, live: Live) -> Readiness: ...

    def health(self, type: str, live: Live) -> Health: ...

    def list(self, type: str, filter: dict[str, Value], send: Send) -> list[Live] | Diagnostic:
        """All live objects of the type that match, from a complete listing; `filter` holds equal property values."""

    def connect(self, type: str, live: Live, send: Send) -> Connection | Diagnostic:
        """How the provider instance built on this object reaches it."""

    def whoami(self, send: Send) -> dict[str, str] | Diagnostic:
        """Who this instance is ("account", "region", "partition"; the UID of kube-system): pinned, checked before every run."""


class Writer(Protocol):
    def send_step(self, step: Step, send: Send) -> StepReply:
        """Sends the one request of `step`, as it is. Never retries. After Unanswered the object may or may not be there."""


class Provider(Reader, Writer, Protocol):
    """Both. Planning is typed to take a Reader only."""
