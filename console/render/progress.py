"""Live progress of a run: what is under way, for how long, and what it waits for.

On a terminal one live line for each operation in flight; elsewhere one line per start and end, and a heartbeat.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol

from console.output import Output
from console.render.build import span
from console.render.shown import clean
from engine.effects import Notice

HEARTBEAT = 30.0
DOING = {
    "create": ("creating", "created"),
    "update": ("updating", "updated"),
    "replace": ("replacing", "replaced"),
    "delete": ("deleting", "deleted"),
    "adopt": ("adopting", "adopted"),
    "move": ("moving", "moved"),
    "read": ("reading", "read"),
    "retain": ("letting go", "kept alive"),
    "grace": ("letting go", "kept alive for its grace"),
    "forget": ("forgetting", "forgotten"),
    "none": ("recording", "recorded"),
    "wait": ("waiting until healthy", "healthy"),
}
HOOKS = {"started": "apply_start", "waiting": "apply_progress", "retrying": "apply_progress", "done": "apply_complete"}


@dataclass(slots=True)
class Flight:
    """An operation in flight. `reason` is what it waits for; `began` on the monotonic clock."""

    address: str
    act: str
    began: float
    reason: str = ""
    pieces: int = 1


class Screen(Protocol):
    """A live region below lines that scroll."""

    def line(self, text: str) -> None: ...

    def close(self) -> None: ...


@dataclass(slots=True)
class Progress:
    """Called with each notice of a run; used as a context while it is under way."""

    output: Output = field(default_factory=Output)
    clock: Callable[[], float] = time.monotonic
    heartbeat: float = HEARTBEAT
    flying: dict[str, Flight] = field(default_factory=dict)
    done: int = 0
    total: int = 0
    _lock: Any = field(default_factory=threading.RLock)
    _ending: threading.Event = field(default_factory=threading.Event)
    _beating: threading.Thread | None = None
    _screen: Screen | None = None

    def __enter__(self) -> Progress:
        self._ending.clear()
        if self.output.quiet or self.output.as_json:
            return self
        if live_region():
            from console.render.live import LiveScreen

            self._screen = LiveScreen(self)
        else:
            self._beating = threading.Thread(target=self._beat, name="plumb-heartbeat", daemon=True)
            self._beating.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ending.set()
        if self._screen is not None:
            self._screen.close()
            self._screen = None
        if self._beating is not None:
            self._beating.join()
            self._beating = None
        self.flying.clear()

    def __call__(self, notice: Notice) -> None:
        with self._lock:
            self._take(notice)

    def _take(self, notice: Notice) -> None:
        if notice.verb == "progress":
            self.done, self.total = notice.done, notice.total
            return
        if notice.verb == "read":
            return
        flight = self._flight(notice)
        text = line_of(notice, self.clock() - flight.began)
        if self.output.as_json:
            self.output.line({**self.output.envelope(_type(notice), text), "hook": _hook(notice, self.clock() - flight.began)})
        elif text and (notice.verb != "waiting" or self.output.verbose):
            self._say(text)

    def _flight(self, notice: Notice) -> Flight:
        known = self.flying.get(notice.address)
        if notice.verb == "started":
            if known is not None:
                known.pieces += 1
                return known
            known = Flight(address=notice.address, act=notice.act, began=self.clock())
            self.flying[notice.address] = known
        elif known is None:
            return Flight(address=notice.address, act=notice.act, began=self.clock())
        elif notice.verb in ("done", "failed"):
            known.pieces -= 1
            if known.pieces <= 0:
                del self.flying[notice.address]
        else:
            known.reason = clean(notice.text)
        return known

    def _say(self, text: str) -> None:
        if self._screen is not None:
            self._screen.line(text)
        else:
            self.output.note(text)

    def _beat(self) -> None:
        """Names what is waited for, so that a silent log is never a riddle."""
        while not self._ending.wait(self.heartbeat):
            with self._lock:
                for text in waits(self.flying.values(), self.clock()):
                    self.output.note(text)


def live_region() -> bool:
    """True on a terminal that nobody reads as a log."""
    return sys.stderr.isatty() and not os.environ.get("CI") and os.environ.get("TERM") not in ("dumb", None)


def waits(flights: Any, now: float) -> list[str]:
    """One line for the heartbeat; none where nothing is in flight."""
    members = sorted(flights, key=lambda flight: flight.began)
    if not members:
        return []
    told = [
        f"{flight.address} ({span(now - flight.began)}{': ' + flight.reason if flight.reason else ''})" for flight in members
    ]
    more = f" and {len(told) - 5} more" if len(told) > 5 else ""
    return [f"still {DOING.get(members[0].act, ('working on', ''))[0]}: {', '.join(told[:5])}{more}"]


def line_of(notice: Notice, seconds: float) -> str:
    doing, did = DOING.get(notice.act, (notice.act, notice.act))
    text = clean(notice.text)
    match notice.verb:
        case "started":
            return f"{notice.address}: {doing}"
        case "done":
            identity = f" [{clean(notice.identity)}]" if notice.identity else ""
            return f"{notice.address}: {did} after {seconds:.1f} s{identity}"
        case "failed":
            return f"{notice.address}: {doing} FAILED after {seconds:.1f} s: {text}"
        case "skipped":
            return f"{notice.address}: not reached, {text}"
        case "waiting":
            return f"{notice.address}: waiting, {text}"
        case _:
            return f"{notice.address}: {notice.verb}, {text}"


def _type(notice: Notice) -> str:
    return "apply_errored" if notice.verb in ("failed", "skipped") else HOOKS.get(notice.verb, "apply_progress")


def _hook(notice: Notice, seconds: float) -> dict[str, Any]:
    """Terraform's shape of a hook."""
    hook: dict[str, Any] = {"resource": {"addr": notice.address}, "action": notice.act, "verb": notice.verb}
    if notice.verb != "started":
        hook["elapsed_seconds"] = round(seconds, 3)
    if notice.identity:
        hook |= {"id_key": "id", "id_value": notice.identity}
    if notice.text:
        hook["message"] = clean(notice.text)
    return hook
