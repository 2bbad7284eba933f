"""One line per thing that happened, for people or as JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gitops.facts import StackFacts
from gitops.git import without_password


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """`kind` is stable: started, waiting, fetched, looked, planned, applied, held, drift, health, failed, suspended,
    recovered, retrying, ended. `stack` is empty where it concerns all; `level` info, warning or error."""

    kind: str
    text: str
    stack: str = ""
    commit: str = ""
    level: str = "info"
    time: float


Tell = Callable[[Told], None]


def line(told: Told) -> str:
    """For a person: time, stack, what."""
    clock = time.strftime("%H:%M:%S", time.gmtime(told.time))
    return f"{clock}Z  {told.stack or '-':<12} {told.kind:<10} {_clean(told.text)}".rstrip()


def json_line(told: Told) -> str:
    """In the envelope that Terraform's JSON lines have."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(told.time)) + f".{int(told.time % 1 * 1e6):06d}Z"
    data: dict[str, Any] = {"@level": told.level, "@message": _clean(told.text), "@module": "plumb.controller"}
    data |= {"@timestamp": moment, "type": f"controller_{told.kind}"}
    data |= {name: value for name, value in (("stack", told.stack), ("commit", told.commit)) if value}
    return json.dumps(data, ensure_ascii=False)


def _clean(text: str) -> str:
    """One line, without credentials and without what a terminal would obey."""
    flat = " ".join(without_password(text).split())
    return "".join(letter if letter.isprintable() else "?" for letter in flat)


def differences(before: StackFacts, after: StackFacts) -> list[tuple[str, str, str]]:
    """(kind, text, level) for all that is new about a stack: what stays as it was is said once."""
    found: list[tuple[str, str, str]] = []
    if after.error and after.error != before.error:
        found.append(("failed", after.error, "error"))
    if after.held and after.held != before.held:
        found.append(("held", after.message, "warning"))
    elif after.message and after.message != before.message and not after.error:
        found.append(("waiting", after.message, "info"))
    if after.drift and after.drifted != before.drifted:
        found.append(("drift", f"{after.drift} out of plumb: {', '.join(after.drifted[:3])}", "warning"))
    if after.healed_at != before.healed_at:
        found.append(("healed", "drift was undone", "info"))
    if after.applied == after.head and before.applied != after.head:
        found.append(("settled", f"is as {after.head[:8]} says", "info"))
    if before.error and not after.error:
        found.append(("mended", f"no longer fails: {before.error}", "info"))
    if after.health != before.health or (after.health == "degraded" and after.health_reason != before.health_reason):
        level = "warning" if after.health == "degraded" else "info"
        found.append(("health", f"{after.health} {after.health_reason}".strip(), level))
    return found
