"""What an implementer hands to the suite: a provider, a way to the world, and examples of its types."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from providers.contract.observation import Live
from providers.contract.provider import Provider
from providers.contract.transport import Answer, Send
from providers.contract.values import Value

Build = Callable[[Mapping[str, Live], str], dict[str, Value]]
"""Inputs from the prerequisites that were made (by their names) and a short mark, to be part of every name."""


def _no_filter(made: Mapping[str, Live], mark: str) -> dict[str, Value]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One type, shown. What is None cannot be shown, and the laws that need it are left out.

    `needs` are made first, in order, and may need others themselves. `changed` is an update in place of
    `inputs`, `replacing` a change that forces a replacement, `released` declares at least one leaf less
    than `inputs`, one that goes back then. `damage` changes a leaf that `inputs` declare behind the
    provider's back. `secret` is text that `inputs` hold inside a `Secret` and that no text may show.
    `missing` is an identity of the right form that never was. `filter` is what `list` needs to hold it.
    `crowd` says that a second one may stand beside the first under the same `needs`. `carries`: an
    instance can be built on it.
    """

    type: str
    inputs: Build
    needs: Mapping[str, Example] = field(default_factory=dict)
    changed: Build | None = None
    replacing: Build | None = None
    released: Build | None = None
    damage: Callable[[Live], None] | None = None
    secret: str = ""
    missing: str = ""
    filter: Build = _no_filter
    crowd: bool = True
    carries: bool = False
    name: str = ""

    def __str__(self) -> str:
        return self.name or self.type


def _nothing() -> None:
    """Time need not pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A provider under examination.

    `send` reaches a world that the examples may fill; what they make is deleted again. `mutates` tells
    whether an operation with these parameters changes the world. `pause` lets time pass between two looks
    at something that is not ready, or not gone, of which there are at most `patience`. `halve` makes an answer
    incomplete the way that API's answers can be: a page error, an empty page with a token; None where it cannot.
    """

    provider: Provider
    send: Send
    examples: Sequence[Example]
    mutates: Callable[[str, Mapping[str, object]], bool]
    pause: Callable[[], None] = _nothing
    patience: int = 60
    halve: Callable[[str, Answer], Answer] | None = None
