"""Opens real providers: the composition root's half of the `Providers` port."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.instances import Instance, InstanceSpec, Renew
from providers.contract.diagnostic import Diagnostic
from providers.contract.provider import Provider, Reader
from providers.contract.transport import Connection
from providers.contract.values import Value

if TYPE_CHECKING:
    from providers.memory.world import World
    from sandbox.runtime import SandboxInfo

KINDS = ("aws", "kubernetes", "memory")
SIGNATURE_LIFE = {"aws": 900.0, "kubernetes": 60.0, "memory": 2.0}
LISTING_LAG = {"aws": 300.0, "kubernetes": 0.0, "memory": 0.0}
"""Seconds; RELIABILITY.md, "Leases and fences"."""

SANDBOX_SIGNATURE_LIFE = 2.0
DOWN = Diagnostic(
    code="P0502",
    summary="the sandbox is not running",
    notes=(("help", "start it with: plumb sandbox up"),),
)


def make_provider(kind: str) -> Provider | Diagnostic:
    """The stateless provider of a kind; its SDK is loaded when it is first used."""
    match kind:
        case "aws":
            from providers.aws.provider import Aws

            return Aws()
        case "kubernetes":
            from providers.kubernetes.provider import Kubernetes

            return Kubernetes()
        case "memory":
            from providers.memory.provider import MemoryProvider

            return MemoryProvider()
        case _:
            return Diagnostic(
                code="P0500",
                summary=f"unknown kind of provider {kind}",
                notes=(("help", f"there are {', '.join(KINDS)}"),),
            )


class Readers(Mapping[str, Reader]):
    """The reader of each kind, made when it is first wanted: stack files that use no AWS do not pay for it."""

    def __init__(self, make: Callable[[str], Reader | Diagnostic]) -> None:
        self._make = make

    def __getitem__(self, kind: str) -> Reader:
        if kind not in KINDS:
            raise KeyError(kind)
        found = self._make(kind)
        if isinstance(found, Diagnostic):
            raise KeyError(kind)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(KINDS)

    def __len__(self) -> int:
        return len(KINDS)

    def __contains__(self, kind: object) -> bool:
        return kind in KINDS


@dataclass(slots=True, kw_only=True)
class OpenProviders:
    """`folder` is what relative paths in settings are seen from. With `sandboxed` everything goes to the sandbox, which
    `find_sandbox` finds, and nothing to a real cloud."""

    folder: Path
    sandboxed: bool = False
    find_sandbox: Callable[[], SandboxInfo | None] = lambda: None
    clock: Callable[[], float] = time.time
    _providers: dict[str, Provider | Diagnostic] = field(default_factory=dict)
    _worlds: dict[str, World] = field(default_factory=dict)
    _transports: list[Any] = field(default_factory=list)

    def reader(self, kind: str) -> Reader | Diagnostic:
        return self._provider(kind)

    def _provider(self, kind: str) -> Provider | Diagnostic:
        if kind not in self._providers:
            self._providers[kind] = make_provider(kind)
        return self._providers[kind]

    def open(self, spec: InstanceSpec, connection: Connection | None, renew: Renew | None) -> Instance | Diagnostic:
        provider = self._provider(spec.kind)
        if isinstance(provider, Diagnostic):
            return provider
        transport = self._transport(spec, connection, renew)
        if isinstance(transport, Diagnostic):
            return transport
        self._transports.append(transport)
        return Instance(
            key=spec.key,
            kind=spec.kind,
            provider=provider,
            transport=transport,
            signature_life=self._life(spec),
            listing_lag=self._lag(spec),
            parallelism=spec.parallelism,
        )

    def close(self) -> None:
        for transport in self._transports:
            transport.close()
        self._transports.clear()

    def _life(self, spec: InstanceSpec) -> float:
        if spec.signature_life is not None:
            return spec.signature_life
        return SANDBOX_SIGNATURE_LIFE if self.sandboxed else SIGNATURE_LIFE[spec.kind]

    def _lag(self, spec: InstanceSpec) -> float:
        if spec.listing_lag is not None:
            return spec.listing_lag
        return 0.0 if self.sandboxed else LISTING_LAG[spec.kind]

    def _transport(self, spec: InstanceSpec, connection: Connection | None, renew: Renew | None) -> Any:
        settings = {name: value for name, value in spec.settings.items() if name != "tags"}
        match spec.kind:
            case "aws":
                return self._aws(settings)
            case "kubernetes":
                return self._kubernetes(settings, connection, renew)
            case _:
                return self._memory(settings, connection)

    def _aws(self, settings: Mapping[str, Value]) -> Any:
        if find_spec("boto3") is None:
            return missing_extra("aws")
        from providers.aws.transport import open_aws

        if not self.sandboxed:
            return open_aws(settings, clock=self.clock)
        info = self.find_sandbox()
        if info is None:
            return DOWN
        known = {name: value for name, value in settings.items() if name != "profile"}
        return open_aws(
            {"region": info.region, **known},
            endpoint=info.endpoint,
            access_key=info.access_key,
            secret_key=info.secret_key,
            clock=self.clock,
        )

    def _kubernetes(self, settings: Mapping[str, Value], connection: Connection | None, renew: Renew | None) -> Any:
        from providers.kubernetes.opening import open_kubernetes

        if connection is None and self.sandboxed:
            info = self.find_sandbox()
            if info is None:
                return DOWN
            settings = {**settings, "kubeconfig": str(info.kubeconfig)}
            settings.pop("context", None)
        return open_kubernetes(settings, connection, renew, self.folder)

    def _memory(self, settings: Mapping[str, Value], connection: Connection | None) -> Any:
        import msgspec

        from providers.memory.settings import open_transport, open_world, read_settings

        plain = dict(settings)
        if isinstance(plain.get("path"), str):
            plain["path"] = str(self.folder / str(plain["path"]))
        try:
            found = read_settings(plain)
        except msgspec.ValidationError as error:
            return Diagnostic(code="P0501", summary=f"a memory instance: {error}")
        world = self._worlds.get(found.path)
        if world is None:
            world = self._worlds[found.path] = open_world(found, clock=self.clock)
        return open_transport(found, world, partition=connection.endpoint if connection is not None else "")


def missing_extra(name: str) -> Diagnostic:
    return Diagnostic(
        code="P0503",
        summary=f"the {name} extra is not installed",
        notes=(("help", f"pip install 'plumb-engine[{name}]'"),),
    )
