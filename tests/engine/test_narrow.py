"""A change may become smaller once values are known, never larger."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.applying.narrow import Stop, agrees, narrow
from engine.plan import Act, Cause, Change, Field, Reason
from engine.records import Pin
from providers.contract.observation import Live
from providers.contract.proposal import Action, Difference, Proposal
from providers.contract.values import Secret, Unknown, Value

LIVE = Live(identity="i", values={"Size": 1}, uid="u1")


def change(act: Act, **more: Any) -> Change:
    given = {"desired": {"Size": 2}, "live": LIVE if act is not Act.CREATE else None, **more}
    return Change(address="shop.a", act=act, reason=Reason(code="config"), type="T", pin=Pin(kind="m"), generation=1, **given)


def field(path: tuple[str, ...] = ("Size",), before: Value = 1) -> Field:
    return Field(path=path, before=before, after=2, cause=Cause.CONFIG)


def update(path: tuple[str, ...] = ("Size",), before: Value = 1) -> Proposal:
    return Proposal(action=Action.UPDATE, differences=(Difference(path=path, before=before, after=2),))


ROWS: list[tuple[str, Change, Proposal, Live | None, Action | type[Stop]]] = [
    ("create", change(Act.CREATE), Proposal(action=Action.CREATE), None, Action.CREATE),
    ("replace creates", change(Act.REPLACE), Proposal(action=Action.CREATE), None, Action.CREATE),
    ("update as planned", change(Act.UPDATE, fields=(field(),)), update(), LIVE, Action.UPDATE),
    ("update to nothing", change(Act.UPDATE, fields=(field(),)), Proposal(action=Action.NONE), LIVE, Action.NONE),
    ("update to replacement", change(Act.UPDATE, fields=(field(),)), Proposal(action=Action.REPLACE), LIVE, Stop),
    ("another field", change(Act.UPDATE, fields=(field(),)), update(("Name",)), LIVE, Stop),
    ("another value before", change(Act.UPDATE, fields=(field(),)), update(before=7), LIVE, Stop),
    ("gone", change(Act.UPDATE, fields=(field(),)), update(), None, Stop),
    (
        "another object",
        change(Act.UPDATE, fields=(field(),)),
        update(),
        Live(identity="i", values={}, uid="u2"),
        Stop,
    ),
]


@pytest.mark.parametrize(("name", "planned", "proposal", "live", "expected"), ROWS, ids=[row[0] for row in ROWS])
def test_row(name: str, planned: Change, proposal: Proposal, live: Live | None, expected: Action | type[Stop]) -> None:
    found = narrow(planned, {"Size": 2}, proposal, live)
    assert found == expected or (isinstance(expected, type) and isinstance(found, expected))


def test_inputs_that_turn_out_otherwise_stop() -> None:
    assert isinstance(narrow(change(Act.CREATE), {"Size": 3}, Proposal(action=Action.CREATE), None), Stop)


SCALARS: st.SearchStrategy[Value] = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
TREES: st.SearchStrategy[Value] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3), max_leaves=8
)


@given(TREES)
def test_a_known_tree_agrees_with_itself_and_with_its_secret(value: Value) -> None:
    assert agrees(value, value)
    assert agrees(Secret(value), Secret(value))


@given(TREES)
def test_an_unknown_agrees_with_anything(value: Value) -> None:
    assert agrees(Unknown(), value)
    assert agrees({"a": Unknown(), "b": 1}, {"a": value, "b": 1})
    assert not agrees({"a": Unknown(), "b": 1}, {"a": value, "b": 2})


@given(TREES, TREES)
def test_two_known_trees_agree_only_where_they_are_equal(left: Value, right: Value) -> None:
    if agrees(left, right):
        assert _without_nulls(left) == _without_nulls(right)


def _without_nulls(value: Value) -> Value:
    """A member that is null is one that is not set."""
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value
