"""Functions of lists."""

from __future__ import annotations

from itertools import product as cartesian
from typing import Final

from engine.expressions.codes import Code
from engine.expressions.functions.table import Undecided, function
from engine.expressions.meter import Meter
from engine.expressions.operators import equal
from engine.expressions.problem import Refusal
from engine.expressions.runtime import NOTHING, Maybe, Running, an, kind_of
from providers.contract.values import Secret, Unknown

MAX_ITEMS: Final = 100_000


@function("size(string) -> int", "size(bytes) -> int", "size(list<A>) -> int", "size(map<A>) -> int", shape=True)
def size(meter: Meter, value: str | bytes | list[Running] | dict[str, Running]) -> int:
    return len(value)


@function("list<A>.size() -> int", "map<A>.size() -> int", "bytes.size() -> int", shape=True)
def size_method(meter: Meter, value: list[Running] | dict[str, Running] | bytes) -> int:
    return len(value)


@function("flatten(list<dyn>) -> list<dyn>", "list<dyn>.flatten() -> list<dyn>", shape=True)
def flatten(meter: Meter, items: list[Running]) -> Running:
    """One level: the items of the lists in the list."""
    result: list[Running] = []
    for item in items:
        if isinstance(item, Unknown):
            return Undecided()
        if isinstance(item, Secret):
            inner = flatten(meter, [item.value])
            if isinstance(inner, Undecided):
                return inner
            assert isinstance(inner, list)
            result.extend(Secret(part) for part in inner)
        elif isinstance(item, list):
            meter.members(len(item))
            result.extend(item)
        else:
            result.append(item)
    return result


@function("list<A>.reverse() -> list<A>", "reverse(list<A>) -> list<A>", shape=True)
def reverse(meter: Meter, items: list[Running]) -> list[Running]:
    meter.members(len(items))
    return items[::-1]


@function("list<A>.slice(int, int) -> list<A>", shape=True)
def slice_of(meter: Meter, items: list[Running], start: int, end: int) -> list[Running]:
    if not 0 <= start <= end <= len(items):
        raise Refusal(f"a list of {len(items)} items has no slice {start} to {end}", code=Code.OUT_OF_RANGE)
    meter.members(end - start)
    return items[start:end]


@function("list<A>.first() -> optional<A>", shape=True)
def first(meter: Meter, items: list[Running]) -> Maybe:
    return Maybe(True, items[0]) if items else NOTHING


@function("list<A>.last() -> optional<A>", shape=True)
def last(meter: Meter, items: list[Running]) -> Maybe:
    return Maybe(True, items[-1]) if items else NOTHING


@function("distinct(list<A>) -> list<A>", "list<A>.distinct() -> list<A>")
def distinct(meter: Meter, items: list[Running]) -> list[Running]:
    """The first of equal items, in the order of the list."""
    seen: set[tuple[str, Running]] = set()
    result: list[Running] = []
    for item in items:
        if isinstance(item, str):
            if ("string", item) not in seen:
                seen.add(("string", item))
                result.append(item)
            continue
        meter.spend(len(result) // 8 + 1)
        if not any(equal(item, other, meter) for other in result):
            result.append(item)
    return result


@function("sort(list<A>) -> list<A>", "list<A>.sort() -> list<A>")
def sort(meter: Meter, items: list[Running]) -> list[Running]:
    """Of strings (by code point), numbers or bools."""
    meter.members(len(items) * 4)
    kinds = {kind_of(item) for item in items}
    if kinds - {"int", "double"} and (len(kinds) > 1 or not kinds.issubset({"string", "bool"})):
        raise Refusal(f"cannot sort {' and '.join(sorted(kinds))}", "write list.sortBy(x, x.field)", Code.ARGUMENTS)
    return sorted(items)  # type: ignore[type-var]


@function("range(int) -> list<int>", "range(int, int) -> list<int>", "lists.range(int) -> list<int>")
def range_of(meter: Meter, start: int, end: int | None = None) -> list[int]:
    """0 to n - 1, or start to end - 1."""
    numbers = range(start) if end is None else range(start, end)
    _many(meter, len(numbers) if abs(end or start) < 2**62 else MAX_ITEMS + 1)
    return list(numbers)


def _many(meter: Meter, count: int) -> None:
    if count > MAX_ITEMS:
        raise Refusal(f"a list made here may have {MAX_ITEMS:,} items", code=Code.SIZE)
    meter.members(count)


@function("zip(list<dyn>...) -> list<list<dyn>>", shape=True)
def zipped(meter: Meter, *lists: list[Running]) -> list[Running]:
    """Lists of the first items, of the second, ...; all lists are equally long."""
    if len({len(items) for items in lists}) > 1:
        raise Refusal(f"zip takes lists of one length, these have {', '.join(str(len(x)) for x in lists)} items")
    meter.members(sum(map(len, lists)))
    return [list(items) for items in zip(*lists)]


@function("product(list<dyn>...) -> list<list<dyn>>", shape=True)
def product(meter: Meter, *lists: list[Running]) -> list[Running]:
    """Every combination of one item of each list, the last list varying fastest."""
    _combinations(meter, [len(items) for items in lists])
    return [list(items) for items in cartesian(*lists)]


@function("product(map<dyn>) -> list<map<dyn>>", shape=True)
def product_of_map(meter: Meter, lists: dict[str, Running]) -> Running:
    """Every combination as a mapping: `product({"zone": zones, "tier": tiers})`."""
    names = sorted(lists)
    columns: list[list[Running]] = []
    for name in names:
        column = lists[name]
        if isinstance(column, Unknown):
            return Undecided()
        secret = isinstance(column, Secret)
        while isinstance(column, Secret):
            column = column.value
        if isinstance(column, Unknown):
            return Undecided()
        if not isinstance(column, list):
            raise Refusal(f"product takes lists, {name} is {an(kind_of(column))}", code=Code.ARGUMENTS)
        columns.append([Secret(item) for item in column] if secret else list(column))
    _combinations(meter, [len(column) for column in columns])
    return [dict(zip(names, items)) for items in cartesian(*columns)]


def _combinations(meter: Meter, lengths: list[int]) -> None:
    count = 1
    for length in lengths:
        count *= length
    _many(meter, count * max(len(lengths), 1))
