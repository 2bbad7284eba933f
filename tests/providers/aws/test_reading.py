"""Reads: few requests, and nothing taken for absence that is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from providers.aws.provider import Aws
from providers.contract.observation import Absent, Live, Observation, Target, Unreadable
from providers.contract.transport import Answer, Answered, Rejected
from providers.contract.values import Secret, Value


@dataclass(slots=True)
class Cloud:
    """Answers by operation, and what was asked. An answer may be a list of pages."""

    answers: dict[str, Any]
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def send(self, operation: str, parameters: Mapping[str, Any]) -> Answer:
        self.asked.append((operation, parameters))
        answer = self.answers[operation]
        if isinstance(answer, list):
            answer = answer.pop(0)
        return answer if isinstance(answer, (Answered, Rejected)) else Answered(body=answer)


def read(cloud: Cloud, *targets: Target) -> dict[str, Observation]:
    found: dict[str, Observation] = {}
    for batch in Aws().batches(targets):
        found |= Aws().read(batch, cloud.send)
    return found


def recorded(type: str, count: int, identity: str, **values: Value) -> list[Target]:
    return [
        Target(key=f"{type}{number}", type=type, identity=identity.format(number), recorded={"Any": "", **values})
        for number in range(count)
    ]


def test_three_hundred_subnets_are_two_requests() -> None:
    targets = recorded("AWS::EC2::Subnet", 300, "subnet-{}", NetworkAclAssociationId="acl")
    cloud = Cloud({"ec2:DescribeSubnets": {"Subnets": [{"SubnetId": f"subnet-{number}"} for number in range(300)]}})
    found = read(cloud, *targets)
    assert len(cloud.asked) == 2
    assert all(isinstance(item, Live) for item in found.values())
    assert len(cloud.asked[0][1]["Filters"][0]["Values"]) == 200


def test_tables_and_their_routes_share_a_request() -> None:
    tables = [
        {"RouteTableId": "rtb-0", "VpcId": "vpc-1", "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}]}
    ]
    cloud = Cloud({"ec2:DescribeRouteTables": {"RouteTables": tables}})
    targets = [
        *recorded("AWS::EC2::RouteTable", 1, "rtb-{}"),
        Target(key="route", type="AWS::EC2::Route", identity="rtb-0|0.0.0.0/0"),
        Target(key="gone", type="AWS::EC2::Route", identity="rtb-0|10.0.0.0/8"),
    ]
    found = read(cloud, *targets)
    assert len(cloud.asked) == 1
    assert isinstance(found["gone"], Absent)
    route = found["route"]
    assert isinstance(route, Live)
    assert route.values["GatewayId"] == "igw-1"


def test_permissions_of_one_function_share_a_request() -> None:
    policy = '{"Statement": [{"Sid": "a", "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "x"}]}'
    cloud = Cloud({"lambda:GetPolicy": {"Policy": policy}})
    targets = [Target(key=name, type="AWS::Lambda::Permission", identity=f"f|{name}") for name in ("a", "b")]
    found = read(cloud, *targets)
    assert len(cloud.asked) == 1
    assert isinstance(found["b"], Absent)


def test_an_empty_page_with_a_token_is_not_the_end() -> None:
    pages = [{"Vpcs": [], "NextToken": "more"}, {"Vpcs": [{"VpcId": "vpc-0"}]}]
    cloud = Cloud({"ec2:DescribeVpcs": pages})
    targets = recorded("AWS::EC2::VPC", 1, "vpc-{}", DefaultSecurityGroup="sg", DefaultNetworkAcl="acl")
    assert isinstance(read(cloud, *targets)["AWS::EC2::VPC0"], Live)
    assert cloud.asked[1][1]["NextToken"] == "more"


def test_a_page_that_fails_spoils_the_whole() -> None:
    no = Rejected(code="UnauthorizedOperation", message="no", status=403)
    cloud = Cloud({"ec2:DescribeVpcs": [{"Vpcs": [{"VpcId": "vpc-0"}], "NextToken": "more"}, no]})
    found = read(cloud, *recorded("AWS::EC2::VPC", 2, "vpc-{}"))
    assert all(isinstance(item, Unreadable) for item in found.values())


def test_a_recorded_bucket_is_asked_only_for_what_is_declared() -> None:
    cloud = Cloud(
        {
            "s3:GetBucketTagging": Rejected(code="NoSuchTagSet", message="", status=404),
            "s3:GetBucketVersioning": {"Status": "Enabled"},
        }
    )
    places = {"RegionalDomainName": "a", "DualStackDomainName": "b", "WebsiteURL": "c"}
    target = Target(
        key="it",
        type="AWS::S3::Bucket",
        identity="one",
        inputs={"BucketName": "one", "VersioningConfiguration": {"Status": "Enabled"}},
        recorded=places,
    )
    found = read(cloud, target)["it"]
    assert isinstance(found, Live)
    assert [operation for operation, _ in cloud.asked] == ["s3:GetBucketTagging", "s3:GetBucketVersioning"]
    assert found.values["VersioningConfiguration"] == {"Status": "Enabled"}
    assert found.values["RegionalDomainName"] == "a"


def test_a_bucket_of_somebody_else_is_no_absence() -> None:
    cloud = Cloud({"s3:GetBucketTagging": Rejected(code="AccessDenied", message="", status=403)})
    assert isinstance(read(cloud, Target(key="it", type="AWS::S3::Bucket", identity="one"))["it"], Unreadable)


def test_a_terminated_instance_is_absent() -> None:
    instance = {"InstanceId": "i-0", "State": {"Name": "terminated"}}
    cloud = Cloud({"ec2:DescribeInstances": {"Reservations": [{"Instances": [instance]}]}})
    assert isinstance(read(cloud, *recorded("AWS::EC2::Instance", 1, "i-{}"))["AWS::EC2::Instance0"], Absent)


def test_what_was_written_as_a_secret_is_read_as_one() -> None:
    cloud = Cloud(
        {
            "ssm:GetParameters": {"Parameters": [{"Name": "/a", "Type": "String", "Value": "plum-stone"}]},
            "ssm:ListTagsForResource": {"TagList": [{"Key": "plumb.dev/stack", "Value": "s"}, {"Key": "a", "Value": "b"}]},
        }
    )
    target = Target(key="it", type="AWS::SSM::Parameter", identity="/a", inputs={"Value": Secret("plum-stone")})
    found = read(cloud, target)["it"]
    assert isinstance(found, Live)
    assert found.values["Value"] == Secret("plum-stone")
    assert "plum-stone" not in repr(found)
    assert found.owner == {"plumb.dev/stack": "s"}
    assert found.values["Tags"] == {"a": "b"}


def test_an_imported_queue_may_be_named_by_its_url() -> None:
    cloud = Cloud(
        {
            "sqs:GetQueueUrl": {"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/1/orders"},
            "sqs:GetQueueAttributes": {"Attributes": {"QueueArn": "arn:aws:sqs:eu-west-1:1:orders", "DelaySeconds": "5"}},
            "sqs:ListQueueTags": {},
        }
    )
    url = "https://sqs.eu-west-1.amazonaws.com/1/orders"
    found = read(cloud, Target(key="it", type="AWS::SQS::Queue", identity=url))["it"]
    assert isinstance(found, Live)
    assert found.identity == "orders"
    assert found.values["DelaySeconds"] == 5
    assert cloud.asked[0] == ("sqs:GetQueueUrl", {"QueueName": "orders"})
