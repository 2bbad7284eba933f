"""The control API of a sandbox, JSON under /_sandbox/: what it holds, what it was asked, and faults on request."""

from __future__ import annotations

import hmac
import json
import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

from sandbox.aws import objects
from sandbox.aws.faults import Fault, Kind, Latency, as_facts
from sandbox.aws.proxy import Proxy
from sandbox.clusters import RunningCluster
from sandbox.wire import Reply, Request

Verb = Callable[[dict[str, Any]], Any]


@dataclass(slots=True)
class Control:
    proxy: Proxy
    token: str
    local: RunningCluster | None
    began: float = field(default_factory=time.monotonic)

    def handle(self, request: Request) -> Reply:
        """Each call but `health` needs the token of the sandbox as a bearer token."""
        expected = f"Bearer {self.token}".encode()
        if request.path == "/_sandbox/health":
            return _json({"ready": True, "pid": os.getpid()})
        if not hmac.compare_digest(request.headers.get("authorization", "").encode(), expected):
            return _json({"error": "the token of this sandbox is needed"}, 401)
        name = request.path.removeprefix("/_sandbox/").strip("/")
        verb = self._verbs().get((request.method, name))
        if verb is None:
            return _json({"error": f"no such verb: {request.method} {request.path}"}, 404)
        try:
            given = json.loads(request.body) if request.body else dict(parse_qsl(request.query))
            return _json(verb(given))
        except (ValueError, TypeError, KeyError) as problem:
            return _json({"error": f"{type(problem).__name__}: {problem}"}, 400)

    def _verbs(self) -> dict[tuple[str, str], Verb]:
        record, faults = self.proxy.record, self.proxy.faults
        return {
            ("GET", "status"): self._status,
            ("POST", "reset"): self._reset,
            ("GET", "objects"): self._objects,
            ("GET", "calls"): lambda _: record.calls(),
            ("DELETE", "calls"): lambda _: record.clear_calls(),
            ("GET", "mutations"): lambda given: record.mutations(int(given.get("since", 0))),
            ("DELETE", "mutations"): lambda _: record.clear_mutations(),
            ("GET", "faults"): lambda _: [as_facts(fault, seen) for fault, seen in faults.open()],
            ("POST", "faults"): lambda given: faults.add(Fault(**{**given, "kind": Kind(given["kind"])})),
            ("DELETE", "faults"): lambda _: faults.clear(),
            ("GET", "latency"): lambda _: [asdict(latency) for latency in faults.latencies],
            ("POST", "latency"): self._slow,
            ("DELETE", "latency"): lambda _: faults.latencies.clear(),
            ("GET", "settings"): lambda _: asdict(self.proxy.settings),
            ("POST", "settings"): self._change,
        }

    def _status(self, given: dict[str, Any]) -> Any:
        alive = [thing for thing in self._objects({}) if thing["alive"]]
        counts = Counter(thing["type"] for thing in alive)
        return {
            "pid": os.getpid(),
            "uptime": round(time.monotonic() - self.began, 3),
            "clusters": self.proxy.clusters.facts(),
            "objects": dict(sorted(counts.items())),
        }

    def _objects(self, given: dict[str, Any]) -> list[dict[str, Any]]:
        """Live objects of AWS and of each cluster; with `all` also what AWS made itself, and what has ended."""
        with self.proxy.cloud.lock:
            found = [*objects.things(), *self.proxy.clusters.things()]
        if self.local is not None:
            where = {"account": "", "region": "", "cluster": self.local.name}
            found.extend({**where, **thing} for thing in self.local.things())
        if given.get("all"):
            return found
        return [thing for thing in found if thing["alive"] and thing["made_by"] == "user"]

    def _reset(self, given: dict[str, Any]) -> None:
        self.proxy.reset()
        if self.local is not None and self.local.things():
            self.local.empty()

    def _slow(self, given: dict[str, Any]) -> None:
        """`seconds`, or a range `low` to `high`; `seed` draws it anew."""
        seconds = given.get("seconds")
        low, high = given.get("low", seconds), given.get("high", seconds)
        if low is None or high is None:
            raise ValueError("seconds, or low and high, are needed")
        chosen = {name: given[name] for name in ("service", "operation") if name in given}
        self.proxy.faults.slow(Latency(low=float(low), high=float(high), **chosen), given.get("seed"))

    def _change(self, given: dict[str, Any]) -> Any:
        with self.proxy.cloud.lock:
            self.proxy.change(replace(self.proxy.settings, **given))
        return asdict(self.proxy.settings)


def _json(values: Any, status: int = 200) -> Reply:
    body = json.dumps(values, default=str).encode()
    return Reply(status=status, headers=(("Content-Type", "application/json"),), body=body)
