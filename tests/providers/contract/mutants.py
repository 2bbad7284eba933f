"""Broken providers: each does one thing wrong, and one law at least must say so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Absent, Batch, Health, Live, Observation, Target, Unreadable
from providers.contract.proposal import Action, Proposal, Wanted
from providers.contract.step import Done, NoEffect, Preparation, Step, StepReply, Unanswered
from providers.contract.transport import Answered, Send
from providers.contract.values import Unknown, Value, map_leaves, reveal
from providers.memory.provider import MemoryProvider


class TakesSilenceForAbsence(MemoryProvider):
    def read(self, batch: Batch, send: Send) -> dict[str, Observation]:
        found = super().read(batch, send)
        return {key: Absent() if isinstance(seen, Unreadable) else seen for key, seen in found.items()}


class TakesHalfForAll(MemoryProvider):
    def list(self, type: str, filter: dict[str, Value], send: Send) -> list[Live] | Diagnostic:
        def whole(operation: str, parameters: Mapping[str, Any]) -> Any:
            answer = send(operation, parameters)
            return replace(answer, body={"Next": "", **answer.body}) if isinstance(answer, Answered) else answer

        return super().list(type, filter, whole)


class RetriesByItself(MemoryProvider):
    def send_step(self, step: Step, send: Send) -> StepReply:
        reply = super().send_step(step, send)
        return super().send_step(step, send) if isinstance(reply, NoEffect) else reply


class TakesSilenceForNoEffect(MemoryProvider):
    def send_step(self, step: Step, send: Send) -> StepReply:
        reply = super().send_step(step, send)
        diagnostic = Diagnostic(code="P0000", summary="no answer")
        return NoEffect(diagnostic=diagnostic) if isinstance(reply, Unanswered) else reply


class ShowsOwnerTags(MemoryProvider):
    def read(self, batch: Batch, send: Send) -> dict[str, Observation]:
        found = super().read(batch, send)
        return {
            key: replace(seen, values={**seen.values, "Labels": dict(seen.owner)}) if isinstance(seen, Live) else seen
            for key, seen in found.items()
        }


class ForgetsTheOwner(MemoryProvider):
    def prepare(self, preparation: Preparation) -> list[Step] | list[Diagnostic]:
        return super().prepare(replace(preparation, owner={}))


class ForgetsTheToken(MemoryProvider):
    def prepare(self, preparation: Preparation) -> list[Step] | list[Diagnostic]:
        return [replace(step, token=None) for step in super().prepare(preparation) if isinstance(step, Step)]


class NeverReleases(MemoryProvider):
    def plan(self, wanted: Sequence[Wanted], send: Send) -> list[Proposal]:
        return super().plan([replace(item, recorded=None) for item in wanted], send)


class ReplacesNothing(MemoryProvider):
    def plan(self, wanted: Sequence[Wanted], send: Send) -> list[Proposal]:
        return [
            replace(item, action=Action.UPDATE, replaces=()) if item.action is Action.REPLACE else item
            for item in super().plan(wanted, send)
        ]


class TakesUnknownForTheSame(MemoryProvider):
    def plan(self, wanted: Sequence[Wanted], send: Send) -> list[Proposal]:
        def known(item: Wanted) -> Wanted:
            return replace(item, inputs={key: leaf for key, leaf in item.inputs.items() if not isinstance(leaf, Unknown)})

        return super().plan([known(replace(item, recorded=None)) if item.live else item for item in wanted], send)


class ComparesWithTheRecord(MemoryProvider):
    def plan(self, wanted: Sequence[Wanted], send: Send) -> list[Proposal]:
        def believed(item: Wanted) -> Wanted:
            if item.live is None or item.recorded is None:
                return item
            return replace(item, live=replace(item.live, values={**item.live.values, **item.recorded}))

        return super().plan([believed(item) for item in wanted], send)


class PlansByDoing(MemoryProvider):
    def plan(self, wanted: Sequence[Wanted], send: Send) -> list[Proposal]:
        for item in wanted:
            if item.live is not None:
                send("Update", {"Type": item.type, "Id": item.live.identity, "Set": {}})
        return super().plan(wanted, send)


class LosesTargets(MemoryProvider):
    def batches(self, targets: Sequence[Target]) -> list[Batch]:
        return super().batches(targets[:5])


class FindsStrangers(MemoryProvider):
    def find(self, type: str, step: Step, owner: Mapping[str, str], send: Send) -> list[Live] | Diagnostic:
        return super().find(type, step, {"plumb.dev/stack": owner["plumb.dev/stack"]}, send)


class TellsSecrets(MemoryProvider):
    def send_step(self, step: Step, send: Send) -> StepReply:
        reply = super().send_step(step, send)
        return replace(reply, produced=reveal(step.parameters)) if isinstance(reply, Done) else reply  # type: ignore[arg-type]


class KeepsWhatIsDeleted(MemoryProvider):
    def send_step(self, step: Step, send: Send) -> StepReply:
        return Done(identity=step.identity, gone=True) if step.deletes else super().send_step(step, send)


class NormalizesTwice(MemoryProvider):
    def normalize(self, type: str, inputs: dict[str, Value]) -> dict[str, Value]:
        once = super().normalize(type, inputs)
        return {**once, "Name": f"{once.get('Name')}-"}


class KnowsTheFuture(MemoryProvider):
    def plan(self, wanted: Sequence[Wanted], send: Send) -> list[Proposal]:
        def guess(leaf: Value) -> Value:
            return "soon" if isinstance(leaf, Unknown) else leaf

        return [
            replace(item, planned={key: map_leaves(value, guess) for key, value in item.planned.items()})
            for item in super().plan(wanted, send)
        ]


class OverridesWhatIsDeclared(MemoryProvider):
    def place(self, type: str, inputs: dict[str, Value], settings: Mapping[str, Value]) -> dict[str, Value]:
        return {**inputs, "Size": 7} if settings.get("tags") else inputs


class OrdersByItself(MemoryProvider):
    def implied(self, objects: Sequence[tuple[str, str, dict[str, Value]]]) -> list[tuple[str, str]]:
        return [(key, key) for key, _, _ in objects]


class CannotJudgeHealth(MemoryProvider):
    def health(self, type: str, live: Live) -> Health:
        return Health(state=str(live.values["Status"]))


MUTANTS: dict[type[MemoryProvider], str] = {
    TakesSilenceForAbsence: "useless answers prove nothing",
    TakesHalfForAll: "half an answer proves nothing",
    RetriesByItself: "one step is one request",
    TakesSilenceForNoEffect: "replies are classified",
    ShowsOwnerTags: "owner tags are apart from values",
    ForgetsTheOwner: "steps are data, deterministic, with class, token and owner",
    ForgetsTheToken: "a repeated create makes one",
    NeverReleases: "what is released goes back",
    ReplacesNothing: "a replacing change is a replacement",
    TakesUnknownForTheSame: "an unknown that replaces is a replacement",
    ComparesWithTheRecord: "drift is seen and healed",
    PlansByDoing: "readers change nothing",
    LosesTargets: "every target is in exactly one batch",
    FindsStrangers: "what is ours is found",
    TellsSecrets: "secrets are never shown",
    KeepsWhatIsDeleted: "what is deleted is absent",
    NormalizesTwice: "a normal form is stable",
    KnowsTheFuture: "nothing there is a create with unknown outputs",
    OverridesWhatIsDeclared: "an instance adds where nothing is said",
    OrdersByItself: "an implied order is among what is asked",
    CannotJudgeHealth: "readiness and health are total",
}
