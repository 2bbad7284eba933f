"""Functions of mappings. Their order is that of the keys' spelling."""

from __future__ import annotations

from engine.expressions.codes import Code
from engine.expressions.functions.table import Undecided, function
from engine.expressions.meter import Meter
from engine.expressions.problem import Refusal
from engine.expressions.runtime import Running, an, kind_of
from providers.contract.values import Secret, Unknown


@function("keys(map<A>) -> list<string>", "map<A>.keys() -> list<string>", shape=True)
def keys(meter: Meter, mapping: dict[str, Running]) -> list[str]:
    meter.members(len(mapping))
    return sorted(mapping)


@function("values(map<A>) -> list<A>", "map<A>.values() -> list<A>", shape=True)
def values(meter: Meter, mapping: dict[str, Running]) -> list[Running]:
    """In the order of the keys, so that a repeated resource gives the same list every time."""
    meter.members(len(mapping))
    return [mapping[key] for key in sorted(mapping)]


@function("merge(map<A>...) -> map<A>", shape=True)
def merge(meter: Meter, *mappings: dict[str, Running]) -> dict[str, Running]:
    """One level deep; of equal keys the last wins."""
    result: dict[str, Running] = {}
    for mapping in mappings:
        meter.members(len(mapping))
        result.update(mapping)
    return result


@function("merge(list<map<A>>) -> map<A>", shape=True)
def merge_list(meter: Meter, mappings: list[Running]) -> Running:
    """All mappings of a list, as `merge(a, b, ...)` does; secret ones make secret members."""
    result: dict[str, Running] = {}
    for mapping in mappings:
        secret = isinstance(mapping, Secret)
        while isinstance(mapping, Secret):
            mapping = mapping.value
        if isinstance(mapping, Unknown):
            return Undecided()
        if not isinstance(mapping, dict):
            raise Refusal(f"merge takes maps, not {an(kind_of(mapping))}", code=Code.ARGUMENTS)
        meter.members(len(mapping))
        result.update({key: Secret(item) for key, item in mapping.items()} if secret else mapping)
    return result


@function("deep_merge(map<dyn>...) -> map<dyn>", shape=True)
def deep_merge(meter: Meter, *mappings: dict[str, Running]) -> dict[str, Running]:
    """Mappings inside are merged too, at any depth; of all else the last wins."""
    result: dict[str, Running] = {}
    for mapping in mappings:
        meter.members(len(mapping))
        for key, item in mapping.items():
            before = result.get(key)
            both = isinstance(before, dict) and isinstance(item, dict)
            result[key] = deep_merge(meter, before, item) if both else item  # type: ignore[arg-type]
    return result


@function("index_by(list<A>, string) -> map<A>", shape=True)
def index_by(meter: Meter, items: list[Running], field: str) -> Running:
    """A mapping from each item's field to the item; two items with the same key are refused."""
    result: dict[str, Running] = {}
    for item in items:
        key = item.get(field) if isinstance(item, dict) else item
        if isinstance(key, Unknown | Secret):
            return Undecided() if isinstance(key, Unknown) else _secret_key()
        if not isinstance(item, dict) or field not in item:
            raise Refusal(f"an item has no {field}", code=Code.ABSENT)
        if not isinstance(key, str):
            raise Refusal(f"a key is a string, not {an(kind_of(key))}", code=Code.KEY)
        if key in result:
            raise Refusal(f'two items have the key "{key}"', code=Code.KEY)
        result[key] = item
    meter.members(len(items))
    return result


def _secret_key() -> Running:
    raise Refusal("a secret cannot be a key", code=Code.KEY)
