"""The embedded Kubernetes API as a server: clusters, tokens, faults, processes, what it says of itself.

How it answers as a Kubernetes API is tested in tests/kube, side by side with a real one.
"""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.kubernetes.cluster import Settings
from sandbox.kubernetes.server import Fault, KubernetesServer

APPLY = "application/apply-patch+yaml"


@pytest.fixture
def server() -> Iterator[KubernetesServer]:
    running = KubernetesServer(name="first", tls=False)
    running.start()
    yield running
    running.stop()


def call(
    server: KubernetesServer,
    method: str,
    path: str,
    body: Any = None,
    *,
    cluster: str | None = None,
    token: str | None = None,
    kind: str = "application/json",
) -> tuple[int, Any]:
    endpoint = server.endpoint(cluster)
    request = urllib.request.Request(endpoint.url + path, method=method)
    if token != "":
        request.add_header("Authorization", f"Bearer {token or server.token}")
    data = None
    if body is not None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request.add_header("Content-Type", kind)
    context = ssl.create_default_context(cadata=endpoint.authority) if endpoint.authority else None
    try:
        with urllib.request.urlopen(request, data, context=context) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text.startswith(b"{") else text.decode()
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read())


def config_map(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def deployment(name: str, image: str = "registry.example/web:1", **spec: Any) -> dict[str, Any]:
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": image}]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {"selector": {"matchLabels": labels}, "template": template, **spec},
    }


MAPS = "/api/v1/namespaces/default/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"


def test_tls_is_verified_by_the_authority_it_tells() -> None:
    server = KubernetesServer(name="safe")
    endpoint = server.start()
    try:
        assert endpoint.url.startswith("https://127.0.0.1:")
        assert call(server, "GET", "/api/v1/namespaces/kube-system")[0] == 200
        strangers = ssl.create_default_context()
        with pytest.raises(urllib.error.URLError):
            urllib.request.urlopen(endpoint.url + "/version", context=strangers)
    finally:
        server.stop()


def test_each_cluster_has_its_own_store_and_identity(server: KubernetesServer) -> None:
    server.add_cluster("second")
    assert server.cluster("first").uid() != server.cluster("second").uid()
    assert call(server, "POST", MAPS, config_map("here"), cluster="first")[0] == 201
    assert call(server, "GET", f"{MAPS}/here", cluster="second")[0] == 404
    server.remove_cluster("second")
    assert call(server, "GET", f"{MAPS}/here")[0] == 200


def test_tokens_are_asked_of_the_authenticator() -> None:
    server = KubernetesServer(name="asked", tls=False, authenticate={"open sesame": "ali"}.get)
    server.start()
    try:
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
        status, told = call(server, "POST", path, body, token="open sesame")
        assert (status, told["status"]["userInfo"]["username"]) == (201, "ali")
        assert call(server, "GET", MAPS, token="wrong")[0] == 401
        assert call(server, "GET", MAPS, token="")[0] == 403
        assert call(server, "GET", "/version", token="")[0] == 200
    finally:
        server.stop()


