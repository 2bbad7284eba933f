"""Deletion: preconditions, finalizers, propagation, owners, namespaces."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kube.client import Client, until
from tests.kube.objects import at, config_map, deployment, job, pod_template, service, thing

NOBODY = "00000000-0000-0000-0000-000000000000"


def gone(api: Client, path: str) -> None:
    until(lambda: api.get(path).status == 404, f"{path} gone")


def owned_by(owner: dict[str, Any], **rest: Any) -> list[dict[str, Any]]:
    metadata = owner["metadata"]
    return [
        {
            "apiVersion": owner["apiVersion"],
            "kind": owner["kind"],
            "name": metadata["name"],
            "uid": metadata["uid"],
            **rest,
        }
    ]


def options(**fields: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "DeleteOptions", **fields}


def test_delete_answers_success(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    uid = api.apply(path, config_map("one")).ok()["metadata"]["uid"]
    body = api.delete(path).ok()
    assert (body["kind"], body["status"]) == ("Status", "Success")
    assert body["details"] == {"name": "one", "kind": "configmaps", "uid": uid}
    api.get(path).refused(404, "NotFound")
    api.delete(path).refused(404, "NotFound")


@pytest.mark.parametrize("dry", [None, "All"])
def test_some_kinds_answer_a_delete_with_the_object(api: Client, space: str, dry: str | None) -> None:
    for plural, body in (("services", service("one")), ("serviceaccounts", thing("ServiceAccount", "one"))):
        path = at(plural, space, "one")
        made = api.apply(path, body).ok()
        answer = api.delete(path, dryRun=dry).ok()
        assert (answer["kind"], answer["metadata"]["uid"]) == (body["kind"], made["metadata"]["uid"])
        assert api.get(path).status == (200 if dry else 404)
    api.apply(at("deployments", space, "one"), deployment("one", replicas=0, paused=True)).ok()
    answer = api.delete(at("deployments", space, "one"), dryRun=dry).ok()
    assert (answer["kind"], answer["status"]) == ("Status", "Success")


def test_delete_with_uid(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    uid = api.apply(path, config_map("one")).ok()["metadata"]["uid"]
    body = api.delete(path, options(preconditions={"uid": NOBODY})).refused(409, "Conflict")
    assert body["message"] == (
        f'Operation cannot be fulfilled on ConfigMap "one": the UID in the precondition ({NOBODY}) does not match '
        f"the UID in record ({uid}). The object might have been deleted and then recreated"
    )
    assert api.get(path).status == 200
    assert api.delete(path, options(preconditions={"uid": uid})).status == 200
    api.get(path).refused(404, "NotFound")


def test_delete_with_resource_version(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    old = api.apply(path, config_map("one")).ok()["metadata"]["resourceVersion"]
    new = api.apply(path, config_map("one", {"a": "2"})).ok()["metadata"]["resourceVersion"]
    api.delete(path, options(preconditions={"resourceVersion": old})).refused(409, "Conflict")
    assert api.delete(path, options(preconditions={"resourceVersion": new})).status == 200


def test_finalizers_hold_an_object(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    api.apply(path, config_map("one", finalizers=["example.org/hold"])).ok()
    answer = api.delete(path)
    assert answer.status == 200
    assert answer.body["kind"] == "ConfigMap"
    held = api.get(path).ok()
    assert held["metadata"]["deletionTimestamp"]
    assert held["metadata"]["deletionGracePeriodSeconds"] == 0
    assert api.delete(path).status == 200
    changed = api.apply(path, config_map("one", {"a": "2"}, finalizers=["example.org/hold"])).ok()
    assert changed["metadata"]["deletionTimestamp"] == held["metadata"]["deletionTimestamp"]
    last = api.patch(path, {"metadata": {"finalizers": []}}).ok()
    assert last["data"] == {"a": "2"}
    api.get(path).refused(404, "NotFound")


def test_no_new_finalizers_while_deleting(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    api.apply(path, config_map("one", finalizers=["example.org/hold"])).ok()
    api.delete(path).ok()
    answer = api.patch(path, {"metadata": {"finalizers": ["example.org/hold", "example.org/more"]}})
    answer.refused(422, "Invalid")
    assert set(answer.causes()) == {("FieldValueForbidden", "metadata.finalizers")}
    api.patch(path, {"metadata": {"finalizers": None}}).ok()


def test_create_while_deleting(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    api.apply(path, config_map("one", finalizers=["example.org/hold"])).ok()
    api.delete(path).ok()
    body = api.post(at("configmaps", space), config_map("one")).refused(409, "AlreadyExists")
    assert body["message"] == 'object is being deleted: configmaps "one" already exists'
    api.patch(path, {"metadata": {"finalizers": None}}).ok()


def test_a_name_used_again_is_another_object(api: Client, space: str) -> None:
    path = at("configmaps", space, "one")
    first = api.apply(path, config_map("one")).ok()["metadata"]["uid"]
    api.delete(path).ok()
    assert api.apply(path, config_map("one")).ok()["metadata"]["uid"] != first


def test_owned_objects_go_with_their_owner(alive: Client, space: str) -> None:
    owner = alive.apply(at("configmaps", space, "owner"), config_map("owner")).ok()
    alive.apply(at("secrets", space, "owned"), thing("Secret", "owned", metadata={"ownerReferences": owned_by(owner)})).ok()
    alive.delete(at("configmaps", space, "owner")).ok()
    gone(alive, at("secrets", space, "owned"))


def test_owned_by_two_stays_while_one_is_there(alive: Client, space: str) -> None:
    first, second = (alive.apply(at("configmaps", space, name), config_map(name)).ok() for name in ("a", "b"))
    path = at("secrets", space, "owned")
    references = owned_by(first) + owned_by(second)
    alive.apply(path, thing("Secret", "owned", metadata={"ownerReferences": references})).ok()
    alive.delete(at("configmaps", space, "a")).ok()
    left = until(
        lambda: (one := alive.get(path).ok()) and len(one["metadata"]["ownerReferences"]) == 1 and one,
        "the absent owner is taken off",
    )
    assert left["metadata"]["ownerReferences"] == owned_by(second)
    alive.delete(at("configmaps", space, "b")).ok()
    gone(alive, path)


def test_owner_that_never_was(alive: Client, space: str) -> None:
    ghost = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "ghost", "uid": NOBODY}}
    path = at("secrets", space, "owned")
    alive.apply(path, thing("Secret", "owned", metadata={"ownerReferences": owned_by(ghost)})).ok()
    gone(alive, path)


def test_orphans_are_left(alive: Client, space: str) -> None:
    owner = alive.apply(at("configmaps", space, "owner"), config_map("owner")).ok()
    path = at("secrets", space, "owned")
    alive.apply(path, thing("Secret", "owned", metadata={"ownerReferences": owned_by(owner)})).ok()
    alive.delete(at("configmaps", space, "owner"), options(propagationPolicy="Orphan")).ok()
    gone(alive, at("configmaps", space, "owner"))
    assert "ownerReferences" not in alive.get(path).ok()["metadata"]


def test_foreground_waits_for_blocking_dependents(alive: Client, space: str) -> None:
    owner = alive.apply(at("configmaps", space, "owner"), config_map("owner")).ok()
    path = at("secrets", space, "owned")
    metadata = {
        "ownerReferences": owned_by(owner, blockOwnerDeletion=True),
        "finalizers": ["example.org/hold"],
    }
    alive.apply(path, thing("Secret", "owned", metadata=metadata)).ok()
    answer = alive.delete(at("configmaps", space, "owner"), options(propagationPolicy="Foreground"))
    assert answer.ok()["metadata"]["finalizers"] == ["foregroundDeletion"]
    until(lambda: alive.get(path).ok()["metadata"].get("deletionTimestamp"), "the dependent is being deleted")
    assert alive.get(at("configmaps", space, "owner")).ok()["metadata"]["deletionTimestamp"]
    alive.patch(path, {"metadata": {"finalizers": None}}).ok()
    gone(alive, path)
    gone(alive, at("configmaps", space, "owner"))


def test_policy_by_query(alive: Client, space: str) -> None:
    owner = alive.apply(at("configmaps", space, "owner"), config_map("owner")).ok()
    path = at("secrets", space, "owned")
    alive.apply(path, thing("Secret", "owned", metadata={"ownerReferences": owned_by(owner)})).ok()
    alive.delete(at("configmaps", space, "owner"), propagationPolicy="Orphan").ok()
    gone(alive, at("configmaps", space, "owner"))
    assert alive.get(path).status == 200


def test_bad_policy(api: Client, space: str) -> None:
    api.apply(at("configmaps", space, "one"), config_map("one")).ok()
    answer = api.delete(at("configmaps", space, "one"), options(propagationPolicy="Sideways"))
    answer.refused(422, "Invalid")


def test_a_deployment_goes_with_all_it_made(alive: Client, space: str) -> None:
    path = at("deployments", space, "web")
    alive.apply(path, deployment("web")).ok()
    until(lambda: alive.get(at("pods", space), labelSelector="app=web").ok()["items"], "pods")
    alive.delete(path, options(propagationPolicy="Background")).ok()
    gone(alive, path)
    for plural in ("replicasets", "pods"):
        until(
            lambda plural=plural: not alive.get(at(plural, space), labelSelector="app=web").ok()["items"],
            f"no {plural}",
        )


def test_deployment_in_the_foreground(alive: Client, space: str) -> None:
    path = at("deployments", space, "web")
    alive.apply(path, deployment("web")).ok()
    until(lambda: alive.get(at("pods", space), labelSelector="app=web").ok()["items"], "pods")
    alive.delete(path, options(propagationPolicy="Foreground")).ok()
    gone(alive, path)
    assert alive.get(at("replicasets", space), labelSelector="app=web").ok()["items"] == []


def test_deployment_without_its_replica_sets(alive: Client, space: str) -> None:
    path = at("deployments", space, "web")
    alive.apply(path, deployment("web", replicas=0)).ok()
    until(lambda: alive.get(at("replicasets", space), labelSelector="app=web").ok()["items"], "replica set")
    alive.delete(path, options(propagationPolicy="Orphan")).ok()
    gone(alive, path)
    [left] = alive.get(at("replicasets", space), labelSelector="app=web").ok()["items"]
    assert "ownerReferences" not in left["metadata"]


@pytest.mark.parametrize("plural", ["jobs", "replicationcontrollers"])
def test_old_kinds_leave_their_pods_unless_told(alive: Client, space: str, plural: str) -> None:
    template = pod_template("old", restartPolicy="Never" if plural == "jobs" else "Always")
    body = thing("ReplicationController", "old", spec={"template": template})
    if plural == "jobs":
        body = job("old", template=template)
    path = at(plural, space, "old")
    alive.apply(path, body).ok()
    until(lambda: alive.get(at("pods", space), labelSelector="app=old").ok()["items"], "a pod")
    alive.delete(path).ok()
    gone(alive, path)
    [left] = alive.get(at("pods", space), labelSelector="app=old").ok()["items"]
    assert "ownerReferences" not in left["metadata"]
    assert "deletionTimestamp" not in left["metadata"]


@pytest.mark.parametrize("plural", ["jobs", "replicationcontrollers"])
def test_old_kinds_take_their_pods_when_told(alive: Client, space: str, plural: str) -> None:
    template = pod_template("old", restartPolicy="Never" if plural == "jobs" else "Always")
    body = thing("ReplicationController", "old", spec={"template": template})
    if plural == "jobs":
        body = job("old", template=template)
    path = at(plural, space, "old")
    alive.apply(path, body).ok()
    until(lambda: alive.get(at("pods", space), labelSelector="app=old").ok()["items"], "a pod")
    alive.delete(path, options(propagationPolicy="Background")).ok()
    gone(alive, path)
    until(lambda: not alive.get(at("pods", space), labelSelector="app=old").ok()["items"], "no pods")


def test_delete_collection(api: Client, space: str) -> None:
    for name, team in (("a", "red"), ("b", "red"), ("c", "blue")):
        api.apply(at("configmaps", space, name), config_map(name, labels={"team": team})).ok()
    api.delete(at("configmaps", space), labelSelector="team=red").ok()
    left = api.get(at("configmaps", space), labelSelector="team").ok()["items"]
    assert [one["metadata"]["name"] for one in left] == ["c"]


def test_namespace_goes_with_all_it_holds(alive: Client, space: str) -> None:
    path = f"/api/v1/namespaces/{space}"
    alive.apply(at("configmaps", space, "one"), config_map("one")).ok()
    alive.apply(at("deployments", space, "web"), deployment("web")).ok()
    answer = alive.delete(path)
    assert answer.ok()["status"]["phase"] == "Terminating"
    gone(alive, path)
    for plural in ("configmaps", "deployments", "replicasets", "pods"):
        assert alive.get(at(plural, space)).ok()["items"] == []


def test_terminating_namespace_takes_nothing_new(alive: Client, space: str) -> None:
    path = f"/api/v1/namespaces/{space}"
    alive.apply(at("configmaps", space, "held"), config_map("held", finalizers=["example.org/hold"])).ok()
    alive.delete(path).ok()
    until(lambda: alive.get(path).ok()["status"]["phase"] == "Terminating", "terminating")
    body = alive.apply(at("configmaps", space, "new"), config_map("new")).refused(403, "Forbidden")
    assert body["message"] == (
        f'configmaps "new" is forbidden: unable to create new content in namespace {space} because it is being terminated'
    )
    assert body["details"]["causes"] == [
        {"reason": "NamespaceTerminating", "message": f"namespace {space} is being terminated", "field": "metadata.namespace"}
    ]
    changed = alive.apply(at("configmaps", space, "held"), config_map("held", finalizers=["example.org/hold"]))
    assert changed.status == 200
    alive.patch(at("configmaps", space, "held"), {"metadata": {"finalizers": None}}).ok()
    gone(alive, path)


def test_some_namespaces_stay(api: Client) -> None:
    for name in ("default", "kube-system"):
        body = api.delete(f"/api/v1/namespaces/{name}").refused(403, "Forbidden")
        assert body["message"] == f'namespaces "{name}" is forbidden: this namespace may not be deleted'
