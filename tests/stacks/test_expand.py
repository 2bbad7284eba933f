"""What declarations become."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.expressions import Scope, Template
from engine.resource import Expansion
from providers.contract.values import Secret, Unknown, Value, keyed_digest
from providers.kubernetes.merging import merge
from providers.kubernetes.schemas import shape
from stacks.expand import Expander
from tests.stacks.support import good, readers


def expand(text: str | Mapping[str, str | bytes], name: str, **roots: Value) -> Expansion:
    stack = good(text, readers=readers()).stacks.stacks["shop"]
    expander = Expander(merge=lambda type, base, patch: merge(base, patch, shape(type)))
    given: dict[str, Any] = {"inputs": stack.inputs, **roots}
    return expander(stack, stack.declarations[name], Scope(roots=given, digest=lambda value: keyed_digest(value, b"k")))


def addresses(expansion: Expansion) -> list[str]:
    return [str(item.address) for item in expansion.resources]


def thing(more: str) -> str:
    head = "stack: shop\ninputs: {x: {default: null}}\nresources:\n  other: {type: Memory::Thing}\n"
    return f"{head}  many:\n    type: Memory::Thing\n{more}"


def test_one_is_one() -> None:
    assert addresses(expand(thing(""), "many")) == ["shop.many"]


def test_a_map_gives_one_for_each_key_in_order() -> None:
    found = expand(thing("    for_each: {b: 1, a: {deep: 2}, 'x y': 3}\n"), "many")
    assert addresses(found) == ["shop.many[a]", "shop.many[b]", 'shop.many["x y"]']
    assert [item.each for item in found.resources] == [("a", {"deep": 2}), ("b", 1), ("x y", 3)]


def test_a_list_is_a_set_of_texts() -> None:
    found = expand(thing("    for_each: ${['b', 'a', 'b']}\n"), "many")
    assert [item.each for item in found.resources] == [("a", "a"), ("b", "b")]


def test_what_is_not_known_yet() -> None:
    unknown = Unknown(kind="map", origin="shop.other.Id", residual="shop.other.Id")
    text = thing("    for_each: ${other.Labels}\n")
    found = expand(text, "many", other={"Labels": unknown})
    assert found.unknown is not None
    assert found.unknown.origin == "shop.other.Id"
    listed = thing("    for_each: ${other.Items}\n")
    assert expand(listed, "many", other={"Items": ["a", unknown]}).unknown is not None
    known = expand(text, "many", other={"Labels": {"a": unknown}})
    assert addresses(known) == ["shop.many[a]"]


def test_disabled_is_nothing() -> None:
    assert expand(thing("    enabled: false\n"), "many") == Expansion()
    assert expand(thing("    enabled: ${inputs.x != null}\n"), "many") == Expansion()
    unknown: Value = Unknown(origin="shop.other.Id", residual="shop.other.Id")
    assert expand(thing("    enabled: ${other.Id == 'a'}\n"), "many", other={"Id": unknown}).unknown is not None


def test_what_cannot_repeat() -> None:
    secret = expand(thing("    for_each: ${other.Labels}\n"), "many", other={"Labels": Secret({"a": 1})})
    assert secret.diagnostics[0].summary == "the keys of for_each come from a secret"
    numbers = expand(thing("    for_each: ${other.Items}\n"), "many", other={"Items": [1]})
    assert numbers.diagnostics[0].code == "P0408"
    assert str(numbers.diagnostics[0].source) == "stacks/shop.plumb.yaml:7:15"
    broken = expand(thing("    for_each: ${other.Value.a}\n"), "many", other={"Value": {}})
    assert broken.diagnostics[0].source is not None


WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: front}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "web:1", env: [{name: A, value: "1"}]}, {name: side, image: "side:1"}]}
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: web}, data: {mode: "x"}}
"""
BUNDLE = """\
stack: shop
resources:
  orders: {type: Memory::Thing}
  web:
    bundle:
      path: ./web
      patches:
        - apiVersion: apps/v1
          kind: Deployment
          metadata: {name: web}
          spec: {template: {spec: {containers: [{name: web, env: [{name: Q, value: "${orders.Id}"}]}]}}}
"""


def test_a_bundle_gives_its_objects_patched_as_a_server_would() -> None:
    found = expand({"stacks/shop.plumb.yaml": BUNDLE, "stacks/web/all.yaml": WEB}, "web")
    assert addresses(found) == ["shop.web/Deployment.apps/front/web", "shop.web/ConfigMap/-/web"]
    deployment, settings = found.resources
    assert deployment.type == "apps/v1/Deployment"
    spec: Any = deployment.inputs["spec"]
    first, second = spec["template"]["spec"]["containers"]
    assert first["image"] == "web:1"
    assert [entry["name"] for entry in first["env"]] == ["A", "Q"]
    assert isinstance(first["env"][1]["value"], Template)
    assert second == {"name": "side", "image": "side:1"}
    assert str(settings.source) == "stacks/web/all.yaml:10:1"
    assert settings.inputs["data"] == {"mode": "x"}
