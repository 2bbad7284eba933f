"""The second place of the heads: one small file per stack beside the database.

It is written after each commit and not synced, so it may lag behind after a crash of the machine, never lead. A journal
that does not hold the line it names was cut, or replaced by an older copy.
"""

from __future__ import annotations

import fcntl
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
        self._lock = threading.Lock()

    def get(self, stack: str) -> Head | None:
        """None where nothing was written. Raises StoreError where it cannot be understood."""
        path = self.folder / stack
        try:
            with path.open("rb", buffering=0) as file, _locked(file.fileno(), fcntl.LOCK_SH):
                content = file.read()
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
        with self._lock, suppress(OSError):
            handle = self._handle(stack)
            with _locked(handle, fcntl.LOCK_EX):
                os.pwrite(handle, record, 0)

    def close(self) -> None:
        with self._lock:
            while self._handles:
                os.close(self._handles.popitem()[1])

    def _handle(self, stack: str) -> int:
        handle = self._handles.get(stack)
        if handle is None:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            handle = self._handles[stack] = os.open(self.folder / stack, os.O_WRONLY | os.O_CREAT, 0o600)
        return handle


@contextmanager
def _locked(handle: int, kind: int) -> Iterator[None]:
    """Nobody reads half a record while another process writes it."""
    fcntl.flock(handle, kind)
    try:
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)
