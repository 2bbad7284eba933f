"""SSM parameters: the pattern that a value must match."""

from __future__ import annotations

import re

from sandbox.aws.answer import failure
from sandbox.aws.call import Call
from sandbox.aws.repairs.registry import Send, repairs
from sandbox.wire import Reply


@repairs("ssm", "PutParameter")
def put_parameter(call: Call, send: Send) -> Reply:
    pattern = call.parameters.get("AllowedPattern")
    if pattern and re.search(pattern, call.parameters.get("Value", "")) is None:
        text = f"Parameter value, cannot be validated against allowedPattern: {pattern}"
        return failure(call, "ParameterPatternMismatchException", text)
    return send(call)
