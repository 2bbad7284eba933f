"""What the proxy adds in front of moto: tokens, pages, dry run, signatures, faults, latency, records."""

from __future__ import annotations

import time
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError, HTTPClientError

from sandbox.client import Client, ControlError
from tests.sandbox.aws.conftest import Open, refused

pytestmark = pytest.mark.sandbox


def network(ec2: Any) -> tuple[str, str]:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    return vpc, subnet


def sign_at(client: Any, seconds: float) -> None:
    """Let the client sign as if the clock were `seconds` off."""
    import datetime

    def move(request: Any, **_: Any) -> None:
        moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
        del request.headers["X-Amz-Date"]
        request.headers["X-Amz-Date"] = moment.strftime("%Y%m%dT%H%M%SZ")

    client.meta.events.register("before-send.*", move)


def test_same_token_and_parameters_answer_the_first_reply(aws: Open) -> None:
    ec2 = aws("ec2")
    _, subnet = network(ec2)
    wanted = {"SubnetId": subnet, "ConnectivityType": "private", "ClientToken": "token-1"}
    first = ec2.create_nat_gateway(**wanted)["NatGateway"]["NatGatewayId"]
    again = ec2.create_nat_gateway(**wanted)["NatGateway"]["NatGatewayId"]
    assert again == first
    assert len(ec2.describe_nat_gateways()["NatGateways"]) == 1


def test_same_token_with_other_parameters_is_refused(aws: Open) -> None:
    ec2 = aws("ec2")
    _, subnet = network(ec2)
    launch = {"ImageId": "ami-12345678", "MinCount": 1, "MaxCount": 1, "ClientToken": "token-1", "SubnetId": subnet}
    ec2.run_instances(InstanceType="t3.micro", **launch)
    code, status = refused(ec2.run_instances, InstanceType="t3.small", **launch)
    assert (code, status) == ("IdempotentParameterMismatch", 400)


def test_token_ends_with_its_life(aws: Open, control: Client) -> None:
    ec2 = aws("ec2")
    _, subnet = network(ec2)
    control.change(token_life=0.0)
    wanted = {"SubnetId": subnet, "ConnectivityType": "private", "ClientToken": "token-1"}
    first = ec2.create_nat_gateway(**wanted)["NatGateway"]["NatGatewayId"]
    assert ec2.create_nat_gateway(**wanted)["NatGateway"]["NatGatewayId"] != first


@pytest.mark.parametrize(
    ("operation", "items", "identifier"),
    [("describe_vpcs", "Vpcs", "VpcId"), ("describe_route_tables", "RouteTables", "RouteTableId")],
)
def test_ec2_pages(aws: Open, operation: str, items: str, identifier: str) -> None:
    ec2 = aws("ec2")
    for number in range(12):
        ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")
    whole = [item[identifier] for item in getattr(ec2, operation)()[items]]
    paged: list[str] = []
    sizes: list[int] = []
    for page in ec2.get_paginator(operation).paginate(PaginationConfig={"PageSize": 5}):
        sizes.append(len(page[items]))
        paged.extend(item[identifier] for item in page[items])
    assert paged == whole
    assert sizes == [5, 5, 3]


def test_ec2_page_sizes_that_are_refused(aws: Open) -> None:
    ec2 = aws("ec2")
    vpc, _ = network(ec2)
    assert refused(ec2.describe_vpcs, MaxResults=4)[0] == "InvalidParameterValue"
    assert refused(ec2.describe_vpcs, MaxResults=10, VpcIds=[vpc])[0] == "InvalidParameterCombination"


def test_a_page_token_of_another_listing_is_refused(aws: Open) -> None:
    ec2 = aws("ec2")
    for number in range(8):
        ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")
    token = ec2.describe_vpcs(MaxResults=5)["NextToken"]
    assert refused(ec2.describe_subnets, MaxResults=5, NextToken=token)[0] == "InvalidNextToken"


