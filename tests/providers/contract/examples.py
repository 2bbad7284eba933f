"""The memory provider as a subject of the suite: one example for each of its types."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from providers.contract.check import Example, Subject
from providers.contract.observation import Live
from providers.contract.provider import Provider
from providers.contract.transport import Answer, Answered, Bounds, Send
from providers.contract.values import Secret, Value
from providers.memory.provider import MemoryProvider
from providers.memory.transport import WRITES, MemoryTransport, halved
from providers.memory.types import FACTS
from providers.memory.world import World

PLANTED = "planted-word-of-the-test"


def inputs_of(type: str, mark: str) -> dict[str, Value]:
    inputs: dict[str, Value] = {
        "Name": f"{type.rpartition(':')[2].lower()}-{mark}",
        "Value": {"deep": [1, {"er": True}], "other": 1.5},
        "Size": 3,
        "Labels": {"tier": "web", "kept": "yes"},
        "Items": ["b", "a"],
        "Zone": "east",
        "Password": Secret(PLANTED),
    }
    if FACTS[type].taggable:
        inputs["Tags"] = {"team": "blue", "cost": "7"}
    return inputs


def example(world: World, type: str) -> Example:
    def base(made: Mapping[str, Live], mark: str) -> dict[str, Value]:
        return inputs_of(type, mark)

    def changed(made: Mapping[str, Live], mark: str) -> dict[str, Value]:
        inputs = inputs_of(type, mark) | {"Size": 4, "Items": ["b", "c"], "Labels": {"tier": "db", "kept": "yes"}}
        if "Tags" in inputs:
            inputs["Tags"] = {"team": "red", "cost": "7"}
        return inputs

    def released(made: Mapping[str, Live], mark: str) -> dict[str, Value]:
        inputs = inputs_of(type, mark) | {"Labels": {"kept": "yes"}}
        del inputs["Size"], inputs["Value"]
        if "Tags" in inputs:
            inputs["Tags"] = {"team": "blue"}
        return inputs

    def replacing(made: Mapping[str, Live], mark: str) -> dict[str, Value]:
        return inputs_of(type, mark) | {"Zone": "west"}

    def damage(live: Live) -> None:
        world.alter(type, live.identity, Size=99, Labels={"tier": "broken", "kept": "yes"})

    return Example(
        type=type,
        inputs=base,
        changed=changed,
        released=released,
        replacing=replacing,
        damage=damage,
        secret=PLANTED,
        missing="never-was",
        carries=FACTS[type].carries,
    )


def dependent(world: World) -> Example:
    """A thing whose value comes from another object."""

    def base(made: Mapping[str, Live], mark: str) -> dict[str, Value]:
        return {"Name": f"user-{mark}", "Value": made["store"].values["Arn"]}

    return Example(type="Memory::Thing", name="a dependent", inputs=base, needs={"store": example(world, "Memory::Store")})


def examples(world: World) -> list[Example]:
    return [*(example(world, type) for type in FACTS), dependent(world)]


def direct(transport: MemoryTransport) -> Send:
    return lambda operation, parameters: transport.call(operation, parameters, Bounds())


def halve(operation: str, answer: Answer) -> Answer:
    return halved(answer) if isinstance(answer, Answered) else answer


def subject(world: World, provider: Provider | None = None, pause: Callable[[], None] = lambda: None) -> Subject:
    return Subject(
        provider=provider or MemoryProvider(),
        send=direct(MemoryTransport(world)),
        examples=examples(world),
        mutates=lambda operation, parameters: operation in WRITES,
        pause=pause,
        patience=3,
        halve=halve,
    )
