"""EC2: VPCs, subnets, route tables, routes and their associations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from providers.aws.forms import boxed
from providers.aws.table import (
    Call,
    Change,
    Create,
    Custom,
    Delete,
    Entry,
    Follow,
    Identity,
    Ids,
    Known,
    Read,
    Tagging,
    TagKeys,
    Tags,
    Take,
    Update,
    answers,
    takes,
)
from providers.contract.schema import RecoveryClass
from providers.contract.step import Step, TokenSlot
from providers.contract.values import get

EC2_TAGS = Tagging(
    form="ec2",
    add=Call(operation="ec2:CreateTags", parameters={"Resources": [Identity()], "Tags": Tags()}),
    remove=Call(operation="ec2:DeleteTags", parameters={"Resources": [Identity()], "Tags": TagKeys("ec2")}),
)


def tagged(word: str) -> dict[str, Any]:
    """The tags of a create request."""
    return {"TagSpecifications": Tags(word)}


def filtered(filter: str, most: int = 1000) -> dict[str, Any]:
    return {"Filters": Ids(filter), "MaxResults": most}


def vpc_attribute(name: str, parameter: str) -> Update:
    return Update(
        on=(name,),
        call=Call(operation="ec2:ModifyVpcAttribute", parameters={"VpcId": Identity(), parameter: Take(name, boxed)}),
    )


def vpc_attribute_read(name: str, word: str) -> Follow:
    return Follow(
        call=Call(operation="ec2:DescribeVpcAttribute", parameters={"VpcId": Identity(), "Attribute": word}),
        gives={name: f"{name}.Value"},
    )


VPC = Entry(
    type="AWS::EC2::VPC",
    recovery=RecoveryClass.TAGS,
    create=Create(
        call=Call(
            operation="ec2:CreateVpc",
            parameters={**takes("CidrBlock", "InstanceTenancy", "Ipv4IpamPoolId", "Ipv4NetmaskLength"), **tagged("vpc")},
        ),
        item=("Vpc",),
        identity=("Vpc", "VpcId"),
    ),
    updates=(
        vpc_attribute("EnableDnsSupport", "EnableDnsSupport"),
        vpc_attribute("EnableDnsHostnames", "EnableDnsHostnames"),
    ),
    tagging=EC2_TAGS,
    read=Read(
        call=Call(operation="ec2:DescribeVpcs", parameters=filtered("vpc-id")),
        items=("Vpcs",),
        key=("VpcId",),
        limit=200,
        answer=answers(
            "VpcId",
            "CidrBlock",
            "InstanceTenancy",
            "Tags",
            CidrBlockAssociations="CidrBlockAssociationSet.*.AssociationId",
            Ipv6CidrBlocks="Ipv6CidrBlockAssociationSet.*.Ipv6CidrBlock",
        ),
        status="State",
        follows=(
            vpc_attribute_read("EnableDnsSupport", "enableDnsSupport"),
            vpc_attribute_read("EnableDnsHostnames", "enableDnsHostnames"),
            Follow(
                call=Call(
                    operation="ec2:DescribeSecurityGroups",
                    parameters={
                        "Filters": [
                            {"Name": "vpc-id", "Values": Ids()},
                            {"Name": "group-name", "Values": ["default"]},
                        ],
                        "MaxResults": 1000,
                    },
                ),
                items=("SecurityGroups",),
                key=("VpcId",),
                gives={"DefaultSecurityGroup": "GroupId"},
                limit=200,
                fixed=True,
            ),
            Follow(
                call=Call(
                    operation="ec2:DescribeNetworkAcls",
                    parameters={
                        "Filters": [{"Name": "vpc-id", "Values": Ids()}, {"Name": "default", "Values": ["true"]}],
                        "MaxResults": 1000,
                    },
                ),
                items=("NetworkAcls",),
                key=("VpcId",),
                gives={"DefaultNetworkAcl": "NetworkAclId"},
                limit=200,
                fixed=True,
            ),
        ),
    ),
    ready=frozenset({"available"}),
    delete=Delete(call=Call(operation="ec2:DeleteVpc", parameters={"VpcId": Identity()})),
    defaults={"EnableDnsSupport": True, "EnableDnsHostnames": False, "InstanceTenancy": "default"},
    refused={"VpcEncryptionControl": "encryption controls of a VPC are not served yet"},
)


def subnet_attributes(change: Change) -> Sequence[Step]:
    """ModifySubnetAttribute takes one attribute at a time."""
    names = (
        ("MapPublicIpOnLaunch", "MapPublicIpOnLaunch"),
        ("AssignIpv6AddressOnCreation", "AssignIpv6AddressOnCreation"),
        ("EnableDns64", "EnableDns64"),
        ("PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsARecord", "EnableResourceNameDnsARecordOnLaunch"),
        ("PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsAAAARecord", "EnableResourceNameDnsAAAARecordOnLaunch"),
    )
    made = [
        subnet_attribute(change, parameter, boxed(value))
        for name, parameter in names
        if (value := changed(change, name)) is not None
    ]
    hostname = changed(change, "PrivateDnsNameOptionsOnLaunch.HostnameType")
    if hostname is not None:
        made.append(subnet_attribute(change, "PrivateDnsHostnameTypeOnLaunch", hostname))
    index = changed(change, "EnableLniAtDeviceIndex")
    if index is not None:
        made.append(subnet_attribute(change, "EnableLniAtDeviceIndex", index))
    return made


def changed(change: Change, name: str) -> Any:
    """The wanted value at a path whose top-level property changed and whose live value is another, else None."""
    path = tuple(name.split("."))
    wanted = get(dict(change.wanted), path)
    if path[0] not in change.changed or wanted is None or wanted == get(dict(change.live), path):
        return None
    return wanted


def subnet_attribute(change: Change, parameter: str, value: Any) -> Step:
    return Step(
        operation="ec2:ModifySubnetAttribute",
        parameters={"SubnetId": change.identity, parameter: value},
        identity=change.identity if isinstance(change.identity, str) else "",
        note=f"set {parameter}",
    )


SUBNET = Entry(
    type="AWS::EC2::Subnet",
    recovery=RecoveryClass.TAGS,
    create=Create(
        call=Call(
            operation="ec2:CreateSubnet",
            parameters={
                **takes(
                    "VpcId",
                    "CidrBlock",
                    "AvailabilityZone",
                    "AvailabilityZoneId",
                    "Ipv6CidrBlock",
                    "OutpostArn",
                    "Ipv6Native",
                    "Ipv4IpamPoolId",
                    "Ipv4NetmaskLength",
                    "Ipv6IpamPoolId",
                    "Ipv6NetmaskLength",
                ),
                **tagged("subnet"),
            },
        ),
        item=("Subnet",),
        identity=("Subnet", "SubnetId"),
    ),
    updates=(
        Custom(
            on=(
                "MapPublicIpOnLaunch",
                "AssignIpv6AddressOnCreation",
                "EnableDns64",
                "PrivateDnsNameOptionsOnLaunch",
                "EnableLniAtDeviceIndex",
            ),
            steps=subnet_attributes,
        ),
    ),
    tagging=EC2_TAGS,
    read=Read(
        call=Call(operation="ec2:DescribeSubnets", parameters=filtered("subnet-id")),
        items=("Subnets",),
        key=("SubnetId",),
        limit=200,
        answer=answers(
            "SubnetId",
            "VpcId",
            "CidrBlock",
            "AvailabilityZone",
            "AvailabilityZoneId",
            "OutpostArn",
            "Ipv6Native",
            "MapPublicIpOnLaunch",
            "AssignIpv6AddressOnCreation",
            "EnableDns64",
            "PrivateDnsNameOptionsOnLaunch",
            "BlockPublicAccessStates",
            "Tags",
            Ipv6CidrBlocks="Ipv6CidrBlockAssociationSet.*.Ipv6CidrBlock",
            Ipv6CidrBlock="Ipv6CidrBlockAssociationSet.0.Ipv6CidrBlock",
        ),
        status="State",
        follows=(
            Follow(
                call=Call(
                    operation="ec2:DescribeNetworkAcls",
                    parameters={"Filters": Ids("association.subnet-id"), "MaxResults": 1000},
                ),
                items=("NetworkAcls", "*", "Associations", "*"),
                key=("SubnetId",),
                gives={"NetworkAclAssociationId": "NetworkAclAssociationId"},
                limit=200,
                fixed=True,
            ),
        ),
    ),
    ready=frozenset({"available"}),
    delete=Delete(call=Call(operation="ec2:DeleteSubnet", parameters={"SubnetId": Identity()})),
    defaults={
        "MapPublicIpOnLaunch": False,
        "AssignIpv6AddressOnCreation": False,
        "EnableDns64": False,
        "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsARecord": False,
        "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsAAAARecord": False,
    },
)

ROUTE_TABLE = Entry(
    type="AWS::EC2::RouteTable",
    recovery=RecoveryClass.TOKEN,
    create=Create(
        call=Call(operation="ec2:CreateRouteTable", parameters={**takes("VpcId"), **tagged("route-table")}),
        item=("RouteTable",),
        identity=("RouteTable", "RouteTableId"),
        token=TokenSlot(path=("ClientToken",), longest=64),
    ),
    tagging=EC2_TAGS,
    read=Read(
        call=Call(operation="ec2:DescribeRouteTables", parameters=filtered("route-table-id", 100)),
        items=("RouteTables",),
        key=("RouteTableId",),
        limit=100,
        answer=answers("RouteTableId", "VpcId", "Tags"),
    ),
    delete=Delete(call=Call(operation="ec2:DeleteRouteTable", parameters={"RouteTableId": Identity()})),
)

DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
TARGETS = (
    "GatewayId",
    "NatGatewayId",
    "InstanceId",
    "NetworkInterfaceId",
    "VpcPeeringConnectionId",
    "TransitGatewayId",
    "EgressOnlyInternetGatewayId",
    "VpcEndpointId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
    "OdbNetworkArn",
)


def routes(tables: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {**route, "RouteTableId": table["RouteTableId"], "CidrBlock": next(filter(None, map(route.get, DESTINATIONS)), None)}
        for table in tables
        for route in table.get("Routes", ())
    ]


def route_shape(route: dict[str, Any]) -> dict[str, Any]:
    """A gateway endpoint is answered as a gateway."""
    gateway = str(route.get("GatewayId") or "")
    return {**route, "GatewayId": None, "VpcEndpointId": gateway} if gateway.startswith("vpce-") else route


ROUTE = Entry(
    type="AWS::EC2::Route",
    recovery=RecoveryClass.NATURAL_KEY,
    identity=("RouteTableId", "/".join(DESTINATIONS)),
    known_identity=True,
    create=Create(call=Call(operation="ec2:CreateRoute", parameters=takes("RouteTableId", *DESTINATIONS, *TARGETS))),
    updates=(
        Update(
            on=TARGETS,
            call=Call(operation="ec2:ReplaceRoute", parameters=takes("RouteTableId", *DESTINATIONS, *TARGETS)),
            created=True,
        ),
    ),
    read=Read(
        call=Call(operation="ec2:DescribeRouteTables", parameters=filtered("route-table-id", 100)),
        items=("RouteTables",),
        limit=100,
        split=routes,
        shape=route_shape,
        answer=answers("RouteTableId", "CidrBlock", *DESTINATIONS, *TARGETS),
    ),
    delete=Delete(call=Call(operation="ec2:DeleteRoute", parameters=takes("RouteTableId", *DESTINATIONS))),
    exactly_one=(DESTINATIONS, TARGETS),
)


def associations(tables: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of subnets; a table may also be associated with a gateway, or be the main one."""
    return [item for table in tables for item in table.get("Associations", ()) if item.get("SubnetId")]


SUBNET_ROUTE_TABLE_ASSOCIATION = Entry(
    type="AWS::EC2::SubnetRouteTableAssociation",
    recovery=RecoveryClass.NATURAL_KEY,
    identity=("SubnetId",),  # a subnet has one explicit association at most; the association's own id is an output
    known_identity=True,
    create=Create(
        call=Call(operation="ec2:AssociateRouteTable", parameters=takes("RouteTableId", "SubnetId")),
    ),
    read=Read(
        call=Call(operation="ec2:DescribeRouteTables", parameters=filtered("association.subnet-id", 100)),
        items=("RouteTables",),
        limit=100,
        split=associations,
        answer=answers("RouteTableId", "SubnetId", Id="RouteTableAssociationId"),
        status="AssociationState.State",
    ),
    ready=frozenset({"associated"}),
    failed=frozenset({"failed"}),
    gone=frozenset({"disassociated"}),
    delete=Delete(call=Call(operation="ec2:DisassociateRouteTable", parameters={"AssociationId": Known("Id")})),
)

ENTRIES = (VPC, SUBNET, ROUTE_TABLE, ROUTE, SUBNET_ROUTE_TABLE_ASSOCIATION)
