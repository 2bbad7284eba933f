"""Laws of merging and of the small parts it stands on; the words and cases of a real server are in tests/kube."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kubernetes import ownership, patches, paths, quantity
from sandbox.kubernetes.ownership import Manager
from sandbox.kubernetes.problem import Refusal
from sandbox.kubernetes.shapes import definition
from sandbox.kubernetes.typed import field_set, merge, remove

SHAPE = definition("core.v1.ConfigMap")
CONTAINER = definition("core.v1.Container")
NOW = "2030-01-01T00:00:00Z"

values = st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["1", "2"]), max_size=4)
variables = st.lists(st.sampled_from("ABCD"), unique=True, max_size=4).map(lambda rows: [{"name": row} for row in rows])


def configuration(data: dict[str, str]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}, "data": data}


def manager(name: str) -> Manager:
    return Manager(name=name, operation="Apply", version="", subresource="")


def applied(
    live: dict[str, Any], data: dict[str, str], managers: ownership.Managers, name: str, force: bool = True
) -> tuple[dict[str, Any], ownership.Managers]:
    return ownership.after_apply(SHAPE, live, configuration(data), managers, manager(name), "v1", NOW, force)


@given(values, values)
def test_a_second_apply_changes_nothing(first: dict[str, str], second: dict[str, str]) -> None:
    live, managers = applied(configuration({}), first, {}, "one")
    live, managers = applied(live, second, managers, "one")
    again, kept = applied(live, second, managers, "one")
    assert (live.get("data") or {}) == (again.get("data") or {}) == second
    assert {key: owned.paths for key, owned in kept.items()} == {key: owned.paths for key, owned in managers.items()}


@given(values, values, values)
def test_what_nobody_owns_any_more_goes(first: dict[str, str], other: dict[str, str], second: dict[str, str]) -> None:
    live, managers = applied(configuration({}), first, {}, "one")
    live, managers = applied(live, other, managers, "two")
    live, managers = applied(live, second, managers, "one")
    assert live.get("data") or {**other, **second} == {}


@given(values, values)
def test_another_value_of_what_somebody_owns_is_a_conflict(first: dict[str, str], other: dict[str, str]) -> None:
    live, managers = applied(configuration({}), first, {}, "one")
    clash = sorted(key for key in first.keys() & other.keys() if first[key] != other[key])
    if not clash:
        applied(live, other, managers, "two", force=False)
        return
    with pytest.raises(Refusal) as refused:
        applied(live, other, managers, "two", force=False)
    assert refused.value.details is not None
    assert [each["field"] for each in refused.value.details["causes"]] == [f".data.{key}" for key in clash]


@given(variables, variables)
def test_merged_lists_hold_both_and_follow_the_configuration(live: list[Any], config: list[Any]) -> None:
    merged = merge(CONTAINER, {"env": live}, {"env": config}).get("env") or []
    assert sorted(each["name"] for each in merged) == sorted({each["name"] for each in [*live, *config]})
    assert [each for each in merged if each in config] == config


@given(variables)
def test_removing_all_that_is_set_leaves_nothing(rows: list[Any]) -> None:
    value = {"name": "web", "env": rows}
    assert not (remove(CONTAINER, value, field_set(CONTAINER, value)) or {}).get("env")


@given(variables)
def test_sets_of_paths_survive_their_wire_form(rows: list[Any]) -> None:
    found = field_set(CONTAINER, {"name": "web", "env": rows, "args": ["x"]})
    assert paths.decode(paths.encode(found)) == found


@given(st.integers(0, 10**12), st.sampled_from(["", "m", "k", "M", "G", "Ki", "Mi", "Gi"]))
def test_canonical_quantities_keep_their_value_and_their_form(number: int, suffix: str) -> None:
    found = quantity.canonical(f"{number}{suffix}")
    assert found is not None
    assert quantity.value(found) == quantity.value(f"{number}{suffix}")
    assert quantity.canonical(found) == found


@pytest.mark.parametrize("text", ["", "a", "1 Gi", "1gi", "--1", "1e", "0x10"])
def test_what_is_no_quantity(text: str) -> None:
    assert quantity.canonical(text) is None


def test_strategic_merge_by_key() -> None:
    live = {"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}
    patch = {"env": [{"name": "B", "value": "3"}, {"name": "A", "$patch": "delete"}, {"name": "C", "value": "4"}]}
    merged = patches.strategic(CONTAINER, live, patch)
    assert merged["env"] == [{"name": "B", "value": "3"}, {"name": "C", "value": "4"}]
