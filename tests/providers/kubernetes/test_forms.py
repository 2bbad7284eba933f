"""The pure middle: names, checks, normal form, quantities, fields, merging, reading of listings."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import Absent, Live, Target, Unreadable
from providers.contract.transport import Answer, Answered, Lost, Rejected
from providers.contract.values import Secret, Unknown, Value
from providers.kubernetes.compare import holds, quantity
from providers.kubernetes.fields import leaves, ownerships, text_of
from providers.kubernetes.manifests import merge_patch
from providers.kubernetes.names import Name, ObjectType
from providers.kubernetes.schemas import shape
from tests.providers.kubernetes.world import PROVIDER, changed, config_map, deployment


@pytest.mark.parametrize(
    ("type", "identity"),
    [
        ("apps/v1/Deployment", "Deployment.apps/default/api"),
        ("v1/ConfigMap", "ConfigMap/default/api"),
        ("v1/Namespace", "Namespace/-/api"),
        ("rbac.authorization.k8s.io/v1/ClusterRole", "ClusterRole.rbac.authorization.k8s.io/-/api"),
    ],
)
def test_identity(type: str, identity: str) -> None:
    api_version, _, kind = type.rpartition("/")
    inputs: dict[str, Value] = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "api"}}
    placed = PROVIDER.place(type, inputs, {})
    assert PROVIDER.identity(type, placed) == identity
    parsed = Name.parse(identity)
    assert str(parsed) == identity
    assert str(ObjectType.parse(type)) == type


def test_the_namespace_of_the_instance_is_for_those_that_declare_none() -> None:
    settings = {"namespace": "shop"}
    assert PROVIDER.place("v1/ConfigMap", config_map(), settings)["metadata"] == {"name": "web", "namespace": "shop"}
    own = changed(config_map(), ("metadata", "namespace"), "own")
    assert PROVIDER.place("v1/ConfigMap", own, settings) == own
    unknown = changed(config_map(), ("metadata", "namespace"), Unknown(origin="shop.ns.metadata.name"))
    assert PROVIDER.place("v1/ConfigMap", unknown, settings) == unknown
    assert PROVIDER.identity("v1/ConfigMap", unknown) == ""


def test_a_secret_is_normalised_and_marked() -> None:
    inputs: dict[str, Value] = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "key", "creationTimestamp": None},
        "stringData": {"a": "plain", "b": Unknown(origin="shop.key")},
        "data": {"c": "eA=="},
    }
    normal = PROVIDER.normalize("v1/Secret", inputs)
    assert "stringData" not in normal
    assert normal["metadata"] == {"name": "key"}
    data = normal["data"]
    assert isinstance(data, dict)
    assert data["a"] == Secret(base64.b64encode(b"plain").decode())
    assert data["c"] == Secret("eA==")
    assert isinstance(data["b"], Unknown)
    whole = PROVIDER.normalize("v1/Secret", {**inputs, "stringData": Secret({"a": "plain"})})
    assert whole["data"]["a"] == data["a"]  # type: ignore[index, call-overload]


def test_numbers_become_text_where_text_is_wanted() -> None:
    inputs = deployment(env=[{"name": "A", "value": 3}, {"name": "B", "value": True}], ports=[{"containerPort": 80}])
    (container,) = PROVIDER.normalize("apps/v1/Deployment", inputs)["spec"]["template"]["spec"]["containers"]  # type: ignore[index, call-overload]
    assert [entry["value"] for entry in container["env"]] == ["3", "true"]
    assert container["ports"] == [{"containerPort": 80}]


CHECKS: list[tuple[str, tuple[str | int, ...], Value, str]] = [
    ("v1/ConfigMap", ("metadata", "name"), "Web_1", '"Web_1" is not a name'),
    ("v1/ConfigMap", ("metadata", "name"), None, "this ConfigMap needs metadata.name"),
    ("v1/ConfigMap", ("metadata", "name"), "a" * 254, f'"{"a" * 254}" is not a name'),
    ("v1/ConfigMap", ("metadata", "namespace"), "a.b", '"a.b" is not a namespace name'),
    ("v1/ConfigMap", ("metadata", "generateName"), "web-", "generateName is not served: an object needs a name that stays"),
    ("v1/ConfigMap", ("metadata", "uid"), "u", "metadata.uid is written by the cluster, never declared"),
    ("v1/ConfigMap", ("metadata", "managedFields"), [], "metadata.managedFields is written by the cluster, never declared"),
    ("v1/ConfigMap", ("status",), {"a": 1}, "status is written by the cluster, never declared"),
    ("v1/ConfigMap", ("metadata", "labels"), {"a": "b c"}, '"b c" is not a label value'),
    ("v1/ConfigMap", ("metadata", "labels"), {"a/b/c": "d"}, '"a/b/c" is not a key of labels'),
    ("v1/ConfigMap", ("metadata", "labels"), {"plumb.dev/stack": "d"}, '"plumb.dev/stack" is kept for Plumb\'s own marks'),
    ("v1/ConfigMap", ("kind",), "Secret", 'kind is "Secret", its type says "ConfigMap"'),
]


@pytest.mark.parametrize(("type", "path", "value", "summary"), CHECKS)
def test_check(type: str, path: tuple[str | int, ...], value: Value, summary: str) -> None:
    assert PROVIDER.check(type, config_map()) == []
    assert [item.summary for item in PROVIDER.check(type, changed(config_map(), path, value))] == [summary]


def test_check_of_other_names() -> None:
    role: dict[str, Value] = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "system:look"},
    }
    assert PROVIDER.check("rbac.authorization.k8s.io/v1/ClusterRole", role) == []
    space: dict[str, Value] = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a.b"}}
    assert [item.summary for item in PROVIDER.check("v1/Namespace", space)] == ['"a.b" is not a name']
    wrong = changed(deployment(), ("spec", "template", "metadata", "labels"), {"app": "other"})
    (found,) = PROVIDER.check("apps/v1/Deployment", wrong)
    assert found.path == ("spec", "selector", "matchLabels", "app")


@pytest.mark.parametrize(
    ("type", "near"),
    [
        ("apps/v1/Deploymnt", "apps/v1/Deployment"),
        ("v1/Deployment", "apps/v1/Deployment"),
        ("apps/v1beta1/Deployment", "apps/v1/Deployment"),
        ("extensions/v1beta1/DaemonSet", "apps/v1/DaemonSet"),
    ],
)
def test_a_kind_nobody_has_is_told_with_the_nearest(type: str, near: str) -> None:
    found = PROVIDER.schema(type)
    assert isinstance(found, Diagnostic)
    assert found.notes == (("help", f'did you mean "{near}"?'),)


def test_a_custom_kind_has_an_open_schema() -> None:
    found = PROVIDER.schema("example.org/v1/Widget")
    assert not isinstance(found, Diagnostic)
    assert found.node(("spec", "anything", 0)) is not None
    assert found.node(("metadata", "labels", "a")) is not None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.5", "0.5"),
        ("500m", "0.5"),
        (1, "1"),
        ("1e3", "1000"),
        ("1Gi", "1073741824"),
        ("1024Mi", "1073741824"),
        ("2k", "2000"),
        ("100n", "0.0000001"),
        ("-1", "-1"),
    ],
)
def test_quantity(text: Value, number: str) -> None:
    assert quantity(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "x", "1Zi", True, None, "1 Gi", []])
def test_no_quantity(text: Value) -> None:
    assert quantity(text) is None


POD = shape("v1/Pod").child("spec")
HOLDS: list[tuple[Value, Value, bool]] = [
    ({"containers": [{"name": "a"}]}, {"containers": [{"name": "b"}, {"name": "a", "image": "i"}]}, True),
    ({"containers": [{"name": "a", "image": "j"}]}, {"containers": [{"name": "a", "image": "i"}]}, False),
    ({"tolerations": [{"key": "a"}]}, {"tolerations": [{"key": "a", "effect": "x"}]}, True),
    ({"tolerations": [{"key": "a"}]}, {"tolerations": [{"key": "b"}, {"key": "a"}]}, False),
    ({"hostNetwork": True}, {"hostNetwork": 1}, False),
    ({"hostNetwork": Unknown()}, {"hostNetwork": True}, False),
    ({"nodeName": "1"}, {"nodeName": 1}, False),
    ({"overhead": {"cpu": 1}}, {"overhead": {"cpu": "1000m"}}, True),
    ({"nodeSelector": {}}, {"nodeSelector": {"a": "b"}}, True),
    ({"nodeSelector": {"a": "b"}}, {}, False),
]


@pytest.mark.parametrize(("declared", "live", "wanted"), HOLDS)
def test_holds(declared: Value, live: Value, wanted: bool) -> None:
    assert holds(declared, live, POD) is wanted


def test_fields_are_named_as_the_api_names_them() -> None:
    inputs = deployment(ports=[{"containerPort": 80}], env=[{"name": "A", "value": "1"}])
    found = {text_of(leaf.field): leaf.path for leaf in leaves(inputs, shape("apps/v1/Deployment"))}
    container = '.spec.template.spec.containers[name="main"]'
    assert found[f"{container}.image"] == ("spec", "template", "spec", "containers", 0, "image")
    assert f'{container}.ports[containerPort=80,protocol="TCP"].containerPort' in found
    assert f'{container}.env[name="A"].value' in found
    assert ".spec.selector" in found


def test_managed_fields_are_read() -> None:
    managers: Value = [
        {
            "manager": "plumb",
            "operation": "Apply",
            "fieldsV1": {"f:spec": {"f:ports": {'k:{"port":80,"protocol":"TCP"}': {".": {}, "f:port": {}}}, "f:type": {}}},
        },
        {"manager": "controller", "operation": "Update", "subresource": "status", "fieldsV1": {"f:status": {"f:x": {}}}},
        {"manager": "kubectl-edit", "operation": "Update", "fieldsV1": {"f:metadata": {"f:finalizers": {'v:"a"': {}}}}},
    ]
    ours, edited = ownerships(managers)
    assert ours.is_ours
    assert {text_of(field) for field in ours.fields} == {'.spec.ports[port=80,protocol="TCP"].port', ".spec.type"}
    assert {text_of(field) for field in edited.fields} == {'.metadata.finalizers[="a"]'}


def test_a_patch_is_merged_as_an_apply_merges() -> None:
    base = deployment(env=[{"name": "A", "value": "1"}], args=["a", "b"])
    container = {"name": "main", "env": [{"name": "B", "value": "2"}, {"name": "A", "value": "3"}], "args": ["c"]}
    patch: dict[str, Value] = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "api", "labels": {"a": "b"}},
        "spec": {"template": {"spec": {"containers": [container, {"name": "side", "image": "s"}]}}},
    }
    merged = merge_patch("apps/v1/Deployment", base, patch)
    (main, side) = merged["spec"]["template"]["spec"]["containers"]  # type: ignore[index, call-overload]
    assert main["image"] == "example/api:1"
    assert main["env"] == [{"name": "A", "value": "3"}, {"name": "B", "value": "2"}]
    assert main["args"] == ["c"]
    assert side == {"name": "side", "image": "s"}
    assert merged["metadata"] == {"name": "api", "labels": {"a": "b"}}
    assert base["spec"]["template"]["spec"]["containers"][0]["args"] == ["a", "b"]


class Pages:
    """A listing in pages, with what may go wrong."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, Mapping[str, Any]]] = []

    def __call__(self, operation: str, parameters: Mapping[str, Any]) -> Answer:
        self.asked.append((operation, parameters))
        return self.answers.pop(0)


