"""The same random writes on both servers: every answer and the object at the end must be the same."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest

from tests.kube.client import JSON_PATCH, MERGE, STRATEGIC, Answer, Client
from tests.kube.conftest import open_server
from tests.kube.objects import GROUPS, at, crd, thing
from tests.kube.test_behaviour_custom import SCHEMA, establish

GROUP = GROUPS["widgets"].split("/")[2]
SEEDS = range(40)
STEPS = 14
MANAGERS = ["plumb", "ann", "bob"]
OWN_TO_A_SERVER = ("uid", "resourceVersion", "creationTimestamp", "time", "clusterIP", "clusterIPs", "generation")


def comparable(value: Any) -> Any:
    """Without what each server makes up for itself."""
    if isinstance(value, dict):
        rest = {key: each for key, each in value.items() if key not in OWN_TO_A_SERVER}
        return {key: _sorted(key, comparable(each)) for key, each in rest.items()}
    return [comparable(each) for each in value] if isinstance(value, list) else value


def _sorted(key: str, value: Any) -> Any:
    if key == "managedFields":
        return sorted(value, key=lambda one: (one["manager"], one["operation"], one["apiVersion"]))
    return sorted(value, key=str) if key == "causes" else value


def some(draw: random.Random, choices: dict[str, Any]) -> dict[str, Any]:
    """Some of these fields; a callable draws its value."""
    chosen = {key: each for key, each in choices.items() if draw.random() < 0.5}
    return {key: each(draw) if callable(each) else copy.deepcopy(each) for key, each in chosen.items()}


def words(draw: random.Random) -> dict[str, str]:
    return {key: draw.choice(["1", "2"]) for key in draw.sample(["a", "b", "c"], draw.randint(0, 3))}


def metadata(draw: random.Random) -> dict[str, Any]:
    return some(draw, {"labels": words, "annotations": words})


def config_map(draw: random.Random) -> dict[str, Any]:
    return thing("ConfigMap", "one", metadata=metadata(draw), **some(draw, {"data": words}))


def service(draw: random.Random) -> dict[str, Any]:
    ports = [
        {"port": number, "name": f"p{number}", **some(draw, {"protocol": "TCP", "targetPort": lambda d: d.choice([80, "web"])})}
        for number in draw.sample([80, 81, 82], draw.randint(1, 3))
    ]
    spec = {"ports": ports, **some(draw, {"selector": words, "sessionAffinity": "None", "type": "ClusterIP"})}
    return thing("Service", "one", metadata=metadata(draw), spec=spec)


def container(draw: random.Random, name: str) -> dict[str, Any]:
    def env(d: random.Random) -> list[dict[str, str]]:
        return [{"name": key, "value": d.choice(["1", "2"])} for key in d.sample(["A", "B", "C"], d.randint(0, 3))]

    def ports(d: random.Random) -> list[dict[str, Any]]:
        return [
            {"containerPort": number, **some(d, {"protocol": "TCP", "name": f"n{number}"})}
            for number in d.sample([80, 81], d.randint(0, 2))
        ]

    choices = {
        "env": env,
        "ports": ports,
        "args": lambda d: d.sample(["x", "y", "z"], d.randint(0, 3)),
        "resources": lambda d: {"limits": {"cpu": d.choice(["1", "500m", "2000m"])}},
    }
    return {"name": name, "image": draw.choice(["web:1", "web:2"]), **some(draw, choices)}


def pod_template(draw: random.Random) -> dict[str, Any]:
    """A pod's shape that no controller touches."""
    names = draw.sample(["web", "side"], draw.randint(1, 2))
    pod = {
        "containers": [container(draw, name) for name in names],
        **some(draw, {"nodeSelector": words, "terminationGracePeriodSeconds": 5, "dnsPolicy": None}),
    }
    template = {"metadata": {"labels": {"app": "one", **words(draw)}}, "spec": pod}
    return thing("PodTemplate", "one", metadata=metadata(draw), template=template)


