"""Which addresses a plan is about, where it is not about all of them."""

from __future__ import annotations

from dataclasses import dataclass

from engine import address as addresses
from engine.address import parse_address
from engine.link import Graph, node_of
from engine.planning.question import Selection
from engine.planning.values import meets


@dataclass(frozen=True, slots=True)
class Choosing:
    """`chosen` are the nodes of the targets and all that they need, None where there are no targets; `excluded` those
    left out and all that depends on them."""

    selection: Selection
    chosen: frozenset[str] | None
    excluded: frozenset[str]

    def selected(self, address: str) -> bool:
        selection = self.selection
        if not selection.targets and not selection.excludes:
            return True
        parsed = parse_address(address)
        node = node_of(parsed.stack, parsed.name)
        if node in self.excluded or any(addresses.covers(out, address) for out in selection.excludes):
            return False
        if not selection.targets or any(addresses.covers(target, address) for target in selection.targets):
            return True
        return self.chosen is not None and node in self.chosen and not self._directly(node)

    def _directly(self, node: str) -> bool:
        """A target names a key of this node: its other keys are not meant."""
        return any(target != node and target.startswith(f"{node}[") for target in self.selection.targets)


def choose(selection: Selection, graph: Graph) -> Choosing:
    chosen: frozenset[str] | None = None
    if selection.targets:
        hit = {node for node in graph.order if any(meets(target, node) for target in selection.targets)}
        chosen = frozenset(graph.upstream(hit))
    hit = {node for node in graph.order if any(meets(out, node) for out in selection.excludes)}
    return Choosing(selection, chosen, frozenset(graph.downstream(hit)))
