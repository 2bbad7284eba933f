"""Workloads that come to life: what health is read from."""

from __future__ import annotations

from typing import Any

from tests.kube.client import Client, until
from tests.kube.objects import (
    at,
    claim,
    daemon_set,
    deployment,
    job,
    pod,
    pod_template,
    service,
    stateful_set,
    thing,
)


def conditions(body: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    """type -> (status, reason)."""
    found = body.get("status", {}).get("conditions") or []
    return {one["type"]: (one["status"], one.get("reason")) for one in found}


def when(api: Client, path: str, condition: Any, what: str) -> dict[str, Any]:
    """The object, once `condition(object)` holds of it."""

    def look() -> dict[str, Any] | None:
        answer = api.get(path)
        return answer.body if answer.status == 200 and condition(answer.body) else None

    return until(look, f"{path}: {what}")


def rolled_out(body: dict[str, Any]) -> bool:
    status, wanted = body["status"], body["spec"]["replicas"]
    counts = [status.get(name, 0) for name in ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")]
    return status.get("observedGeneration") == body["metadata"]["generation"] and counts == [wanted] * 4


def owned(api: Client, plural: str, space: str, owner: dict[str, Any]) -> list[dict[str, Any]]:
    items = api.get(at(plural, space)).ok()["items"]
    uid = owner["metadata"]["uid"]
    return [one for one in items if any(ref["uid"] == uid for ref in one["metadata"].get("ownerReferences", []))]


def test_deployment_becomes_available(alive: Client, space: str) -> None:
    path = at("deployments", space, "web")
    alive.apply(path, deployment("web", replicas=2)).ok()
    body = when(alive, path, lambda one: rolled_out(one) and "Available" in conditions(one), "rolled out")
    body = when(alive, path, lambda one: conditions(one).get("Progressing", ("", ""))[1] == "NewReplicaSetAvailable", "")
    assert conditions(body) == {
        "Available": ("True", "MinimumReplicasAvailable"),
        "Progressing": ("True", "NewReplicaSetAvailable"),
    }
    assert body["metadata"]["annotations"] == {"deployment.kubernetes.io/revision": "1"}
    assert "unavailableReplicas" not in body["status"]


def test_no_op_apply_on_a_living_deployment(alive: Client, space: str) -> None:
    path = at("deployments", space, "web")
    alive.apply(path, deployment("web")).ok()
    body = when(alive, path, rolled_out, "rolled out")
    again = alive.apply(path, deployment("web")).ok()
    assert again["metadata"]["generation"] == body["metadata"]["generation"] == 1
    assert again["metadata"]["annotations"] == {"deployment.kubernetes.io/revision": "1"}


def test_what_a_deployment_makes(alive: Client, space: str) -> None:
    path = at("deployments", space, "web")
    body = alive.apply(path, deployment("web", replicas=2)).ok()
    when(alive, path, rolled_out, "rolled out")
    [made] = owned(alive, "replicasets", space, body)
    template_hash = made["metadata"]["labels"]["pod-template-hash"]
    assert made["metadata"]["name"] == f"web-{template_hash}"
    assert made["spec"]["selector"]["matchLabels"] == {"app": "web", "pod-template-hash": template_hash}
    [reference] = made["metadata"]["ownerReferences"]
    assert (reference["controller"], reference["blockOwnerDeletion"], reference["kind"]) == (True, True, "Deployment")
    assert (made["status"]["readyReplicas"], made["status"]["availableReplicas"]) == (2, 2)
    pods = owned(alive, "pods", space, made)
    assert len(pods) == 2
    for one in pods:
        assert one["metadata"]["name"].startswith(f"web-{template_hash}-")
        assert one["metadata"]["labels"] == {"app": "web", "pod-template-hash": template_hash}
        assert one["status"]["phase"] == "Running"
        assert conditions(one)["Ready"][0] == "True"
        assert one["spec"]["nodeName"]
        assert one["status"]["podIP"]
        [container] = one["status"]["containerStatuses"]
        assert (container["name"], container["ready"]) == ("web", True)


def test_a_change_rolls_out(alive: Client, space: str) -> None:
    path = at("deployments", space, "web")
    body = alive.apply(path, deployment("web")).ok()
    when(alive, path, rolled_out, "rolled out")
    changed = deployment("web")
    changed["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example/web:2"
    assert alive.apply(path, changed).ok()["metadata"]["generation"] == 2
    after = when(alive, path, rolled_out, "rolled out again")
    assert after["metadata"]["annotations"] == {"deployment.kubernetes.io/revision": "2"}
    assert after["status"]["observedGeneration"] == 2
    sets = owned(alive, "replicasets", space, body)
    assert len(sets) == 2
    assert sorted(one["spec"]["replicas"] for one in sets) == [0, 1]
    pods = until(
        lambda: len(found := alive.get(at("pods", space), labelSelector="app=web").ok()["items"]) == 1 and found,
        "the old pod is gone",
    )
    assert pods[0]["spec"]["containers"][0]["image"] == "registry.example/web:2"


def test_back_to_the_old_template(alive: Client, space: str) -> None:
    path = at("deployments", space, "web")
    body = alive.apply(path, deployment("web")).ok()
    when(alive, path, rolled_out, "rolled out")
    changed = deployment("web")
    changed["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example/web:2"
    for wanted in (changed, deployment("web")):
        alive.apply(path, wanted).ok()
        after = when(alive, path, rolled_out, "rolled out")
    assert after["metadata"]["annotations"] == {"deployment.kubernetes.io/revision": "3"}
    assert len(owned(alive, "replicasets", space, body)) == 2


def test_scale_up_and_down(alive: Client, space: str) -> None:
    path = at("deployments", space, "web")
    body = alive.apply(path, deployment("web", replicas=1)).ok()
    for count in (3, 1, 0):
        alive.apply(path, deployment("web", replicas=count)).ok()
        when(alive, path, rolled_out, f"{count} replicas")
        until(
            lambda count=count: len(alive.get(at("pods", space), labelSelector="app=web").ok()["items"]) == count,
            f"{count} pods",
        )
    assert len(owned(alive, "replicasets", space, body)) == 1


def test_recreate(alive: Client, space: str) -> None:
    path = at("deployments", space, "web")
    body = deployment("web", strategy={"type": "Recreate"})
    alive.apply(path, body).ok()
    when(alive, path, rolled_out, "rolled out")
    body["spec"]["template"]["metadata"]["labels"]["version"] = "2"
    alive.apply(path, body).ok()
    when(alive, path, rolled_out, "rolled out again")
    [one] = alive.get(at("pods", space), labelSelector="version=2").ok()["items"]
    assert conditions(one)["Ready"][0] == "True"


def test_paused_deployment_makes_nothing(alive: Client, space: str) -> None:
    path = at("deployments", space, "web")
    alive.apply(path, deployment("web", paused=True)).ok()
    body = when(alive, path, lambda one: one["status"].get("observedGeneration") == 1, "observed")
    body = when(alive, path, lambda one: "Progressing" in conditions(one), "seen")
    assert conditions(body)["Progressing"] == ("Unknown", "DeploymentPaused")
    assert owned(alive, "replicasets", space, body) == []


def test_a_pod_that_is_deleted_comes_back(alive: Client, space: str) -> None:
    path = at("deployments", space, "web")
    alive.apply(path, deployment("web")).ok()
    when(alive, path, rolled_out, "rolled out")
    [one] = alive.get(at("pods", space), labelSelector="app=web").ok()["items"]
    alive.delete(at("pods", space, one["metadata"]["name"])).ok()
    until(
        lambda: [
            other
            for other in alive.get(at("pods", space), labelSelector="app=web").ok()["items"]
            if other["metadata"]["uid"] != one["metadata"]["uid"] and conditions(other).get("Ready", ("",))[0] == "True"
        ],
        "another pod",
    )


def test_pod(alive: Client, space: str) -> None:
    path = at("pods", space, "one")
    alive.apply(path, pod("one")).ok()
    body = when(alive, path, lambda one: conditions(one).get("Ready", ("",))[0] == "True", "ready")
    assert body["status"]["phase"] == "Running"
    assert {"PodScheduled", "Initialized", "ContainersReady", "Ready"} <= set(conditions(body))
    assert body["metadata"]["generation"] == 1
    alive.delete(path).ok()
    until(lambda: alive.get(path).status == 404, "pod gone")


def test_pod_for_a_node_that_is_not(alive: Client, space: str) -> None:
    path = at("pods", space, "one")
    alive.apply(path, pod("one", nodeSelector={"disk": "none-such"})).ok()
    body = when(alive, path, lambda one: "PodScheduled" in conditions(one), "judged")
    assert conditions(body) == {"PodScheduled": ("False", "Unschedulable")}
    assert body["status"]["phase"] == "Pending"


def test_replica_set_and_replication_controller(alive: Client, space: str) -> None:
    spec = {"replicas": 2, "selector": {"matchLabels": {"app": "a"}}, "template": pod_template("a")}
    alive.apply(at("replicasets", space, "a"), thing("ReplicaSet", "a", "apps/v1", spec=spec)).ok()
    spec = {"replicas": 2, "selector": {"app": "b"}, "template": pod_template("b")}
    path = at("replicationcontrollers", space, "b")
    alive.apply(path, thing("ReplicationController", "b", spec=spec)).ok()
    for where in (at("replicasets", space, "a"), path):
        body = when(alive, where, lambda one: one["status"].get("availableReplicas") == 2, "available")
        status = body["status"]
        assert (status["replicas"], status["readyReplicas"], status["fullyLabeledReplicas"]) == (2, 2, 2)
        assert status["observedGeneration"] == 1


def test_stateful_set_with_claims(alive: Client, space: str) -> None:
    path = at("statefulsets", space, "db")
    body = stateful_set("db", replicas=2, volumeClaimTemplates=[claim("data")])
    alive.apply(path, body).ok()
    body = when(alive, path, lambda one: one["status"].get("availableReplicas") == 2, "available")
    status = when(alive, path, lambda one: one["status"].get("updatedReplicas") == 2, "updated")["status"]
    assert (status["replicas"], status["readyReplicas"], status["currentReplicas"]) == (2, 2, 2)
    assert status["currentRevision"] == status["updateRevision"]
    assert status["currentRevision"].startswith("db-")
    assert (status["observedGeneration"], status["collisionCount"]) == (1, 0)
    for number in (0, 1):
        one = alive.get(at("pods", space, f"db-{number}")).ok()
        assert one["metadata"]["labels"]["statefulset.kubernetes.io/pod-name"] == f"db-{number}"
        assert one["spec"]["hostname"] == f"db-{number}"
        volume = alive.get(at("persistentvolumeclaims", space, f"data-db-{number}")).ok()
        assert volume["status"]["phase"] == "Bound"
    alive.apply(path, stateful_set("db", replicas=1, volumeClaimTemplates=[claim("data")])).ok()
    until(lambda: alive.get(at("pods", space, "db-1")).status == 404, "the last pod is gone")
    assert alive.get(at("persistentvolumeclaims", space, "data-db-1")).status == 200


def test_stateful_set_rolls_out_a_change(alive: Client, space: str) -> None:
    path = at("statefulsets", space, "db")
    body = stateful_set("db", replicas=2)
    alive.apply(path, body).ok()
    first = when(alive, path, lambda one: one["status"].get("readyReplicas") == 2, "ready")["status"]
    body["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example/web:2"
    alive.apply(path, body).ok()

    def done(one: dict[str, Any]) -> bool:
        status = one["status"]
        return (
            status["observedGeneration"] == 2
            and status["currentRevision"] == status["updateRevision"] != first["updateRevision"]
            and status.get("readyReplicas") == 2
        )

    when(alive, path, done, "rolled out")
    images = [alive.get(at("pods", space, f"db-{number}")).ok()["spec"]["containers"][0]["image"] for number in (0, 1)]
    assert images == ["registry.example/web:2"] * 2


def test_daemon_set(alive: Client, space: str) -> None:
    nodes = len(alive.get("/api/v1/nodes").ok()["items"])
    path = at("daemonsets", space, "agent")
    body = alive.apply(path, daemon_set("agent")).ok()
    status = when(alive, path, lambda one: one["status"].get("numberAvailable") == nodes, "available")["status"]
    names = ("desiredNumberScheduled", "currentNumberScheduled", "updatedNumberScheduled", "numberReady")
    assert [status[name] for name in names] == [nodes] * 4
    assert (status["numberMisscheduled"], status["observedGeneration"]) == (0, 1)
    assert len(owned(alive, "pods", space, body)) == nodes


def test_job_completes(alive: Client, space: str) -> None:
    path = at("jobs", space, "once")
    alive.apply(path, job("once", completions=2, parallelism=2)).ok()
    body = when(alive, path, lambda one: "Complete" in conditions(one), "complete")
    assert conditions(body)["Complete"][0] == "True"
    assert body["status"]["succeeded"] == 2
    assert body["status"]["startTime"]
    assert body["status"]["completionTime"]
    assert not body["status"].get("active")
    phases = {one["status"]["phase"] for one in owned(alive, "pods", space, body)}
    assert phases == {"Succeeded"}


def test_suspended_job_waits(alive: Client, space: str) -> None:
    path = at("jobs", space, "later")
    alive.apply(path, job("later", suspend=True)).ok()
    body = when(alive, path, lambda one: "Suspended" in conditions(one), "suspended")
    assert conditions(body)["Suspended"] == ("True", "JobSuspended")
    assert owned(alive, "pods", space, body) == []
    alive.apply(path, job("later", suspend=False)).ok()
    when(alive, path, lambda one: conditions(one).get("Complete", ("",))[0] == "True", "complete")


def test_claim_is_bound(alive: Client, space: str) -> None:
    path = at("persistentvolumeclaims", space, "data")
    alive.apply(path, claim("data")).ok()
    body = when(alive, path, lambda one: one["status"]["phase"] == "Bound", "bound")
    assert body["spec"]["volumeName"]
    assert body["status"]["capacity"] == {"storage": "1Gi"}
    assert body["status"]["accessModes"] == ["ReadWriteOnce"]
    volume = alive.get(f"/api/v1/persistentvolumes/{body['spec']['volumeName']}").ok()
    assert volume["spec"]["claimRef"]["uid"] == body["metadata"]["uid"]
    assert volume["status"]["phase"] == "Bound"
    again = alive.apply(path, claim("data")).ok()
    assert again["metadata"]["resourceVersion"] == alive.get(path).ok()["metadata"]["resourceVersion"]
    alive.delete(path).ok()
    until(lambda: alive.get(path).status == 404, "claim gone")


def test_load_balancer_gets_an_address(alive: Client, space: str) -> None:
    path = at("services", space, "web")
    alive.apply(path, service("web", type="LoadBalancer")).ok()
    body = when(alive, path, lambda one: one["status"]["loadBalancer"].get("ingress"), "address")
    [address] = body["status"]["loadBalancer"]["ingress"]
    assert address["ip"]
    again = alive.apply(path, service("web", type="LoadBalancer")).ok()
    assert again["status"] == body["status"]


def test_service_finds_its_pods(alive: Client, space: str) -> None:
    alive.apply(at("deployments", space, "web"), deployment("web")).ok()
    alive.apply(at("services", space, "web"), service("web")).ok()

    def addresses() -> list[Any]:
        answer = alive.get(at("endpoints", space, "web"))
        subsets = answer.body.get("subsets") or [] if answer.status == 200 else []
        return [address for subset in subsets for address in subset.get("addresses", [])]

    [address] = until(addresses, "endpoints")
    assert address["targetRef"]["kind"] == "Pod"


def test_every_namespace_has_its_account_and_authority(alive: Client, space: str) -> None:
    until(lambda: alive.get(at("configmaps", space, "kube-root-ca.crt")).status == 200, "the authority")
    assert alive.get(at("serviceaccounts", space, "default")).status == 200


def test_scale_part_moves_a_deployment(alive: Client, space: str) -> None:
    path = at("deployments", space, "web")
    alive.apply(path, deployment("web", replicas=1)).ok()
    alive.patch(at("deployments", space, "web", "scale"), {"spec": {"replicas": 2}}).ok()
    body = when(alive, path, rolled_out, "rolled out")
    assert body["spec"]["replicas"] == 2
    scale = alive.get(at("deployments", space, "web", "scale")).ok()
    assert scale["status"] == {"replicas": 2, "selector": "app=web"}


def test_disruption_budget_counts(alive: Client, space: str) -> None:
    alive.apply(at("deployments", space, "web"), deployment("web", replicas=2)).ok()
    selector = {"matchLabels": {"app": "web"}}
    body = thing("PodDisruptionBudget", "web", "policy/v1", spec={"minAvailable": 1, "selector": selector})
    path = at("poddisruptionbudgets", space, "web")
    alive.apply(path, body).ok()
    status = when(alive, path, lambda one: one["status"].get("currentHealthy") == 2, "healthy")["status"]
    assert (status["expectedPods"], status["desiredHealthy"], status["disruptionsAllowed"]) == (2, 1, 1)
    assert status["observedGeneration"] == 1


def homeless(body: dict[str, Any]) -> dict[str, Any]:
    """The workload with pods that no node takes."""
    body["spec"]["template"]["spec"]["nodeSelector"] = {"disk": "none-such"}
    return body


def test_deployment_that_never_comes_up(alive: Client, space: str) -> None:
    path = at("deployments", space, "web")
    alive.apply(path, homeless(deployment("web", progressDeadlineSeconds=1))).ok()

    def over(one: dict[str, Any]) -> bool:
        return conditions(one).get("Progressing", ("", ""))[0] == "False"

    body = when(alive, path, over, "out of time")
    assert conditions(body) == {
        "Available": ("False", "MinimumReplicasUnavailable"),
        "Progressing": ("False", "ProgressDeadlineExceeded"),
    }
    assert (body["status"]["replicas"], body["status"]["unavailableReplicas"]) == (1, 1)
    assert "readyReplicas" not in body["status"]
    alive.apply(path, deployment("web", progressDeadlineSeconds=60)).ok()
    when(alive, path, rolled_out, "rolled out after all")


def test_a_bad_change_leaves_the_old_pods(alive: Client, space: str) -> None:
    path = at("deployments", space, "web")
    alive.apply(path, deployment("web")).ok()
    when(alive, path, rolled_out, "rolled out")
    alive.apply(path, homeless(deployment("web"))).ok()
    body = when(
        alive,
        path,
        lambda one: one["status"].get("observedGeneration") == 2 and one["status"]["replicas"] == 2,
        "a second pod",
    )
    status = body["status"]
    assert (status["updatedReplicas"], status["availableReplicas"], status["unavailableReplicas"]) == (1, 1, 1)
    assert conditions(body)["Available"] == ("True", "MinimumReplicasAvailable")


def test_job_out_of_time(alive: Client, space: str) -> None:
    path = at("jobs", space, "once")
    alive.apply(path, homeless(job("once", activeDeadlineSeconds=1))).ok()
    body = when(alive, path, lambda one: "Failed" in conditions(one), "failed")
    assert conditions(body)["Failed"] == ("True", "DeadlineExceeded")
    assert "completionTime" not in body["status"]


def test_daemon_set_rolls_out_a_change(alive: Client, space: str) -> None:
    path = at("daemonsets", space, "agent")
    body = daemon_set("agent")
    alive.apply(path, body).ok()
    when(alive, path, lambda one: one["status"].get("numberAvailable"), "available")
    body["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example/web:2"
    alive.apply(path, body).ok()

    def done(one: dict[str, Any]) -> bool:
        status = one["status"]
        wanted = status["desiredNumberScheduled"]
        return status["observedGeneration"] == 2 and (
            status.get("updatedNumberScheduled") == status.get("numberAvailable") == wanted
        )

    when(alive, path, done, "rolled out")
    pods = alive.get(at("pods", space), labelSelector="app=agent").ok()["items"]
    images = {one["spec"]["containers"][0]["image"] for one in pods if "deletionTimestamp" not in one["metadata"]}
    assert images == {"registry.example/web:2"}


def test_claims_outlive_their_stateful_set(alive: Client, space: str) -> None:
    path = at("statefulsets", space, "db")
    alive.apply(path, stateful_set("db", volumeClaimTemplates=[claim("data")])).ok()
    when(alive, path, lambda one: one["status"].get("readyReplicas") == 1, "ready")
    alive.delete(path, {"propagationPolicy": "Foreground"}).ok()
    until(lambda: alive.get(path).status == 404, "set gone")
    volume = alive.get(at("persistentvolumeclaims", space, "data-db-0")).ok()
    assert "deletionTimestamp" not in volume["metadata"]
    assert "ownerReferences" not in volume["metadata"]
