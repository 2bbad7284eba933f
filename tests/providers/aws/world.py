"""A sandbox for the tests of a session, and the provider's way to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from providers.aws.transport import AwsTransport, open_aws
from providers.contract.check import Build, Example
from providers.contract.observation import Live
from providers.contract.transport import Answer, Answered, Bounds
from sandbox import process
from sandbox.settings import Settings

READING = ("Describe", "Get", "List", "Head", "BatchGet", "Presign")


def mutates(operation: str, parameters: Mapping[str, object]) -> bool:
    return not operation.partition(":")[2].startswith(READING)


@dataclass(slots=True)
class World:
    """`send` asks and tells as the engine would: reads with retries, writes once."""

    transport: AwsTransport

    def send(self, operation: str, parameters: Mapping[str, Any]) -> Answer:
        return self.transport.call(operation, parameters, Bounds(write=mutates(operation, parameters)))

    def do(self, operation: str, **parameters: Any) -> Any:
        """A request behind the provider's back; the answer's body."""
        for _ in range(20):
            answer = self.send(operation, parameters)
            if isinstance(answer, Answered):
                return answer.body
            time.sleep(0.1)
        raise AssertionError(f"{operation}: {answer}")


def pause() -> None:
    time.sleep(0.05)


def open_world(endpoint: str, region: str) -> World:
    return World(open_aws({"region": region}, endpoint=endpoint))


Damage = Callable[[Live], None]
__all__ = ["Build", "Damage", "Example", "Settings", "World", "mutates", "open_world", "pause", "process"]
