"""Named points at which a crash test ends the process, as a kill from outside would."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Callable, Mapping

ANY = "any"


def _nothing(name: str) -> None:
    """No failpoint is set."""


def counted(environment: Mapping[str, str]) -> Callable[[str], None]:
    """Writes the name of every point that is passed to the file PLUMB_PASSAGES, a line each, for whoever picks instants to
    kill at. Honoured only where PLUMB_FAILPOINTS is "allow"."""
    path = environment.get("PLUMB_PASSAGES", "")
    if environment.get("PLUMB_FAILPOINTS") != "allow" or not path:
        return _nothing
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def passage(point: str) -> None:
        os.write(file, f"{point}\n".encode())

    return passage


def armed(environment: Mapping[str, str]) -> Callable[[str], None]:
    """What a passage of a named point does. PLUMB_FAILPOINT is "name:n": killed at the n-th passage of that point, or
    of any point where the name is "any". Honoured only where PLUMB_FAILPOINTS is "allow"."""
    name, colon, text = environment.get("PLUMB_FAILPOINT", "").partition(":")
    if environment.get("PLUMB_FAILPOINTS") != "allow" or not colon or not text.isdigit():
        return counted(environment)
    last = int(text)
    count = itertools.count(1)

    def passage(point: str) -> None:
        if name in (point, ANY) and next(count) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    return passage


passage: Callable[[str], None] = armed(os.environ)
