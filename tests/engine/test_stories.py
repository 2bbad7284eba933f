"""What an engine must do, as stories: one change of the files or of the world at a time."""

from __future__ import annotations

from typing import Any

import pytest

from engine.plan import Act, Cause, Change
from engine.planning.question import Selection
from engine.records import Role
from engine.session import Busy, apply_plan, leased
from engine.stack import Adopt, Drift, Form, Lifecycle, Moved, OnDelete, ProviderDeclaration, Removed, Stacks
from providers.contract.values import Unknown
from providers.memory.faults import Fault, FaultKind
from tests.engine.harness import Machine
from tests.engine.support import stack, stacks, thing, tree


def changes(machine: Machine, wanted: Stacks, selection: Selection | None = None, **more: Any) -> dict[str, Change]:
    plan = machine.plan(wanted, selection, **more).plan
    assert plan is not None
    return {change.address: change for change in plan.changes}


def acts(machine: Machine, wanted: Stacks, selection: Selection | None = None, **more: Any) -> dict[str, str]:
    return {address: change.act.value for address, change in changes(machine, wanted, selection, **more).items()}


def applied(machine: Machine, wanted: Stacks, **more: Any) -> None:
    report = machine.apply(wanted, **more)
    assert report.result == "applied", report.diagnostics


def settled(machine: Machine, wanted: Stacks) -> None:
    plan = machine.plan(wanted).plan
    assert plan is not None
    assert not plan.has_changes, [(change.address, change.act, change.reason) for change in plan.changes]


def shop(*members: Any, **more: Any) -> Stacks:
    return stacks(stack("shop", *members, **more))


# Values


def test_an_output_of_another_stack_in_the_plan_is_its_planned_value() -> None:
    machine = Machine()
    network = stack("network", thing("vpc", Name="vpc", Size=3), outputs={"id": "${vpc.Id}", "size": "${vpc.Size}"})
    app = stack("app", thing("api", Value="${stacks.network.id}", Size="${stacks.network.size}"))
    found = changes(machine, stacks(network, app))
    assert found["app.api"].desired is not None
    assert isinstance(found["app.api"].desired["Value"], Unknown)
    assert found["app.api"].desired["Size"] == 3
    assert found["app.api"].needs == ("network.vpc",)
    applied(machine, stacks(network, app))
    settled(machine, stacks(network, app))
    assert acts(machine, stacks(app)) == {"app.api": "none"}


def test_an_output_that_was_never_recorded_names_its_stack() -> None:
    plan = Machine().plan(shop(thing("api", Value="${stacks.network.id}"))).plan
    assert plan is not None
    assert ["network" in item.summary for item in plan.diagnostics if item.is_error] == [True]


def test_a_change_of_an_unknown_narrows_to_nothing() -> None:
    machine = Machine()
    applied(machine, shop(thing("a", Name="a", Size=1), thing("b", Value="${a.Double > 0 ? 'yes' : 'no'}")))
    wanted = shop(thing("a", Name="a", Size=2), thing("b", Value="${a.Double > 0 ? 'yes' : 'no'}"))
    assert acts(machine, wanted) == {"shop.a": "update", "shop.b": "update"}
    before = len(machine.world.effects())
    applied(machine, wanted)
    assert len(machine.world.effects()) == before + 1
    settled(machine, wanted)


def test_an_unknown_at_a_path_that_replaces_is_planned_as_a_replacement() -> None:
    machine = Machine()
    applied(machine, shop(thing("a", Name="a", Size=1), thing("b", Fixed="v${a.Generation}")))
    wanted = shop(thing("a", Name="a", Size=2), thing("b", Fixed="v${a.Generation}"))
    found = changes(machine, wanted)["shop.b"]
    assert (found.act, found.replaces) == (Act.REPLACE, (("Fixed",),))
    applied(machine, wanted)
    settled(machine, wanted)


# Replacement


