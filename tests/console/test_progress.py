"""Progress elsewhere than on a terminal: one line per start and end, a heartbeat that names what is waited for."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from contextlib import redirect_stderr

import pytest

from console.output import Output
from console.render.progress import Flight, Progress, live_region, waits
from engine.effects import Notice
from tests.console.support import Repository


def test_lines() -> None:
    clock = iter([0.0, 0.0, 1.5, 1.5, 2.0, 2.0, 2.0])
    progress = Progress(Output(), clock=lambda: next(clock))
    err = io.StringIO()
    with redirect_stderr(err):
        progress(Notice(verb="started", address="shop.net", act="create"))
        progress(Notice(verb="done", address="shop.net", act="create", identity="thing-1"))
        progress(Notice(verb="skipped", address="shop.db", act="create", text="waits for shop.x"))
    assert err.getvalue() == (
        "shop.net: creating\nshop.net: created after 1.5 s [thing-1]\nshop.db: not reached, waits for shop.x\n"
    )


def test_a_replacement_is_under_way_until_both_halves_are_done() -> None:
    progress = Progress(Output(quiet=True))
    for verb, flying in (("started", 1), ("started", 1), ("done", 1), ("done", 0)):
        progress(Notice(verb=verb, address="shop.net", act="replace"))
        assert len(progress.flying) == flying


def test_the_heartbeat_names_what_it_waits_for() -> None:
    flights = [Flight(address=f"shop.t{index}", act="create", began=0.0, reason="status is creating") for index in range(7)]
    assert waits([], 0.0) == []
    line = waits(flights, 61.0)[0]
    assert line.startswith("still creating: shop.t0 (1 min: status is creating), ")
    assert line.endswith(" and 2 more")


@pytest.mark.parametrize("name", ["CI", "TERM"])
def test_no_live_region_in_a_log(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "dumb" if name == "TERM" else "xterm")
    monkeypatch.setenv("CI", "true" if name == "CI" else "")
    assert not live_region()


def test_the_live_region_holds_one_line_per_operation() -> None:
    from console.render.live import bar, row

    assert (
        row(Flight(address="shop.net", act="create", began=0.0, reason="creating"), 5.0) == "  shop.net creating 5 s: creating"
    )
    assert bar(1, 4).endswith("1 of 4")


def test_ctrl_c_finishes_what_is_in_flight_and_the_next_run_goes_on(repository: Repository) -> None:
    repository.edit("stacks/shop.plumb.yaml", "{path: ./world.db}", "{path: ./world.db, latency: 1.0}")
    environ = {**os.environ, "XDG_STATE_HOME": str(repository.state), "HOME": str(repository.state)}
    command = [sys.executable, "-m", "console.main", "apply", "-y", "-C", str(repository.root)]
    process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("shop.net: creating"):
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, out + err
    assert "once more leaves now" in err
    assert "shop.net: created" in err, "what was in flight is finished"
    assert "Interrupted, everything is journaled" in out
    assert "left for the next run" in out
    repository.edit("stacks/shop.plumb.yaml", ", latency: 1.0", "")
    repository.good("apply", "-y")
    assert repository.run("plan", "--detailed-exitcode").status == 0
