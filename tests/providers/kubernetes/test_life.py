"""One object through plan, prepare, send, read and delete, on both servers."""

from __future__ import annotations

from providers.contract.observation import Absent
from providers.contract.proposal import Action
from providers.contract.step import Refused
from tests.providers.kubernetes.world import OWNER, World, config_map


def test_config_map_from_nothing_to_nothing(world: World) -> None:
    inputs = world.inputs(config_map())
    assert isinstance(world.read(inputs), Absent)
    proposal = world.plan(inputs)
    assert (proposal.action, proposal.predicted) == (Action.CREATE, False)
    assert world.read(inputs) == Absent(reason="not found")
    inputs, live = world.create(config_map())
    assert live.identity == f"ConfigMap/{world.namespace}/web"
    assert dict(live.owner) == OWNER
    assert "labels" not in live.values["metadata"]  # type: ignore[operator]
    assert "annotations" not in live.values["metadata"]  # type: ignore[operator]
    world.count()
    assert world.plan(inputs, inputs, live).action is Action.NONE
    assert world.count() == [], "what is as declared is not asked for again"
    world.delete(inputs)


def test_update_changes_and_releases(world: World) -> None:
    before, live = world.create(config_map(a="1", b="2"))
    after = world.inputs(config_map(a="3"))
    proposal = world.plan(after, before, live)
    assert proposal.action is Action.UPDATE
    assert {(item.path, item.before, item.after) for item in proposal.differences} == {
        (("data", "a"), "1", "3"),
        (("data", "b"), "2", None),
    }
    assert world.update(after, before, live, proposal).values["data"] == {"a": "3"}


def test_a_create_never_touches_a_stranger(world: World) -> None:
    world.client.post(world.path("configmaps", "")[:-1], config_map(a="theirs")).ok()
    inputs = world.inputs(config_map(a="ours"))
    (step,) = world.steps(Action.CREATE, inputs)
    reply = world.reply(step)
    assert isinstance(reply, Refused)
    assert reply.exists
    assert world.live(inputs).values["data"] == {"a": "theirs"}
    assert dict(world.live(inputs).owner) == {}


def test_update_and_delete_meet_only_the_incarnation_they_saw(world: World) -> None:
    before, live = world.create(config_map(a="1"))
    path = world.path("configmaps", "web")
    world.client.delete(path).ok()
    after = world.inputs(config_map(a="2"))
    (step,) = world.steps(Action.UPDATE, after, recorded=before, live=live)
    gone = world.reply(step)
    assert isinstance(gone, Refused)
    assert (gone.changed, gone.missing) == (True, True)
    world.client.post(path.rpartition("/")[0], config_map(a="9")).ok()
    other = world.reply(step)
    assert isinstance(other, Refused)
    assert (other.changed, other.missing) == (True, False)
    (delete,) = world.steps(Action.DELETE, before, live=live)
    kept = world.reply(delete)
    assert isinstance(kept, Refused)
    assert (kept.changed, kept.missing) == (True, True)
    assert world.live(before).values["data"] == {"a": "9"}
