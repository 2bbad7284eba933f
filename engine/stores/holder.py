"""Who holds a lease, and the proof that it is dead."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from engine.stores.store import Holder


def this_process(who: str = "") -> Holder:
    """This process. `boot` is empty where the system tells none: then nobody can prove it dead."""
    host = os.uname().nodename
    process = os.getpid()
    return Holder(
        who=who or host,
        host=host,
        boot=_boot(),
        namespace=_namespace(),
        process=process,
        began=_began(process),
    )


def is_dead(holder: Holder) -> bool:
    """True only where it is proven: the same host, boot and process namespace as ours, and no such process any more."""
    here = (os.uname().nodename, _boot(), _namespace())
    if not all(here) or not holder.began or (holder.host, holder.boot, holder.namespace) != here:
        return False
    try:
        os.kill(holder.process, 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass
    began = _began(holder.process)
    return (began != 0 and began != holder.began) or _is_zombie(holder.process)


def _boot() -> str:
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return ""


def _namespace() -> str:
    with suppress(OSError):
        return os.readlink("/proc/self/ns/pid")
    return ""


def _stat(process: int) -> list[str]:
    """From the third field on: the second, the name, may hold blanks and brackets."""
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text(errors="replace").rpartition(")")[2].split()
    return []


def _began(process: int) -> int:
    """Clock ticks after boot; 0 where that cannot be known."""
    fields = _stat(process)
    return int(fields[19]) if len(fields) > 19 else 0


def _is_zombie(process: int) -> bool:
    """Ended and not yet waited for. A first thread that has ended says nothing while others run on."""
    fields = _stat(process)
    if not fields or fields[0] not in ("Z", "X"):
        return False
    with suppress(OSError):
        return len(os.listdir(f"/proc/{process}/task")) <= 1
    return False
