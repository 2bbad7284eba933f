"""One declared thing, after repetition and bundles are expanded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from engine.address import Address
from engine.expressions import Scope
from engine.stack import Declaration, Stack, Tree
from providers.contract.diagnostic import Diagnostic, Source
from providers.contract.values import Unknown, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """`each` holds the key and value of a repeated one. `source` is set where its inputs stand in a file of
    their own (an object of a bundle), else None: the declaration has its place."""

    address: Address
    type: str
    declaration: Declaration
    inputs: dict[str, Tree] = field(default_factory=dict)
    each: tuple[str, Value] | None = None
    source: Source | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expansion:
    """What a declaration became. `unknown` is set where that cannot be said yet: the keys of `for_each`, or
    `enabled`, are known only after apply; then `resources` is empty. A repeated declaration that has no key,
    and a disabled one, have no resources and are no error."""

    resources: tuple[Resource, ...] = ()
    unknown: Unknown | None = None
    diagnostics: tuple[Diagnostic, ...] = ()


class Expand(Protocol):
    """Handed to the engine; called at plan, and again at apply for what only then is known."""

    def __call__(self, stack: Stack, declaration: Declaration, scope: Scope) -> Expansion: ...
