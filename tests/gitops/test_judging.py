"""What is done without a person, as a table."""

from __future__ import annotations

import pytest

from engine.plan import Act, Change, Plan, Reason
from engine.records import Pin, Recorded, Role
from engine.stack import Origin
from gitops.git import Commit
from gitops.judging import Leave, accepted, health_of, judge, passive_verdict
from providers.contract.observation import Health, Live

PIN = Pin(kind="memory")


def change(name: str, act: Act, *, code: str = "", role: Role = Role.CURRENT, empty: bool = False, live: str = "") -> Change:
    declared = act not in (Act.DELETE, Act.FORGET)
    address = f"shop.{name}"
    return Change(
        address=address,
        act=act,
        reason=Reason(code=code or ("undeclared" if act is Act.DELETE else "config")),
        type="Memory::Thing",
        pin=PIN,
        generation=1,
        desired={} if declared else None,
        recorded=Recorded(address=address, uid=name, generation=1, type="T", pin=PIN, role=role, identity=name),
        live=Live(identity=name, values={}, status=live) if live else None,
        empty=empty,
    )


def plan(*changes: Change) -> Plan:
    return Plan(origin=Origin(repository="r", environment="e"), stacks=(), changes=changes, made_at=0.0)


def none(deletions: list[Change]) -> list[Change]:
    return []


def every(deletions: list[Change]) -> list[Change]:
    return deletions


def never(deletions: list[Change]) -> list[Change]:
    raise AssertionError("asked although there is no need")


@pytest.mark.parametrize(
    ("act", "code"),
    [(Act.CREATE, ""), (Act.UPDATE, ""), (Act.REPLACE, ""), (Act.DELETE, ""), (Act.ADOPT, ""), (Act.DELETE, "superseded")],
)
def test_what_is_done(act: Act, code: str) -> None:
    verdict = judge(plan(change("a", act, code=code)), "shop", Leave(), never)
    assert (verdict.allowed, verdict.held, verdict.pending) == ({"shop.a"}, [], 1)


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (change("a", Act.CREATE, empty=True), "empty"),
        (change("a", Act.REPLACE, empty=True), "empty"),
        (change("a", Act.DELETE, code="quarantined", role=Role.QUARANTINED), "quarantined"),
    ],
)
def test_what_is_held_back_until_it_is_approved(item: Change, code: str) -> None:
    verdict = judge(plan(item, change("b", Act.UPDATE)), "shop", Leave(), never)
    assert verdict.allowed == {"shop.b"}
    assert [hold.code for hold in verdict.held] == [code]
    verdict = judge(plan(item), "shop", Leave(approved=frozenset({"shop.a"})), never)
    assert verdict.allowed == {"shop.a"}


@pytest.mark.parametrize("prefix", ["shop.a", "shop", "shop."])
def test_a_trailer_accepts_an_address_or_what_is_below_it(prefix: str) -> None:
    item = change("a", Act.CREATE, empty=True)
    assert judge(plan(item), "shop", Leave(accepted=frozenset({prefix})), never).allowed == {"shop.a"}
    assert judge(plan(item), "shop", Leave(accepted=frozenset({"shop.ab", "other"})), never).held


def test_with_apply_approve_nothing_goes_unasked() -> None:
    verdict = judge(plan(change("a", Act.UPDATE), change("b", Act.NONE)), "shop", Leave(asks=True), never)
    assert (verdict.allowed, [hold.code for hold in verdict.held], verdict.pending) == (set(), ["approval"], 1)


def test_blocked_and_unresolved_are_told() -> None:
    blocked = [change("a", Act.BLOCKED, code="unreadable"), change("b", Act.BLOCKED, code="unresolved")]
    verdict = judge(plan(*blocked), "shop", Leave(), never)
    assert [(hold.address, hold.code) for hold in verdict.held] == [("shop.a", "blocked"), ("shop.b", "unresolved")]
    assert verdict.pending == 0


