"""The graph as networkx has it, for reports. The scheduler keeps its own; this is loaded when a report is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx


def directed(needs: Mapping[str, Iterable[str]]) -> networkx.DiGraph:
    """An edge goes from what waits to what it waits for; nodes and edges in the order given."""
    import networkx

    graph = networkx.DiGraph()
    graph.add_nodes_from(needs)
    graph.add_edges_from((node, need) for node, found in needs.items() for need in found)
    return graph


def reduced(needs: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """The same order said with the fewest edges: those that follow from others are left out."""
    import networkx

    smaller = networkx.transitive_reduction(directed(needs))
    return {node: tuple(sorted(smaller.successors(node))) for node in needs}


def longest_chain(needs: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """The chain that an apply cannot be shorter than, from what is made first to what is made last."""
    import networkx

    return tuple(reversed(networkx.dag_longest_path(directed(needs)))) if needs else ()
