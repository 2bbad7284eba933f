"""One line per thing that happened, for people or as JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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