def widget(draw: random.Random) -> dict[str, Any]:
    def rules(d: random.Random) -> list[dict[str, Any]]:
        return [{"name": key, **some(d, {"port": 80})} for key in d.sample(["a", "b", "c"], d.randint(0, 3))]

    choices = {
        "rules": rules,
        "tags": lambda d: d.sample(["x", "y", "z"], d.randint(0, 3)),
        "words": lambda d: d.sample(["x", "y", "z"], d.randint(0, 3)),
        "free": words,
        "mode": lambda d: d.choice(["fast", "slow", None]),
        "port": lambda d: d.choice([80, "http"]),
        "stray": 1,
    }
    spec = {"size": draw.choice([1, 2, 99 if draw.random() < 0.1 else 3]), **some(draw, choices)}
    return thing("Widget", "one", f"{GROUP}/v1", metadata=metadata(draw), spec=spec)


KINDS = {"configmaps": config_map, "services": service, "podtemplates": pod_template, "widgets": widget}


def partial(draw: random.Random, body: dict[str, Any]) -> dict[str, Any]:
    """A patch out of a body: fewer fields, now and then a null."""
    body = copy.deepcopy(body)
    for part in [body, body.get("spec") or {}, body.get("data") or {}, body["metadata"].get("labels") or {}]:
        for key in [one for one in part if one not in ("apiVersion", "kind", "metadata", "spec", "template", "ports")]:
            if draw.random() < 0.3:
                part[key] = None
    return {key: each for key, each in body.items() if key not in ("apiVersion", "kind")}


def step(draw: random.Random, make: Any, path: str) -> Any:
    """One write as a function of a client, the same for every client."""
    body, manager, dry = make(draw), draw.choice(MANAGERS), draw.choice([None, None, "All"])
    how = draw.choice(
        ["apply", "apply", "apply", "force", "merge", "strategic", "json", "delete" if draw.random() < 0.2 else "apply"]
    )
    if how in ("apply", "force"):
        force = "true" if how == "force" else None
        return how, lambda client: client.apply(path, body, manager, force=force, dryRun=dry)
    if how == "delete":
        return how, lambda client: client.delete(path, dryRun=dry)
    if how == "json":
        patch = [{"op": "add", "path": "/metadata/labels", "value": words(draw)}]
        return how, lambda client: client.patch(path, patch, JSON_PATCH, fieldManager=manager, dryRun=dry)
    kind, patch_body = (MERGE if how == "merge" else STRATEGIC), partial(draw, body)
    return how, lambda client: client.patch(path, patch_body, kind, fieldManager=manager, dryRun=dry)


def shown(answer: Answer) -> Any:
    body = answer.body
    if body is not None and body.get("kind") == "Status" and answer.status in (400, 415, 500):
        body = {key: body[key] for key in ("status", "code")}
    return answer.status, comparable(body)


@pytest.mark.kube
@pytest.mark.parametrize("plural", list(KINDS))
@pytest.mark.parametrize("seed", SEEDS)
def test_both_servers_answer_the_same(plural: str, seed: int) -> None:
    clients: list[Client] = [open_server(kind).client for kind in ("real", "embedded")]
    draw = random.Random(f"{plural} {seed}")
    name = f"random-{plural}-{seed}"
    for client in clients:
        client.post("/api/v1/namespaces", thing("Namespace", name)).ok()
        if plural == "widgets":
            establish(client, crd(GROUP, SCHEMA, subresources={"status": {}}))
    path = at(plural, name, "one")
    try:
        for number in range(STEPS):
            how, write = step(draw, KINDS[plural], path)
            real, embedded = (shown(write(client)) for client in clients)
            assert embedded == real, f"step {number}: {how}"
        real, embedded = (shown(client.get(path)) for client in clients)
        assert embedded == real
    finally:
        for client in clients:
            client.delete(f"/api/v1/namespaces/{name}")
