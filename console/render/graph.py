"""The graph of what is declared: as text, DOT, Mermaid and JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from engine.directed import longest_chain, reduced
from engine.link import Graph
from engine.stack import Stacks


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """`kind` is resource, read, list, bundle or provider; `type` what is declared."""

    name: str
    kind: str
    type: str
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """In topological order: what is needed comes first."""

    dots: tuple[Dot, ...]


def picture_of(graph: Graph, stacks: Stacks) -> Picture:
    """Provider instances are left out where they need nothing: then nobody waits for them."""
    shown = [node for node in graph.order if ":" not in node or graph.needs[node]]
    inside = set(shown)
    return Picture(
        dots=tuple(
            Dot(
                name=node,
                kind=_kind(node, stacks),
                type=_type(node, stacks),
                needs=tuple(sorted(need for need in graph.needs[node] if need in inside)),
            )
            for node in shown
        )
    )


def _kind(node: str, stacks: Stacks) -> str:
    if ":" in node:
        return "provider"
    stack, _, name = node.partition(".")
    return stacks.stacks[stack].declarations[name].form.value


def _type(node: str, stacks: Stacks) -> str:
    if ":" in node:
        stack, _, name = node.partition(":")
        return stacks.stacks[stack].providers[name].kind
    stack, _, name = node.partition(".")
    return stacks.stacks[stack].declarations[name].type


def drawn(picture: Picture, form: str) -> str:
    match form:
        case "dot":
            return dot(picture)
        case "mermaid":
            return mermaid(picture)
        case _:
            return text(picture)


def text(picture: Picture) -> str:
    width = max((len(item.name) for item in picture.dots), default=0)
    lines = []
    for item in picture.dots:
        needs = f"  waits for {', '.join(item.needs)}" if item.needs else ""
        lines.append(f"{item.name:<{width}}  {item.type or item.kind}{needs}")
    edges = sum(len(item.needs) for item in picture.dots)
    chain = longest_chain(_needs(picture))
    lines.append(f"{len(picture.dots)} nodes, {edges} edges")
    if len(chain) > 1:
        lines.append(f"longest chain: {' -> '.join(chain)}")
    return "\n".join(lines) + "\n"


def _needs(picture: Picture) -> dict[str, tuple[str, ...]]:
    return {item.name: item.needs for item in picture.dots}


def dot(picture: Picture) -> str:
    """An edge that follows from others is not drawn; nor is it by Mermaid."""
    edges = reduced(_needs(picture))
    lines = ["digraph plumb {", '  rankdir="LR"', "  node [shape=box]"]
    for item in picture.dots:
        label = json.dumps(f"{item.name}\n{item.type or item.kind}", ensure_ascii=False)
        shape = ", shape=ellipse" if item.kind == "provider" else ""
        lines.append(f"  {json.dumps(item.name)} [label={label}{shape}]")
    lines.extend(f"  {json.dumps(item.name)} -> {json.dumps(need)}" for item in picture.dots for need in edges[item.name])
    return "\n".join([*lines, "}"]) + "\n"


def mermaid(picture: Picture) -> str:
    """Nodes get numbers for names, because Mermaid's own names may hold little."""
    edges = reduced(_needs(picture))
    numbers = {item.name: f"n{index}" for index, item in enumerate(picture.dots)}
    lines = ["flowchart LR"]
    for item in picture.dots:
        label = f"{item.name}<br/>{item.type or item.kind}".replace('"', "#quot;")
        opening, closing = ("([", "])") if item.kind == "provider" else ("[", "]")
        lines.append(f'  {numbers[item.name]}{opening}"{label}"{closing}')
    lines.extend(f"  {numbers[item.name]} --> {numbers[need]}" for item in picture.dots for need in edges[item.name])
    return "\n".join(lines) + "\n"


def graph_json(picture: Picture) -> dict[str, Any]:
    return {
        "nodes": [{"name": item.name, "kind": item.kind, "type": item.type} for item in picture.dots],
        "edges": [{"from": item.name, "to": need} for item in picture.dots for need in item.needs],
    }
