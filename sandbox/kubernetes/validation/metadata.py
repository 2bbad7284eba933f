"""Rules of metadata that all kinds share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.kubernetes import names
from sandbox.kubernetes.problem import Fault, not_permitted, required, wrong

Object = dict[str, Any]
ANNOTATIONS_LIMIT = 256 * 1024
STANDARD_FINALIZERS = ("kubernetes", "orphan", "foregroundDeletion")
IMMUTABLE = "field is immutable"


def check(group: str, kind: str, namespaced: bool, value: Object, own: bool = True) -> Iterator[Fault]:
    """`own`: a kind of Kubernetes itself, whose finalizers must be standard ones or have a domain."""
    metadata = value["metadata"]
    name = metadata.get("name", "")
    if not name:
        yield required("metadata.name", "name or generateName is required")
    else:
        for problem in names.name_rule(group, kind)(name):
            yield wrong("metadata.name", name, problem)
    if namespaced:
        if not metadata.get("namespace"):
            yield required("metadata.namespace")
    elif metadata.get("namespace"):
        yield not_permitted("metadata.namespace", "not allowed on this type")
    yield from labels("metadata.labels", metadata.get("labels"))
    yield from _annotations(metadata.get("annotations"))
    yield from _owners(metadata.get("ownerReferences"))
    for index, finalizer in enumerate(metadata.get("finalizers") or ()):
        for problem in names.qualified(finalizer):
            yield wrong("metadata.finalizers", finalizer, problem)
        if own and "/" not in finalizer and finalizer not in STANDARD_FINALIZERS:
            why = "name is neither a standard finalizer name nor is it fully qualified"
            yield wrong(f"metadata.finalizers[{index}]", finalizer, why)


def labels(path: str, found: dict[str, str] | None) -> Iterator[Fault]:
    for key, text in (found or {}).items():
        for problem in names.qualified(key):
            yield wrong(path, key, problem)
        for problem in names.label_value(text):
            yield wrong(path, text, problem)


def _annotations(found: dict[str, str] | None) -> Iterator[Fault]:
    for key in found or ():
        for problem in names.qualified(key.lower()):
            yield wrong("metadata.annotations", key, problem)
    size = sum(len(key.encode()) + len(text.encode()) for key, text in (found or {}).items())
    if size > ANNOTATIONS_LIMIT:
        yield Fault(
            reason="FieldValueTooLong",
            path="metadata.annotations",
            message=f"Too long: may not be more than {ANNOTATIONS_LIMIT} bytes",
        )


def _owners(found: list[Object] | None) -> Iterator[Fault]:
    for owner in found or ():
        for key in ("apiVersion", "kind", "name", "uid"):
            if not owner.get(key):
                yield wrong(f"metadata.ownerReferences.{key}", "", "must not be empty")
    if sum(bool(owner.get("controller")) for owner in found or ()) > 1:
        yield wrong("metadata.ownerReferences", found, "Only one reference can have Controller set to true")


def check_update(new: Object, old: Object) -> Iterator[Fault]:
    for key in ("name", "namespace", "uid"):
        if new["metadata"].get(key) != old["metadata"].get(key):
            yield wrong(f"metadata.{key}", new["metadata"].get(key, ""), IMMUTABLE)
    if old["metadata"].get("deletionTimestamp"):
        added = set(new["metadata"].get("finalizers") or ()) - set(old["metadata"].get("finalizers") or ())
        if added:
            listed = ", ".join(f'"{each}"' for each in sorted(added))
            yield not_permitted(
                "metadata.finalizers",
                f"no new finalizers can be added if the object is being deleted, found new finalizers []string{{{listed}}}",
            )
