"""Exact differences, and the requests that end them."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from providers.contract.observation import Live
from providers.contract.proposal import Action, Proposal, Wanted
from providers.contract.step import Done, Preparation, Step
from providers.contract.transport import Bounds, Send
from providers.contract.values import Secret, Unknown, Value
from providers.memory.provider import MemoryProvider
from providers.memory.transport import MemoryTransport
from providers.memory.world import World

PROVIDER = MemoryProvider()
TYPE = "Memory::Thing"


def door(world: World) -> Send:
    transport = MemoryTransport(world)
    return lambda operation, parameters: transport.call(operation, parameters, Bounds())


def live_of(world: World, **inputs: Value) -> Live:
    (step,) = PROVIDER.prepare(Preparation(type=TYPE, action=Action.CREATE, inputs=PROVIDER.normalize(TYPE, inputs)))
    assert isinstance(step, Step)
    reply = PROVIDER.send_step(step, door(world))
    assert isinstance(reply, Done)
    assert reply.live is not None
    return reply.live


def propose(inputs: dict[str, Value], live: Live | None, recorded: dict[str, Value] | None = None, **rest: Any) -> Proposal:
    normal = PROVIDER.normalize(TYPE, inputs)
    before = PROVIDER.normalize(TYPE, recorded) if recorded is not None else None
    (proposal,) = PROVIDER.plan([Wanted(type=TYPE, inputs=normal, recorded=before, live=live, **rest)], door(World()))
    return proposal


def changes(proposal: Proposal) -> list[tuple[Any, Any, Any]]:
    return [(item.path, item.before, item.after) for item in proposal.differences]


def test_true_is_not_one() -> None:
    live = live_of(World(), Value={"flag": 1})
    assert changes(propose({"Value": {"flag": True}}, live)) == [(("Value", "flag"), 1, True)]
    assert propose({"Value": {"flag": 1.0}}, live).action is Action.NONE


def test_lists_are_ordered_and_tags_are_not() -> None:
    live = live_of(World(), Items=["a", "b"], Tags={"x": "1", "y": "2"})
    assert changes(propose({"Items": ["b", "a"]}, live)) == [(("Items", 0), "a", "b"), (("Items", 1), "b", "a")]
    assert changes(propose({"Items": ["a"]}, live)) == [(("Items",), ["a", "b"], ["a"])]
    tags: list[Value] = [{"Key": "y", "Value": "2"}, {"Key": "x", "Value": "1"}]
    assert propose({"Tags": tags}, live).action is Action.NONE


def test_what_nobody_declared_is_nobodys_business() -> None:
    live = live_of(World(), Labels={"a": "1", "b": "2"}, Size=4, Tags={"x": "1"})
    assert propose({"Labels": {"a": "1"}}, live).action is Action.NONE
    released = propose({"Labels": {"a": "1"}}, live, {"Labels": {"a": "1", "b": "2"}, "Size": 4, "Tags": {"x": "1"}})
    assert changes(released) == [(("Labels", "b"), "2", None), (("Size",), 4, 0), (("Tags", "x"), "1", None)]


def test_ignored_paths_are_no_difference() -> None:
    live = live_of(World(), Size=1, Labels={"a": "1"})
    wanted: dict[str, Value] = {"Size": 2, "Labels": {"a": "2"}}
    assert changes(propose(wanted, live, ignore=(("Size",),))) == [(("Labels", "a"), "1", "2")]
    assert propose(wanted, live, ignore=(("Size",), ("Labels", "*"))).action is Action.NONE


def test_a_write_only_leaf_is_sent_when_its_digest_is_not_among_those_that_hold() -> None:
    live = live_of(World(), Password=Secret("plain-word"))
    wanted: dict[str, Value] = {"Password": Secret("plain-word")}
    assert propose(wanted, live, digests={"Password": "d"}).action is Action.NONE
    assert propose(wanted, live).action is Action.UPDATE
    assert propose(wanted, live, wanted).action is Action.NONE


def test_a_secret_hides_both_sides() -> None:
    proposal = propose({"Value": Secret("new-plain-word")}, live_of(World(), Value="old-plain-word"))
    assert "plain-word" not in repr(proposal.differences)


def test_a_replacement_that_keeps_a_name_deletes_first() -> None:
    world = World()
    world.create("Memory::Name", {"Name": "n", "Zone": "a"}, {})
    image = world.image(world.everything()[0])
    live = Live(identity="n", values=image["Values"])
    kept, other = PROVIDER.plan(
        [
            Wanted(type="Memory::Name", inputs={"Name": "n", "Zone": "b"}, live=live),
            Wanted(type="Memory::Name", inputs={"Name": "m", "Zone": "a"}, live=live),
        ],
        door(world),
    )
    assert (kept.action, kept.replaces, kept.create_first) == (Action.REPLACE, (("Zone",),), False)
    assert (other.action, other.replaces, other.create_first) == (Action.REPLACE, (("Name",),), True)


def test_default_tags_give_way_to_declared_ones() -> None:
    settings: dict[str, Value] = {"tags": {"team": "blue", "cost": "1"}}
    placed = PROVIDER.normalize(TYPE, PROVIDER.place(TYPE, {"Tags": {"team": "red"}}, settings))
    assert placed["Tags"] == [{"Key": "cost", "Value": "1"}, {"Key": "team", "Value": "red"}]
    assert PROVIDER.place("Memory::Bare", {"Size": 1}, settings) == {"Size": 1}


SCALARS = st.one_of(st.booleans(), st.integers(-3, 3), st.text(max_size=2), st.just(1.5))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abc"), inner, max_size=3)),
    max_leaves=8,
)
TEXTS = st.dictionaries(st.sampled_from("abc"), st.text(max_size=2), max_size=3)
ITEMS = st.lists(VALUES, max_size=3)
INPUTS = st.fixed_dictionaries(
    {},
    optional={
        "Value": VALUES,
        "Size": st.integers(0, 3),
        "Labels": TEXTS,
        "Tags": TEXTS,
        "Items": st.lists(VALUES, max_size=3),
    },
)


@settings(max_examples=300, deadline=None)
@given(first=INPUTS, second=INPUTS)
def test_one_update_makes_it_so(first: dict[str, Value], second: dict[str, Value]) -> None:
    world = World()
    live = live_of(world, **first)
    proposal = propose(second, live, first)
    assert propose(first, live, first).action is Action.NONE
    steps = PROVIDER.prepare(
        Preparation(
            type=TYPE,
            action=Action.UPDATE,
            inputs=PROVIDER.normalize(TYPE, second),
            recorded=PROVIDER.normalize(TYPE, first),
            live=live,
            proposal=proposal,
        )
    )
    after = live
    for step in steps:
        assert isinstance(step, Step)
        reply = PROVIDER.send_step(step, door(world))
        assert isinstance(reply, Done)
        assert reply.live is not None
        after = reply.live
    assert propose(second, after, second).differences == ()
    known = {name: value for name, value in proposal.planned.items() if not isinstance(value, Unknown)}
    if proposal.action is Action.UPDATE:
        assert {name: after.values.get(name) for name in known} == known
