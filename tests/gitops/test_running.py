"""The controller as a process that runs on: told from other processes, killed at any instant, and run again."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import journal
from engine.session import read_state
from engine.stores.holder import this_process
from gitops import requests, status, suspension
from gitops.status import StackStatus
from tests.gitops.support import Repository, end, stack_text, thing, until


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    made = Repository(tmp_path)
    processes = []
    start = made.start

    def started(*arguments: str) -> object:
        processes.append(start(*arguments))
        return processes[-1]

    made.start = started  # type: ignore[assignment, method-assign]
    yield made
    for process in processes:
        end(process, signal.SIGKILL)


def of(repository: Repository, stack: str = "shop") -> StackStatus:
    return repository.status().get(stack) or StackStatus(name=stack)


def test_it_follows_heals_and_stops_gracefully(repository: Repository) -> None:
    first = repository.commit(shop=stack_text("shop", thing("a", Name="a", Value=1)))
    process = repository.start("--interval", "1s")
    until(lambda: of(repository).applied == first and of(repository).health == "healthy", "the first commit", repository.log)
    second = repository.commit(shop=stack_text("shop", thing("a", Name="a", Value=2) + thing("b", Name="b")))
    until(lambda: of(repository).applied == second and of(repository).health == "healthy", "the second commit", repository.log)
    item = next(item for item in repository.everything() if item.values["Name"] == "a")
    repository.world().alter(item.type, item.identity, Value=99)
    until(lambda: repository.names()["a"] == 2, "drift is healed", repository.log)
    store = repository.store()
    seen = status.controller(store)
    assert seen.runs
    assert seen.facts is not None
    assert (seen.facts.head, seen.facts.process) == (second, process.pid)
    assert of(repository).next_check > 0
    assert end(process) == 0
    assert not status.controller(store).runs
    assert of(repository).next_check == 0
    assert "Traceback" not in repository.log()
    store.close()


def test_ctrl_c_ends_it_with_130(repository: Repository) -> None:
    head = repository.commit(shop=stack_text("shop", thing("a", Name="a")))
    process = repository.start()
    until(lambda: of(repository).applied == head, "the commit", repository.log)
    assert end(process, signal.SIGINT) == 130


def test_a_stop_in_the_middle_of_an_apply_finishes_what_is_in_flight(repository: Repository) -> None:
    chain = "".join(
        thing(f"t{number}", Name=f"t{number}", Slow=0.3, Value=f"'${{t{number - 1}.Arn}}'" if number else 0)
        for number in range(8)
    )
    head = repository.commit(shop=stack_text("shop", chain))
    process = repository.start()
    until(lambda: len(repository.everything()) >= 2, "something is there", repository.log)
    assert end(process) == 0
    made = len(repository.everything())
    assert 2 <= made < 8
    store = repository.store()
    state = read_state(store, "shop")
    assert not any(item.unresolved for item in state.open.values())
    assert state.last_end is not None
    assert state.last_end.result == "interrupted"
    store.close()
    repository.start()
    until(lambda: of(repository).applied == head, "the rest", repository.log)
    assert len(repository.names()) == 8


def test_suspend_and_resume_from_another_process(repository: Repository) -> None:
    first = repository.commit(shop=stack_text("shop", thing("a", Name="a", Value=1)))
    repository.start("--interval", "1s")
    until(lambda: of(repository).applied == first, "the first commit", repository.log)
    store, me = repository.store(), this_process("someone")
    suspension.suspend(store, me, "shop", reason="a migration")
    second = repository.commit(shop=stack_text("shop", thing("a", Name="a", Value=2)))
    until(lambda: of(repository).head == second, "it is looked at", repository.log)
    seen = of(repository)
    assert (seen.suspended, seen.suspended_reason, seen.suspended_by) == (True, "a migration", "someone")
    assert seen.message == "suspended: a migration; 1 to do"
    assert repository.names() == {"a": 1}
    assert seen.applied == first
    assert suspension.resume(store, me, "shop")
    until(lambda: of(repository).applied == second, "it goes on", repository.log)
    assert repository.names() == {"a": 2}
    assert not suspension.resume(store, me, "shop")
    store.close()


def test_a_suspension_ends_by_itself(repository: Repository) -> None:
    head = repository.commit(shop=stack_text("shop", thing("a", Name="a", Value=1)))
    store = repository.store()
    suspension.suspend(store, this_process("someone"), "shop", until=store.now() + 4)
    repository.start("--interval", "1s")
    until(lambda: of(repository).head == head, "it is looked at", repository.log)
    until(lambda: of(repository).applied == head, "it is over", repository.log)
    lines = [journal.decode(line.payload) for line in store.lines("shop")]
    began = next(line for line in lines if isinstance(line, journal.Began))
    suspended = next(line for line in lines if isinstance(line, journal.Suspended))
    assert began.time >= suspended.until
    store.close()


def test_reconcile_is_answered_long_before_the_next_check(repository: Repository) -> None:
    first = repository.commit(shop=stack_text("shop", thing("a", Name="a", Value=1)))
    repository.start("--interval", "1h")
    until(lambda: of(repository).health == "healthy", "the first commit", repository.log)
    assert of(repository).applied == first
    second = repository.commit(shop=stack_text("shop", thing("a", Name="a", Value=2)))
    store = repository.store()
    request = requests.reconcile(store, "r1", "someone", "shop")
    until(lambda: requests.answered(store, request, ["shop"]), "an answer", repository.log)
    assert of(repository).applied == second
    item = repository.everything()[0]
    repository.world().alter(item.type, item.identity, Value=99)
    request = requests.reconcile(store, "r2", "someone")
    until(lambda: requests.answered(store, request, ["shop"]), "an answer for all", repository.log)
    assert repository.names() == {"a": 2}
    store.close()


def test_hold_suspends_only_beside_a_controller(repository: Repository) -> None:
    head = repository.commit(shop=stack_text("shop", thing("a", Name="a")))
    store, me = repository.store(), this_process("someone")
    assert suspension.hold(store, me, ["shop"], "apply --at 1234567") == []
    repository.start("--interval", "1h")
    until(lambda: of(repository).applied == head, "the commit", repository.log)
    assert suspension.hold(store, me, ["shop"], "apply --at 1234567") == ["shop"]
    assert suspension.hold(store, me, ["shop"], "apply --at 1234567") == []
    assert of(repository).suspended_reason == "apply --at 1234567"
    store.close()


def test_a_second_controller_waits_and_takes_over_from_a_dead_one(repository: Repository) -> None:
    first = repository.commit(shop=stack_text("shop", thing("a", Name="a", Value=1)))
    one = repository.start("--interval", "1s")
    until(lambda: of(repository).applied == first, "the first commit", repository.log)
    assert repository.once() == 1
    assert "runs the controller here" in repository.said
    two = repository.start("--interval", "1s")
    until(lambda: "waiting for its seat" in repository.log(), "the second waits", repository.log)
    end(one, signal.SIGKILL)
    second = repository.commit(shop=stack_text("shop", thing("a", Name="a", Value=2)))
    until(lambda: of(repository).applied == second, "the second works", repository.log)
    store = repository.store()
    holder = status.controller(store).holder
    assert holder is not None
    assert holder.process == two.pid
    store.close()


def test_a_failure_is_told_paused_for_and_mended_by_a_new_commit(repository: Repository) -> None:
    first = repository.commit(shop=stack_text("shop", thing("a", Name="a")))
    repository.start("--interval", "1s")
    until(lambda: of(repository).applied == first, "the first commit", repository.log)
    repository.commit(shop=stack_text("shop", thing("a", Name="a").replace("Memory::Thing", "Memory::Nothing")))
    until(lambda: bool(of(repository).last_error), "the error", repository.log)
    third = repository.commit(shop=stack_text("shop", thing("a", Name="a", Value=3)))
    until(lambda: of(repository).applied == third, "mended", repository.log)
    assert of(repository).last_error == ""
    assert "no longer fails" in repository.log()


def test_a_rewritten_branch_is_not_followed(repository: Repository) -> None:
    repository.commit(shop=stack_text("shop", thing("a", Name="a", Value=1)))
    second = repository.commit(shop=stack_text("shop", thing("a", Name="a", Value=2)))
    repository.start("--interval", "1s")
    until(lambda: of(repository).applied == second, "the second commit", repository.log)
    repository.git("reset", "--quiet", "--hard", "HEAD~1")
    repository.commit(shop=stack_text("shop", thing("a", Name="a", Value=3)))
    until(lambda: "was rewritten" in repository.log(), "the refusal", repository.log)
    assert repository.names() == {"a": 2}
    store = repository.store()
    seen = status.controller(store).facts
    assert seen is not None
    assert "was rewritten" in seen.error
    store.close()