def test_snapshot_lists_what_is_not_built_in(server: KubernetesServer) -> None:
    assert call(server, "GET", "/_sandbox/objects")[1]["items"] == []
    call(server, "POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
    call(server, "POST", MAPS, config_map("one"))
    assert server.settle()
    rows = call(server, "GET", "/_sandbox/objects")[1]["items"]
    assert sorted((each["kind"], each.get("namespace", ""), each["name"]) for each in rows) == [
        ("ConfigMap", "default", "one"),
        ("Namespace", "", "shop"),
    ]
    call(server, "DELETE", "/api/v1/namespaces/shop")
    call(server, "DELETE", f"{MAPS}/one")
    assert server.settle()
    assert server.snapshot()["items"] == []


def test_what_is_not_imitated_is_named(server: KubernetesServer) -> None:
    call(server, "POST", "/api/v1/namespaces/default/pods", {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one"},
        "spec": {"containers": [{"name": "web", "image": "x"}]},
    })  # fmt: skip
    for path, name in (
        ("/api/v1/namespaces/default/pods/one/log", "pods/log"),
        ("/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers", "autoscaling/v1 horizontalpodautoscalers"),
    ):
        status, told = call(server, "GET", path)
        assert (status, told["reason"]) == (501, "NotImplemented")
        assert told["message"] == f"the sandbox does not imitate {name}"


def test_what_has_no_effect_is_warned_of(server: KubernetesServer) -> None:
    body = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}, "spec": {"hard": {"pods": "1"}}}
    request = urllib.request.Request(
        server.endpoint().url + "/api/v1/namespaces/default/resourcequotas",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["Warning"] == '299 - "the sandbox does not enforce resource quotas"'


def test_faults(server: KubernetesServer) -> None:
    wanted: list[Fault] = [Fault(status=503), Fault(drop=True)]
    server.faults = lambda cluster, method, path: wanted.pop(0) if wanted and method == "POST" else None
    assert call(server, "POST", MAPS, config_map("refused"))[0] == 503
    assert call(server, "GET", f"{MAPS}/refused")[0] == 404
    with pytest.raises(OSError):
        call(server, "POST", MAPS, config_map("dropped"))
    assert call(server, "GET", f"{MAPS}/dropped")[0] == 200


def test_forgotten_versions_are_gone(server: KubernetesServer) -> None:
    call(server, "POST", MAPS, config_map("one"))
    version = call(server, "GET", MAPS)[1]["metadata"]["resourceVersion"]
    call(server, "POST", MAPS, config_map("two"))
    server.cluster().store.compact()
    request = urllib.request.Request(
        f"{server.endpoint().url}{MAPS}?watch=true&resourceVersion={version}",
        headers={"Authorization": f"Bearer {server.token}"},
    )
    with urllib.request.urlopen(request) as events:
        event = json.loads(events.readline())
    assert (event["type"], event["object"]["code"]) == ("ERROR", 410)


def test_a_second_apply_writes_nothing(server: KubernetesServer) -> None:
    path = f"{DEPLOYMENTS}/web?fieldManager=plumb&force=false"
    assert call(server, "PATCH", path, deployment("web", replicas=2), kind=APPLY)[0] == 201
    assert server.settle()
    before = call(server, "GET", f"{DEPLOYMENTS}/web")[1]
    assert before["status"]["availableReplicas"] == 2
    status, after = call(server, "PATCH", path, deployment("web", replicas=2), kind=APPLY)
    assert (status, after) == (200, before)


def test_yaml_is_read_too(server: KubernetesServer) -> None:
    text = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: dated}\ndata: {when: 2020-01-01}\n"
    status, made = call(server, "PATCH", f"{MAPS}/dated?fieldManager=plumb", text, kind=APPLY)
    assert (status, made["data"]) == (201, {"when": "2020-01-01"})


@pytest.mark.parametrize(
    ("image", "phase", "ready"),
    [("registry.example/never-ready:1", "Running", "False"), ("registry.example/bad-image:1", "Pending", "False")],
)
def test_images_that_do_not_come_up(server: KubernetesServer, image: str, phase: str, ready: str) -> None:
    call(server, "POST", DEPLOYMENTS, deployment("web", image))
    assert server.settle()
    [pod] = call(server, "GET", "/api/v1/namespaces/default/pods")[1]["items"]
    conditions = {each["type"]: each["status"] for each in pod["status"]["conditions"]}
    assert (pod["status"]["phase"], conditions["Ready"]) == (phase, ready)
    found = call(server, "GET", f"{DEPLOYMENTS}/web")[1]["status"]
    assert {each["type"]: each["status"] for each in found["conditions"]}["Available"] == "False"


def test_readiness_may_take_its_time() -> None:
    server = KubernetesServer(name="slow", tls=False, settings=Settings(readiness_delay=3600))
    server.start()
    try:
        call(server, "POST", DEPLOYMENTS, deployment("web"))
        assert server.settle()
        status = call(server, "GET", f"{DEPLOYMENTS}/web")[1]["status"]
        assert (status["replicas"], status.get("readyReplicas", 0)) == (1, 0)
    finally:
        server.stop()


def test_a_thousand_objects(server: KubernetesServer) -> None:
    for number in range(1000):
        assert call(server, "POST", MAPS, config_map(f"c-{number:04}"))[0] == 201
    names: list[str] = []
    token = ""
    while True:
        page = call(server, "GET", f"{MAPS}?limit=300&continue={token}")[1]
        names += [each["metadata"]["name"] for each in page["items"]]
        token = page["metadata"].get("continue", "")
        if not token:
            break
    assert [name for name in names if name.startswith("c-")] == [f"c-{number:04}" for number in range(1000)]


def test_as_a_process(tmp_path: Path) -> None:
    config = tmp_path / "kubeconfig"
    root = Path(__file__).resolve().parents[3]
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox.kubernetes", "--name", "own", "--kubeconfig", str(config)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
        env={**os.environ, "SANDBOX_KUBERNETES_TOKEN": "a plain token"},
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        told = json.loads(config.read_text())
        assert told["clusters"][0]["cluster"]["server"] == url
        assert told["users"][0]["user"]["token"] == "a plain token"
        assert told["current-context"] == "own"
        assert config.stat().st_mode & 0o077 == 0
    finally:
        process.terminate()
        assert process.wait(30) == 0
