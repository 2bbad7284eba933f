"""What a plan says of objects that others touch too, and of values that are not known yet; on both servers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from providers.contract.proposal import Action, Wanted
from providers.contract.transport import Answer, Rejected
from providers.contract.values import Secret, Unknown, render_path
from tests.providers.kubernetes.world import OWNER, PROVIDER, Manifest, World, changed, config_map, deployment, until

IMAGE = ("spec", "template", "spec", "containers", 0, "image")
DEPLOYMENTS = "/apis/apps/v1"


def edit(world: World, name: str, patch: dict[str, Any], manager: str = "kubectl-edit") -> None:
    world.client.patch(world.path("deployments", name, DEPLOYMENTS), patch, fieldManager=manager).ok()


def test_values_in_another_form_are_no_difference(world: World) -> None:
    inputs, live = world.create(deployment(resources={"limits": {"cpu": "0.5", "memory": "1024Mi"}}, stdin=False))
    world.count()
    assert world.plan(inputs, inputs, live).action is Action.NONE
    assert world.count() == []


def test_drift_by_kubectl_edit_is_taken_back(world: World) -> None:
    inputs, _ = world.create(deployment())
    edit(world, "api", {"spec": {"replicas": 3}})
    live = world.live(inputs)
    proposal = world.plan(inputs, inputs, live)
    assert proposal.action is Action.UPDATE
    assert [(item.path, item.before, item.after) for item in proposal.differences] == [(("spec", "replicas"), 3, 1)]
    assert proposal.diagnostics == ()
    healed = world.update(inputs, inputs, live, proposal)
    assert world.plan(inputs, inputs, healed).action is Action.NONE


def test_what_a_controller_writes_too_is_told(world: World) -> None:
    inputs, _ = world.create(deployment())
    edit(world, "api", {"spec": {"replicas": 3}}, manager="autoscaler")
    proposal = world.plan(inputs, inputs, world.live(inputs))
    (warning,) = proposal.diagnostics
    assert not warning.is_error
    assert warning.summary == '"autoscaler" writes spec.replicas too'
    assert warning.notes == (("help", "lifecycle: {ignore: [spec.replicas]} leaves it to autoscaler"),)


def test_a_field_of_another_manager_is_refused_with_its_name(world: World) -> None:
    before, _ = world.create(config_map(a="1"))
    body = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"b": "theirs"}}
    world.client.apply(world.path("configmaps", "web"), body, manager="helm").ok()
    after = world.inputs(config_map(a="1", b="ours"))
    proposal = world.plan(after, before, world.live(before))
    (refused,) = proposal.diagnostics
    assert refused.summary == 'data.b is set by "helm"'
    assert refused.path == ("data", "b")
    unknown = changed(after, ("data", "c"), Unknown(origin="shop.orders.QueueUrl"))
    (predicted,) = world.plan(unknown, before, world.live(before)).diagnostics
    assert predicted.summary == refused.summary


def test_an_ignored_leaf_keeps_its_live_value(world: World) -> None:
    before, _ = world.create(deployment())
    edit(world, "api", {"spec": {"replicas": 3}}, manager="autoscaler")
    live = world.live(before)
    ignore = (("spec", "replicas"),)
    assert world.plan(before, before, live, ignore).action is Action.NONE
    after = world.inputs(deployment(image="example/api:2"))
    proposal = world.plan(after, before, live, ignore)
    assert [render_path(item.path) for item in proposal.differences] == [render_path(IMAGE)]
    assert world.update(after, before, live, proposal).values["spec"]["replicas"] == 3  # type: ignore[index, call-overload]


def test_reordering_a_keyed_list_is_no_difference(world: World) -> None:
    env = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    before, live = world.create(deployment(env=env))
    assert world.plan(world.inputs(deployment(env=env[::-1])), before, live).action is Action.NONE


def test_a_dropped_item_is_released(world: World) -> None:
    env = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    before, live = world.create(deployment(env=env))
    after = world.inputs(deployment(env=env[:1]))
    proposal = world.plan(after, before, live)
    assert [(item.path[-1], item.before, item.after) for item in proposal.differences] == [
        ("name", "B", None),
        ("value", "2", None),
    ]
    changed_live = world.update(after, before, live, proposal)
    assert world.plan(after, after, changed_live).action is Action.NONE


def test_only_the_position_of_what_differs_is_named(world: World) -> None:
    before, live = world.create(deployment(ports=[{"containerPort": 80}]))
    after = changed(before, IMAGE, "example/api:2")
    (difference,) = world.plan(after, before, live).differences
    assert (difference.path, difference.before, difference.after) == (IMAGE, "example/api:1", "example/api:2")


def test_an_unknown_leaf_is_predicted_without_a_dry_run(world: World) -> None:
    before, live = world.create(deployment(env=[{"name": "URL", "value": "a"}]))
    path = ("spec", "template", "spec", "containers", 0, "env", 0, "value")
    unknown = Unknown(kind="string", origin="shop.orders.QueueUrl")
    world.count()
    proposal = world.plan(changed(before, path, unknown), before, live)
    assert world.count() == []
    assert (proposal.action, proposal.predicted) == (Action.UPDATE, True)
    assert [(item.path, item.before, item.after) for item in proposal.differences] == [(path, "a", unknown)]
    assert isinstance(proposal.planned["status"], Unknown)


def test_an_unknown_at_a_fixed_path_is_a_replacement(world: World) -> None:
    before, live = world.create(deployment())
    path = ("spec", "selector", "matchLabels", "app")
    proposal = world.plan(changed(before, path, Unknown(origin="shop.x")), before, live)
    assert (proposal.action, proposal.predicted, proposal.create_first) == (Action.REPLACE, True, False)
    assert proposal.replaces == (path,)


def test_an_unknown_in_what_is_sealed_is_a_replacement(world: World) -> None:
    before, live = world.create({**config_map(), "immutable": True})
    proposal = world.plan(changed(before, ("data", "a"), Unknown(origin="shop.x")), before, live)
    assert (proposal.action, proposal.replaces) == (Action.REPLACE, (("data", "a"),))


def test_a_namespace_that_is_only_to_be_made_leaves_a_prediction(world: World) -> None:
    inputs = world.inputs({**config_map(), "metadata": {"name": "web", "namespace": "not-there-yet"}})
    proposal = world.plan(inputs)
    assert (proposal.action, proposal.predicted) == (Action.CREATE, True)


def test_a_kind_that_is_only_to_be_made_leaves_a_prediction(world: World) -> None:
    widget = {"apiVersion": "shop.example.org/v1", "kind": "Gadget", "metadata": {"name": "one"}, "spec": {}}
    proposal = world.plan(widget)
    assert (proposal.action, proposal.predicted) == (Action.CREATE, True)


def test_a_wrong_field_is_named(world: World) -> None:
    inputs = changed(world.inputs(deployment()), ("spec", "template", "spec", "containers", 0, "imgae"), "x")
    (wrong,) = world.plan(inputs).diagnostics
    assert wrong.path == ("spec", "template", "spec", "containers", "imgae")


def test_a_value_the_server_refuses_is_named(world: World) -> None:
    inputs = changed(world.inputs(deployment()), ("spec", "replicas"), -1)
    (wrong,) = world.plan(inputs).diagnostics
    assert wrong.path == ("spec", "replicas")
    assert "greater than or equal to 0" in wrong.summary


FIXED: list[tuple[Manifest, tuple[str | int, ...], Any, tuple[str | int, ...]]] = [
    (
        deployment(),
        ("spec", "selector", "matchLabels"),
        {"app": "api", "tier": "web"},
        ("spec", "selector", "matchLabels", "tier"),
    ),
    (
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": "once"},
            "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "a"}]}}},
        },
        ("spec", "template", "spec", "containers", 0, "image"),
        "b",
        ("spec", "template", "spec", "containers", 0, "image"),
    ),
    (
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "web"},
            "spec": {"ports": [{"port": 80}], "selector": {"app": "web"}},
        },
        ("spec", "clusterIP"),
        "None",
        ("spec", "clusterIP"),
    ),
    ({**config_map(), "immutable": True}, ("data", "a"), "2", ("data", "a")),
    (
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key"}, "stringData": {"a": "1"}},
        ("type",),
        "example.org/key",
        ("type",),
    ),
    (
        {
            **deployment(),
            "kind": "StatefulSet",
            "spec": {**deployment()["spec"], "serviceName": "one"},
        },
        ("spec", "serviceName"),
        "two",
        ("spec", "serviceName"),
    ),
    (
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "data"},
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "storageClassName": "one",
                "resources": {"requests": {"storage": "1Gi"}},
            },
        },
        ("spec", "storageClassName"),
        "two",
        ("spec", "storageClassName"),
    ),
    (
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": "look"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
            "subjects": [],
        },
        ("roleRef", "name"),
        "edit",
        ("roleRef", "name"),
    ),
]


@pytest.mark.parametrize(("manifest", "path", "value", "forces"), FIXED, ids=[item[0]["kind"] for item in FIXED])
def test_what_cannot_be_changed_is_replaced(
    world: World, manifest: Manifest, path: tuple[str | int, ...], value: Any, forces: tuple[str | int, ...]
) -> None:
    before, live = world.create(manifest)
    after = changed(manifest, path, value)
    if path == ("spec", "selector", "matchLabels"):
        after = changed(after, ("spec", "template", "metadata", "labels"), value)
    proposal = world.plan(world.inputs(after), before, live)
    assert proposal.diagnostics == ()
    assert (proposal.action, proposal.create_first) == (Action.REPLACE, False)
    assert proposal.replaces == (forces,)


def test_an_unknown_name_is_a_create_that_says_nothing_more(world: World) -> None:
    inputs = changed(world.inputs(config_map()), ("metadata", "name"), Unknown(origin="shop.x"))
    proposal = world.plan(inputs)
    assert (proposal.action, proposal.predicted) == (Action.CREATE, True)


def test_adopting_puts_the_owner_tags_on(world: World) -> None:
    path = world.path("configmaps", "web")
    world.client.post(path.rpartition("/")[0], config_map(), fieldManager="kubectl-create").ok()
    inputs = world.inputs(config_map())
    live = world.live(inputs)
    assert world.plan(inputs, None, live).action is Action.NONE
    adopted = world.update(inputs, {}, live)
    assert dict(adopted.owner) == OWNER
    assert world.steps(Action.UPDATE, inputs, recorded=inputs, live=adopted) == []


def test_a_definition_and_its_objects_in_one_run(world: World) -> None:
    group = f"{world.namespace}.example.org"
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"widgets.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {
                        "openAPIV3Schema": {
                            "type": "object",
                            "properties": {
                                "spec": {
                                    "type": "object",
                                    "properties": {
                                        "size": {"type": "integer"},
                                        "parts": {
                                            "type": "array",
                                            "x-kubernetes-list-type": "map",
                                            "x-kubernetes-list-map-keys": ["name"],
                                            "items": {
                                                "type": "object",
                                                "required": ["name"],
                                                "properties": {"name": {"type": "string"}, "count": {"type": "integer"}},
                                            },
                                        },
                                    },
                                }
                            },
                        }
                    },
                }
            ],
        },
    }
    widget = {
        "apiVersion": f"{group}/v1",
        "kind": "Widget",
        "metadata": {"name": "one", "namespace": world.namespace},
        "spec": {"size": 1, "parts": [{"name": "a", "count": 1}, {"name": "b", "count": 2}]},
    }
    assert world.plan(widget).predicted
    made, live = world.create(definition)
    until(lambda: type(PROVIDER.ready(world.type(made), world.live(made))).__name__ == "Ready")
    inputs, live = world.create(widget)
    assert live.identity == f"Widget.{group}/{world.namespace}/one"
    world.count()
    assert world.plan(inputs, inputs, live).action is Action.NONE
    assert world.count() == []
    after = changed(inputs, ("spec",), {"parts": [{"name": "a", "count": 3}]})
    proposal = world.plan(after, inputs, live)
    assert proposal.action is Action.UPDATE
    updated = world.update(after, inputs, live, proposal)
    assert updated.values["spec"] == {"parts": [{"name": "a", "count": 3}]}
    assert world.plan(after, after, updated).action is Action.NONE
    world.delete(after)
    world.delete(made)
    assert type(world.read(after)).__name__ == "Absent"


def test_what_a_server_prints_back_holds_no_secret(world: World) -> None:
    inputs = changed(
        world.inputs(deployment()),
        ("spec", "template", "spec", "containers", 0, "env"),
        [{"name": "A", "value": Secret("very secret value")}],
    )
    wrong = changed(inputs, ("spec", "template", "spec", "restartPolicy"), Secret("quite secret too"))
    refused = world.plan(wrong).diagnostics
    assert any("(sensitive)" in item.summary for item in refused)
    (step,) = world.steps(Action.CREATE, wrong)
    shown = repr((world.plan(wrong), step, world.reply(step)))
    assert "very secret" not in shown
    assert "quite secret" not in shown


def test_a_cluster_that_is_only_to_be_made_leaves_a_prediction() -> None:
    def send(operation: str, parameters: Mapping[str, Any]) -> Answer:
        return Rejected(code="NotYet", message="the provider is only to be created", status=0)

    wanted = Wanted(type="apps/v1/Deployment", inputs=deployment())
    (proposal,) = PROVIDER.plan([wanted], send)
    assert (proposal.action, proposal.predicted) == (Action.CREATE, True)


def test_a_secret_stays_one_in_an_object_that_gives_it_back_in_clear(world: World) -> None:
    def container(value: str) -> Manifest:
        secret = Secret(value)
        return world.inputs(deployment(env=[{"name": "A", "value": secret}], args=["--key", secret]))

    before, live = world.create(container("first secret value"))
    after = container("second secret value")
    created = world.plan(changed(before, ("metadata", "name"), "other"))
    world.count()
    same = world.plan(before, before, live)
    assert (same.action, world.count()) == (Action.NONE, [])
    proposal = world.plan(after, before, live)
    assert proposal.action is Action.UPDATE
    recorded = changed(before, ("spec", "template", "spec", "containers", 0, "env", 0, "value"), {"$secret": "0123"})
    bare = world.inputs(deployment())
    dropped = world.plan(bare, recorded, world.live(before))
    shown = repr((live, created, same, proposal, dropped, world.steps(Action.UPDATE, after, recorded=before, live=live)))
    assert "secret value" not in shown
    healed = world.update(after, before, live, proposal)
    assert world.plan(after, after, healed).action is Action.NONE
