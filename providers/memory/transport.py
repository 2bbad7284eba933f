"""The door to a `World`: operations, waiting times and faults."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from providers.contract.transport import Answer, Answered, Bounds, Lost, Rejected
from providers.memory.faults import ON_ITEMS, Fault, FaultKind, Faults
from providers.memory.shelf import Item
from providers.memory.world import PAGE, Refusal, World

WRITES = frozenset({"Create", "Update", "Delete"})
READS = frozenset({"BatchGet", "List", "WhoAmI"})

_ON_CALLS = frozenset(FaultKind) - ON_ITEMS


class MemoryTransport:
    """One provider instance's way to `world`: all of `partition` ("" is the world itself), nothing else.

    `partition` may be the endpoint of the connection that the instance is built on. `latency` holds seconds
    per operation ("*": every other one), waited through `sleep`; a simulated world passes none. A request
    that would leave after its fence or deadline is not sent. `instant`: no request waits for anything, so that none
    is worth a thread.
    """

    def __init__(
        self,
        world: World,
        *,
        partition: str = "",
        faults: Faults | None = None,
        latency: Mapping[str, float] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.world = world
        self.partition = partition.removeprefix("memory:")
        self.faults = faults if faults is not None else Faults()
        self._latency = latency or {}
        self._sleep = sleep
        self.instant = not any(self._latency.values())

    def call(self, operation: str, parameters: Mapping[str, Any], bounds: Bounds) -> Answer:
        wait = self._latency.get(operation, self._latency.get("*", 0.0)) if self._latency else 0.0
        if wait:
            self._sleep(wait / 2)
        if (late := self._late(bounds)) is not None:
            return late
        fault = self.faults.strike(_ON_CALLS, operation, _names(parameters))
        if fault is not None and fault.kind not in (FaultKind.LOSE_AFTER, FaultKind.HALF):
            return _struck(fault)
        answer = self._perform(operation, parameters)
        if wait:
            self._sleep(wait / 2)
        if fault is None:
            return answer
        if fault.kind is FaultKind.LOSE_AFTER:
            return Lost(reason="the answer was lost on request")
        return halved(answer)

    def close(self) -> None:
        """There is nothing to close: the world lives on."""

    def _late(self, bounds: Bounds) -> Lost | None:
        ends = [end for end in (bounds.deadline, bounds.not_after) if end is not None]
        if ends and self.world.clock() > min(ends):
            return Lost(reason="past its time, not sent", sent=False)
        return None

    def _perform(self, operation: str, parameters: Mapping[str, Any]) -> Answer:
        match operation:
            case "Create":
                return self._create(parameters)
            case "Update":
                return self._update(parameters)
            case "Delete":
                gone = self.world.delete(
                    parameters["Type"], parameters["Id"], uid=parameters.get("Uid", ""), partition=self.partition
                )
                return Answered(body={}) if gone is None else _rejected(gone)
            case "BatchGet":
                return self._batch_get(parameters)
            case "List":
                return self._list(parameters)
            case "WhoAmI":
                return self._who_am_i()
            case _:
                return Rejected(code="UnknownOperation", message=f"there is no operation {operation}", status=404)

    def _create(self, parameters: Mapping[str, Any]) -> Answer:
        made = self.world.create(
            parameters["Type"],
            parameters.get("Values", {}),
            parameters.get("Tags", {}),
            token=parameters.get("Token", ""),
            partition=self.partition,
        )
        return _rejected(made) if isinstance(made, Refusal) else Answered(body=self.world.image(made))

    def _update(self, parameters: Mapping[str, Any]) -> Answer:
        changed = self.world.update(
            parameters["Type"],
            parameters["Id"],
            set=parameters.get("Set", {}),
            unset=parameters.get("Unset", ()),
            tags=parameters.get("Tags", {}),
            untag=parameters.get("Untag", ()),
            uid=parameters.get("Uid", ""),
            partition=self.partition,
        )
        return _rejected(changed) if isinstance(changed, Refusal) else Answered(body=self.world.image(changed))

    def _batch_get(self, parameters: Mapping[str, Any]) -> Answer:
        wanted = [(entry["Type"], entry["Id"]) for entry in parameters["Items"]]
        if len(wanted) > PAGE:
            return Rejected(code="TooMany", message=f"at most {PAGE} at once")
        found = self.world.get(wanted, self.partition)
        if isinstance(found, Refusal):
            return _rejected(found)
        return Answered(body={"Items": [None if item is None else self._shown(item) for item in found]})

    def _list(self, parameters: Mapping[str, Any]) -> Answer:
        page = self.world.listing(
            parameters["Type"],
            filter=parameters.get("Filter", {}),
            tags=parameters.get("Tags", {}),
            partition=self.partition,
            start=parameters.get("Next", ""),
        )
        if isinstance(page, Refusal):
            return _rejected(page)
        shown = [image for image in map(self._shown, page.items) if image is not None]
        return Answered(body={"Items": shown, "Next": page.next})

    def _who_am_i(self) -> Answer:
        if not self.partition:
            return Answered(body={"account": self.world.account})
        cluster = self.world.cluster(self.partition)
        if cluster is None:
            return Rejected(code="NoSuchPartition", message=f"there is no cluster behind {self.partition}", status=404)
        return Answered(body={"account": self.world.account, "cluster": cluster.uid})

    def _shown(self, item: Item) -> dict[str, Any] | None:
        """The object as a read shows it, faults on it included; None where a stale read does not show it yet."""
        names = frozenset({item.identity, str(item.values.get("Name", ""))})
        fault = self.faults.strike(ON_ITEMS, "BatchGet", names)
        if fault is None:
            return self.world.image(item)
        if fault.kind is FaultKind.STALE:
            return None if item.before is None else self.world.image(item.before)
        image = self.world.image(item)
        status = "creating" if fault.kind is FaultKind.NOT_READY else "failed"
        return {**image, "Values": {**image["Values"], "Status": status, "Endpoint": None}}


def _names(parameters: Mapping[str, Any]) -> frozenset[str]:
    values = parameters.get("Values") or {}
    names = {str(parameters.get("Id", "")), str(values.get("Name", ""))}
    entries: Iterable[Mapping[str, str]] = parameters.get("Items") or ()
    names.update(entry["Id"] for entry in entries)
    return frozenset(names - {""})


def _struck(fault: Fault) -> Answer:
    match fault.kind:
        case FaultKind.THROTTLE:
            return Rejected(code="Throttling", message="slow down", status=429, retry_after=fault.retry_after)
        case FaultKind.LOSE:
            return Lost(reason="the request was lost on request")
        case FaultKind.UNSENT:
            return Lost(reason="the connection was refused", sent=False)
        case _:
            return Rejected(code=fault.code, message=fault.message, status=fault.status)


def _rejected(refusal: Refusal) -> Rejected:
    return Rejected(code=refusal.code, message=refusal.message, status=refusal.status)


def halved(answer: Answer) -> Answer:
    """A page whose end is missing: less than was asked for, and no word of a next page."""
    if not isinstance(answer, Answered) or "Items" not in answer.body:
        return answer
    items = answer.body["Items"]
    return Answered(body={"Items": items[: len(items) // 2]}, status=206)
