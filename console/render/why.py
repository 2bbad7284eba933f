"""`plumb why` for a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from console.causes import Asking, Cause, Reference
from console.render.plan_text import Paint, plain
from providers.contract.diagnostic import Source

DEEPEST = 12


def why_text(asking: Asking, address: str, paint: Paint = plain) -> str:
    change = asking.changes[address]
    lines = [paint(f"{address}  {change.type}", "bold")]
    lines.append(f"  exists because {existence(asking, address)}")
    lines.extend(_cause(asking.change_cause(change), 1))
    needs = asking.needs(address)
    lines.append("  needs" if needs else "  needs nothing")
    lines.extend(_chain(asking, needs, 2, frozenset({_node(address)})))
    users = asking.users(address)
    lines.append("  is used by" if users else "  is used by nothing")
    lines.extend(f"    {name}{_at(reference)}" for name, reference in users)
    return "\n".join(lines) + "\n"


def existence(asking: Asking, address: str) -> str:
    """Why there is something at the address."""
    change, found = asking.changes[address], asking.declaration(address)
    if found is None or change.desired is None:
        record = change.recorded
        where = f", declared at {record.position} until then" if record is not None and record.position else ""
        return f"it is recorded and no longer declared{where}"
    place = f"it is declared at {_place(change.source)}"
    key = address.partition("[")[2].partition("]")[0]
    if found[1].for_each is not None and key:
        source = found[0].locator(found[1].file, (*found[1].path, "for_each"))
        return f'{place}, with the key "{key}" of for_each at {_place(source)}'
    return place


def _chain(asking: Asking, needs: list[Reference], depth: int, seen: frozenset[str]) -> Iterator[str]:
    """What is needed, and what that needs, each once per way."""
    for reference in needs:
        yield f"{'  ' * depth}{reference.node}{_at(reference)}"
        if reference.node not in seen and depth < DEEPEST and reference.node.count(".") == 1:
            yield from _chain(asking, asking.needs(reference.node), depth + 1, seen | {reference.node})


def _cause(cause: Cause, depth: int) -> Iterator[str]:
    where = f", {_place(cause.source)}" if cause.source is not None else ""
    yield f"{'  ' * depth}{cause.text}{where}"
    for inner in cause.causes:
        yield from _cause(inner, depth + 1)


def _at(reference: Reference) -> str:
    parts = [f"at {reference.path}"] if reference.path else []
    if reference.through:
        parts.append(f"through {reference.through}")
    if reference.source is not None:
        parts.append(_place(reference.source))
    return f" ({', '.join(parts)})" if parts else ""


def _place(source: Source | None) -> str:
    return f"{source.file}:{source.line}" if source is not None else "an unknown place"


def _node(address: str) -> str:
    return address.partition("[")[0].partition("/")[0]


def why_json(asking: Asking, address: str) -> dict[str, Any]:
    change = asking.changes[address]
    return {
        "address": address,
        "type": change.type,
        "exists": existence(asking, address),
        "change": _cause_json(asking.change_cause(change)),
        "needs": [_reference_json(item) for item in asking.needs(address)],
        "used_by": [{"name": name, **_reference_json(item)} for name, item in asking.users(address)],
    }


def _cause_json(cause: Cause) -> dict[str, Any]:
    return {"text": cause.text, **_source_json(cause.source), "causes": [_cause_json(item) for item in cause.causes]}


def _reference_json(item: Reference) -> dict[str, Any]:
    return {"needs": item.node, "path": item.path, "through": item.through or None, **_source_json(item.source)}


def _source_json(source: Source | None) -> dict[str, Any]:
    return {"file": source.file if source is not None else None, "line": source.line if source is not None else None}
