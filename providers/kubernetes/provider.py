"""The Kubernetes provider: any object of any cluster, by server-side apply.

A type is `apiVersion/kind` (`apps/v1/Deployment`), an identity `Kind[.group]/namespace/name` with `-` where there is no
namespace, and the inputs are the whole object. Nothing here keeps anything between calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Batch, Health, Live, Observation, Readiness, Target, Unreadable
from providers.contract.proposal import Proposal, Wanted
from providers.contract.schema import TypeSchema
from providers.contract.step import Preparation, Step, StepReply
from providers.contract.transport import Answered, Connection, Send
from providers.contract.values import Value
from providers.kubernetes import checks, health, objects, ordering, planning, reading, schemas, steps
from providers.kubernetes.answers import problem
from providers.kubernetes.names import Name, ObjectType, name_of
from providers.kubernetes.requests import get_request

DEFAULT_NAMESPACE = "default"
NAMESPACE = ObjectType(group="", version="v1", kind="Namespace")


class Kubernetes:
    """providers.contract.provider.Provider for the kind "kubernetes"."""

    kind = "kubernetes"

    def types(self) -> Iterable[str]:
        """The built-in ones; a custom kind is served too, without being listed."""
        return list(schemas.built_ins())

    def schema(self, type: str) -> TypeSchema | Diagnostic:
        return schemas.schema(type)

    def check(self, type: str, inputs: dict[str, Value]) -> list[Diagnostic]:
        parsed = ObjectType.parse(type)
        return checks.check(parsed, inputs) if parsed else [_no_type(type)]

    def place(self, type: str, inputs: dict[str, Value], settings: Mapping[str, Value]) -> dict[str, Value]:
        """With the namespace of the instance, "default" where it names none."""
        parsed, namespace = ObjectType.parse(type), settings.get("namespace") or DEFAULT_NAMESPACE
        return objects.place(parsed, inputs, namespace) if parsed and isinstance(namespace, str) else inputs

    def normalize(self, type: str, inputs: dict[str, Value]) -> dict[str, Value]:
        parsed = ObjectType.parse(type)
        return objects.normalize(parsed, inputs) if parsed else inputs

    def identity(self, type: str, inputs: dict[str, Value]) -> str:
        parsed = ObjectType.parse(type)
        name = name_of(parsed, inputs) if parsed else None
        return str(name) if name else ""

    def implied(self, objects: Sequence[tuple[str, str, dict[str, Value]]]) -> list[tuple[str, str]]:
        return ordering.implied(objects)

    def batches(self, targets: Sequence[Target]) -> list[Batch]:
        return reading.batches(targets)

    def read(self, batch: Batch, send: Send) -> dict[str, Observation]:
        return reading.read(batch, send)

    def plan(self, wanted: Sequence[Wanted], send: Send) -> list[Proposal]:
        return [planning.plan_one(question, send) for question in wanted]

    def prepare(self, preparation: Preparation) -> list[Step] | list[Diagnostic]:
        return steps.prepare(preparation)

    def find(self, type: str, step: Step, owner: Mapping[str, str], send: Send) -> list[Live] | Diagnostic:
        """By name, which is unique, and by owner labels in the same namespace."""
        parsed, name = ObjectType.parse(type), Name.parse(step.identity)
        if parsed is None:
            return _no_type(type)
        selector = ",".join(f"{key}={text}" for key, text in sorted(owner.items()) if key not in objects.ANNOTATED)
        namespace = name.namespace if name else ""
        found = reading.listing(parsed, namespace, send, selector) if selector else []
        if isinstance(found, Diagnostic) or name is None or any(live.identity == step.identity for live in found):
            return found
        by_name = reading.read_one(Target(key="", type=type, identity=step.identity), send)
        match by_name:
            case Live():
                return [by_name, *found]
            case Unreadable(diagnostic=diagnostic):
                return diagnostic
        return found

    def ready(self, type: str, live: Live) -> Readiness:
        return health.ready(_parsed(type), live)

    def health(self, type: str, live: Live) -> Health:
        return health.health(_parsed(type), live)

    def list(self, type: str, filter: dict[str, Value], send: Send) -> list[Live] | Diagnostic:
        parsed = ObjectType.parse(type)
        return reading.list_matching(parsed, filter, send) if parsed else _no_type(type)

    def connect(self, type: str, live: Live, send: Send) -> Connection | Diagnostic:
        return Diagnostic(code="P0857", summary=f"a {_parsed(type).kind} carries no provider instance")

    def whoami(self, send: Send) -> dict[str, str] | Diagnostic:
        """The cluster is the uid of its kube-system namespace."""
        name = Name(group_kind="Namespace", namespace="", name="kube-system")
        answer = send("get", get_request(NAMESPACE, name))
        if not isinstance(answer, Answered) or not isinstance(answer.body, dict):
            return problem(answer, "tell which cluster this is")
        uid = (answer.body.get("metadata") or {}).get("uid")
        if not isinstance(uid, str) or not uid:
            return problem(answer, "tell which cluster this is")
        return {"cluster": uid}

    def send_step(self, step: Step, send: Send) -> StepReply:
        return steps.send_step(step, send)


def _no_type(type: str) -> Diagnostic:
    return Diagnostic(code="P0821", summary=f'"{type}" is not an apiVersion and a kind')


def _parsed(type: str) -> ObjectType:
    found = ObjectType.parse(type)
    if found is None:
        raise ValueError(f"not a type: {type}")
    return found