def test_create_first_goes_through_the_chain() -> None:
    machine = Machine()

    def wanted(zone: str) -> Stacks:
        return shop(thing("a", Zone=zone), thing("b", Fixed="${a.Id}"), thing("c", Value="${b.Id}"))

    applied(machine, wanted("x"))
    first = len(machine.world.effects())
    found = changes(machine, wanted("y"))
    assert {address: change.act.value for address, change in found.items()} == {
        "shop.a": "replace",
        "shop.b": "replace",
        "shop.c": "update",
    }
    applied(machine, wanted("y"))
    verbs = [effect.operation for effect in machine.world.effects()[first:]]
    assert verbs == ["Create", "Create", "Update", "Delete", "Delete"]
    settled(machine, wanted("y"))


def test_a_unique_name_is_deleted_first() -> None:
    machine = Machine()
    applied(machine, shop(thing("a", "Memory::Name", Name="n", Zone="x")))
    first = len(machine.world.effects())
    applied(machine, shop(thing("a", "Memory::Name", Name="n", Zone="y")))
    assert [effect.operation for effect in machine.world.effects()[first:]] == ["Delete", "Create"]
    assert machine.state().current("shop.a").generation == 2  # type: ignore[union-attr]


def test_replacement_on_request_and_its_reason() -> None:
    machine = Machine()
    wanted = shop(thing("a", Name="a"))
    applied(machine, wanted)
    found = changes(machine, wanted, Selection(replace=("shop.a",)))["shop.a"]
    assert (found.act, found.reason.code) == (Act.REPLACE, "requested")


@pytest.mark.parametrize("type", ["Memory::Thing", "Memory::Name"])
def test_replace_when(type: str) -> None:
    machine = Machine()

    def wanted(image: str) -> Stacks:
        lifecycle = Lifecycle(replace_when=(tree("${inputs.image}"),))  # type: ignore[arg-type]
        return shop(thing("a", type, Name="a", lifecycle=lifecycle), inputs={"image": image})

    applied(machine, wanted("one"))
    settled(machine, wanted("one"))
    before = machine.world.everything()[0].uid
    assert acts(machine, wanted("two")) == {"shop.a": "replace"}
    applied(machine, wanted("two"))
    settled(machine, wanted("two"))
    assert machine.world.everything()[0].uid != before


# Deletion, retention, moves


def test_deletion_needs_no_configuration_and_goes_backwards() -> None:
    machine = Machine()
    applied(machine, shop(thing("a", Name="a"), thing("b", Value="${a.Id}"), thing("c", Value="${b.Id}")))
    order = [item.identity for item in machine.world.everything()]
    assert acts(machine, shop()) == {"shop.a": "delete", "shop.b": "delete", "shop.c": "delete"}
    first = len(machine.world.effects())
    applied(machine, shop())
    assert [effect.identity for effect in machine.world.effects()[first:]] == list(reversed(order))


def test_protection_outlives_its_block() -> None:
    machine = Machine()
    applied(machine, shop(thing("a", Name="a", lifecycle=Lifecycle(protect=True))))
    found = changes(machine, shop())["shop.a"]
    assert (found.act, found.reason.code) == (Act.BLOCKED, "protected")
    assert machine.apply(shop(), destroy=True).result != "failed"
    assert len(machine.world.everything()) == 1


def test_retained_then_declared_again_is_the_same_object() -> None:
    machine = Machine()
    kept = shop(thing("a", "Memory::Store", Name="a", lifecycle=Lifecycle(on_delete=OnDelete.RETAIN)))
    applied(machine, kept)
    identity = machine.world.everything()[0].uid
    applied(machine, shop())
    assert machine.state().current("shop.a").role is Role.RETAINED  # type: ignore[union-attr]
    settled(machine, shop())
    found = changes(machine, kept)["shop.a"]
    assert (found.act, found.reason.code) == (Act.ADOPT, "readopt")
    applied(machine, kept)
    assert [item.uid for item in machine.world.everything()] == [identity]
    settled(machine, kept)


