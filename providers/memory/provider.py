"""The provider of the pretended cloud."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, cast

from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import (
    HEALTHY,
    Absent,
    Batch,
    Failed,
    Health,
    Live,
    NotYet,
    Observation,
    Readiness,
    Ready,
    Target,
    Unreadable,
    Waiting,
)
from providers.contract.proposal import Action, Proposal, Wanted
from providers.contract.schema import TypeSchema
from providers.contract.step import Preparation, Step, StepReply, TokenSlot
from providers.contract.transport import Answered, Connection, Send
from providers.contract.values import Path, Value, is_known, reveal
from providers.memory.answers import to_live, to_reply, trouble
from providers.memory.compare import apply, differences, request, tag_list, tag_map
from providers.memory.types import DEFAULTS, FACTS, REFUSED, SCHEMAS, UNKNOWN_OUTPUTS
from providers.memory.world import PAGE

_TOKEN = TokenSlot(path=("Token",), longest=64)


class MemoryProvider:
    """All verbs of the contract over a `MemoryTransport`; holds nothing itself."""

    kind = "memory"

    def types(self) -> Iterable[str]:
        return list(FACTS)

    def schema(self, type: str) -> TypeSchema | Diagnostic:
        found = SCHEMAS.get(type)
        if found is not None:
            return found
        near = get_close_matches(type, FACTS, n=1)
        notes = (("help", f"did you mean {near[0]}?"),) if near else ()
        return Diagnostic(code="P0601", summary=f"unknown type {type}", notes=notes)

    def check(self, type: str, inputs: dict[str, Value]) -> list[Diagnostic]:
        found = [
            Diagnostic(code="P0605", summary=f"{name} of {type} is not served", detail=reason, path=(name,))
            for name, reason in REFUSED.items()
            if name in inputs
        ]
        tags = inputs.get("Tags")
        keys = [tag.get("Key") for tag in tags if isinstance(tag, dict)] if isinstance(tags, list) else []
        keys = [key for key in keys if isinstance(key, str)]
        if len(keys) != len(set(keys)):
            found.append(Diagnostic(code="P0606", summary="two tags of one key", path=("Tags",)))
        return found

    def normalize(self, type: str, inputs: dict[str, Value]) -> dict[str, Value]:
        if "Tags" not in inputs and None not in inputs.values():
            return inputs
        result: dict[str, Value] = {name: value for name, value in inputs.items() if value is not None}
        tags = result.get("Tags")
        if isinstance(tags, dict):
            result["Tags"] = tag_list(tags)
        elif isinstance(tags, list) and all(isinstance(tag, dict) and isinstance(tag.get("Key"), str) for tag in tags):
            result["Tags"] = sorted(tags, key=lambda tag: str(cast("dict[str, Value]", tag)["Key"]))
        return result

    def place(self, type: str, inputs: dict[str, Value], settings: Mapping[str, Value]) -> dict[str, Value]:
        tags = settings.get("tags")
        if not isinstance(tags, dict) or not tags or not FACTS[type].taggable:
            return inputs
        own = inputs.get("Tags")
        if isinstance(own, dict):
            return {**inputs, "Tags": {**tags, **own}}
        if own is None or isinstance(own, list):
            return {**inputs, "Tags": tag_list({**tags, **tag_map(own)})}
        return inputs

    def identity(self, type: str, inputs: dict[str, Value]) -> str:
        name = inputs.get("Name") if FACTS[type].named else None
        return name if isinstance(name, str) else ""

    def implied(self, objects: Sequence[tuple[str, str, dict[str, Value]]]) -> list[tuple[str, str]]:
        return []

    def batches(self, targets: Sequence[Target]) -> list[Batch]:
        return [Batch(targets=tuple(targets[start : start + PAGE])) for start in range(0, len(targets), PAGE)]

    def read(self, batch: Batch, send: Send) -> dict[str, Observation]:
        found: dict[str, Observation] = {}
        asked: list[tuple[Target, dict[str, str]]] = []
        for target in batch.targets:
            identity = target.identity or self.identity(target.type, target.inputs)
            if identity:
                asked.append((target, {"Type": target.type, "Id": identity}))
            else:
                found[target.key] = _nameless(target)
        if not asked:
            return found
        answer = send("BatchGet", {"Items": [entry for _, entry in asked]})
        images = answer.body.get("Items") if isinstance(answer, Answered) else None
        if images is None or len(images) != len(asked):
            unreadable = Unreadable(diagnostic=trouble(answer))
            return found | {target.key: unreadable for target, _ in asked}
        for (target, _), image in zip(asked, images):
            found[target.key] = Absent(reason="not found") if image is None else to_live(image)
        return found

    def plan(self, wanted: Sequence[Wanted], send: Send) -> list[Proposal]:
        return [_proposal(question) for question in wanted]

    def prepare(self, preparation: Preparation) -> list[Step] | list[Diagnostic]:
        if not is_known(preparation.inputs):
            return [Diagnostic(code="P0607", summary=f"a value of this {preparation.type} is not known yet")]
        match preparation.action:
            case Action.CREATE:
                return [_create(preparation)]
            case Action.UPDATE:
                return _update(preparation)
            case Action.DELETE:
                return _delete(preparation)
            case Action.REPLACE:
                first, second = [_create(preparation)], _delete(preparation)
                proposal = preparation.proposal
                return first + second if proposal is None or proposal.create_first else second + first
            case Action.NONE:
                return []

    def find(self, type: str, step: Step, owner: Mapping[str, str], send: Send) -> list[Live] | Diagnostic:
        facts = FACTS[type]
        values = cast("dict[str, Any]", step.parameters.get("Values") or {})
        name = reveal(values.get("Name"))
        if facts.named:
            identity = step.identity or str(name or "")
            answer = send("BatchGet", {"Items": [{"Type": type, "Id": identity}]})
            if not isinstance(answer, Answered) or len(answer.body.get("Items", ())) != 1:
                return trouble(answer)
            return [to_live(image) for image in answer.body["Items"] if image is not None]
        if facts.taggable:
            return _listing(send, {"Type": type, "Tags": dict(owner)})
        return _listing(send, {"Type": type, "Filter": {} if name is None else {"Name": name}})

    def ready(self, type: str, live: Live) -> Readiness:
        match live.values.get("Status"):
            case "ready":
                return Ready()
            case "failed":
                return Failed(diagnostic=Diagnostic(code="P0608", summary=f"{type} {live.identity} failed"))
            case _:
                return Waiting(reason="it is being created")

    def health(self, type: str, live: Live) -> Health:
        match live.values.get("Status"):
            case "ready":
                return HEALTHY
            case "failed":
                return Health(state="degraded", reason="it failed")
            case "creating":
                return Health(state="progressing", reason="it is being created")
            case _:
                return Health(state="unknown", reason="it does not say how it is")

    def list(self, type: str, filter: dict[str, Value], send: Send) -> list[Live] | Diagnostic:
        plain = cast("dict[str, Value]", reveal(cast(Value, filter)))
        tags = tag_map(plain.get("Tags"))
        rest = {name: value for name, value in plain.items() if name != "Tags"}
        return _listing(send, {"Type": type, "Filter": rest, "Tags": tags})

    def connect(self, type: str, live: Live, send: Send) -> Connection | Diagnostic:
        if not FACTS[type].carries:
            return Diagnostic(code="P0609", summary=f"no provider instance can be built on a {type}")
        endpoint = live.values.get("Endpoint")
        if not isinstance(endpoint, str):
            return Diagnostic(code="P0610", summary=f"{type} {live.identity} has no endpoint yet")
        return Connection(endpoint=endpoint, identity=live.uid)

    def whoami(self, send: Send) -> dict[str, str] | Diagnostic:
        answer = send("WhoAmI", {})
        return dict(answer.body) if isinstance(answer, Answered) else trouble(answer)

    def send_step(self, step: Step, send: Send) -> StepReply:
        parameters = cast("dict[str, Any]", reveal(cast(Value, step.parameters)))
        return to_reply(send(step.operation, parameters), step.identity, deletes=step.deletes)


def _nameless(target: Target) -> Observation:
    """What has no identity: of a type whose identity the cloud mints, nothing was made for it yet."""
    if FACTS[target.type].named:
        return NotYet(reason="its name is not known yet")
    return Absent(reason="it has no identity yet")


def _listing(send: Send, parameters: dict[str, Any]) -> list[Live] | Diagnostic:
    """All pages, or why one of them is of no use."""
    return [to_live(image) for image in found] if isinstance(found := _pages(send, parameters), list) else found


def _pages(send: Send, parameters: dict[str, Any]) -> list[Mapping[str, Any]] | Diagnostic:
    images: list[Mapping[str, Any]] = []
    start = ""
    while True:
        answer = send("List", {**parameters, "Next": start} if start else parameters)
        if not isinstance(answer, Answered) or "Next" not in answer.body:
            return trouble(answer)
        images.extend(answer.body["Items"])
        start = answer.body["Next"]
        if not start:
            return images


def _proposal(wanted: Wanted) -> Proposal:
    live = wanted.live
    schema = SCHEMAS[wanted.type]
    if live is None:
        return Proposal(action=Action.CREATE, planned={**UNKNOWN_OUTPUTS, **DEFAULTS, **wanted.inputs})
    found = differences(schema, wanted.inputs, wanted.recorded, live.values, wanted.ignore, wanted.digests)
    if not found:
        return Proposal(action=Action.NONE, planned=live.values)
    replaces = tuple(item.path for item in found if item.path[:1] in schema.create_only)
    if replaces:
        kept = FACTS[wanted.type].named and ("Name",) not in replaces
        return Proposal(
            action=Action.REPLACE,
            planned={**UNKNOWN_OUTPUTS, **DEFAULTS, **wanted.inputs},
            differences=tuple(found),
            replaces=replaces,
            create_first=not kept,
        )
    planned = apply(found, live.values) | {"Generation": UNKNOWN_OUTPUTS["Generation"]}
    if any(item.path == ("Size",) for item in found):
        planned["Double"] = UNKNOWN_OUTPUTS["Double"]
    for item in schema.write_only:
        planned.pop(cast(str, item[0]), None)
    return Proposal(action=Action.UPDATE, planned=planned, differences=tuple(found))


def _create(preparation: Preparation) -> Step:
    facts = FACTS[preparation.type]
    values: dict[str, object] = {key: value for key, value in preparation.inputs.items() if key != "Tags"}
    parameters: dict[str, object] = {"Type": preparation.type, "Values": values}
    if facts.taggable:
        parameters["Tags"] = {**tag_map(preparation.inputs.get("Tags")), **preparation.owner}
    return Step(
        operation="Create",
        parameters=parameters,
        recovery=facts.recovery,
        creates=True,
        identity=str(reveal(preparation.inputs.get("Name"))) if facts.named else "",
        token=_TOKEN if facts.recovery.name == "TOKEN" else None,
        note="create",
    )


def _update(preparation: Preparation) -> list[Step] | list[Diagnostic]:
    live = preparation.live
    if live is None:
        return [Diagnostic(code="P0611", summary=f"there is no {preparation.type} to update")]
    proposal = preparation.proposal
    schema = SCHEMAS[preparation.type]
    found = differences(schema, preparation.inputs, preparation.recorded, live.values)
    if proposal is not None:
        found = [item for item in found if any(_meet(item.path, asked.path) for asked in proposal.differences)]
    wanted = request(found, live.values)
    parameters: dict[str, object] = {"Type": preparation.type, "Id": live.identity}
    parts = {"Set": wanted.set, "Unset": wanted.unset, "Tags": wanted.tags, "Untag": wanted.untag}
    parameters |= {name: part for name, part in parts.items() if part}
    if len(parameters) == 2:
        return []
    return [Step(operation="Update", parameters=parameters, identity=live.identity, note="update")]


def _meet(path: Path, asked: Path) -> bool:
    """True where one path is the other or lies above it: what was unknown may have become several leaves."""
    return all(one == other for one, other in zip(path, asked))


def _delete(preparation: Preparation) -> list[Step]:
    live = preparation.live
    if live is None:
        return []
    parameters: dict[str, object] = {"Type": preparation.type, "Id": live.identity}
    if live.uid:
        parameters["Uid"] = live.uid
    return [Step(operation="Delete", parameters=parameters, deletes=True, identity=live.identity, note="delete")]
