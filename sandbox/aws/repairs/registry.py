"""The table of repairs, and what several of them need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.aws.call import Call
from sandbox.wire import Reply

Send = Callable[[Call], Reply]
Repair = Callable[[Call, Send], Reply]

REPAIRS: dict[tuple[str, str], Repair] = {}
# Values that moto has no place for are kept under this name on moto's own object, and go with it.
EXTRAS = "sandbox_extras"


def repairs(service: str, *operations: str) -> Callable[[Repair], Repair]:
    """Let the function serve these operations; it may call `send` for moto's part."""

    def enter(function: Repair) -> Repair:
        for operation in operations:
            REPAIRS[(service, operation)] = function
        return function

    return enter


def backend(call: Call, service: str = "") -> Any:
    """moto's state of a service for the account and region of the call."""
    from moto.backends import get_backend

    name = service or call.service
    return get_backend(name)[call.account]["aws" if name in ("iam", "s3") else call.region]  # type: ignore[call-overload]


def extras(thing: Any) -> dict[str, Any]:
    """Where an object of moto's carries what moto has no place for."""
    kept: dict[str, Any] = vars(thing).setdefault(EXTRAS, {})
    return kept
