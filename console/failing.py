"""How an exception that reaches the top is told: never as a traceback."""

from __future__ import annotations

import logging
import sys
import time

from console.project import Refused
from engine.session import Busy, Interrupted, Stale
from engine.stores.store import StoreError
from providers.contract.diagnostic import Diagnostic


def tell(error: Exception) -> int:
    """Prints what happened on standard error; the exit status."""
    from stacks.excerpt import Counts, render

    match error:
        case Refused(diagnostics=diagnostics, status=status, files=files):
            counts = Counts(files=files) if files else None
            print(render(diagnostics, counts).rstrip("\n"), file=sys.stderr)  # noqa: T201
            return status
        case StoreError(diagnostic=diagnostic):
            print(render([diagnostic]), file=sys.stderr)  # noqa: T201
            return 1
        case Busy():
            print(render([_busy(error)]), file=sys.stderr)  # noqa: T201
            return 1
        case Stale(stack=stack):
            summary = f"{stack} has changed since the plan was made"
            help = "plan it again"
            print(render([Diagnostic(code="P0520", summary=summary, notes=(("help", help),))]), file=sys.stderr)  # noqa: T201
            return 3
        case Interrupted():
            print("interrupted", file=sys.stderr)  # noqa: T201
            return 130
        case _:
            return _bug(error)


def _busy(error: Busy) -> Diagnostic:
    lease = error.held.by[0]
    until = time.strftime("%H:%M:%S UTC", time.gmtime(lease.until))
    holder = lease.holder
    return Diagnostic(
        code="P0521",
        summary=f"{error.stack} is being worked on by {holder.who}@{holder.host} (process {holder.process})",
        notes=(
            ("holds", ", ".join(lease.write[:5]) + (f" and {len(lease.write) - 5} more" if len(lease.write) > 5 else "")),
            ("until", f"{until}, renewed while it lives; it expires by itself"),
        ),
    )


def _bug(error: Exception) -> int:
    """An error that nobody foresaw: where it happened, and how the whole of it can be had."""
    import traceback

    logging.getLogger("plumb").debug("unforeseen", exc_info=error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno} in {frames[-1].name}" if frames else ""
    text = " ".join(f"{type(error).__name__}: {error}".split())[:300].rstrip(": ")
    diagnostic = Diagnostic(
        code="P0599",
        summary=f"Plumb itself failed: {text}",
        detail=f"at {place}" if place else "",
        notes=(("help", "please report it with the output of the same command under PLUMB_LOG=debug"),),
    )
    from stacks.excerpt import render

    print(render([diagnostic]), file=sys.stderr)  # noqa: T201
    return 1
