"""The decision table, row by row, and the proof that every situation has a row."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from engine.decide import Decision, Removal, Situation, decide
from engine.plan import Act
from engine.records import Keep, Pin, Recorded, Role
from engine.stack import Adopt, Drift
from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Absent, Gone, Live, NotYet, Observation, Unreadable
from providers.contract.proposal import Action, Proposal

LIVE = Live(identity="i", values={})
ABSENT = Absent()
NOT_YET = NotYet(reason="its cluster is only to be created")
GONE = Gone(reason="its cluster is replaced")
UNREADABLE = Unreadable(diagnostic=Diagnostic(code="P0412", summary="403"))
SAME = Proposal(action=Action.NONE)
UPDATE = Proposal(action=Action.UPDATE)
REPLACE = Proposal(action=Action.REPLACE)
CREATE = Proposal(action=Action.CREATE)


def record(role: Role = Role.CURRENT, until: float = 0.0, **keep: Any) -> Recorded:
    return Recorded(
        address="shop.a", uid="u", generation=1, type="T", pin=Pin(kind="memory"), role=role, until=until, keep=Keep(**keep)
    )


def situation(**given: Any) -> Situation:
    return replace(Situation(desired=True, observation=LIVE, proposal=SAME, now=100.0), **given)


ROWS: list[tuple[str, Situation, Act, str]] = [
    ("an open intent comes first", situation(open_intent=True, observation=UNREADABLE), Act.BLOCKED, "unresolved"),
    (
        "an open intent beats a deletion",
        situation(desired=False, recorded=record(), open_intent=True),
        Act.BLOCKED,
        "unresolved",
    ),
    ("unreadable blocks", situation(observation=UNREADABLE), Act.BLOCKED, "unreadable"),
    (
        "unreadable drops nothing",
        situation(desired=False, recorded=record(), observation=UNREADABLE),
        Act.BLOCKED,
        "unreadable",
    ),
    ("new", situation(observation=ABSENT, proposal=CREATE), Act.CREATE, "declared"),
    ("new, in a cluster to come", situation(observation=NOT_YET, proposal=CREATE), Act.CREATE, "deferred"),
    ("new, in a cluster that is replaced", situation(observation=GONE, proposal=CREATE), Act.CREATE, "deferred"),
    ("a stranger is never overwritten", situation(), Act.BLOCKED, "stranger"),
    ("a stranger, with adopt: ours", situation(adopt=Adopt.OURS), Act.BLOCKED, "stranger"),
    ("ours without a record, adopt: ours", situation(adopt=Adopt.OURS, ours=True), Act.ADOPT, "adopt"),
    ("ours without a record, adopt: refuse", situation(ours=True), Act.BLOCKED, "stranger"),
    ("adopt: any", situation(adopt=Adopt.ANY), Act.ADOPT, "adopt"),
    ("import", situation(import_requested=True), Act.ADOPT, "import"),
    ("import of nothing", situation(import_requested=True, observation=ABSENT), Act.BLOCKED, "not_found"),
    ("the same object under another address", situation(elsewhere="shop.b"), Act.MOVE, "moved"),
    ("retained, declared again", situation(recorded=record(Role.RETAINED)), Act.ADOPT, "readopt"),
    ("in grace, declared again", situation(recorded=record(Role.GRACE, 200.0)), Act.ADOPT, "readopt"),
    ("as it was", situation(recorded=record()), Act.NONE, "same"),
    ("config", situation(recorded=record(), proposal=UPDATE), Act.UPDATE, "config"),
    ("drift, healed", situation(recorded=record(), proposal=UPDATE, drift_only=True), Act.UPDATE, "drift"),
    (
        "drift, reported",
        situation(recorded=record(), proposal=UPDATE, drift_only=True, drift=Drift.REPORT),
        Act.NONE,
        "drift_reported",
    ),
    ("config beats drift: report", situation(recorded=record(), proposal=UPDATE, drift=Drift.REPORT), Act.UPDATE, "config"),
    ("replacement", situation(recorded=record(), proposal=REPLACE), Act.REPLACE, "config"),
    ("a protected one is not replaced", situation(recorded=record(protect=True), proposal=REPLACE), Act.BLOCKED, "protected"),
    ("a protected one is updated", situation(recorded=record(protect=True), proposal=UPDATE), Act.UPDATE, "config"),
    ("replacement on request", situation(recorded=record(), replace_requested="--replace"), Act.REPLACE, "requested"),
    ("another type", situation(recorded=record(), same_place=False), Act.REPLACE, "place"),
    ("another type, protected", situation(recorded=record(protect=True), same_place=False), Act.BLOCKED, "protected"),
    ("another type, old one gone", situation(recorded=record(), same_place=False, observation=ABSENT), Act.CREATE, "vanished"),
    ("vanished", situation(recorded=record(), observation=ABSENT, proposal=CREATE), Act.CREATE, "vanished"),
    ("vanished with its cluster", situation(recorded=record(), observation=GONE, proposal=CREATE), Act.CREATE, "vanished"),
    ("kept, and vanished", situation(recorded=record(Role.RETAINED), observation=ABSENT), Act.CREATE, "vanished"),
    ("undeclared", situation(desired=False, recorded=record()), Act.DELETE, "undeclared"),
    ("undeclared, protected", situation(desired=False, recorded=record(protect=True)), Act.BLOCKED, "protected"),
    (
        "protect beats on_delete",
        situation(desired=False, recorded=record(protect=True, retain=True)),
        Act.BLOCKED,
        "protected",
    ),
    (
        "protection lifted by a person",
        situation(desired=False, recorded=record(protect=True), protect_lifted=True),
        Act.DELETE,
        "undeclared",
    ),
    ("undeclared, retain", situation(desired=False, recorded=record(retain=True)), Act.RETAIN, "undeclared"),
    ("undeclared, grace", situation(desired=False, recorded=record(grace=60.0)), Act.GRACE, "undeclared"),
    ("removed, keep", situation(desired=False, recorded=record(), removal=Removal.KEEP), Act.FORGET, "removed"),
    (
        "removed, keep, protected",
        situation(desired=False, recorded=record(protect=True), removal=Removal.KEEP),
        Act.FORGET,
        "removed",
    ),
    ("in grace", situation(desired=False, recorded=record(Role.GRACE, 200.0)), Act.NONE, "grace"),
    ("grace over", situation(desired=False, recorded=record(Role.GRACE, 50.0)), Act.DELETE, "grace_over"),
    ("retained", situation(desired=False, recorded=record(Role.RETAINED)), Act.NONE, "retained"),
    (
        "retained, removed on purpose",
        situation(desired=False, recorded=record(Role.RETAINED), removal=Removal.DELETE),
        Act.DELETE,
        "undeclared",
    ),
    ("quarantined", situation(desired=False, recorded=record(Role.QUARANTINED)), Act.DELETE, "quarantined"),
    ("superseded", situation(desired=False, recorded=record(Role.SUPERSEDED)), Act.DELETE, "superseded"),
    ("undeclared and gone", situation(desired=False, recorded=record(), observation=ABSENT), Act.FORGET, "vanished"),
    ("undeclared, its cluster gone", situation(desired=False, recorded=record(), observation=GONE), Act.FORGET, "vanished"),
    ("not ours", situation(desired=False), Act.NONE, "not_ours"),
]


@pytest.mark.parametrize(("name", "given", "act", "code"), ROWS, ids=[row[0] for row in ROWS])
def test_row(name: str, given: Situation, act: Act, code: str) -> None:
    decision = decide(given)
    assert (decision.act, decision.code) == (act, code)


def test_what_held_data_comes_back_empty() -> None:
    for given in (
        situation(observation=ABSENT, held_data=True, holds_data=True),
        situation(recorded=record(), observation=ABSENT, held_data=True),
        situation(recorded=record(), proposal=REPLACE, held_data=True, holds_data=True),
    ):
        assert decide(given).empty, given
    assert not decide(situation(observation=ABSENT)).empty


OBSERVATIONS: tuple[Observation, ...] = (LIVE, ABSENT, NOT_YET, GONE, UNREADABLE)
RECORDS = (None, *(record(role, 200.0) for role in Role), *(record(role, 50.0) for role in Role), record(protect=True))


def situations() -> list[Situation]:
    flags = (False, True)
    return [
        situation(
            desired=desired,
            observation=observation,
            recorded=recorded,
            proposal=proposal,
            open_intent=open_intent,
            drift_only=drift_only,
            drift=drift,
            adopt=adopt,
            ours=ours,
            removal=removal,
            same_place=same_place,
        )
        for desired, observation, recorded, proposal, open_intent, drift_only, drift, adopt, ours, removal, same_place in product(
            flags, OBSERVATIONS, RECORDS, (None, SAME, UPDATE, REPLACE), flags, flags, Drift, Adopt, flags, Removal, flags
        )
    ]


def test_every_situation_has_a_row_and_keeps_the_laws() -> None:
    for given in situations():
        decision = decide(given)
        assert isinstance(decision, Decision)
        recorded = given.recorded
        if isinstance(given.observation, Unreadable) or given.open_intent:
            assert decision.act is Act.BLOCKED
        if decision.act in (Act.DELETE, Act.REPLACE) and recorded is not None:
            assert not recorded.keep.protect or recorded.role in (Role.QUARANTINED, Role.SUPERSEDED)
        if decision.act is Act.DELETE:
            assert recorded is not None
            assert isinstance(given.observation, Live)
            assert not given.desired
        if given.desired and recorded is None and isinstance(given.observation, Live):
            assert decision.act in (Act.BLOCKED, Act.ADOPT, Act.MOVE)
        if decision.act is Act.FORGET and isinstance(given.observation, Live):
            assert given.removal is Removal.KEEP
