"""The one door to the world. A provider never sleeps, starts a thread, reads a clock or retries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    body: Any
    request_id: str = ""
    status: int = 200
    date: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """The server answered no, and did nothing. `code` is the server's own ("DependencyViolation", "Conflict")."""

    code: str
    message: str
    status: int = 400
    body: Any = None
    retry_after: float | None = None
    """Seconds after which the same request may pass (throttling); None where retrying is pointless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """No answer, or one that proves nothing (a 5xx on a write). `sent` False: it certainly never left."""

    reason: str
    sent: bool = True


Answer: TypeAlias = Answered | Rejected | Lost


class Send(Protocol):
    """Bound by the engine to a transport, a deadline and `not_after`. For reads, paging retries and throttling
    are dealt with behind it; a write is sent once."""

    def __call__(self, operation: str, parameters: Mapping[str, Any]) -> Answer: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Seconds since the epoch. `not_after` is the fence: a request whose signature would be later is not sent."""

    deadline: float | None = None
    not_after: float | None = None
    write: bool = False


class Transport(Protocol):
    """What opens sockets for one provider instance."""

    def call(self, operation: str, parameters: Mapping[str, Any], bounds: Bounds) -> Answer: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What a cluster gives to the provider instance built on it. `identity` is the cluster's, for pinning.

    `credential` is never stored; `expires_at` in seconds since the epoch, None where it does not expire.
    """

    endpoint: str
    certificate_authority: str = ""
    identity: str = ""
    credential: str = field(default="", repr=False)
    expires_at: float | None = None