def test_grace_deletes_later() -> None:
    machine = Machine()
    applied(machine, shop(thing("a", Name="a", lifecycle=Lifecycle(grace=3600.0))))
    applied(machine, shop())
    settled(machine, shop())
    machine.clock.now += 3601
    assert acts(machine, shop()) == {"shop.a": "delete"}
    applied(machine, shop())
    assert not machine.world.everything()


def test_moved_keeps_the_object() -> None:
    machine = Machine()
    applied(machine, shop(thing("a", Name="a"), thing("user", Value="${a.Id}")))
    moved = (Moved(from_="shop.a", to="shop.b", file="f", path=()),)
    wanted = shop(thing("b", Name="a"), thing("user", Value="${b.Id}"), moved=moved)
    assert acts(machine, wanted)["shop.b"] == "move"
    before = len(machine.world.effects())
    applied(machine, wanted)
    assert len(machine.world.effects()) == before
    settled(machine, wanted)
    settled(machine, shop(thing("b", Name="a"), thing("user", Value="${b.Id}")))


def test_moved_between_stacks() -> None:
    machine = Machine()
    applied(machine, stacks(stack("one", thing("a", Name="a", Password="p")), stack("two")))
    moved = (Moved(from_="one.a", to="two.b", file="f", path=()),)
    wanted = stacks(stack("one"), stack("two", thing("b", Name="a", Password="p"), moved=moved))
    before = len(machine.world.effects())
    applied(machine, wanted)
    assert [effect.operation for effect in machine.world.effects()[before:]] in ([], ["Update"])
    assert machine.state("one").records == {}
    settled(machine, wanted)


def test_a_name_that_moves_by_itself() -> None:
    machine = Machine()
    applied(machine, shop(thing("a", "Memory::Name", Name="same")))
    wanted = shop(thing("b", "Memory::Name", Name="same"))
    assert acts(machine, wanted) == {"shop.b": "move"}
    applied(machine, wanted)
    settled(machine, wanted)


def test_removed_and_kept() -> None:
    machine = Machine()
    applied(machine, shop(thing("a", Name="a")))
    removed = (Removed(from_="shop.a", keep=True, file="f", path=()),)
    assert acts(machine, shop(removed=removed)) == {"shop.a": "forget"}
    applied(machine, shop(removed=removed))
    assert len(machine.world.everything()) == 1
    assert machine.state().records == {}


def test_a_vanished_stack_is_planned_as_deletion() -> None:
    machine = Machine()
    applied(machine, shop(thing("a", Name="a")))
    plan = machine.plan(stacks(), removed=["shop"]).plan
    assert plan is not None
    assert plan.stacks[0].removed
    assert [change.act for change in plan.changes] == [Act.DELETE]


# Drift


def test_drift_is_healed_and_named() -> None:
    machine = Machine()
    wanted = shop(thing("a", Name="a", Size=1), thing("b", Name="b"))
    applied(machine, wanted)
    a, b = machine.world.everything()
    machine.world.alter(a.type, a.identity, Size=9)
    machine.world.vanish(b.type, b.identity)
    found = changes(machine, wanted)
    assert found["shop.a"].fields[0].cause is Cause.DRIFT
    assert found["shop.a"].drifted
    assert (found["shop.b"].act, found["shop.b"].reason.code) == (Act.CREATE, "vanished")
    applied(machine, wanted)
    settled(machine, wanted)
    assert machine.world.everything()[0].values["Size"] == 1


def test_drift_is_only_reported_where_the_stack_says_so() -> None:
    machine = Machine()
    applied(machine, shop(thing("a", Name="a", Size=1)))
    item = machine.world.everything()[0]
    machine.world.alter(item.type, item.identity, Size=9)
    found = changes(machine, shop(thing("a", Name="a", Size=1), drift=Drift.REPORT))["shop.a"]
    assert (found.act, found.drifted) == (Act.NONE, True)


