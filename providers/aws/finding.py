"""Searches: what an unknown outcome may have left behind, and listings of a type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from providers.aws.codes import unreadable
from providers.aws.compare import same
from providers.aws.following import Finding, finish
from providers.aws.kind import Type, objects, values_of
from providers.aws.paging import pages
from providers.aws.reading import batches, read
from providers.aws.template import NOTHING, Filling, dotted
from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Live, Observation, Target, Unreadable
from providers.contract.step import Step
from providers.contract.transport import Rejected, Send
from providers.contract.values import Value, get


def find(kind: Type, step: Step, owner: Mapping[str, str], send: Send) -> list[Live] | Diagnostic:
    """By the identity that the step names, where it names one; else by owner tags over the complete listing."""
    if step.identity:
        return known(kind, [step.identity], send)
    if kind.entry.by_name:
        names = kind.entry.by_name.items()
        filters = [{"Name": name, "Values": [str(step.parameters[place])]} for name, place in names if place in step.parameters]
        return described(kind, filters, send)
    wanted = {key: value for key, value in owner.items() if not key.endswith("/at")}
    if not wanted:
        return Diagnostic(code="P0560", summary=f"nothing to search a {kind.entry.type} by")
    found = search(kind, wanted, send)
    if isinstance(found, Diagnostic):
        return found
    return [live for live in found if all(live.owner.get(key) == value for key, value in wanted.items())]


def search(kind: Type, owner: Mapping[str, str], send: Send) -> list[Live] | Diagnostic:
    """EC2 filters by tag itself; elsewhere all objects of the type are read."""
    if kind.entry.read.call.operation.startswith("ec2:") and kind.entry.tagging is not None:
        filters = [{"Name": f"tag:{key}", "Values": [value]} for key, value in sorted(owner.items())]
        return described(kind, filters, send)
    return listed(kind, {}, send)


def list_all(kind: Type, filter: dict[str, Value], send: Send) -> list[Live] | Diagnostic:
    """All live objects whose properties equal the filter's."""
    identity = kind.identity(filter)
    if identity:
        found = known(kind, [identity], send)
    elif kind.entry.listing is None:
        found = described(kind, [], send)
    else:
        found = listed(kind, filter, send)
    if isinstance(found, Diagnostic):
        return found
    return [live for live in found if all(same(value, live.values.get(name)) for name, value in filter.items())]


def described(kind: Type, filters: list[dict[str, Any]], send: Send) -> list[Live] | Diagnostic:
    """The request that reads many, without ids; what it gives is complete."""
    call = kind.entry.read.call
    filled = Filling(entry=kind.entry, ids=["?"]).fill(dict(call.parameters))
    word = "Filter" if "Filter" in call.parameters else "Filters"  # DescribeNatGateways spells it so
    parameters = {key: value for key, value in filled.items() if key != word}
    items = pages(send, call.operation, {**parameters, **({word: filters} if filters else {})}, kind.entry.read.items)
    if not isinstance(items, list):
        return unreadable(items)
    return complete(kind, items, send)


def complete(kind: Type, items: list[Any], send: Send) -> list[Live] | Diagnostic:
    """The live objects among items that need no reading again."""
    pending = []
    for item in objects(kind, items):
        identity = kind.identity(values_of(kind, item)) or str(get(item, kind.entry.read.key) or "")
        target = Target(key=identity, type=kind.entry.type, identity=identity)
        pending.append(Finding(kind=kind, target=target, item=item))
    return living(finish(pending, send))


def listed(kind: Type, filter: dict[str, Value], send: Send) -> list[Live] | Diagnostic:
    """Identities from the listing, each then read."""
    listing = kind.entry.listing
    if listing is None:
        return described(kind, [], send)
    if listing.within and not filter.get(listing.within):
        return Diagnostic(code="P0561", summary=f"{kind.entry.type} is listed within {listing.within}: name it")
    filled = Filling(entry=kind.entry, wanted=filter, known=filter).fill(dict(listing.call.parameters))
    items = pages(send, listing.call.operation, {} if filled is NOTHING else filled, listing.items)
    if isinstance(items, Rejected) and items.code in listing.absent:
        return []
    if not isinstance(items, list):
        return unreadable(items)
    if listing.whole:
        return complete(kind, items, send)
    return known(kind, [listed_identity(listing.identity, item, filter) for item in items], send)


def listed_identity(paths: tuple[str, ...], item: Any, filter: dict[str, Value]) -> str:
    """ "=Property" stands for a value of the filter (the parent)."""
    if not paths:
        return str(item)
    parts = (filter.get(path[1:]) if path.startswith("=") else get(item, dotted(path)) for path in paths)
    return "|".join(str(part) for part in parts)


def known(kind: Type, identities: list[str], send: Send) -> list[Live] | Diagnostic:
    types = {kind.entry.type: kind}
    targets = [Target(key=identity, type=kind.entry.type, identity=identity) for identity in dict.fromkeys(identities)]
    found: dict[str, Observation] = {}
    for batch in batches(types, targets):
        found.update(read(types, batch, send))
    return living(found)


def living(found: Mapping[str, Observation]) -> list[Live] | Diagnostic:
    """The live ones, or why the search is not complete."""
    for observation in found.values():
        if isinstance(observation, Unreadable):
            return observation.diagnostic
    return [observation for observation in found.values() if isinstance(observation, Live)]
