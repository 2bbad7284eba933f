"""The chain that every AWS call passes: what moto lacks is done here, the rest by moto."""

from __future__ import annotations

import traceback
import uuid
from dataclasses import dataclass, field

from sandbox.aws.answer import failure
from sandbox.aws.call import Call, NotAnOperation, read_call
from sandbox.aws.cloud import Cloud
from sandbox.settings import Settings
from sandbox.wire import Reply, Request


@dataclass(slots=True)
class Proxy:
    settings: Settings
    cloud: Cloud = field(default_factory=Cloud)

    def handle(self, request: Request) -> Reply | None:
        """The reply to an AWS request; None when the connection is to be closed without one."""
        try:
            with self.cloud.lock:
                call = read_call(request)
        except NotAnOperation as problem:
            return Reply(status=404, body=f"the sandbox serves no such operation: {problem}".encode())
        return self._answer(call)

    def _answer(self, call: Call) -> Reply | None:
        with self.cloud.lock:
            return self.effect(call)

    def effect(self, call: Call) -> Reply:
        try:
            return self.cloud.send(call)
        except Exception as problem:  # noqa: BLE001
            # moto raises what it pleases on input it does not foresee: AWS would answer 500, and so do we.
            traceback.print_exc()
            return failure(call, "InternalFailure", f"moto: {type(problem).__name__}: {problem}", 500)


def request_id() -> str:
    return str(uuid.uuid4())
