"""What a plan is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from engine.instances import Providers
from engine.resource import Expand
from engine.stack import Stacks
from engine.state import State
from engine.stores.store import StackKeys
from providers.contract.values import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """`targets`: only these and what they need. `excludes`: not these, nor what depends on them. Both prefixes of
    addresses. `replace`: addresses that are replaced though nothing forces it."""

    targets: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    replace: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Everything a plan is computed from.

    `states`, `keys` and `values` by stack: the recorded state, its keys, its recorded values unsealed on demand.
    `outside` holds recorded outputs of stacks that are not in this plan. `removed` are stacks that have records and
    are in the commit no more. `lifted` are addresses whose protection a person lifted for this run.
    """

    stacks: Stacks
    states: Mapping[str, State]
    keys: Mapping[str, StackKeys]
    providers: Providers
    expand: Expand
    unseal: Callable[[str, str], Value]
    outside: Mapping[tuple[str, str], Value] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    selection: Selection = Selection()
    destroy: bool = False
    refresh_only: bool = False
    lifted: frozenset[str] = frozenset()
