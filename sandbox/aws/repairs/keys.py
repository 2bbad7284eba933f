"""KMS: the period of rotation, and what a key that waits for its deletion refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.aws.answer import failure, parsed, result, succeeded
from sandbox.aws.call import Call
from sandbox.aws.repairs.registry import Send, backend, extras, repairs
from sandbox.wire import Reply


def _key(call: Call) -> Any:
    name = str(call.parameters.get("KeyId", "")).rpartition("/")[2]
    return backend(call).keys.get(name)


@repairs(
    "kms",
    "ScheduleKeyDeletion",
    "EnableKey",
    "DisableKey",
    "TagResource",
    "UntagResource",
    "UpdateKeyDescription",
    "PutKeyPolicy",
    "DisableKeyRotation",
    "CreateAlias",
)
def refuse_pending(call: Call, send: Send) -> Reply:
    key = _key(call)
    if key is not None and key.key_state == "PendingDeletion":
        return failure(call, "KMSInvalidStateException", f"{key.arn} is pending deletion.")
    return send(call)


@repairs("kms", "EnableKeyRotation")
def enable_key_rotation(call: Call, send: Send) -> Reply:
    reply = refuse_pending(call, send)
    if succeeded(reply) and _key(call) is not None:
        extras(_key(call))["RotationPeriodInDays"] = call.parameters.get("RotationPeriodInDays", 365)
    return reply


@repairs("kms", "GetKeyRotationStatus")
def get_key_rotation_status(call: Call, send: Send) -> Reply:
    reply, key = send(call), _key(call)
    if not succeeded(reply) or key is None:
        return reply
    values = {**parsed(call, reply), "KeyId": key.arn}
    if values.get("KeyRotationEnabled"):
        period = extras(key).get("RotationPeriodInDays", 365)
        values |= {"RotationPeriodInDays": period, "NextRotationDate": datetime.now(UTC) + timedelta(days=period)}
    return result(call, values)
