"""The JSON Schema for editors and the reference, both from the table of keys."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from stacks.reference import render_reference
from stacks.schema import render_schema
from tests.stacks.support import readers
from tests.stacks.test_load import SHOP


@cache
def validator() -> Any:
    schema = json.loads(render_schema(readers()))
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def problems(text: str) -> list[str]:
    return [f"{error.json_path} {error.message}" for error in validator().iter_errors(yaml.safe_load(text))]


def test_it_is_small_and_the_same_each_time() -> None:
    first = render_schema(readers())
    assert first == render_schema(readers())
    assert len(first) < 3_000_000


GOOD = """\
stack: shop
inputs:
  zones: {type: map, items: {type: integer}, default: {a: 0}}
files: {code: {zip: ./x}}
providers: {kubernetes: {cluster: "${cluster}", namespace: shop}, aws_us: {type: aws, region: us-east-1}}
resources:
  vpc: {type: AWS::EC2::VPC, properties: {CidrBlock: 10.0.0.0/16, EnableDnsSupport: "${true}"}}
  subnet:
    type: AWS::EC2::Subnet
    for_each: ${inputs.zones}
    enabled: ${true}
    properties: {VpcId: "${vpc.VpcId}", AvailabilityZone: "${each.key}", Tags: {Name: x}}
  found: {type: AWS::EC2::VPC, read: {VpcId: vpc-1}}
  ns: {object: {apiVersion: v1, kind: Namespace, metadata: {name: shop}}}
  orders:
    type: AWS::SQS::Queue
    properties: {QueueName: orders, DelaySeconds: "${1 + 1}", Tags: [{Key: a, Value: b}], "${inputs.x}": y}
    lifecycle: {protect: true, on_delete: retain, grace: 2h}
    timeouts: {create: 90s}
  plain: {type: AWS::SQS::Queue}
  web: {bundle: {path: ./web, patches: [{apiVersion: v1, kind: ConfigMap}]}}
outputs:
  queue: ${orders.QueueUrl}
  secret: {value: "${orders.Arn}", sensitive: true}
checks: [{rule: "${size(subnet) >= 2}", message: two}]
moved: [{from: a, to: b}]
removed: [{from: c, keep: true}]
drift: report
"""


@pytest.mark.parametrize("text", [GOOD, SHOP, "stack: shop\n"])
def test_good_files(text: str) -> None:
    assert problems(text) == []


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (("QueueName: orders", "QueueNam: orders"), "$.resources.orders.properties"),
        (('DelaySeconds: "${1 + 1}"', "DelaySeconds: soon"), "$.resources.orders.properties.DelaySeconds"),
        (("AWS::SQS::Queue}", "AWS::SQS::Queu}"), "$.resources.plain.type"),
        (("read: {VpcId", "read: {VpcIds"), "$.resources.found.read"),
        (('VpcId: "${vpc.VpcId}", ', ""), "$.resources.subnet.properties"),
        (("protect: true", "protect: maybe"), "$.resources.orders.lifecycle.protect"),
        (("grace: 2h", "grace: 2"), "$.resources.orders.lifecycle.grace"),
        (("drift: report", "drift: never"), "$.drift"),
        (("stack: shop", "stac: shop"), "$"),
        (("  vpc:", "  Vpc:"), "$.resources"),
        (("message: two", "mesage: two"), "$.checks[0]"),
        (("type: aws,", "type: awss,"), "$.providers.aws_us.type"),
    ],
)
def test_bad_files(change: tuple[str, str], where: str) -> None:
    assert change[0] in GOOD
    found = problems(GOOD.replace(*change))
    assert any(item.split(" ")[0] == where for item in found), found


def test_what_validate_takes_the_schema_takes() -> None:
    """The files of bad/ that are only wrong in their references are right to an editor."""
    folder = Path(__file__).parent / "bad"
    for name in ("reference_unknown", "reference_cycle", "same_identity", "moved_conflict"):
        assert problems((folder / f"{name}.plumb.yaml").read_text()) == []


def test_the_reference_names_every_key() -> None:
    text = render_reference()
    for word in ("### `resources.NAME.lifecycle`", "`replace_when`", "`parallelism`", "### `controller`", "`sandbox`"):
        assert word in text
    assert "Not yet: modules come in a later version." in text