def page(*names: str, token: str = "", left: int = 0) -> Answer:
    items = [{"metadata": {"name": name, "namespace": "default", "uid": name}} for name in names]
    metadata = {"continue": token, "remainingItemCount": left} if token else {}
    return Answered(body={"kind": "ConfigMapList", "items": items, "metadata": metadata})


def targets(*names: str) -> list[Target]:
    return [Target(key=name, type="v1/ConfigMap", identity=f"ConfigMap/default/{name}") for name in names]


def test_many_of_a_kind_and_namespace_are_read_in_one_listing() -> None:
    (batch,) = PROVIDER.batches(targets("a", "b", "c", "d"))
    send = Pages(page("a", "x", token="t"), page(token="u"), page("c"))
    found = PROVIDER.read(batch, send)
    assert [parameters.get("continue") for _, parameters in send.asked] == [None, "t", "u"]
    assert isinstance(found["a"], Live)
    assert isinstance(found["b"], Absent)
    assert isinstance(found["c"], Live)


def test_a_page_that_fails_makes_the_listing_useless() -> None:
    (batch,) = PROVIDER.batches(targets("a", "b", "c", "d"))
    for bad in (Lost(reason="broken"), Rejected(code="Expired", message="too old", status=410), Answered(body={"items": []})):
        found = PROVIDER.read(batch, Pages(page("a", token="t"), bad))
        assert all(isinstance(item, Unreadable) for item in found.values())


def test_what_may_not_be_listed_or_is_too_many_is_read_one_by_one() -> None:
    (batch,) = PROVIDER.batches(targets("a", "b", "c", "d"))
    one = Answered(body={"metadata": {"name": "a", "namespace": "default"}})
    for first in (Rejected(code="Forbidden", message="no", status=403), page("x", token="t", left=5000)):
        send = Pages(first, one, one, one, one)
        assert all(isinstance(item, Live) for item in PROVIDER.read(batch, send).values())
        assert [operation for operation, _ in send.asked] == ["list", "get", "get", "get", "get"]


def test_few_are_read_alone_and_every_target_is_in_one_batch() -> None:
    space = Target(key="n", type="v1/Namespace", identity="Namespace/-/n")
    mixed = [*targets("a", "b"), space, Target(key="u", type="v1/Secret")]
    batches = PROVIDER.batches(mixed)
    assert sorted(target.key for batch in batches for target in batch.targets) == ["a", "b", "n", "u"]
    assert len(batches) == 4
