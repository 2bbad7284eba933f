"""What an address is worth to the expressions of others once it is decided."""

from __future__ import annotations

from collections.abc import Iterable

from engine.address import covers
from engine.decide import Decision
from engine.expressions import Template
from engine.link import node_of
from engine.plan import Act
from engine.planning.candidate import Candidate
from engine.planning.clouds import Cloud
from engine.scopes import stamp, unknown_of
from engine.stack import Declaration, ProviderDeclaration, Stack, Tree
from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Live
from providers.contract.values import Unknown, Value


def value_of(candidate: Candidate, decision: Decision) -> Value:
    """The object as it is expected after the plan: live where nothing changes, planned where something does."""
    live = candidate.observation.values if isinstance(candidate.observation, Live) else None
    proposal = candidate.proposal
    if decision.act is Act.NONE and live is not None:
        return live
    if decision.act in (Act.ADOPT, Act.MOVE) and not decision.also_update and live is not None:
        return live
    if decision.act is Act.BLOCKED or proposal is None:
        return live if live is not None else unknown_of(candidate.address, "object")
    return stamp(proposal.planned, candidate.address)


def node_value(declaration: Declaration, candidates: Iterable[Candidate]) -> Value:
    """The object itself, a mapping by key, or by the last part of the address; {} where it is disabled."""
    found: dict[str, Value] = {}
    for candidate in candidates:
        assert candidate.resource is not None
        address = candidate.resource.address
        if address.object:
            found[address.object] = candidate.value
        elif address.key is not None:
            found[address.key] = candidate.value
        else:
            return candidate.value
    return found


def carrier_of(stack: Stack, provider: ProviderDeclaration) -> tuple[str, dict[str, Tree]]:
    """The address of the resource that the instance is built on ("" for none), and the other settings.

    A setting that is nothing but a bare resource is what it is built on.
    """
    carrier, rest = "", {}
    for name, tree in provider.settings.items():
        path = _bare(tree)
        if path and path[0] in stack.declarations:
            carrier = node_of(stack.name, path[0])
        else:
            rest[name] = tree
    return carrier, rest


def _bare(tree: Tree) -> tuple[str, ...]:
    if isinstance(tree, Template) and tree.whole:
        part = tree.parts[0]
        if not isinstance(part, str) and len(part.path) == 1:
            return part.path
    return ()


def split_node(node: str) -> tuple[str, str, str]:
    """Stack, "." or ":", name."""
    for separator in (":", "."):
        stack, found, name = node.partition(separator)
        if found:
            return stack, separator, name
    raise ValueError(node)


def meets(prefix: str, node: str) -> bool:
    """True where the prefix is the node, above it, or below it."""
    return covers(prefix, node) or covers(node, prefix) or prefix == node.split(".")[0]


def cloud_reads(cloud: Cloud) -> bool:
    """An identity can be looked up in it, now or in a later round."""
    return cloud.closed is None


def keys_unknown(stack: Stack, declaration: Declaration, unknown: Unknown) -> Diagnostic:
    where = stack.locator(declaration.file, (*declaration.path, "for_each"))
    return Diagnostic(
        code="P0403",
        summary=f"the keys of {declaration.name} are known only after apply",
        label=f"from {unknown.origin}",
        notes=(("help", "repeat over an input or a local; values may be unknown, keys may not"),),
        address=node_of(stack.name, declaration.name),
        source=where,
    )
