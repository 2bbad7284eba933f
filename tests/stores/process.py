"""What the tests of real processes run: `python -m tests.stores.process VERB FOLDER ARGUMENTS`."""

from __future__ import annotations

import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from engine.stores.holder import this_process
from engine.stores.sqlite import SqliteStore
from engine.stores.store import Held, Lease, StoreError


def real_store(folder: Path) -> SqliteStore:
    """On the machine's clock, with the real proof of death."""
    return SqliteStore(folder / "state" / "journal.db", repository="repo-1", environment="dev", busy=60.0)


def real_lease(store: SqliteStore, address: str, length: float = 600.0) -> Lease:
    lease = store.acquire("shop", (address,), (), this_process(address), length)
    assert not isinstance(lease, Held), lease
    return lease


def say(text: str) -> None:
    print(text, flush=True)


def write(folder: Path, address: str, count: str) -> None:
    """Appends of two lines each; says the head after each. Without end where `count` is 0."""
    store = real_store(folder)
    lease = real_lease(store, address)
    number = 0
    while number < int(count) or count == "0":
        number += 1
        store.append(lease, [f"{address} {number} {half}".encode() for half in ("a", "b")])
        say(f"{number}")
    store.release(lease)


def hold(folder: Path, address: str) -> None:
    store = real_store(folder)
    say(f"{real_lease(store, address).epoch}")
    signal.pause()


def keys(folder: Path) -> None:
    store = real_store(folder)
    for number in range(20):
        say(f"{store.keys(f's{number}').uid} {store.keys(f's{number}').identity_key.hex()}")


def overflow(folder: Path) -> None:
    """Every write past a size of the file fails, as on a disk that breaks."""
    store = real_store(folder)
    lease = real_lease(store, "shop.a")
    store.append(lease, [b"first"])
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    size = store.path.stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    try:
        store.append(lease, [b"x" * 3000] * 100)
    except StoreError as error:
        say(f"{error.diagnostic.summary} | {error.unknown}")
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    say(" ".join(line.payload.decode() for line in store.lines("shop")))
    store.append(lease, [b"second"])
    say(" ".join(line.payload.decode() for line in store.lines("shop")))


VERBS: dict[str, Callable[..., None]] = {"write": write, "hold": hold, "keys": keys, "overflow": overflow}

if __name__ == "__main__":
    VERBS[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])
