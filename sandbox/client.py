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
        return dict(self._call("GET", "status"))

    def reset(self) -> None:
        """Forget every object, call, token, fault and latency: as after a fresh start."""
        self._call("POST", "reset")

    def objects(self, *, everything: bool = False) -> list[dict[str, Any]]:
        """Live objects that a caller made: type, id, account, region, tags, state, made_by, alive. Objects in a
        cluster have `cluster` too. `everything` adds what AWS made by itself and what has ended."""
        return list(self._call("GET", "objects?all=1" if everything else "objects"))

    def calls(self) -> dict[str, dict[str, int]]:
        """Service -> operation -> number of requests since the start or the last `clear_calls`."""
        return dict(self._call("GET", "calls"))

    def clear_calls(self) -> None:
        self._call("DELETE", "calls")

    def mutations(self, since: int = 0) -> list[dict[str, Any]]:
        """The calls that took effect, oldest first, after line `since`: number, time, service, operation, account,
        region, parameters (a digest), token, id."""
        return list(self._call("GET", f"mutations?since={since}"))

    def clear_mutations(self) -> None:
        self._call("DELETE", "mutations")

    def fault(self, kind: str, service: str = "*", operation: str = "*", **rest: Any) -> None:
        """Ask for a fault: see `sandbox.aws.faults.Fault` and `Kind`."""
        self._call("POST", "faults", {"kind": kind, "service": service, "operation": operation, **rest})

    def faults(self) -> list[dict[str, Any]]:
        """The faults that may still hit."""
        return list(self._call("GET", "faults"))

    def clear_faults(self) -> None:
        self._call("DELETE", "faults")

    def latency(
        self, low: float, high: float | None = None, service: str = "*", operation: str = "*", *, seed: int = 0
    ) -> None:
        """Make matching calls take `low` seconds longer, or a time drawn from `low` to `high`."""
        values = {"low": low, "high": low if high is None else high, "seed": seed}
        self._call("POST", "latency", {**values, "service": service, "operation": operation})

    def clear_latency(self) -> None:
        self._call("DELETE", "latency")

    def change(self, **settings: Any) -> None:
        """Change settings of the running sandbox: see `sandbox.settings.Settings`; the port stays."""
        self._call("POST", "settings", settings)

    def _call(self, method: str, name: str, values: Any = None) -> Any:
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
