"""The live region on a terminal; the only place where rich is imported."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.text import Text

from console.render.build import span

if TYPE_CHECKING:
    from console.render.progress import Flight, Progress

BAR = 30
SHOWN = 12
"""Operations in flight that get a line of their own."""


class LiveScreen:
    """One line for each operation in flight, a bar of the whole; finished lines scroll above."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.console = Console(stderr=True, highlight=False)
        self.live = Live(
            console=self.console, get_renderable=self.picture, refresh_per_second=4, transient=True, redirect_stdout=False
        )
        self.live.start()

    def line(self, text: str) -> None:
        self.console.print(Text(text, overflow="fold"))

    def close(self) -> None:
        self.live.stop()

    def picture(self) -> Text:
        """Called by rich's thread; looks only at copies."""
        now = time.monotonic()
        flights = list(self.progress.flying.values())
        rows = [Text(row(flight, now), no_wrap=True, overflow="ellipsis") for flight in flights[:SHOWN]]
        if len(flights) > SHOWN:
            rows.append(Text(f"  and {len(flights) - SHOWN} more"))
        rows.append(Text(bar(self.progress.done, self.progress.total)))
        return Text("\n").join(rows)


def row(flight: Flight, now: float) -> str:
    from console.render.progress import DOING

    doing = DOING.get(flight.act, (flight.act, ""))[0]
    reason = f": {flight.reason}" if flight.reason else ""
    return f"  {flight.address} {doing} {span(now - flight.began)}{reason}"


def bar(done: int, total: int) -> str:
    if not total:
        return ""
    full = BAR * done // total
    return f"  {'━' * full}{'─' * (BAR - full)} {done} of {total}"