def test_dry_run_has_no_effect(aws: Open) -> None:
    ec2 = aws("ec2")
    before = len(ec2.describe_vpcs()["Vpcs"])
    assert refused(ec2.create_vpc, CidrBlock="10.0.0.0/16", DryRun=True) == ("DryRunOperation", 412)
    assert len(ec2.describe_vpcs()["Vpcs"]) == before


@pytest.mark.parametrize("seconds", [-60.0, 60.0])
@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("ec2", "describe_vpcs", "RequestExpired"),
        ("s3", "list_buckets", "RequestTimeTooSkewed"),
        ("iam", "list_roles", "SignatureDoesNotMatch"),
        ("dynamodb", "list_tables", "InvalidSignatureException"),
        ("eks", "list_clusters", "InvalidSignatureException"),
    ],
)
def test_old_and_future_signatures_are_refused(aws: Open, service: str, operation: str, code: str, seconds: float) -> None:
    client = aws(service)
    sign_at(client, seconds)
    assert refused(getattr(client, operation))[0] == code


def test_a_delayed_request_whose_signature_grew_old_has_no_effect(aws: Open, control: Client) -> None:
    ec2 = aws("ec2")
    control.change(signature_life=1.0)
    control.fault("delay", "ec2", "CreateVpc", seconds=2.5)
    assert refused(ec2.create_vpc, CidrBlock="10.0.0.0/16")[0] == "RequestExpired"
    assert control.objects() == []


def test_a_date_header_tells_the_clock(aws: Open) -> None:
    headers = aws("sts").get_caller_identity()["ResponseMetadata"]["HTTPHeaders"]
    assert headers["date"].endswith("GMT")


def test_refuse_and_throttle_have_no_effect(aws: Open, control: Client) -> None:
    sqs, ec2 = aws("sqs"), aws("ec2")
    control.fault("refuse", "sqs", "CreateQueue", code="AccessDeniedException", message="no", status=400)
    control.fault("throttle", "ec2", "Create*", times=2)
    assert refused(sqs.create_queue, QueueName="orders")[0] == "AccessDeniedException"
    for _ in range(2):
        assert refused(ec2.create_vpc, CidrBlock="10.0.0.0/16") == ("RequestLimitExceeded", 503)
    assert control.objects() == []
    ec2.create_vpc(CidrBlock="10.0.0.0/16")
    assert len(control.objects()) == 1


@pytest.mark.parametrize(("kind", "made"), [("error_before", 0), ("error_after", 1)])
def test_server_errors_before_and_after_the_effect(aws: Open, control: Client, kind: str, made: int) -> None:
    control.fault(kind, "ec2", "CreateVpc")
    assert refused(aws("ec2").create_vpc, CidrBlock="10.0.0.0/16") == ("InternalError", 500)
    assert len(control.objects()) == made


