"""The second place of the heads, between threads that write and read it."""

from __future__ import annotations

import threading
from pathlib import Path

from engine.stores.heads import Heads
from engine.stores.store import Head


def test_a_reader_never_sees_half_a_record(tmp_path: Path) -> None:
    heads = [Head(seq=10**number, hash=f"{number}" * 64) for number in range(1, 9)]
    ended = threading.Event()

    def write(which: int) -> None:
        place = Heads(tmp_path / "heads")
        while not ended.is_set():
            for head in heads[which::2]:
                place.put("shop", head)
        place.close()

    threads = [threading.Thread(target=write, args=(which,)) for which in range(2)]
    for thread in threads:
        thread.start()
    place = Heads(tmp_path / "heads")
    seen = {place.get("shop") for _ in range(2000)}
    ended.set()
    for thread in threads:
        thread.join()
    assert seen <= {None, *heads}
    assert place.get("shop") in heads