def test_the_world_moves_between_plan_and_apply() -> None:
    machine = Machine()
    applied(machine, shop(thing("a", Name="a", Size=1), thing("b", Name="b", Size=1)))
    wanted = shop(thing("a", Name="a", Size=2), thing("b", Name="b", Size=2))
    planned = machine.plan(wanted)
    item = machine.world.everything()[0]
    machine.world.alter(item.type, item.identity, Size=7)
    report = apply_plan(machine.session(), planned, run="r", who="t", command="apply")
    assert report.result == "stopped"
    assert {item.values["Size"] for item in machine.world.everything()} == {7, 2}


# Adoption and reading


def test_a_stranger_is_refused_and_ours_is_adopted() -> None:
    machine = Machine()
    other = Machine()
    other.world = machine.world
    other.providers = machine.providers
    applied(other, shop(thing("a", "Memory::Name", Name="taken")))
    wanted = shop(thing("a", "Memory::Name", Name="taken"))
    found = changes(machine, wanted)["shop.a"]
    assert (found.act, found.reason.code) == (Act.BLOCKED, "stranger")
    found = changes(machine, shop(thing("a", "Memory::Name", Name="taken"), adopt=Adopt.ANY))["shop.a"]
    assert found.act is Act.ADOPT
    applied(machine, shop(thing("a", "Memory::Name", Name="taken"), adopt=Adopt.ANY))
    settled(machine, wanted)


def test_read_and_list() -> None:
    machine = Machine()
    applied(machine, shop(thing("a", Name="found", Size=4), thing("b", Name="other")))
    reading = stacks(
        stack(
            "user",
            thing("one", form=Form.READ, Name="found"),
            thing("all", form=Form.LIST),
            thing("copy", Size="${one.Size}", Value="${size(all)}"),
        )
    )
    found = changes(machine, reading)
    assert found["user.copy"].desired == {"Size": 4, "Value": 2}
    missing = stacks(stack("user", thing("one", form=Form.READ, Name="nowhere")))
    assert changes(machine, missing)["user.one"].act is Act.BLOCKED


def test_a_read_that_depends_on_what_is_made_in_the_run() -> None:
    machine = Machine()
    wanted = shop(
        thing("a", Name="later", Size=5),
        thing("one", form=Form.READ, Name="${a.Name}"),
        thing("copy", Size="${one.Size}"),
    )
    assert acts(machine, wanted)["shop.one"] == "read"
    applied(machine, wanted)
    assert sorted(item.values.get("Size", 0) for item in machine.world.everything()) == [5, 5]
    settled(machine, wanted)


def test_import_by_declaration() -> None:
    machine = Machine()
    applied(machine, shop(thing("a", Name="a", Size=1)))
    identity = machine.world.everything()[0].identity
    machine.disk = type(machine.disk)()
    machine.boot()
    from dataclasses import replace

    wanted = shop(replace(thing("a", Name="a", Size=2), import_identity=identity))
    found = changes(machine, wanted)["shop.a"]
    assert (found.act, found.reason.code, len(found.fields)) == (Act.ADOPT, "import", 1)
    applied(machine, wanted)
    settled(machine, wanted)
    assert len(machine.world.everything()) == 1


def test_two_addresses_of_one_object_and_a_state_that_is_elsewhere() -> None:
    machine = Machine()
    plan = machine.plan(shop(thing("a", "Memory::Name", Name="n"), thing("b", "Memory::Name", Name="${'n'}"))).plan
    assert plan is not None
    assert [item.code for item in plan.diagnostics] == ["P0406"]
    applied(machine, shop(thing("a", "Memory::Name", Name="n")))
    machine.disk = type(machine.disk)()
    machine.boot()
    machine.store._mint = lambda length: b"z" * length
    found = changes(machine, shop(thing("a", "Memory::Name", Name="n")))["shop.a"]
    assert (found.act, found.reason.code) == (Act.BLOCKED, "elsewhere")


# Providers built on resources


def cluster(zone: str = "x", *members: Any) -> Stacks:
    inner = ProviderDeclaration(name="inner", kind="memory", settings={"cluster": tree("${cluster}")})
    return shop(
        thing("cluster", "Memory::Cluster", Zone=zone),
        *(members or (thing("pod", "Memory::Key", provider="inner", Name="pod"),)),
        providers={"inner": inner},
    )


