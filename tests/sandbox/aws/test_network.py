"""EC2 of the sandbox where moto alone differs from AWS: dependencies, single gateways, tags, addresses, instances."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.client import Client
from tests.sandbox.aws.conftest import Open, refused

pytestmark = pytest.mark.sandbox
PAIRS = [{"Key": "owner", "Value": "somebody"}]


def tagged(kind: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": PAIRS}]


@pytest.fixture
def ec2(aws: Open) -> Any:
    return aws("ec2")


@pytest.fixture
def vpc(ec2: Any) -> str:
    return str(ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])


@pytest.fixture
def subnet(ec2: Any, vpc: str) -> str:
    return str(ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"])


def launch(ec2: Any, subnet: str, **rest: Any) -> str:
    wanted = {"ImageId": "ami-12345678", "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1, "SubnetId": subnet}
    return str(ec2.run_instances(**wanted, **rest)["Instances"][0]["InstanceId"])


def gateway(ec2: Any, vpc: str) -> str:
    name = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=name, VpcId=vpc)
    return str(name)


def test_tags_given_at_creation_are_kept_and_found(ec2: Any, control: Client) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tagged("vpc"))["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", TagSpecifications=tagged("subnet"))["Subnet"]
    ec2.create_internet_gateway(TagSpecifications=tagged("internet-gateway"))
    ec2.create_route_table(VpcId=vpc, TagSpecifications=tagged("route-table"))
    made = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc, TagSpecifications=tagged("security-group"))
    assert made["Tags"] == PAIRS
    rule = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    ec2.authorize_security_group_ingress(
        GroupId=made["GroupId"], IpPermissions=[rule], TagSpecifications=tagged("security-group-rule")
    )
    address = ec2.allocate_address(Domain="vpc", TagSpecifications=tagged("elastic-ip"))["AllocationId"]
    launch(ec2, subnet["SubnetId"], TagSpecifications=tagged("instance"))
    ec2.create_nat_gateway(SubnetId=subnet["SubnetId"], AllocationId=address, TagSpecifications=tagged("natgateway"))
    filters = [{"Name": "tag:owner", "Values": ["somebody"]}]
    found = {
        "Vpcs": ec2.describe_vpcs(Filters=filters),
        "Subnets": ec2.describe_subnets(Filters=filters),
        "InternetGateways": ec2.describe_internet_gateways(Filters=filters),
        "RouteTables": ec2.describe_route_tables(Filters=filters),
        "SecurityGroups": ec2.describe_security_groups(Filters=filters),
        "SecurityGroupRules": ec2.describe_security_group_rules(Filters=filters),
        "Addresses": ec2.describe_addresses(Filters=filters),
        "Reservations": ec2.describe_instances(Filters=filters),
        "NatGateways": ec2.describe_nat_gateways(Filters=filters),
    }
    assert {name: len(reply[name]) for name, reply in found.items()} == dict.fromkeys(found, 1)
    other = [{"Name": "tag:owner", "Values": ["nobody"]}]
    assert ec2.describe_nat_gateways(Filters=other)["NatGateways"] == []
    assert all(thing["tags"] == {"owner": "somebody"} for thing in control.objects())
    assert len(control.objects()) == 9


def test_a_vpc_is_not_deleted_with_anything_in_it(ec2: Any, vpc: str) -> None:
    def blocked() -> bool:
        return refused(ec2.delete_vpc, VpcId=vpc)[0] == "DependencyViolation"

    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    assert blocked()
    ec2.delete_subnet(SubnetId=subnet)
    name = gateway(ec2, vpc)
    assert blocked()
    ec2.detach_internet_gateway(InternetGatewayId=name, VpcId=vpc)
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
    assert blocked()
    ec2.delete_security_group(GroupId=group)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    assert blocked()
    ec2.delete_route_table(RouteTableId=table)
    ec2.delete_vpc(VpcId=vpc)


def test_a_vpc_has_one_internet_gateway(ec2: Any, vpc: str) -> None:
    gateway(ec2, vpc)
    other = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    assert refused(ec2.attach_internet_gateway, InternetGatewayId=other, VpcId=vpc)[0] == "InvalidParameterValue"


def test_a_gateway_stays_while_addresses_are_mapped(ec2: Any, vpc: str, subnet: str) -> None:
    name = gateway(ec2, vpc)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
    assert refused(ec2.detach_internet_gateway, InternetGatewayId=name, VpcId=vpc)[0] == "DependencyViolation"
    assert refused(ec2.release_address, AllocationId=address)[0] == "InvalidIPAddress.InUse"
    assert refused(ec2.delete_subnet, SubnetId=subnet)[0] == "DependencyViolation"
    ec2.delete_nat_gateway(NatGatewayId=nat)
    assert ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"][0]["State"] == "deleted"
    ec2.detach_internet_gateway(InternetGatewayId=name, VpcId=vpc)
    ec2.release_address(AllocationId=address)
    ec2.delete_subnet(SubnetId=subnet)
    assert refused(ec2.describe_nat_gateways, NatGatewayIds=["nat-0000"])[0] == "NatGatewayNotFound"


def test_route_tables(ec2: Any, vpc: str, subnet: str) -> None:
    main = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"][0]["RouteTableId"]
    assert refused(ec2.delete_route_table, RouteTableId=main)[0] == "DependencyViolation"
    one, two = (ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for _ in range(2))
    first = ec2.associate_route_table(RouteTableId=one, SubnetId=subnet)["AssociationId"]
    assert ec2.associate_route_table(RouteTableId=one, SubnetId=subnet)["AssociationId"] == first
    assert refused(ec2.associate_route_table, RouteTableId=two, SubnetId=subnet)[0] == "Resource.AlreadyAssociated"
    assert refused(ec2.delete_route_table, RouteTableId=one)[0] == "DependencyViolation"
    ec2.delete_subnet(SubnetId=subnet)
    assert ec2.describe_route_tables(RouteTableIds=[one])["RouteTables"][0]["Associations"] == []
    ec2.delete_route_table(RouteTableId=one)


def test_a_route_needs_its_gateway_attached(ec2: Any, vpc: str) -> None:
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    loose = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    route = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0"}
    assert refused(ec2.create_route, **route, GatewayId=loose)[0] == "InvalidParameterValue"
    ec2.attach_internet_gateway(InternetGatewayId=loose, VpcId=vpc)
    ec2.create_route(**route, GatewayId=loose)
    assert refused(ec2.create_route, **route, GatewayId=loose)[0] == "RouteAlreadyExists"
    ec2.delete_route(**route)
    assert refused(ec2.delete_route, **route)[0] == "InvalidRoute.NotFound"


def test_a_security_group_in_use_is_not_deleted(ec2: Any, vpc: str, subnet: str) -> None:
    one, two = (ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"] for name in ("one", "two"))
    pair = [{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "UserIdGroupPairs": [{"GroupId": one}]}]
    rule = ec2.authorize_security_group_ingress(GroupId=two, IpPermissions=pair)["SecurityGroupRules"][0]
    assert refused(ec2.delete_security_group, GroupId=one)[0] == "DependencyViolation"
    by_name = {"GroupId": two, "SecurityGroupRuleIds": [rule["SecurityGroupRuleId"]]}
    ec2.revoke_security_group_ingress(**by_name)
    assert refused(ec2.revoke_security_group_ingress, **by_name)[0] == "InvalidSecurityGroupRuleId.NotFound"
    instance = launch(ec2, subnet, SecurityGroupIds=[one])
    assert refused(ec2.delete_security_group, GroupId=one)[0] == "DependencyViolation"
    ec2.terminate_instances(InstanceIds=[instance])
    ec2.delete_security_group(GroupId=one)
    groups = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
    default = next(group["GroupId"] for group in groups if group["GroupName"] == "default")
    assert refused(ec2.delete_security_group, GroupId=default)[0] == "CannotDelete"


def test_what_ends_with_an_instance(ec2: Any, subnet: str, control: Client) -> None:
    instance = launch(ec2, subnet)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.associate_address(AllocationId=address, InstanceId=instance)
    assert refused(ec2.delete_subnet, SubnetId=subnet)[0] == "DependencyViolation"
    ec2.terminate_instances(InstanceIds=[instance])
    shown = ec2.describe_addresses(AllocationIds=[address])["Addresses"][0]
    assert "InstanceId" not in shown
    assert "AssociationId" not in shown
    ec2.release_address(AllocationId=address)
    ec2.delete_subnet(SubnetId=subnet)
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    assert ec2.describe_volumes()["Volumes"] == []
    assert {thing["type"] for thing in control.objects()} == {"AWS::EC2::VPC"}
    ended = [thing for thing in control.objects(everything=True) if thing["id"] == instance]
    assert [(thing["state"], thing["alive"]) for thing in ended] == [("terminated", False)]


def test_an_instance_changes_its_type_at_rest_only(ec2: Any, subnet: str) -> None:
    instance = launch(ec2, subnet)
    wanted = {"InstanceId": instance, "InstanceType": {"Value": "t3.small"}}
    assert refused(ec2.modify_instance_attribute, **wanted)[0] == "IncorrectInstanceState"
    ec2.stop_instances(InstanceIds=[instance])
    ec2.modify_instance_attribute(**wanted)
    ec2.start_instances(InstanceIds=[instance])
    ec2.monitor_instances(InstanceIds=[instance])
    ec2.modify_instance_metadata_options(InstanceId=instance, HttpTokens="required")
    ec2.modify_instance_metadata_options(InstanceId=instance, HttpPutResponseHopLimit=3)
    shown = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    assert shown["InstanceType"] == "t3.small"
    assert shown["Monitoring"]["State"] == "enabled"
    assert shown["MetadataOptions"]["HttpTokens"] == "required"
    assert shown["MetadataOptions"]["HttpPutResponseHopLimit"] == 3


def test_an_unknown_instance_profile_is_refused(ec2: Any, subnet: str) -> None:
    code, _ = refused(launch, ec2, subnet, IamInstanceProfile={"Name": "none"})
    assert code == "InvalidParameterValue"


def test_what_aws_makes_itself_is_told_apart(ec2: Any, control: Client) -> None:
    ec2.describe_vpcs()
    assert control.objects() == []
    kinds = {thing["type"] for thing in control.objects(everything=True)}
    assert {"AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::SecurityGroup", "AWS::EC2::RouteTable"} <= kinds


def test_images_are_found_by_name(ec2: Any) -> None:
    filters = [{"Name": "name", "Values": ["al2023-ami-*", "amzn2-ami-*"]}]
    assert ec2.describe_images(Owners=["amazon"], Filters=filters)["Images"]