def deletions(count: int) -> list[Change]:
    return [change(f"d{number}", Act.DELETE) for number in range(count)]


def kept(count: int) -> list[Change]:
    return [change(f"k{number}", Act.NONE) for number in range(count)]


@pytest.mark.parametrize(
    ("deleted", "others", "free"),
    [(10, 0, True), (11, 0, False), (11, 44, True), (12, 43, False), (20, 80, True), (21, 79, False)],
)
def test_the_deletion_budget_is_the_larger_of_ten_and_a_fifth(deleted: int, others: int, free: bool) -> None:
    verdict = judge(plan(*deletions(deleted), *kept(others), change("u", Act.UPDATE)), "shop", Leave(), every)
    assert ("shop.d0" in verdict.allowed) is free
    assert "shop.u" in verdict.allowed
    assert len(verdict.held) == (0 if free else deleted)


def test_what_the_text_of_a_commit_deletes_is_outside_the_budget() -> None:
    assert len(judge(plan(*deletions(500)), "shop", Leave(), none).allowed) == 500
    some = judge(plan(*deletions(500)), "shop", Leave(), lambda asked: asked[:10])
    assert not some.held
    more = judge(plan(*deletions(500)), "shop", Leave(), lambda asked: asked[:101])
    assert (len(more.held), len(more.allowed)) == (101, 399)


def test_approved_deletions_do_not_count() -> None:
    addresses = frozenset(item.address for item in deletions(30))
    assert not judge(plan(*deletions(30)), "shop", Leave(approved=addresses), never).held


def test_another_stack_is_not_judged() -> None:
    assert judge(plan(change("a", Act.UPDATE)), "shopping", Leave(), never).pending == 0


def test_a_removed_stack_is_only_told() -> None:
    verdict = passive_verdict(plan(*deletions(41)), "shop", removed=True)
    assert "41 to delete" in verdict.held[0].reason
    assert verdict.allowed == set()


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("Plumb-Accept: empty shop.a", {"shop.a"}),
        ("words\n\nPlumb-Accept: empty shop.a\nPlumb-Accept: empty shop.b\nSigned-off-by: x", {"shop.a", "shop.b"}),
        ("plumb-accept:  empty  shop.a[eu-west-1a]  ", {"shop.a[eu-west-1a]"}),
        ("Plumb-Accept: empty shop.a\n\nwords after it", set()),
        ("see Plumb-Accept: empty shop.a", set()),
        ("Plumb-Accept: all shop.a", set()),
        ("Plumb-Accept: empty", set()),
        ("", set()),
    ],
)
def test_trailers(body: str, found: set[str]) -> None:
    assert accepted([Commit("0" * 40, (), "x", 0, "subject", body)]) == found


def ask(item: Change, live: Live) -> Health:
    return Health(state=live.status, reason="why" if live.status != "healthy" else "")


def test_health_is_the_worst_there_is() -> None:
    good, unsure = change("a", Act.NONE, live="healthy"), change("u", Act.NONE, live="unknown")
    slow, bad = change("s", Act.NONE, live="progressing"), change("b", Act.NONE, live="degraded")
    assert health_of([], ask) == Health(state="healthy")
    assert health_of([good, unsure], ask) == Health(state="healthy")
    assert health_of([good, slow], ask) == Health(state="progressing", reason="shop.s: why")
    assert health_of([slow, bad, change("c", Act.NONE, live="degraded")], ask).reason == "shop.b: why and 1 more"


def test_what_is_gone_or_unreadable_is_not_healthy() -> None:
    assert health_of([change("a", Act.CREATE)], ask) == Health(state="degraded", reason="shop.a: it is gone")
    assert health_of([change("a", Act.BLOCKED, code="unreadable")], ask).state == "unknown"
    assert health_of([change("a", Act.DELETE, live="degraded")], ask).state == "healthy", "it is declared no more"
