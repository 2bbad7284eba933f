"""The pretended cloud: plain data under deterministic rules. What it does is asked by transports, and by judges."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from providers.contract.schema import RecoveryClass
from providers.memory.shelf import Effect, Item, MemoryShelf, Shelf, Token
from providers.memory.types import CREATE_ONLY, DEFAULTS, FACTS

PAGE = 1000
"""Objects in one page of a listing, and in one batch of reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The cloud says no, and did nothing."""

    code: str
    message: str
    status: int = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    items: list[Item]
    next: str = ""


class World:
    """Every verb is whole or not at all, also with several threads (and processes, on a `FileShelf`).

    `clock` gives seconds since the epoch. A created object shows in listings only `listing_lag` seconds
    later; reads by identity see it at once. A token is remembered for `token_life` seconds.
    A partition other than "" is that of a cluster, named for it (a cluster in a cluster: "outer:inner"),
    and lives as long as it does.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = lambda: 0.0,
        shelf: Shelf | None = None,
        account: str = "memory-account",
        listing_lag: float = 0.0,
        token_life: float = 86400.0,
        page: int = PAGE,
    ) -> None:
        self.clock = clock
        self.shelf: Shelf = shelf or MemoryShelf()
        self.account = account
        self.listing_lag = listing_lag
        self.token_life = token_life
        self.page = page

    # What a client asks for.

    def create(
        self, type: str, values: Mapping[str, Any], tags: Mapping[str, str], *, token: str = "", partition: str = ""
    ) -> Item | Refusal:
        """The object, made now or (same token, same request; or natural key) before."""
        facts = FACTS[type]
        token = token if facts.recovery is RecoveryClass.TOKEN else ""
        digest = _digest(type, values, tags) if token else ""
        with self.shelf.atomic():
            if (closed := self._closed(partition)) is not None:
                return closed
            spent = self.shelf.token(partition, token) if token else None
            if spent is not None and self.clock() < spent.expires:
                return self._again(type, partition, spent, digest)
            number = self.shelf.number()
            identity = str(values.get("Name", "")) if facts.named else f"{facts.stem}-{number:08d}"
            if not identity:
                return Refusal(code="ValidationError", message=f"{type} needs a Name")
            existing = self.shelf.item((partition, type, identity)) if facts.named else None
            if existing is not None:
                return self._upsert(existing, values) if facts.recovery is RecoveryClass.NATURAL_KEY else _exists(existing)
            item = Item(
                type=type,
                identity=identity,
                uid=f"uid-{number}",
                created=self.clock(),
                values={**DEFAULTS, **values},
                tags=dict(tags) if facts.taggable else {},
                partition=partition,
                number=number,
            )
            if token:
                expires = self.clock() + self.token_life
                self.shelf.put_token(partition, token, Token(identity=identity, uid=item.uid, digest=digest, expires=expires))
            self._keep("Create", item)
            return item

    def update(
        self,
        type: str,
        identity: str,
        *,
        set: Mapping[str, Any] | None = None,
        unset: Sequence[str] = (),
        tags: Mapping[str, str] | None = None,
        untag: Sequence[str] = (),
        uid: str = "",
        partition: str = "",
    ) -> Item | Refusal:
        """Properties are set whole; what is unset goes back to its default. `uid` is a precondition."""
        with self.shelf.atomic():
            item = self._existing(type, identity, uid, partition)
            if isinstance(item, Refusal):
                return item
            values = {key: value for key, value in item.values.items() if key not in unset}
            values.update(set or {})
            values = {**DEFAULTS, **values}
            kept = {key: value for key, value in item.tags.items() if key not in untag}
            return self._change(item, values, {**kept, **(tags or {})})

    def delete(self, type: str, identity: str, *, uid: str = "", partition: str = "") -> Refusal | None:
        """None where it is gone now; with a cluster goes all that is in it."""
        with self.shelf.atomic():
            item = self._existing(type, identity, uid, partition)
            if isinstance(item, Refusal):
                return item
            self._remove(item)
            self._record("Delete", item)
            return None

    def get(self, wanted: Sequence[tuple[str, str]], partition: str = "") -> list[Item | None] | Refusal:
        """For each (type, identity) the object, or None where there is none."""
        with self.shelf.atomic():
            if (closed := self._closed(partition)) is not None:
                return closed
            return [self.shelf.item((partition, type, identity)) for type, identity in wanted]

    def listing(
        self,
        type: str,
        *,
        filter: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
        partition: str = "",
        start: str = "",
    ) -> Page | Refusal:
        """One page of what listings show by now, oldest first; `start` is the `next` of the page before."""
        with self.shelf.atomic():
            if (closed := self._closed(partition)) is not None:
                return closed
            seen_from = self.clock() - self.listing_lag
            after = int(start or 0)
            found = [
                item
                for item in self.shelf.items(partition, type)
                if item.number > after
                and item.created <= seen_from
                and all(item.tags.get(key) == value for key, value in (tags or {}).items())
                and all(self.output(item, key) == value for key, value in (filter or {}).items())
            ]
        more = len(found) > self.page
        return Page(items=found[: self.page], next=str(found[self.page - 1].number) if more else "")

    # What it shows of an object.

    def image(self, item: Item) -> dict[str, Any]:
        """The object as an answer holds it: never a write-only property."""
        values = dict(item.values)
        values.pop("Password", None)
        ready = self.ready_at(item) <= self.clock()
        values["Id"] = item.identity
        values["Arn"] = f"memory:{self.account}:{item.partition}:{item.type}/{item.identity}"
        values["Endpoint"] = f"memory:{inside(item)}" if ready else None
        values["Generation"] = item.generation
        values["CreatedBy"] = self.account
        values["Double"] = 2 * item.values.get("Size", 0)
        values["Status"] = "ready" if ready else "creating"
        values["Key"] = f"generated-key-{item.uid}"
        return {
            "Type": item.type,
            "Id": item.identity,
            "Uid": item.uid,
            "Created": item.created,
            "Tags": item.tags,
            "Values": values,
        }

    def output(self, item: Item, name: str) -> Any:
        return item.values[name] if name in item.values else self.image(item)["Values"].get(name)

    def ready_at(self, item: Item) -> float:
        slow = item.values.get("Slow") or 0
        return item.created + float(slow) if slow else float("-inf")

    def cluster(self, partition: str) -> Item | None:
        """The cluster that carries a partition; None where it is no more (or never was)."""
        outer, _, identity = partition.rpartition(":")
        return self.shelf.item((outer, "Memory::Cluster", identity))

    # For judges and mischief: asked by tests, never by a transport.

    def everything(self, type: str = "") -> list[Item]:
        """All objects of all partitions, oldest first, whether listings show them yet or not."""
        with self.shelf.atomic():
            return self.shelf.items(None, type)

    def effects(self) -> list[Effect]:
        """All that took effect on request, in order."""
        with self.shelf.atomic():
            return self.shelf.effects()

    def alter(self, type: str, identity: str, partition: str = "", **values: Any) -> Item | Refusal:
        """Behind everyone's back: these values (None removes one), in no log."""
        with self.shelf.atomic():
            item = self._existing(type, identity, "", partition)
            if isinstance(item, Refusal):
                return item
            merged = {key: value for key, value in {**item.values, **values}.items() if value is not None}
            changed = msgspec.structs.replace(item, values=merged, generation=item.generation + 1, before=_bare(item))
            self.shelf.put(changed)
            return changed

    def vanish(self, type: str, identity: str, partition: str = "") -> None:
        """Behind everyone's back: gone, in no log."""
        with self.shelf.atomic():
            item = self.shelf.item((partition, type, identity))
            if item is not None:
                self._remove(item)

    # The rules.

    def _closed(self, partition: str) -> Refusal | None:
        if partition and self.cluster(partition) is None:
            return Refusal(code="NoSuchPartition", message=f"there is no cluster behind {partition}", status=404)
        return None

    def _existing(self, type: str, identity: str, uid: str, partition: str) -> Item | Refusal:
        if (closed := self._closed(partition)) is not None:
            return closed
        item = self.shelf.item((partition, type, identity))
        if item is None:
            return Refusal(code="NotFound", message=f"no {type} {identity}", status=404)
        if uid and item.uid != uid:
            return Refusal(code="PreconditionFailed", message=f"{type} {identity} is another one by now", status=412)
        return item

    def _again(self, type: str, partition: str, spent: Token, digest: str) -> Item | Refusal:
        if spent.digest != digest:
            return Refusal(code="IdempotentParameterMismatch", message="the token was used with another request")
        item = self.shelf.item((partition, type, spent.identity))
        if item is None or item.uid != spent.uid:
            return Refusal(code="TokenSpent", message=f"what the token made, {spent.identity}, was deleted", status=409)
        return item

    def _upsert(self, item: Item, values: Mapping[str, Any]) -> Item | Refusal:
        return self._change(item, {**DEFAULTS, **values}, item.tags)

    def _change(self, item: Item, values: dict[str, Any], tags: dict[str, str]) -> Item | Refusal:
        for name in CREATE_ONLY:
            if values.get(name) != item.values.get(name):
                return Refusal(code="Immutable", message=f"{name} of {item.type} {item.identity} cannot be changed")
        if _digest(item.type, values, tags) == _digest(item.type, item.values, item.tags):
            return item
        changed = msgspec.structs.replace(item, values=values, tags=tags, generation=item.generation + 1, before=_bare(item))
        self._keep("Update", changed)
        return changed

    def _remove(self, item: Item) -> None:
        self.shelf.remove(item.key)
        if not FACTS[item.type].carries:
            return
        within = inside(item)
        for inner in self.shelf.items():
            if inner.partition == within or inner.partition.startswith(f"{within}:"):
                self.shelf.remove(inner.key)

    def _keep(self, operation: str, item: Item) -> None:
        self.shelf.put(item)
        self._record(operation, item)

    def _record(self, operation: str, item: Item) -> None:
        effect = Effect(
            operation=operation,
            type=item.type,
            identity=item.identity,
            uid=item.uid,
            name=str(item.values.get("Name", "")),
            partition=item.partition,
            tags=item.tags,
        )
        self.shelf.record(effect)


def inside(cluster: Item) -> str:
    """The partition that a cluster carries."""
    return f"{cluster.partition}:{cluster.identity}" if cluster.partition else cluster.identity


def _exists(item: Item) -> Refusal:
    return Refusal(code="AlreadyExists", message=f"a {item.type} {item.identity} exists", status=409)


def _bare(item: Item) -> Item:
    return msgspec.structs.replace(item, before=None)


def _digest(type: str, values: Mapping[str, Any], tags: Mapping[str, str]) -> str:
    """Tells apart what Python holds equal (true and 1)."""
    return hashlib.sha256(msgspec.json.encode([type, dict(values), dict(tags)], order="sorted")).hexdigest()
