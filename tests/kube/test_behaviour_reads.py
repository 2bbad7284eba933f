"""get, list, watch: resource versions, pages, selectors."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

import pytest

from tests.kube.client import Client
from tests.kube.objects import at, config_map, pod, service


def fill(api: Client, space: str, count: int) -> list[str]:
    names = [f"item-{number:02}" for number in range(count)]
    for number, name in enumerate(names):
        labels = {"parity": "odd" if number % 2 else "even", "number": str(number)}
        api.post(at("configmaps", space), config_map(name, labels=labels)).ok()
    return names


def names_of(body: dict[str, Any]) -> list[str]:
    return [item["metadata"]["name"] for item in body["items"]]


def test_get(api: Client, space: str) -> None:
    made = api.post(at("configmaps", space), config_map("one")).ok()
    got = api.get(at("configmaps", space, "one")).ok()
    assert got == made
    assert (got["kind"], got["apiVersion"], got["data"]) == ("ConfigMap", "v1", {"a": "1"})


def test_server_sets_metadata(api: Client, space: str) -> None:
    metadata = api.post(at("configmaps", space), config_map("one")).ok()["metadata"]
    assert metadata["namespace"] == space
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", metadata["uid"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", metadata["creationTimestamp"])
    assert metadata["resourceVersion"].isdigit()
    assert "generation" not in metadata


def test_get_absent(api: Client, space: str) -> None:
    body = api.get(at("configmaps", space, "none")).refused(404, "NotFound")
    assert body["message"] == 'configmaps "none" not found'
    assert body["details"] == {"name": "none", "kind": "configmaps"}
    body = api.get(at("deployments", space, "none")).refused(404, "NotFound")
    assert body["message"] == 'deployments.apps "none" not found'
    assert body["details"] == {"name": "none", "group": "apps", "kind": "deployments"}


def test_get_in_absent_namespace(api: Client) -> None:
    body = api.get(at("configmaps", "no-such-space", "none")).refused(404, "NotFound")
    assert body["message"] == 'configmaps "none" not found'
    assert api.get(at("configmaps", "no-such-space")).ok()["items"] == []


def test_list(api: Client, space: str) -> None:
    names = fill(api, space, 3)
    body = api.get(at("configmaps", space)).ok()
    assert (body["kind"], body["apiVersion"]) == ("ConfigMapList", "v1")
    assert body["metadata"]["resourceVersion"].isdigit()
    ours = [name for name in names_of(body) if name.startswith("item-")]
    assert ours == names
    assert all("kind" not in item and "apiVersion" not in item for item in body["items"])


def test_list_over_namespaces(api: Client, space: str) -> None:
    fill(api, space, 1)
    body = api.get("/api/v1/configmaps", labelSelector="number=0").ok()
    assert space in {item["metadata"]["namespace"] for item in body["items"]}


def test_pages(api: Client, space: str) -> None:
    names = fill(api, space, 5)
    query = {"labelSelector": "parity", "limit": 2}
    first = api.get(at("configmaps", space), **query).ok()
    assert names_of(first) == names[:2]
    assert first["metadata"]["continue"]
    second = api.get(at("configmaps", space), **query, **{"continue": first["metadata"]["continue"]}).ok()
    assert names_of(second) == names[2:4]
    assert second["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]
    third = api.get(at("configmaps", space), **query, **{"continue": second["metadata"]["continue"]}).ok()
    assert names_of(third) == names[4:]
    assert "continue" not in third["metadata"]


def test_pages_say_how_many_remain(api: Client, space: str) -> None:
    for name in ("a", "b", "c"):
        api.post(at("services", space), service(name)).ok()
    body = api.get(at("services", space), limit=1).ok()
    assert body["metadata"]["remainingItemCount"] == 2


def test_pages_show_one_moment(api: Client, space: str) -> None:
    names = fill(api, space, 3)
    query = {"labelSelector": "parity", "limit": 2}
    first = api.get(at("configmaps", space), **query).ok()
    api.delete(at("configmaps", space, names[2])).ok()
    rest = api.get(at("configmaps", space), **query, **{"continue": first["metadata"]["continue"]}).ok()
    assert names_of(rest) == names[2:]


def test_broken_continue_token(api: Client, space: str) -> None:
    answer = api.get(at("configmaps", space), limit=1, **{"continue": "nonsense"})
    answer.refused(400, "BadRequest")


@pytest.mark.parametrize(
    ("selector", "wanted"),
    [
        ("parity=even", [0, 2]),
        ("parity==odd", [1, 3]),
        ("parity!=even", [1, 3]),
        ("number in (0,3)", [0, 3]),
        ("number notin (0,3),parity", [1, 2]),
        ("parity", [0, 1, 2, 3]),
        ("!number,parity", []),
        ("parity=even,number=2", [2]),
    ],
)
def test_label_selectors(api: Client, space: str, selector: str, wanted: list[int]) -> None:
    names = fill(api, space, 4)
    found = names_of(api.get(at("configmaps", space), labelSelector=selector).ok())
    assert [name for name in found if name.startswith("item-")] == [names[number] for number in wanted]


def test_field_selectors(api: Client, space: str) -> None:
    names = fill(api, space, 3)
    body = api.get(at("configmaps", space), fieldSelector=f"metadata.name={names[1]}").ok()
    assert names_of(body) == [names[1]]
    body = api.get("/api/v1/configmaps", fieldSelector=f"metadata.namespace={space}", labelSelector="parity").ok()
    assert names_of(body) == names
    api.post(at("pods", space), pod("lonely", nodeName="nowhere")).ok()
    assert names_of(api.get(at("pods", space), fieldSelector="spec.nodeName=nowhere").ok()) == ["lonely"]
    assert names_of(api.get(at("pods", space), fieldSelector="spec.nodeName!=nowhere").ok()) == []


def test_bad_selectors(api: Client, space: str) -> None:
    api.get(at("configmaps", space), labelSelector="a in b").refused(400, "BadRequest")
    answer = api.get(at("configmaps", space), fieldSelector="data.a=1")
    assert answer.refused(400, "BadRequest")["message"] == (
        '"data.a" is not a known field selector: only "metadata.name", "metadata.namespace"'
    )


def test_watch_from_a_version(api: Client, space: str) -> None:
    path = at("configmaps", space)
    since = api.get(path).ok()["metadata"]["resourceVersion"]
    made = api.post(path, config_map("seen")).ok()
    changed = api.patch(f"{path}/seen", {"data": {"a": "2"}}).ok()
    api.delete(f"{path}/seen").ok()
    query = {"resourceVersion": since, "fieldSelector": "metadata.name=seen"}
    with api.watch(path, **query) as events:
        added, modified, deleted = islice(events, 3)
    assert added == {"type": "ADDED", "object": made}
    assert modified == {"type": "MODIFIED", "object": changed}
    assert deleted["type"] == "DELETED"
    assert deleted["object"]["data"] == {"a": "2"}
    assert int(deleted["object"]["metadata"]["resourceVersion"]) > int(changed["metadata"]["resourceVersion"])


def test_watch_goes_on_live(api: Client, space: str) -> None:
    path = at("configmaps", space)
    since = api.get(path).ok()["metadata"]["resourceVersion"]
    with api.watch(path, resourceVersion=since, fieldSelector="metadata.name=late") as events:
        api.post(path, config_map("late")).ok()
        assert next(events)["object"]["metadata"]["name"] == "late"


def test_watch_ends_when_its_time_is_over(api: Client, space: str) -> None:
    with api.watch(at("configmaps", space), fieldSelector="metadata.name=none", timeoutSeconds=1) as events:
        assert list(events) == []


def test_watch_without_version_begins_with_what_is(api: Client, space: str) -> None:
    names = fill(api, space, 2)
    with api.watch(at("configmaps", space), labelSelector="parity") as events:
        first, second = islice(events, 2)
    assert {first["type"], second["type"]} == {"ADDED"}
    assert {one["object"]["metadata"]["name"] for one in (first, second)} == set(names)


def test_watch_by_label_sees_leaving_as_deletion(api: Client, space: str) -> None:
    path = at("configmaps", space)
    since = api.get(path).ok()["metadata"]["resourceVersion"]
    api.post(path, config_map("moving", labels={"team": "red"})).ok()
    api.patch(f"{path}/moving", {"metadata": {"labels": {"team": "blue"}}}).ok()
    with api.watch(path, resourceVersion=since, labelSelector="team=red") as events:
        kinds = [event["type"] for event in islice(events, 2)]
    assert kinds == ["ADDED", "DELETED"]


def test_every_write_raises_the_resource_version(api: Client, space: str) -> None:
    path = at("configmaps", space)
    first = api.post(path, config_map("one")).ok()
    second = api.post(path, config_map("two")).ok()
    third = api.patch(f"{path}/one", {"data": {"a": "2"}}).ok()
    versions = [int(one["metadata"]["resourceVersion"]) for one in (first, second, third)]
    assert versions == sorted(set(versions))


@pytest.mark.parametrize("query", [{"limit": "x"}, {"resourceVersion": "x"}])
def test_bad_numbers(api: Client, space: str, query: dict[str, str]) -> None:
    api.get(at("configmaps", space), **query).refused(400, "BadRequest")


def test_method_not_allowed(api: Client, space: str) -> None:
    answer = api.post(at("configmaps", space, "one"), config_map("one"))
    answer.refused(405, "MethodNotAllowed")
