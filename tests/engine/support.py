"""Small stacks and clouds for tests of the engine, without files."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.address import Address
from engine.expressions import Scope, Template, parse_template
from engine.instances import Instance, InstanceSpec
from engine.resolve import Resolution
from engine.resource import Expansion, Resource
from engine.stack import (
    Declaration,
    Form,
    Lifecycle,
    Origin,
    Output,
    ProviderDeclaration,
    Stack,
    Stacks,
    Tree,
)
from providers.contract.diagnostic import Diagnostic, Source
from providers.contract.provider import Reader
from providers.contract.transport import Connection
from providers.contract.values import Path, Unknown
from providers.memory.provider import MemoryProvider
from providers.memory.transport import MemoryTransport
from providers.memory.world import World


def tree(value: Any) -> Tree:
    """Plain data with `${...}` in its texts, as the tree that a stack file would give."""
    if isinstance(value, str):
        found = parse_template(value)
        assert isinstance(found, str | Template), found
        return found
    if isinstance(value, dict):
        return {key: tree(item) for key, item in value.items()}
    if isinstance(value, list):
        return [tree(item) for item in value]
    return value  # type: ignore[no-any-return]


def locator(file: str, path: Path, start: int = 0, end: int = 0) -> Source:
    return Source(file=file, line=1, column=1)


def thing(
    name: str,
    type: str = "Memory::Thing",
    *,
    provider: str = "memory",
    for_each: Any = None,
    enabled: Any = True,
    depends_on: tuple[str, ...] = (),
    lifecycle: Lifecycle | None = None,
    form: Form = Form.RESOURCE,
    **inputs: Any,
) -> Declaration:
    wanted = tree(inputs)
    assert isinstance(wanted, dict)
    return Declaration(
        name=name,
        form=form,
        type=type,
        provider=provider,
        file="test.plumb.yaml",
        path=("resources", name),
        inputs=wanted,
        inputs_path=("resources", name, "properties"),
        for_each=None if for_each is None else tree(for_each),
        enabled=tree(enabled),
        depends_on=depends_on,
        lifecycle=lifecycle or Lifecycle(),
    )


def stack(name: str, *declarations: Declaration, outputs: dict[str, Any] | None = None, **more: Any) -> Stack:
    providers = {"memory": ProviderDeclaration(name="memory", kind="memory", implicit=True)}
    providers.update(more.pop("providers", {}))
    return Stack(
        name=name,
        locator=locator,
        file="test.plumb.yaml",
        declarations={item.name: item for item in declarations},
        outputs={key: Output(value=tree(value)) for key, value in (outputs or {}).items()},
        providers=providers,
        **more,
    )


def stacks(*members: Stack, commit: str = "c1") -> Stacks:
    return Stacks(
        origin=Origin(repository="test", environment="dev", commit=commit),
        stacks={member.name: member for member in sorted(members, key=lambda item: item.name)},
        known=frozenset(member.name for member in members),
    )


def expand(stack: Stack, declaration: Declaration, scope: Scope) -> Expansion:
    """Repetition and `enabled`, as the stack loader's own does it."""
    resolution = Resolution(scope)
    enabled = resolution.value(declaration.enabled)
    if enabled is False:
        return Expansion()
    if declaration.for_each is None:
        address = Address(stack.name, declaration.name)
        return Expansion(resources=(_resource(address, declaration, None),))
    found = resolution.value(declaration.for_each)
    if isinstance(found, Unknown):
        return Expansion(unknown=found)
    pairs = found.items() if isinstance(found, dict) else [(str(item), item) for item in found]  # type: ignore[union-attr]
    return Expansion(
        resources=tuple(
            _resource(Address(stack.name, declaration.name, key), declaration, (key, value)) for key, value in pairs
        )
    )


def _resource(address: Address, declaration: Declaration, each: Any) -> Resource:
    return Resource(address=address, type=declaration.type, declaration=declaration, inputs=declaration.inputs, each=each)


class MemoryProviders:
    """Every memory instance reaches the one world; built on a cluster, that cluster's own part of it."""

    def __init__(self, world: World, **transport: Any) -> None:
        self.world = world
        self.provider = MemoryProvider()
        self.transport = transport

    def reader(self, kind: str) -> Reader | Diagnostic:
        if kind != "memory":
            return Diagnostic(code="P0600", summary=f"unknown provider kind {kind}")
        return self.provider

    def open(self, spec: InstanceSpec, connection: Connection | None, renew: object = None) -> Instance | Diagnostic:
        partition = connection.endpoint.removeprefix("memory:") if connection is not None else ""
        transport = MemoryTransport(self.world, partition=partition, **self.transport)
        return Instance(
            key=spec.key,
            kind=spec.kind,
            provider=self.provider,
            transport=transport,
            signature_life=spec.signature_life or 2.0,
            listing_lag=spec.listing_lag or 0.0,
        )


__all__ = ["MemoryProviders", "expand", "replace", "stack", "stacks", "thing", "tree"]
