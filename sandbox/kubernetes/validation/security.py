"""Rules of security contexts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.kubernetes.problem import Fault, wrong

Object = dict[str, Any]
IDS = ("runAsUser", "runAsGroup", "fsGroup")
LARGEST = 2147483647


def pod(spec: Object, path: str) -> Iterator[Fault]:
    yield from _ids(spec.get("securityContext") or {}, f"{path}.securityContext")


def container(value: Object, path: str) -> Iterator[Fault]:
    found = value.get("securityContext") or {}
    at = f"{path}.securityContext"
    yield from _ids(found, at)
    if found.get("privileged") and found.get("allowPrivilegeEscalation") is False:
        shown = {key[0].upper() + key[1:]: each for key, each in found.items()}
        yield wrong(at, shown, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true")


def _ids(found: Object, path: str) -> Iterator[Fault]:
    for key in IDS:
        if found.get(key) is not None and not 0 <= found[key] <= LARGEST:
            yield wrong(f"{path}.{key}", found[key], f"must be between 0 and {LARGEST}, inclusive")
