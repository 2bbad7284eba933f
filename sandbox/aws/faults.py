"""Faults and latency on request: which call fails, how, and how long a call takes."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from sandbox.aws.answer import failure
from sandbox.aws.call import Call
from sandbox.wire import Reply


class Kind(StrEnum):
    """REFUSE and THROTTLE answer an error of the API without an effect; ERROR_* answer 5xx and DROP_* close the
    connection, before or after the effect. DELAY holds the request back before its effect; DUPLICATE delivers it twice.
    """

    REFUSE = "refuse"
    THROTTLE = "throttle"
    ERROR_BEFORE = "error_before"
    ERROR_AFTER = "error_after"
    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    DELAY = "delay"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`service` and `operation` are patterns: "ec2" and "Create*"; for the API of a cluster "kubernetes" and
    "POST /api/v1/*", where only REFUSE, THROTTLE, ERROR_BEFORE, DROP_AFTER and DELAY are played.

    The first `after` matching calls pass, the next `times` are hit (0: all that follow). `code`, `message`, `status`
    serve REFUSE; `seconds` serves DELAY, whose caller waits for the reply, or finds the connection closed at once where
    `reply` is "drop".
    """

    kind: Kind
    service: str = "*"
    operation: str = "*"
    times: int = 1
    after: int = 0
    code: str = "AccessDenied"
    message: str = "refused on request"
    status: int = 400
    seconds: float = 0.0
    reply: str = "wait"

    def matches(self, service: str, operation: str) -> bool:
        return fnmatchcase(service, self.service) and fnmatchcase(operation, self.operation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Seconds that a matching call takes longer: drawn evenly from `low` to `high`."""

    low: float
    high: float
    service: str = "*"
    operation: str = "*"

    def matches(self, service: str, operation: str) -> bool:
        return fnmatchcase(service, self.service) and fnmatchcase(operation, self.operation)


@dataclass(slots=True)
class Faults:
    """The faults and latencies asked for. The first fault that still hits is taken; the newest latency counts."""

    seed: int = 0
    latencies: list[Latency] = field(default_factory=list)
    _asked: list[tuple[Fault, int]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _draw: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        self._draw.seed(self.seed)

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._asked.append((fault, 0))

    def open(self) -> list[tuple[Fault, int]]:
        """The faults that may still hit, each with the number of calls that it has seen."""
        with self._lock:
            return list(self._asked)

    def clear(self) -> None:
        with self._lock:
            self._asked.clear()

    def take(self, service: str, operation: str) -> Fault | None:
        """The fault that hits this call. Each fault that matches has seen it then."""
        with self._lock:
            kept: list[tuple[Fault, int]] = []
            taken: Fault | None = None
            for fault, seen in self._asked:
                count = seen + (1 if taken is None and fault.matches(service, operation) else 0)
                if taken is None and count > seen and count > fault.after:
                    taken = fault
                if fault.times == 0 or count < fault.after + fault.times:
                    kept.append((fault, count))
            self._asked = kept
            return taken

    def wait(self, service: str, operation: str) -> float:
        """Seconds that this call takes longer."""
        with self._lock:
            for latency in reversed(self.latencies):
                if latency.matches(service, operation):
                    return self._draw.uniform(latency.low, latency.high)
        return 0.0

    def slow(self, latency: Latency, seed: int | None = None) -> None:
        with self._lock:
            self.latencies.append(latency)
            if seed is not None:
                self._draw.seed(seed)


def refused(call: Call, fault: Fault) -> Reply:
    return failure(call, fault.code, fault.message, fault.status)


def throttled(call: Call) -> Reply:
    text = "Rate exceeded"
    match call.service:
        case "ec2":
            return failure(call, "RequestLimitExceeded", "Request limit exceeded.", 503)
        case "s3":
            return failure(call, "SlowDown", "Please reduce your request rate.", 503)
        case "lambda" | "eks":
            return failure(call, "TooManyRequestsException", text, 429)
    if call.model.service_model.protocol == "query":
        return failure(call, "Throttling", text, 400)
    return failure(call, "ThrottlingException", text, 400)


def broken(call: Call) -> Reply:
    """The 5xx after which a caller cannot know whether there was an effect."""
    code = "InternalError" if call.service in ("ec2", "s3") else "InternalFailure"
    return failure(call, code, "An internal error has occurred", 500)


def as_facts(fault: Fault, seen: int) -> Mapping[str, Any]:
    return {
        "kind": fault.kind.value,
        "service": fault.service,
        "operation": fault.operation,
        "times": fault.times,
        "after": fault.after,
        "seen": seen,
    }
