"""Speaks to the control API of a running sandbox."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from sandbox.runtime import SandboxInfo


class ControlError(Exception):
    """The control API refused; the text is its answer."""


@dataclass(frozen=True, slots=True)
class Client:
    """The control API as functions. All raise ControlError on a refusal and OSError without a sandbox."""

    info: SandboxInfo

    def status(self) -> dict[str, Any]:
        """Pid, uptime in seconds, clusters, and the number of live objects by type."""
        return dict(self.call("GET", "status"))

    def reset(self) -> None:
        """Forget every object, call, token, fault and latency: as after a fresh start."""
        self.call("POST", "reset")

    def call(self, method: str, name: str, values: Any = None) -> Any:
        request = urllib.request.Request(
            f"{self.info.endpoint}/_sandbox/{name}",
            method=method,
            data=None if values is None else json.dumps(values).encode(),
            headers={"Authorization": f"Bearer {self.info.token}"},
        )
        # No proxy of the environment stands between two processes of one machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as problem:
            raise ControlError(problem.read().decode(errors="replace")) from None