def test_a_cluster_and_what_runs_on_it_in_one_apply() -> None:
    machine = Machine()
    found = changes(machine, cluster())
    assert found["shop.pod"].deferred
    assert found["shop.pod"].needs == ("shop.cluster",)
    applied(machine, cluster())
    assert len(machine.world.everything()) == 2
    settled(machine, cluster())
    applied(machine, cluster(), destroy=True)
    assert not machine.world.everything()


def test_a_replaced_cluster_takes_what_runs_on_it_along() -> None:
    machine = Machine()
    applied(machine, cluster("x"))
    found = acts(machine, cluster("y"))
    assert found == {"shop.cluster": "replace", "shop.pod": "create"}
    applied(machine, cluster("y"))
    settled(machine, cluster("y"))
    assert len(machine.world.everything()) == 2


def test_a_vanished_cluster_and_an_unreachable_one() -> None:
    machine = Machine()
    applied(machine, cluster())
    item = next(item for item in machine.world.everything() if item.type == "Memory::Cluster")
    machine.world.vanish(item.type, item.identity)
    assert acts(machine, cluster()) == {"shop.cluster": "create", "shop.pod": "create"}


# Selection, failures, leases


def test_targets_and_excludes() -> None:
    machine = Machine()
    wanted = shop(thing("a", Name="a"), thing("b", Value="${a.Id}"), thing("c", Name="c"), thing("d", Value="${c.Id}"))
    assert acts(machine, wanted, Selection(targets=("shop.b",))) == {
        "shop.a": "create",
        "shop.b": "create",
        "shop.c": "none",
        "shop.d": "none",
    }
    assert acts(machine, wanted, Selection(excludes=("shop.c",))) == {
        "shop.a": "create",
        "shop.b": "create",
        "shop.c": "none",
        "shop.d": "none",
    }


def test_independent_branches_go_on_and_skipped_ones_are_named() -> None:
    machine = Machine()
    machine.providers.transport["faults"] = None
    wanted = shop(
        thing("bad", "Memory::Name", Name="bad"), thing("after", Value="${bad.Id}"), thing("good", "Memory::Name", Name="good")
    )
    from providers.memory.faults import Faults

    machine.providers.transport["faults"] = Faults([Fault(kind=FaultKind.REJECT, operation="Create", name="bad")])
    report = machine.apply(wanted)
    assert report.result == "failed"
    assert report.skipped == {"shop.after": "shop.bad"}
    assert [item.identity for item in machine.world.everything()] == ["good"]
    applied(machine, wanted)
    settled(machine, wanted)


@pytest.mark.parametrize("kind", [FaultKind.LOSE_AFTER, FaultKind.LOSE, FaultKind.UNSENT, FaultKind.THROTTLE])
@pytest.mark.parametrize("type", ["Memory::Token", "Memory::Name", "Memory::Key", "Memory::Tagged"])
def test_a_lost_answer_makes_no_second_one(type: str, kind: FaultKind) -> None:
    from providers.memory.faults import Faults

    machine = Machine()
    machine.providers.transport["faults"] = Faults([Fault(kind=kind, operation="Create", times=1)])
    wanted = shop(thing("a", type, Name="a"), thing("b", Value="${a.Id}"))
    for _ in range(3):
        if machine.apply(wanted).result == "applied":
            break
    settled(machine, wanted)
    assert len(machine.world.everything()) == 2


def test_two_plans_on_one_stack_apply_at_the_same_time_where_they_do_not_meet() -> None:
    machine = Machine()
    machine.store._proven_dead = lambda holder: False
    session = machine.session()
    with leased(session, {"shop": ("shop.a",)}, {"shop": ("shop.x",)}):
        with leased(session, {"shop": ("shop.b",)}, {"shop": ("shop.x",)}):
            pass
        with pytest.raises(Busy), leased(session, {"shop": ("shop.x",)}, {}):
            pass
