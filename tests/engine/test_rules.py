"""Readiness rules, conditions before and after, checks, interruption, and a journal that fails."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.effects import Event, Interrupt
from engine.expressions import Template
from engine.plan import Act
from engine.stack import Declaration, Rule
from engine.stores.store import StoreError
from providers.contract.diagnostic import Diagnostic
from tests.engine.harness import Machine
from tests.engine.support import thing, tree
from tests.engine.test_stories import acts, applied, changes, settled, shop
from tests.simulation.executor import SimulatedExecutor


def template(text: str) -> Template:
    found = tree(text)
    assert isinstance(found, Template)
    return found


def rule(text: str, message: str = "it must not be so") -> Rule:
    return Rule(rule=template(text), message=message, file="f", path=())


def ruled(name: str, *, before: str = "", after: str = "", ready: str = "", **inputs: Any) -> Declaration:
    return replace(
        thing(name, **inputs),
        before=(rule(before),) if before else (),
        after=(rule(after),) if after else (),
        ready=template(ready) if ready else None,
    )


def test_dependents_wait_for_what_becomes_ready() -> None:
    machine = Machine()
    wanted = shop(thing("slow", Name="slow", Slow=30), thing("user", Value="${slow.Endpoint}"))
    start = machine.clock.now
    applied(machine, wanted)
    assert machine.clock.now - start >= 30
    user = next(item for item in machine.world.everything() if "Name" not in item.values)
    assert str(user.values["Value"]).startswith("memory:")
    settled(machine, wanted)


def test_a_ready_rule_holds_dependents_back() -> None:
    machine = Machine()
    wanted = shop(ruled("a", Name="a", Size=1, ready="${self.Size >= 1}"), thing("b", Value="${a.Id}"))
    applied(machine, wanted)
    never = shop(replace(ruled("c", Name="c", ready="${self.Size > 5}"), timeouts=replace(thing("x").timeouts, ready=60.0)))
    report = machine.apply(never)
    assert report.result == "failed"
    assert "not ready" in report.diagnostics[0].summary
    assert machine.state().current("shop.c") is not None


def test_what_is_deleted_right_after_its_creation_is_not_awaited_for_ever() -> None:
    machine = Machine()
    world = machine.world
    create = world.create

    def vanishing(*given: Any, **more: Any) -> Any:
        made = create(*given, **more)
        for item in world.everything():
            world.vanish(item.type, item.identity)
        return made

    world.create = vanishing  # type: ignore[method-assign]
    start = machine.clock.now
    report = machine.apply(shop(thing("a", Name="a", Slow=1000)))
    assert report.result == "failed"
    assert "something else deleted it" in report.diagnostics[0].summary
    assert machine.clock.now - start < 60
    world.create = create  # type: ignore[method-assign]
    assert acts(machine, shop(thing("a", Name="a"))) == {"shop.a": "create"}


def test_a_false_condition_before_blocks_it_and_its_dependents() -> None:
    machine = Machine()
    wanted = shop(ruled("a", Name="a", Size=1, before="${self.Size > 1}"), thing("b", Value="${a.Id}"), thing("c", Name="c"))
    report = machine.apply(wanted)
    assert report.result == "stopped"
    assert [item.values.get("Name") for item in machine.world.everything()] == ["c"]


def test_a_false_condition_after_blocks_dependents() -> None:
    machine = Machine()
    wanted = shop(ruled("a", Name="a", Size=1, after="${self.Double > 5}"), thing("b", Value="${a.Id}"))
    report = machine.apply(wanted)
    assert report.result == "failed"
    assert report.skipped == {"shop.b": "shop.a"}
    assert len(machine.world.everything()) == 1


def test_a_false_check_stops_the_plan() -> None:
    plan = Machine().plan(shop(thing("a", Size=1), checks=(rule("${a.Size > 1}", "too small"),))).plan
    assert plan is not None
    assert [item.summary for item in plan.diagnostics] == ["too small"]


def test_enabled_leaves_the_address_and_deletes_the_object() -> None:
    machine = Machine()
    applied(machine, shop(thing("a", Name="a", enabled="${inputs.on}"), inputs={"on": True}))
    off = shop(thing("a", Name="a", enabled="${inputs.on}"), inputs={"on": False})
    assert acts(machine, off) == {"shop.a": "delete"}
    applied(machine, off)
    settled(machine, off)


def test_a_key_that_is_gone_is_deleted_and_no_other_is_touched() -> None:
    machine = Machine()

    def wanted(*keys: str) -> Any:
        return shop(
            thing("a", for_each=list(keys), Name="${each.key}"), thing("b", for_each=list(keys), Value="${a[each.key].Id}")
        )

    applied(machine, wanted("x", "y", "z"))
    found = changes(machine, wanted("x", "z"))
    assert {address: change.act.value for address, change in found.items() if change.acts} == {
        "shop.a[y]": "delete",
        "shop.b[y]": "delete",
    }
    assert found["shop.b[x]"].needs == ("shop.a[x]",)


class Interrupting(SimulatedExecutor):
    """Ctrl-C at the n-th event."""

    at = 0

    def next(self) -> Event:
        if self.count == self.at:
            self.at = -1
            return Interrupt(time=self.clock.now)
        return super().next()


class InterruptedMachine(Machine):
    armed = True

    def _executor(self, appender: Any) -> SimulatedExecutor:
        executor = super()._executor(appender)
        if appender is not None and self.armed:
            executor.__class__ = Interrupting
            executor.at = 12  # type: ignore[attr-defined]
        return executor


def test_an_interrupt_finishes_what_is_in_flight_and_leaves_the_rest() -> None:
    machine = InterruptedMachine()
    chain = [{"Value": f"${{a{index - 1}.Id}}"} if index else {} for index in range(6)]
    wanted = shop(*[thing(f"a{index}", Name=f"a{index}", **more) for index, more in enumerate(chain)])
    report = machine.apply(wanted)
    assert report.result == "interrupted"
    assert report.left
    machine.armed = False
    state = machine.state()
    assert not state.open
    assert {record.identity for record in state.records.values()} == machine.identities()
    applied(machine, wanted)
    settled(machine, wanted)


def test_a_journal_that_fails_sends_nothing_more() -> None:
    machine = Machine()
    wanted = shop(*[thing(f"a{index}", Name=f"a{index}") for index in range(12)])
    count = 0

    def full(verb: str, moment: str) -> None:
        nonlocal count
        if verb == "append" and moment == "before":
            count += 1
            if count > 6:
                raise StoreError(Diagnostic(code="P0705", summary="the disk is full"))

    machine.store.hook = full
    report = machine.apply(wanted)
    assert report.result == "broken"
    assert report.diagnostics[-1].summary == "the disk is full"
    sent = len(machine.world.everything())
    machine.boot()
    assert len(machine.state().open) + len(machine.state().records) >= sent
    applied(machine, wanted)
    settled(machine, wanted)
    assert len(machine.world.everything()) == 12


def test_a_protected_one_that_is_replaced_blocks_what_waits_for_it() -> None:
    from engine.stack import Lifecycle

    machine = Machine()
    applied(machine, shop(thing("a", Zone="x", lifecycle=Lifecycle(protect=True)), thing("b", Value="${a.Id}")))
    found = changes(machine, shop(thing("a", Zone="y", lifecycle=Lifecycle(protect=True)), thing("b", Value="${a.Id}")))
    assert {address: change.act for address, change in found.items()} == {"shop.a": Act.BLOCKED, "shop.b": Act.BLOCKED}