@pytest.mark.parametrize(("kind", "made"), [("drop_before", 0), ("drop_after", 1)])
def test_lost_replies_before_and_after_the_effect(aws: Open, control: Client, kind: str, made: int) -> None:
    control.fault(kind, "ec2", "CreateVpc")
    with pytest.raises((ConnectionClosedError, HTTPClientError)):
        aws("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    assert len(control.objects()) == made


def test_a_request_delivered_twice(aws: Open, control: Client) -> None:
    control.fault("duplicate", "ec2", "CreateVpc")
    aws("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    assert len(control.objects()) == 2


def test_a_request_delivered_late_after_its_caller_has_gone(aws: Open, control: Client) -> None:
    control.fault("delay", "ec2", "CreateVpc", seconds=0.2, reply="drop")
    with pytest.raises((ConnectionClosedError, HTTPClientError)):
        aws("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    deadline = time.monotonic() + 10
    while not control.objects() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(control.objects()) == 1


def test_a_fault_lets_the_first_calls_pass(aws: Open, control: Client) -> None:
    ec2 = aws("ec2")
    control.fault("error_before", "ec2", "CreateVpc", after=2)
    for number in range(2):
        ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")
    assert refused(ec2.create_vpc, CidrBlock="10.9.0.0/16")[0] == "InternalError"
    ec2.create_vpc(CidrBlock="10.9.0.0/16")
    assert control.faults() == []


def test_latency_on_request(aws: Open, control: Client) -> None:
    sqs = aws("sqs")
    sqs.list_queues()
    control.latency(0.3, service="sqs")
    began = time.monotonic()
    sqs.list_queues()
    assert time.monotonic() - began >= 0.3


def test_calls_are_counted(aws: Open, control: Client) -> None:
    ec2 = aws("ec2")
    ec2.describe_vpcs()
    ec2.describe_vpcs()
    aws("iam").list_roles()
    assert control.calls() == {"ec2": {"DescribeVpcs": 2}, "iam": {"ListRoles": 1}}
    control.clear_calls()
    assert control.calls() == {}


def test_mutations_are_logged_when_they_take_effect(aws: Open, control: Client) -> None:
    ec2 = aws("ec2")
    vpc, subnet = network(ec2)
    refused(ec2.create_subnet, VpcId="vpc-0000", CidrBlock="10.0.1.0/24")
    ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private", ClientToken="token-1")
    lines = control.mutations()
    assert [(line["operation"], line["token"]) for line in lines] == [
        ("CreateVpc", ""),
        ("CreateSubnet", ""),
        ("CreateNatGateway", "token-1"),
    ]
    assert lines[0]["id"] == vpc
    assert lines[1]["id"] == subnet
    assert lines[2]["id"].startswith("nat-")
    assert [line["number"] for line in control.mutations(since=2)] == [3]


def test_a_resent_token_is_no_second_mutation(aws: Open, control: Client) -> None:
    ec2 = aws("ec2")
    _, subnet = network(ec2)
    for _ in range(2):
        ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private", ClientToken="token-1")
    assert sum(line["operation"] == "CreateNatGateway" for line in control.mutations()) == 1


def test_accounts_by_assumed_role_and_regions_are_apart(aws: Open, control: Client) -> None:
    role = aws("sts").assume_role(RoleArn="arn:aws:iam::111122223333:role/any", RoleSessionName="session")
    keys = {
        "aws_access_key_id": role["Credentials"]["AccessKeyId"],
        "aws_secret_access_key": role["Credentials"]["SecretAccessKey"],
        "aws_session_token": role["Credentials"]["SessionToken"],
    }
    assert aws("sts", **keys).get_caller_identity()["Account"] == "111122223333"
    aws("ec2", **keys).create_vpc(CidrBlock="10.1.0.0/16")
    aws("ec2", region="us-east-1").create_vpc(CidrBlock="10.2.0.0/16")
    found = {(thing["account"], thing["region"]) for thing in control.objects()}
    assert found == {("111122223333", "eu-west-1"), ("123456789012", "us-east-1")}


def test_the_control_api_needs_the_token(control: Client) -> None:
    from dataclasses import replace

    with pytest.raises(ControlError, match="token"):
        Client(replace(control.info, token="other")).status()


def test_an_unsigned_call_is_refused(control: Client) -> None:
    import urllib.error
    import urllib.request

    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(urllib.request.Request(control.info.endpoint, data=body), timeout=30)


def test_many_callers_at_once(aws: Open, control: Client) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def work(number: int) -> str:
        ec2, sqs = aws("ec2"), aws("sqs")
        vpc = str(ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")["Vpc"]["VpcId"])
        ec2.create_tags(Resources=[vpc], Tags=[{"Key": "number", "Value": str(number)}])
        sqs.create_queue(QueueName=f"queue-{number}")
        assert ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Tags"] == [{"Key": "number", "Value": str(number)}]
        return vpc

    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(work, range(24)))
    assert len(set(made)) == 24
    assert control.status()["objects"] == {"AWS::EC2::VPC": 24, "AWS::SQS::Queue": 24}
