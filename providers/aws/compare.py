"""What would change: wanted values beside live ones, leaf by leaf. Only what is wanted is compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from providers.aws.policies import canonical
from providers.contract.proposal import Difference
from providers.contract.schema import Kind, Node, Ordering, TypeSchema, covers
from providers.contract.values import Path, Unknown, Value, get, is_known, reveal


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`skip`: patterns of paths that are not compared with what is live (write-only ones). `defaults`, by dotted path: what
    is the case where an answer says nothing."""

    schema: TypeSchema
    skip: frozenset[Path] = frozenset()
    defaults: Mapping[str, Value] = field(default_factory=dict)
    ignore: tuple[Path, ...] = field(default=())

    def differences(self, wanted: Value, live: Value, node: Node, path: Path = ()) -> Iterator[Difference]:
        node = self.schema.resolve(node)
        if covers(self.skip, path) or path in self.ignore or wanted is None:
            return
        if isinstance(wanted, Unknown) or (node.kind is Kind.JSON and not is_known(wanted)):
            yield Difference(path=path, before=live, after=wanted)
        elif node.kind is Kind.JSON:
            if canonical(reveal(wanted)) != canonical(reveal(live)):
                yield Difference(path=path, before=live, after=wanted)
        elif isinstance(wanted, dict):
            have = live if isinstance(live, dict) else {}
            if not wanted and live is None and node.kind is Kind.OBJECT:
                yield Difference(path=path, before=None, after=wanted)
            for name, item in wanted.items():
                child = node.properties.get(name) or node.items or Node()
                yield from self.differences(item, have.get(name), child, (*path, name))
        elif isinstance(wanted, list):
            yield from self.lists(wanted, live if isinstance(live, list) else [], node, path)
        elif not same(wanted, live) and not (live is None and self.by_default(wanted, path)):
            yield Difference(path=path, before=live, after=wanted)

    def by_default(self, wanted: Value, path: Path) -> bool:
        for name, value in self.defaults.items():
            place = tuple(name.split("."))
            if path[: len(place)] == place:
                return same(wanted, get(value, path[len(place) :]))
        return False

    def lists(self, wanted: list[Value], live: list[Value], node: Node, path: Path) -> Iterator[Difference]:
        item = node.items or Node()
        if node.ordering is Ordering.KEYED:
            have = {key_of(entry, node.keys): entry for entry in live}
            for index, entry in enumerate(wanted):
                if isinstance(entry, Unknown) or not isinstance(entry, dict):
                    yield Difference(path=(*path, index), before=None, after=entry)
                else:
                    before = have.get(key_of(entry, node.keys))
                    if before is None or any(self.differences(entry, before, item, (*path, index))):
                        yield Difference(path=(*path, index), before=before, after=entry)
        elif len(wanted) == len(live) and node.ordering is Ordering.ORDERED:
            for index, (entry, before) in enumerate(zip(wanted, live)):
                yield from self.differences(entry, before, item, (*path, index))
        elif len(wanted) != len(live) or not self.matched(wanted, live, item, path):
            yield Difference(path=path, before=list(live) or None, after=wanted)

    def matched(self, wanted: list[Value], live: list[Value], item: Node, path: Path) -> bool:
        """True where every wanted item finds a live one of its own."""
        rest = list(live)
        for entry in wanted:
            for index, have in enumerate(rest):
                if not any(self.differences(entry, have, item, (*path, 0))):
                    del rest[index]
                    break
            else:
                return False
        return True


def key_of(entry: Value, keys: tuple[str, ...]) -> tuple[Any, ...]:
    if not isinstance(entry, dict):
        return (repr(entry),)
    return tuple(repr(reveal(entry.get(key))) for key in keys)


def same(wanted: Value, live: Value) -> bool:
    """Scalars, where 1 and "1" are the same, and nothing is the same as empty."""
    wanted, live = reveal(wanted), reveal(live)
    if wanted == live:
        return True
    if live is None:
        return wanted in ("", [], {})
    if isinstance(wanted, bool) or isinstance(live, bool):
        return str(wanted).lower() == str(live).lower()
    if isinstance(wanted, str) and isinstance(live, str) and live.startswith("arn:"):
        return names_arn(wanted, live)
    return isinstance(wanted, (str, int, float)) and isinstance(live, (str, int, float)) and str(wanted) == str(live)


def names_arn(wanted: str, arn: str) -> bool:
    """True where `wanted` is another way to write the ARN: its last part, or an alias of a key, which only KMS could tell."""
    if ":key/" in arn and (wanted.startswith("alias/") or ":alias/" in wanted):
        return True
    return bool(wanted) and not wanted.startswith("arn:") and arn.endswith((f"/{wanted}", f":{wanted}"))
