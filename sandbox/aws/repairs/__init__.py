"""Where moto answers otherwise than AWS in what Plumb relies on: one function per operation, around moto's own."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.aws.call import Call
from sandbox.wire import Reply

Send = Callable[[Call], Reply]
Repair = Callable[[Call, Send], Reply]

REPAIRS: dict[tuple[str, str], Repair] = {}
