"""The second place of the heads: one small file per stack beside the database.

It is written after each commit and not synced, so it may lag behind after a crash of the machine, never lead. A journal
that does not hold the line it names was cut, or replaced by an older copy.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from engine.stores import problems
from engine.stores.store import Head

LENGTH = 128
"""Less than a sector, written in place: a torn machine leaves the old record or the new one."""
_RECORD = re.compile(rb"([1-9][0-9]{0,18}) ([0-9a-f]{64}) *\n\Z")


class Heads:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._handles: dict[str, int] = {}

    def get(self, stack: str) -> Head | None:
        """None where nothing was written. Raises StoreError where it cannot be understood."""
        path = self.folder / stack
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise problems.of_disk(error, str(path)) from error
        if not content.strip(b"\0"):
            # Made just before the machine went down.
            return None
        found = _RECORD.match(content)
        if found is None or len(content) != LENGTH:
            raise problems.refused(
                problems.DAMAGED,
                f"the head of {stack} that is kept beside the store is damaged",
                f"put back an intact copy; it is {path}",
            )
        return Head(seq=int(found[1]), hash=found[2].decode())

    def put(self, stack: str, head: Head) -> None:
        """Never raises: the line is durable already, and a second place that lags is still true."""
        record = f"{head.seq} {head.hash}".encode().ljust(LENGTH - 1) + b"\n"
        with suppress(OSError):
            os.pwrite(self._handle(stack), record, 0)

    def close(self) -> None:
        while self._handles:
            os.close(self._handles.popitem()[1])

    def _handle(self, stack: str) -> int:
        handle = self._handles.get(stack)
        if handle is None:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            handle = self._handles[stack] = os.open(self.folder / stack, os.O_WRONLY | os.O_CREAT, 0o600)
        return handle
