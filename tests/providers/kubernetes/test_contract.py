"""The provider keeps every law of the contract on a server."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from providers.contract.check import Case, Example, Subject, cases
from providers.contract.observation import Live
from providers.contract.transport import Answer, Answered
from providers.contract.values import Secret, Value
from tests.kube import servers
from tests.providers.kubernetes.world import PROVIDER, World, deployment

Made = Mapping[str, Live]
WORLD: list[World] = []
"""The one the running case is judged on."""


def manifest(kind: str, mark: str, api_version: str = "v1", **body: Value) -> dict[str, Value]:
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": f"check-{mark}", "namespace": "default"},
        **body,
    }


def damage(plural: str, patch: dict[str, Any], root: str = "/api/v1") -> Any:
    """A change made behind the provider's back, as `kubectl edit` makes it."""

    def change(live: Live) -> None:
        name = live.identity.rpartition("/")[2]
        path = f"{root}/namespaces/default/{plural}/{name}"
        WORLD[-1].client.patch(path, patch, fieldManager="kubectl-edit").ok()

    return change


def in_default(made: Made, mark: str) -> dict[str, Value]:
    return {"metadata": {"namespace": "default"}}


def config_map(mark: str, **data: str) -> dict[str, Value]:
    return manifest("ConfigMap", mark, data=dict(data))


def secret(mark: str, value: str, kind: str = "Opaque") -> dict[str, Value]:
    return manifest("Secret", mark, type=kind, stringData={"password": Secret(value)})


def service(mark: str, **spec: Value) -> dict[str, Value]:
    return manifest("Service", mark, spec={"selector": {"app": "web"}, "ports": [{"port": 80, "name": "http"}], **spec})


def workload(mark: str, image: str, label: str = "web", **container: Any) -> dict[str, Value]:
    made = deployment(f"check-{mark}", image=image, **container)
    made["metadata"]["namespace"] = "default"
    made["spec"] |= {"replicas": 0, "selector": {"matchLabels": {"app": label}}}
    made["spec"]["template"]["metadata"]["labels"] = {"app": label}
    return made


def binding(mark: str, role: str, user: str) -> dict[str, Value]:
    group = "rbac.authorization.k8s.io"
    return manifest(
        "RoleBinding",
        mark,
        f"{group}/v1",
        roleRef={"apiGroup": group, "kind": "ClusterRole", "name": role},
        subjects=[{"kind": "User", "name": user, "apiGroup": group}],
    )


EXAMPLES = [
    Example(
        type="v1/ConfigMap",
        inputs=lambda made, mark: config_map(mark, a="1", b="2"),
        changed=lambda made, mark: config_map(mark, a="2", b="2"),
        released=lambda made, mark: config_map(mark, a="1"),
        damage=damage("configmaps", {"data": {"a": "broken"}}),
        missing="ConfigMap/default/never-was",
        filter=in_default,
    ),
    Example(
        type="v1/ConfigMap",
        name="a ConfigMap that holds a secret",
        inputs=lambda made, mark: manifest("ConfigMap", mark, data={"a": Secret("correct horse"), "b": "2"}),
        changed=lambda made, mark: manifest("ConfigMap", mark, data={"a": Secret("battery staple"), "b": "2"}),
        secret="correct horse",
        missing="ConfigMap/default/never-was",
        filter=in_default,
    ),
    Example(
        type="v1/Secret",
        inputs=lambda made, mark: secret(mark, "correct horse"),
        changed=lambda made, mark: secret(mark, "battery staple"),
        replacing=lambda made, mark: secret(mark, "correct horse", "example.org/other"),
        damage=damage("secrets", {"stringData": {"password": "broken"}}),
        secret="correct horse",
        missing="Secret/default/never-was",
        filter=in_default,
    ),
    Example(
        type="v1/Service",
        inputs=lambda made, mark: service(mark),
        changed=lambda made, mark: service(mark, sessionAffinity="ClientIP"),
        replacing=lambda made, mark: service(mark, clusterIP="None"),
        damage=damage("services", {"spec": {"selector": {"app": "other"}}}),
        missing="Service/default/never-was",
        filter=in_default,
    ),
    Example(
        type="apps/v1/Deployment",
        inputs=lambda made, mark: workload(mark, "example/web:1", resources={"limits": {"cpu": "0.5"}}),
        changed=lambda made, mark: workload(mark, "example/web:2", resources={"limits": {"cpu": "0.5"}}),
        released=lambda made, mark: workload(mark, "example/web:1"),
        replacing=lambda made, mark: workload(mark, "example/web:1", "other", resources={"limits": {"cpu": "0.5"}}),
        damage=damage("deployments", {"spec": {"replicas": 1}}, "/apis/apps/v1"),
        missing="Deployment.apps/default/never-was",
        filter=in_default,
    ),
    Example(
        type="rbac.authorization.k8s.io/v1/RoleBinding",
        inputs=lambda made, mark: binding(mark, "view", "anna"),
        changed=lambda made, mark: binding(mark, "view", "bert"),
        replacing=lambda made, mark: binding(mark, "edit", "anna"),
        missing="RoleBinding.rbac.authorization.k8s.io/default/never-was",
        filter=in_default,
    ),
    Example(
        type="v1/Namespace",
        inputs=lambda made, mark: {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"check-{mark}"}},
        missing="Namespace/-/never-was",
    ),
]


def mutates(operation: str, parameters: Mapping[str, object]) -> bool:
    return operation in ("apply", "delete") and not parameters.get("dryRun")


def halve(operation: str, answer: Answer) -> Answer:
    """A list whose next page never comes to an end, an object without its metadata."""
    if isinstance(answer, Answered) and isinstance(answer.body, dict):
        body = {key: item for key, item in answer.body.items() if key != "metadata"}
        return replace(answer, body=body)
    return answer


@pytest.fixture
def subject(server: servers.Server) -> Iterator[Subject]:
    world = World.of(server)
    WORLD.append(world)
    yield Subject(
        provider=PROVIDER,
        send=world.send,
        examples=EXAMPLES,
        mutates=mutates,
        pause=lambda: time.sleep(0.05),
        patience=400,
        halve=halve,
    )
    WORLD.pop()
    world.transport.close()


@pytest.mark.parametrize("case", cases(EXAMPLES), ids=str)
def test_law(case: Case, subject: Subject) -> None:
    case.run(subject)
