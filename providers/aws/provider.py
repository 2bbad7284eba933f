"""The provider: the verbs of the contract over the table. Pure but for `send`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from providers.aws import catalog, checking, finding, order, planning, preparing, reading, replies, state
from providers.aws.kind import Type
from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Batch, Health, Live, Observation, Readiness, Target
from providers.contract.proposal import Proposal, Wanted
from providers.contract.schema import TypeSchema
from providers.contract.step import Preparation, Step, StepReply
from providers.contract.transport import Connection, Send
from providers.contract.values import Value


class Types(Mapping[str, Type]):
    """The served types by name, each built when it is first looked at."""

    def __getitem__(self, name: str) -> Type:
        return catalog.served(name)

    def __iter__(self) -> Iterable[str]:  # type: ignore[override]
        return iter(catalog.entries())

    def __len__(self) -> int:
        return len(catalog.entries())


class Aws:
    """Implements providers.contract.provider.Provider for AWS types."""

    kind = "aws"

    def types(self) -> Iterable[str]:
        return sorted(catalog.entries())

    def schema(self, type: str) -> TypeSchema | Diagnostic:
        return catalog.served(type).schema if type in catalog.entries() else catalog.not_served(type)

    def check(self, type: str, inputs: dict[str, Value]) -> list[Diagnostic]:
        return list(checking.problems(catalog.served(type), inputs))

    def normalize(self, type: str, inputs: dict[str, Value]) -> dict[str, Value]:
        return checking.normalized(catalog.served(type), inputs)

    def place(self, type: str, inputs: dict[str, Value], settings: Mapping[str, Value]) -> dict[str, Value]:
        return checking.placed(catalog.served(type), inputs, settings)

    def identity(self, type: str, inputs: dict[str, Value]) -> str:
        kind = catalog.served(type)
        return kind.identity(inputs) if kind.entry.known_identity else ""

    def implied(self, objects: Sequence[tuple[str, str, dict[str, Value]]]) -> list[tuple[str, str]]:
        return order.implied(objects)

    def batches(self, targets: Sequence[Target]) -> list[Batch]:
        return reading.batches(Types(), targets)

    def read(self, batch: Batch, send: Send) -> dict[str, Observation]:
        return reading.read(Types(), batch, send)

    def plan(self, wanted: Sequence[Wanted], send: Send) -> list[Proposal]:
        return [planning.propose(catalog.served(item.type), item) for item in wanted]

    def prepare(self, preparation: Preparation) -> list[Step] | list[Diagnostic]:
        return preparing.steps(catalog.served(preparation.type), preparation)

    def find(self, type: str, step: Step, owner: Mapping[str, str], send: Send) -> list[Live] | Diagnostic:
        return finding.find(catalog.served(type), step, owner, send)

    def ready(self, type: str, live: Live) -> Readiness:
        return state.readiness(catalog.served(type), live)

    def health(self, type: str, live: Live) -> Health:
        return state.health(catalog.served(type), live)

    def list(self, type: str, filter: dict[str, Value], send: Send) -> list[Live] | Diagnostic:
        return finding.list_all(catalog.served(type), filter, send)

    def connect(self, type: str, live: Live, send: Send) -> Connection | Diagnostic:
        return state.connect(type, live, send)

    def whoami(self, send: Send) -> dict[str, str] | Diagnostic:
        return state.whoami(send)

    def send_step(self, step: Step, send: Send) -> StepReply:
        creates = catalog.created_by(step.operation) if step.creates else None
        deletes = catalog.deleted_by(step.operation) if step.deletes else None
        return replies.send_step(step, send, creates=creates, proves=deletes is not None and deletes.delete.proves)
