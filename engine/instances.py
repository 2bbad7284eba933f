"""Provider instances: a node of the graph, opened when what it is built on is known."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from engine.encoding import to_plain
from engine.records import Pin
from providers.contract.diagnostic import Diagnostic
from providers.contract.provider import Provider, Reader
from providers.contract.transport import Connection, Transport
from providers.contract.values import Secret, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceSpec:
    """What an instance is opened with. Instances of equal `key` are one and the same.

    `settings` are known. `carrier` is the address of the resource it is built on, or empty. `signature_life` and
    `listing_lag` in seconds; None: the kind's own.
    """

    kind: str
    stack: str
    name: str
    settings: Mapping[str, Value] = field(default_factory=dict)
    carrier: str = ""
    parallelism: int | None = None
    signature_life: float | None = None
    listing_lag: float | None = None
    key: str = field(init=False, repr=False, compare=False)
    _pins: dict[tuple[tuple[str, str], ...], Pin] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        settings = {name: value for name, value in self.settings.items() if name not in PLACING}
        text = json.dumps(to_plain(settings, _hide), sort_keys=True, ensure_ascii=False)
        object.__setattr__(self, "key", f"{self.kind} {self.carrier} {text}")

    def leads_to(self, pin: Pin, identity: Mapping[str, str]) -> bool:
        """True where an instance of this spec, which says of itself `identity`, is the cloud that was pinned, though it may
        be reached in another way (another profile, another context)."""
        if not pin.identity or dict(identity) != pin.identity or (pin.kind, pin.carrier) != (self.kind, self.carrier):
            return False
        mine = self.pin(identity).settings
        names = {*mine, *pin.settings} - PLACING - REACHING
        return all(mine.get(name) == pin.settings.get(name) for name in names)

    def pin(self, identity: Mapping[str, str]) -> Pin:
        """One for all that live in it: equal pins are the same object."""
        wanted = tuple(identity.items())
        if wanted not in self._pins:
            self._pins[wanted] = self._pin(identity)
        return self._pins[wanted]

    def _pin(self, identity: Mapping[str, str]) -> Pin:
        plain = {name: value for name, value in self.settings.items() if not isinstance(value, Secret)}
        return Pin(
            kind=self.kind,
            stack=self.stack,
            name=self.name,
            settings=to_plain(plain, _hide),
            carrier=self.carrier,
            identity=dict(identity),
        )


PLACING = frozenset({"tags", "namespace"})
"""Settings that say what is put into resources, not which cloud they are in."""


REACHING = frozenset({"profile", "role", "context", "kubeconfig", "latency", "faults", "lag"})
"""Settings that say how a cloud is reached; which one it is, is checked by its identity."""


def _hide(secret: Secret) -> dict[str, str]:
    return {"$secret": "***"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """An open one. `identity` is what it said of itself: the account and region, the UID of kube-system."""

    key: str
    kind: str
    provider: Provider
    transport: Transport
    identity: Mapping[str, str] = field(default_factory=dict)
    signature_life: float = 900.0
    listing_lag: float = 300.0
    parallelism: int | None = None


Renew = Callable[[], Connection | Diagnostic]


class Providers(Protocol):
    """What the composition root hands in: the only thing that opens real providers."""

    def reader(self, kind: str) -> Reader | Diagnostic:
        """The pure half of a kind, for schemas and checks; no instance, no network."""

    def open(self, spec: InstanceSpec, connection: Connection | None, renew: Renew | None) -> Instance | Diagnostic:
        """An instance, not yet asked who it is. `connection` where it is built on a resource; `renew` gives the next
        one, before that expires."""
        ...
