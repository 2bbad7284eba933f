"""The laws of an object's life: made, seen, changed, damaged, replaced, found, deleted."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from providers.contract.check_subject import Build
from providers.contract.check_trial import Inputs, Trial, is_missing, leaves
from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Absent, Health, Live, Ready
from providers.contract.proposal import Action, Difference, Wanted
from providers.contract.schema import RecoveryClass, covers
from providers.contract.step import Done, Refused
from providers.contract.transport import Connection
from providers.contract.values import Path, Unknown, get, put, render_path, reveal, walk

STATES = ("healthy", "progressing", "degraded", "unknown")


def what_is_made_is_read(trial: Trial) -> None:
    inputs = trial.inputs()
    live = trial.create(inputs)
    again = trial.live(live.identity)
    trial.expect(again.identity == live.identity, f"{live.identity} was read as {again.identity}")
    known = trial.subject.provider.identity(trial.example.type, inputs)
    trial.expect(known in ("", live.identity), f"the inputs say {known}, the world says {live.identity}")
    for name, value in inputs.items():
        if isinstance(value, str | int | float) and (name,) not in trial.schema.write_only:
            seen = reveal(live.values.get(name))
            trial.expect(seen == value, f"{name} was declared {value!r} and read {seen!r}")
    for path in trial.schema.write_only:
        trial.expect(get(live.values, path) is None, f"write-only {render_path(path)} was read")


def owner_tags_are_apart(trial: Trial) -> None:
    live = trial.create(trial.inputs())
    owner = trial.owner()
    if trial.schema.taggable:
        missing = {key: value for key, value in owner.items() if live.owner.get(key) != value}
        trial.expect(not missing, f"owner tags are not in Live.owner, which is {dict(live.owner)}")
    for path, leaf in walk(live.values):
        inside = any(part in owner for part in path) or (isinstance(leaf, str) and leaf in owner)
        trial.expect(not inside, f"an owner tag is among the values at {render_path(path)}")


def what_is_made_needs_nothing(trial: Trial) -> None:
    inputs = trial.inputs()
    live = trial.create(inputs)
    _expect_none(trial, inputs, live)


def an_answer_is_as_good_as_a_read(trial: Trial) -> None:
    inputs = trial.inputs()
    steps = trial.create_steps(inputs)
    answers: list[Done] = []
    for number, step in enumerate(steps):
        reply = trial.persist(trial.bound(step, number, answers))
        if not isinstance(reply, Done):
            trial.fail(f"{step.note or step.operation} was not done: {reply}")
        answers.append(reply)
        if step.creates:
            trial.expect(bool(reply.identity), "the creating step gives no identity")
            trial.alive.append((trial.example.type, Live(identity=reply.identity, values={})))
    last = answers[-1].live
    if last is None:
        return
    trial.expect(isinstance(trial.subject.provider.ready(trial.example.type, last), Ready), "an answer's object is not ready")
    seen = trial.live(last.identity)
    trial.expect(seen.identity == last.identity and seen.uid == last.uid, "the answer's object is another than the one read")
    for name, value in seen.values.items():
        told = last.values.get(name)
        trial.expect(reveal(told) == reveal(value), f"{name} is {told!r} in the answer, {value!r} when read")


def a_change_is_planned_exactly(trial: Trial) -> None:
    inputs, changed, live = _two(trial, trial.example.changed)
    proposal = trial.propose(changed, recorded=inputs, live=live)
    trial.expect(proposal.action is Action.UPDATE, f"a change in place is planned to {proposal.action}")
    _expect_exact(trial, proposal.differences, inputs, changed)
    for item in proposal.differences:
        want = get(changed, item.path)
        if want is not None and not isinstance(want, dict | list):
            trial.expect(reveal(item.after) == reveal(want), f"{render_path(item.path)} would become {item.after!r}")
    questions = [
        Wanted(type=trial.example.type, inputs=changed, recorded=inputs, live=live),
        Wanted(type=trial.example.type, inputs=changed, recorded=changed, live=live),
    ]
    answers = trial.subject.provider.plan(questions, trial.reading)
    trial.expect(len(answers) == 2, f"two questions, {len(answers)} proposals")


def a_change_is_made_in_place(trial: Trial) -> None:
    inputs, changed, live = _two(trial, trial.example.changed)
    after = _make_so(trial, changed, inputs, live)
    trial.expect(after.identity == live.identity, f"{live.identity} is {after.identity} after an update")
    trial.expect(after.uid == live.uid, "it is another incarnation after an update")
    _expect_none(trial, changed, after)


def a_repeated_change_is_harmless(trial: Trial) -> None:
    inputs, changed, live = _two(trial, trial.example.changed)
    steps = trial.update(changed, inputs, live, trial.propose(changed, recorded=inputs, live=live))
    trial.perform(steps)
    trial.perform(steps)
    _expect_none(trial, changed, trial.settled(trial.example.type, live.identity, changed))


def what_is_released_goes_back(trial: Trial) -> None:
    inputs, released, live = _two(trial, trial.example.released)
    proposal = trial.propose(released, recorded=inputs, live=live)
    trial.expect(proposal.action is Action.UPDATE, f"a leaf is declared no more, and the plan is to {proposal.action}")
    after = _make_so(trial, released, inputs, live)
    _expect_none(trial, released, after)
    back = trial.propose(inputs, recorded=released, live=after)
    trial.expect(back.action is not Action.NONE, "what was released is still there")


def a_replacing_change_is_a_replacement(trial: Trial) -> None:
    inputs, replacing, live = _two(trial, trial.example.replacing)
    proposal = trial.propose(replacing, recorded=inputs, live=live)
    trial.expect(proposal.action is Action.REPLACE, f"a replacing change is planned to {proposal.action}")
    trial.expect(bool(proposal.replaces), "a replacement names no path that forces it")
    schema = trial.schema
    for path in proposal.replaces:
        alike = reveal(get(replacing, path)) == reveal(get(inputs, path))
        trial.expect(not alike, f"{render_path(path)} is said to replace and does not differ")
        fixed = (
            not schema.create_only
            or covers(schema.create_only, path)
            or any(one[: len(path)] == path for one in schema.create_only)
        )
        trial.expect(fixed, f"{render_path(path)} is said to replace and is not create-only")


def an_unknown_that_replaces_is_a_replacement(trial: Trial) -> None:
    inputs, replacing, live = _two(trial, trial.example.replacing)
    for path in trial.propose(replacing, recorded=inputs, live=live).replaces:
        unknown = cast(Inputs, put(inputs, path, Unknown(origin="somewhere.Else")))
        proposal = trial.propose(unknown, recorded=inputs, live=live)
        trial.expect(proposal.action is Action.REPLACE, f"{render_path(path)} is unknown, and the plan is to {proposal.action}")


def drift_is_seen_and_healed(trial: Trial) -> None:
    inputs = trial.inputs()
    live = trial.create(inputs)
    damage = trial.example.damage
    if damage is None:
        trial.fail("no damage")
    damage(live)
    damaged = trial.live(live.identity, inputs)
    proposal = trial.propose(inputs, recorded=inputs, live=damaged)
    trial.expect(proposal.action is Action.UPDATE, f"it was damaged, and the plan is to {proposal.action}")
    trial.expect(bool(proposal.differences), "damage without a difference")
    healed = _make_so(trial, inputs, inputs, damaged)
    trial.expect(healed.identity == live.identity, "healing made another object")
    _expect_none(trial, inputs, healed)


def a_repeated_create_makes_one(trial: Trial) -> None:
    inputs = trial.inputs()
    steps = trial.create_steps(inputs)
    live = trial.create(inputs)
    number = next(number for number, step in enumerate(steps) if step.creates)
    recovery = trial.schema.recovery
    if recovery in (RecoveryClass.TAGS, RecoveryClass.NONE):
        return
    reply = trial.send(trial.bound(steps[number], number))
    if isinstance(reply, Done):
        trial.expect(reply.identity == live.identity, f"sent twice, it made {live.identity} and {reply.identity}")
        seen = trial.live(live.identity)
        trial.expect(seen.uid == live.uid, "sent twice, it is another incarnation")
        _expect_none(trial, inputs, seen)
    else:
        fine = recovery is not RecoveryClass.TOKEN and isinstance(reply, Refused) and reply.exists
        trial.expect(fine, f"class {recovery}, sent twice: {reply}")


def what_is_ours_is_found(trial: Trial) -> None:
    inputs = trial.inputs()
    steps = trial.create_steps(inputs)
    maker = next(step for step in steps if step.creates)
    _expect_found(trial, inputs, [])
    live = trial.create(inputs)
    by_owner = trial.schema.taggable and not trial.schema.unique_name and maker.recovery is not RecoveryClass.NONE
    if by_owner and trial.example.crowd:
        stranger = f"{trial.mark}s"
        trial.create(trial.inputs(mark=stranger), mark=stranger)
    _expect_found(trial, inputs, [live.identity])


def what_is_deleted_is_absent(trial: Trial) -> None:
    live = trial.create(trial.inputs())
    steps = trial.delete_steps(trial.example.type, live)
    trial.expect(any(step.deletes for step in steps), "no step of a delete deletes")
    trial.perform(steps)
    seen = trial.gone(trial.example.type, live.identity)
    trial.expect(isinstance(seen, Absent), f"it was deleted and is read as {seen}")
    for step in steps:
        if step.deletes:
            reply = trial.send(trial.bound(step))
            trial.expect(is_missing(reply), f"deleted twice: {reply}")


def what_never_was_is_absent(trial: Trial) -> None:
    trial.inputs()
    seen = trial.read(trial.example.type, trial.example.missing)
    trial.expect(isinstance(seen, Absent), f"{trial.example.missing} never was and is read as {seen}")


def a_listing_is_complete(trial: Trial) -> None:
    live = trial.create(trial.inputs())
    filter = trial.example.filter(trial.made, trial.mark)
    found = trial.subject.provider.list(trial.example.type, filter, trial.reading)
    trial.shown.append(found)
    if isinstance(found, Diagnostic):
        trial.fail(f"list failed: {found.summary}")
    identities = [item.identity for item in found]
    trial.expect(live.identity in identities, f"{live.identity} is not in the listing {identities}")
    trial.expect(len(set(identities)) == len(identities), "the listing holds one object twice")


def readiness_and_health_are_total(trial: Trial) -> None:
    provider, type = trial.subject.provider, trial.example.type
    live = trial.create(trial.inputs())
    bare = Live(identity=live.identity, values={})
    for seen in (live, bare, replace(live, status="SOMETHING_NEW: never heard of")):
        provider.ready(type, seen)
        health = provider.health(type, seen)
        trial.expect(isinstance(health, Health) and health.state in STATES, f"health is {health}")
    trial.expect(isinstance(provider.ready(type, live), Ready), "a settled object is not ready")


def secrets_are_never_shown(trial: Trial) -> None:
    secret = trial.example.secret
    inputs = trial.inputs()
    trial.expect(secret not in repr(inputs), "normalize lost the mark of a secret")
    live = trial.create(inputs)
    _expect_none(trial, inputs, live)
    trial.propose(inputs, recorded={}, live=live)
    if trial.example.changed is not None:
        changed = trial.inputs(trial.example.changed)
        _make_so(trial, changed, inputs, live)
    trial.perform(trial.delete_steps(trial.example.type, live))
    for item in trial.shown:
        trial.expect(secret not in repr(item) and secret not in str(item), f"a secret is shown in a {type(item).__name__}")


def a_carrier_gives_a_connection(trial: Trial) -> None:
    live = trial.create(trial.inputs())
    connection = trial.subject.provider.connect(trial.example.type, live, trial.reading)
    if not isinstance(connection, Connection):
        trial.fail(f"no connection: {connection.summary}")
    trial.expect(bool(connection.endpoint and connection.identity), "a connection without endpoint or identity")
    trial.expect(not connection.credential or connection.credential not in repr(connection), "a credential is shown")


def _two(trial: Trial, other: Build | None) -> tuple[Inputs, Inputs, Live]:
    if other is None:
        trial.fail("the example does not show it")
    inputs = trial.inputs()
    changed = trial.inputs(other)
    return inputs, changed, trial.create(inputs)


def _make_so(trial: Trial, wanted: Inputs, recorded: Inputs, live: Live) -> Live:
    proposal = trial.propose(wanted, recorded=recorded, live=live)
    steps = trial.update(wanted, recorded, live, proposal)
    trial.expect(bool(steps), "an update has no step")
    trial.perform(steps)
    after: Live = trial.settled(trial.example.type, live.identity, wanted)
    for _ in range(trial.subject.patience):
        if trial.propose(wanted, recorded=wanted, live=after).action is Action.NONE:
            break
        trial.subject.pause()
        after = trial.live(live.identity, wanted)
    return after


def _expect_none(trial: Trial, inputs: Inputs, live: Live) -> None:
    proposal = trial.propose(inputs, recorded=inputs, live=live)
    paths = [render_path(item.path) for item in proposal.differences]
    trial.expect(proposal.action is Action.NONE, f"it is as declared, and the plan is to {proposal.action} {paths}")
    trial.expect(not proposal.differences, f"nothing to do, and yet differences at {paths}")


def _expect_exact(trial: Trial, found: tuple[Difference, ...], inputs: Inputs, changed: Inputs) -> None:
    before, after = leaves(inputs), leaves(changed)
    moved = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    paths = [item.path for item in found]
    trial.expect(bool(paths), "an update without a difference")
    for path in moved:
        trial.expect(any(_meet(path, one) for one in paths), f"the change of {render_path(path)} is not among {paths}")
    for path in paths:
        trial.expect(any(_meet(path, one) for one in moved), f"{render_path(path)} is said to change and does not")


def _meet(one: Path, other: Path) -> bool:
    """True where one lies above the other, up to the first list: items may be numbered or named by key."""
    for left, right in zip(one, other):
        if isinstance(left, int) or isinstance(right, int):
            return True
        if left != right:
            return False
    return True


def _expect_found(trial: Trial, inputs: Inputs, wanted: list[str]) -> None:
    maker = next(step for step in trial.create_steps(inputs) if step.creates)
    found = trial.subject.provider.find(trial.example.type, trial.bound(maker), trial.owner(), trial.reading)
    trial.shown.append(found)
    if isinstance(found, Diagnostic):
        trial.fail(f"find failed: {found.summary}")
    identities = [item.identity for item in found]
    trial.expect(identities == wanted, f"find gives {identities}, there is {wanted}")
