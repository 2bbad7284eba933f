"""Every example through all its stages: plan, apply, nothing to do, each resource's drift healed, destroyed to nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.examples import objects
from tests.examples.conftest import Opened
from tests.examples.damage import CannotDrift, harm
from tests.examples.place import EXAMPLES, Place, addresses

STAGED = ["books", "buckets", "crd", "hello", "machine", "network", "queue", "shop"]
IDENTITIES = {
    "AWS::EC2::VPC": "VpcId",
    "AWS::EC2::Subnet": "SubnetId",
    "AWS::EC2::InternetGateway": "InternetGatewayId",
    "AWS::EC2::RouteTable": "RouteTableId",
    "AWS::EC2::Instance": "InstanceId",
    "AWS::S3::Bucket": "BucketName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::EKS::Cluster": "Name",
}


def test_every_example_is_here() -> None:
    found = sorted(path.parent.name for path in EXAMPLES.glob("*/plumb.yaml"))
    assert found == sorted([*STAGED, "adopt"])


@pytest.mark.sandbox
@pytest.mark.parametrize("name", STAGED)
def test_all_stages(example: Opened, name: str) -> None:
    place = example(name)
    plan = place.plan()
    assert all(actions == ["create"] for actions in addresses(plan).values())
    place.plumb("plan", "--detailed-exitcode").ok(2)
    place.apply()
    place.nothing_to_do()
    damage_all(place, name)
    place.apply()
    place.nothing_to_do()
    if name == "buckets":
        refused_once(place)
    place.destroy()
    assert place.objects() == []


def refused_once(place: Place) -> None:
    """S3 has written access logs, and deletes no bucket with something in it: somebody empties it, and destroy goes on."""
    plan = json.loads(place.plumb("plan", "--destroy", "--json").ok().shown)
    assert "BucketNotEmpty" in place.plumb("destroy", "--approve", plan["digest"]).ok(1).told
    s3 = place.outside.aws("s3")
    (bucket,) = [item["Name"] for item in s3.list_buckets()["Buckets"]]
    for item in s3.list_object_versions(Bucket=bucket)["Versions"]:
        s3.delete_object(Bucket=bucket, Key=item["Key"], VersionId=item["VersionId"])


def damage_all(place: Place, name: str) -> None:
    """Everything that can drift does, and the plan sees each."""
    changes = declared(place)
    drifted = sorted(change["address"] for change in changes if damage(place, name, change))
    assert sorted(addresses(place.plan())) == drifted


def declared(place: Place) -> list[dict[str, Any]]:
    """What is there by the plan of its deletion: with the live values of each."""
    plan = json.loads(place.plumb("plan", "--destroy", "--json").ok().shown)
    found: list[dict[str, Any]] = plan["resource_changes"]
    assert found
    return found


def damage(place: Place, name: str, change: dict[str, Any]) -> bool:
    """False where nothing that is declared can be changed: of a Namespace only the name is."""
    values, type = change["change"]["before"], change["type"]
    if type == "v1/Namespace":
        return False
    try:
        if type.startswith("AWS::"):
            harm(place.outside, type, str(values.get(IDENTITIES.get(type, ""), "")), values)
        else:
            api = place.outside.cluster("shop") if name == "shop" else place.outside.local_cluster()
            objects.harm(api, values)
    except CannotDrift:
        assert name == "network"
        assert type == "AWS::EC2::VPCGatewayAttachment"
        return False
    return True


@pytest.mark.sandbox
def test_adopting(example: Opened) -> None:
    place = example("adopt")
    written = place.repository / "stacks" / "adopt.plumb.yaml"
    wanted = written.read_text()
    written.write_text((place.repository / "before" / "adopt.plumb.yaml").read_text())
    place.apply()
    s3 = place.outside.aws("s3")
    s3.create_bucket(Bucket="adopt-reports", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    before = {item["id"] for item in place.objects()}

    written.write_text(wanted)
    acts = {change["address"]: change["act"] for change in place.plan()["resource_changes"]}
    assert acts == {"adopt.reports": "adopt", "adopt.work": "move", "adopt.scratch": "forget"}
    place.apply()
    place.nothing_to_do()
    assert {item["id"] for item in place.objects()} == before
    assert s3.get_bucket_versioning(Bucket="adopt-reports")["Status"] == "Enabled"

    place.destroy()
    assert sorted(item["type"] for item in place.objects()) == ["AWS::S3::Bucket", "AWS::SQS::Queue"]
