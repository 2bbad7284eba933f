"""Client tokens, which moto ignores: the same token with the same parameters answers as the first time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.aws.answer import failure
from sandbox.aws.call import Call
from sandbox.wire import Reply

# Input members that carry a client token, of any service; Secrets Manager's names a version instead.
MEMBERS = ("ClientToken", "clientToken", "clientRequestToken", "ClientRequestToken", "IdempotencyToken")
EXEMPT = ("secretsmanager",)

Key = tuple[str, str, str, str, str]


@dataclass(slots=True)
class Tokens:
    """The table of used tokens: key -> digest of the parameters, first reply, time it was used.

    `life` is in seconds. A token belongs to an account, region and operation.
    """

    life: float
    _used: dict[Key, tuple[str, Reply, float]] = field(default_factory=dict)

    def answer(self, call: Call, now: float) -> Reply | None:
        """The first reply for a token used before, or the mismatch error; None when the call is to be done."""
        key = _key(call)
        if key is None or key not in self._used:
            return None
        parameters, reply, used = self._used[key]
        if now - used > self.life:
            del self._used[key]
            return None
        return reply if parameters == digest(call.parameters) else _mismatch(call)

    def keep(self, call: Call, reply: Reply, now: float) -> None:
        """Remember the reply of a call that took effect."""
        key = _key(call)
        if key is not None:
            self._used[key] = (digest(call.parameters), reply, now)

    def clear(self) -> None:
        self._used.clear()


def digest(parameters: Mapping[str, Any]) -> str:
    """A digest of the parameters of a call, the same for the same parameters in any order of their names."""
    text = json.dumps(parameters, sort_keys=True, default=repr)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def token(call: Call) -> str:
    """The client token of a call; empty where it has none."""
    if call.service in EXEMPT:
        return ""
    return next((str(call.parameters[name]) for name in MEMBERS if call.parameters.get(name)), "")


def _key(call: Call) -> Key | None:
    text = token(call)
    return (call.account, call.region, call.service, call.operation, text) if text and call.mutates else None


def _mismatch(call: Call) -> Reply:
    text = "The request uses the same client token as a previous, but non-identical request."
    if call.service == "eks":
        return failure(call, "InvalidParameterException", text, 400)
    code = "IdempotentParameterMismatch" if call.service == "ec2" else "IdempotentParameterMismatchException"
    return failure(call, code, text, 400)
