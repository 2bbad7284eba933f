"""Examples of the later types."""

from __future__ import annotations

from providers.contract.check import Example
from tests.providers.aws.world import World


def examples(world: World) -> list[Example]:
    return []
