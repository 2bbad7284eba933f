"""A holder is dead only where that is proven."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from engine.stores.holder import is_dead, this_process

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a start time and a boot id are known on Linux only")

NO_PROCESS = 2**22 + 1
"""Above the highest that Linux gives."""


def test_this_process_lives() -> None:
    me = this_process("alice")
    assert me.who == "alice"
    assert me.boot
    assert me.namespace
    assert me.began > 0
    assert not is_dead(me)


def test_a_process_that_is_gone_is_dead() -> None:
    assert is_dead(replace(this_process(), process=NO_PROCESS))


def test_a_number_that_another_process_has_now_is_dead() -> None:
    me = this_process()
    assert is_dead(replace(me, began=me.began - 1))


@pytest.mark.parametrize("change", [{"host": "elsewhere"}, {"boot": "before"}, {"namespace": "pid:[1]"}, {"began": 0}])
def test_elsewhere_nothing_is_proven(change: dict[str, object]) -> None:
    assert not is_dead(replace(this_process(), process=NO_PROCESS, **change))  # type: ignore[arg-type]
