"""Garbage collection by owner references: background, foreground, orphan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.controllers import acts
from sandbox.kubernetes.controllers.loop import Task
from sandbox.kubernetes.deletion import FOREGROUND, ORPHAN, Deletion
from sandbox.kubernetes.store import Change, Key, Object

Where = tuple[Key, str, str]


@dataclass(slots=True)
class Owners:
    """Who depends on which uid, and which uids are there: kept by listening to the store."""

    present: dict[str, Where] = field(default_factory=dict)
    dependents: dict[str, set[Where]] = field(default_factory=dict)

    def heard(self, cluster: Cluster, change: Change) -> Iterator[Task]:
        metadata = change.value["metadata"]
        where = (change.key, metadata.get("namespace", ""), metadata["name"])
        before = {each["uid"] for each in _references(change.before)}
        after = {each["uid"] for each in _references(change.value)} if change.sort != "DELETED" else set()
        for uid in before - after:
            self.dependents.get(uid, set()).discard(where)
            yield ("owner", "", uid)
        for uid in after - before:
            self.dependents.setdefault(uid, set()).add(where)
            if uid not in self.present:
                yield ("owner", "", uid)
        if change.sort == "DELETED":
            self.present.pop(metadata["uid"], None)
            if self.dependents.get(metadata["uid"]):
                yield ("owner", "", metadata["uid"])
        else:
            self.present[metadata["uid"]] = where
            if metadata.get("deletionTimestamp") and {FOREGROUND, ORPHAN} & set(metadata.get("finalizers") or ()):
                yield ("owner", "", metadata["uid"])

    def reconcile(self, cluster: Cluster, _: str, uid: str) -> float | None:
        """One uid: gone, or waiting for its dependents."""
        where = self.present.get(uid)
        owner = cluster.store.get(*where) if where is not None else None
        below = [each for place in sorted(self.dependents.get(uid, ())) if (each := cluster.store.get(*place))]
        if owner is None:
            for each in below:
                self._abandoned(cluster, each)
            return None
        finalizers = owner["metadata"].get("finalizers") or ()
        if not owner["metadata"].get("deletionTimestamp"):
            return None
        if ORPHAN in finalizers:
            for each in below:
                acts.edit(cluster, each, partial(_drop_owner, uid=uid))
            acts.drop_finalizer(cluster, owner, ORPHAN)
        elif FOREGROUND in finalizers:
            self._foreground(cluster, owner, below)
        return None

    def _abandoned(self, cluster: Cluster, value: Object) -> None:
        gone = [each["uid"] for each in _references(value) if each["uid"] not in self.present]
        if len(gone) == len(_references(value)):
            acts.remove(cluster, value)
            return
        for uid in gone:
            value = acts.edit(cluster, value, partial(_drop_owner, uid=uid))

    def _foreground(self, cluster: Cluster, owner: Object, below: list[Object]) -> None:
        uid = owner["metadata"]["uid"]
        for each in below:
            if not each["metadata"].get("deletionTimestamp"):
                acts.remove(cluster, each, Deletion(policy="Foreground", uid=each["metadata"]["uid"]))
        left = [cluster.store.get(*place) for place in self.dependents.get(uid, ())]
        blocking = (found["uid"] == uid and found.get("blockOwnerDeletion") for value in left for found in _references(value))
        if not any(blocking):
            acts.drop_finalizer(cluster, owner, FOREGROUND)


def _references(value: Object | None) -> list[Object]:
    return (value["metadata"].get("ownerReferences") or []) if value is not None else []


def _drop_owner(value: Object, uid: str) -> None:
    left = [each for each in _references(value) if each["uid"] != uid]
    value["metadata"].pop("ownerReferences", None)
    if left:
        value["metadata"]["ownerReferences"] = left
