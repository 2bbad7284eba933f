"""EC2: internet gateways, their attachments, NAT gateways, elastic addresses."""

from __future__ import annotations

from typing import Any

from providers.aws.table import (
    Call,
    Create,
    Delete,
    Entry,
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
from providers.aws.types.network import EC2_TAGS, filtered, tagged
from providers.contract.schema import RecoveryClass
from providers.contract.step import TokenSlot

INTERNET_GATEWAY = Entry(
    type="AWS::EC2::InternetGateway",
    recovery=RecoveryClass.TAGS,
    create=Create(
        call=Call(operation="ec2:CreateInternetGateway", parameters=tagged("internet-gateway")),
        item=("InternetGateway",),
        identity=("InternetGateway", "InternetGatewayId"),
    ),
    tagging=EC2_TAGS,
    read=Read(
        call=Call(operation="ec2:DescribeInternetGateways", parameters=filtered("internet-gateway-id")),
        items=("InternetGateways",),
        key=("InternetGatewayId",),
        limit=200,
        answer=answers("InternetGatewayId", "Tags"),
    ),
    delete=Delete(call=Call(operation="ec2:DeleteInternetGateway", parameters={"InternetGatewayId": Identity()})),
)


def attachments(gateways: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {**attachment, "InternetGatewayId": gateway["InternetGatewayId"], "AttachmentType": "IGW"}
        for gateway in gateways
        for attachment in gateway.get("Attachments", ())
        if attachment.get("VpcId")
    ]


VPC_GATEWAY_ATTACHMENT = Entry(
    type="AWS::EC2::VPCGatewayAttachment",
    recovery=RecoveryClass.NATURAL_KEY,
    identity=("InternetGatewayId=IGW", "VpcId"),
    known_identity=True,
    create=Create(
        call=Call(operation="ec2:AttachInternetGateway", parameters=takes("VpcId", "InternetGatewayId"), note="attach"),
    ),
    read=Read(
        call=Call(operation="ec2:DescribeInternetGateways", parameters=filtered("attachment.vpc-id")),
        items=("InternetGateways",),
        limit=200,
        sought=1,
        split=attachments,
        answer=answers("VpcId", "InternetGatewayId", "AttachmentType"),
    ),
    delete=Delete(
        call=Call(operation="ec2:DetachInternetGateway", parameters=takes("VpcId", "InternetGatewayId"), note="detach")
    ),
    exactly_one=(("InternetGatewayId",),),
    refused={"VpnGatewayId": "VPN gateways are not served yet"},
)

NAT_GATEWAY = Entry(
    type="AWS::EC2::NatGateway",
    recovery=RecoveryClass.TOKEN,
    create=Create(
        call=Call(
            operation="ec2:CreateNatGateway",
            parameters={
                **takes(
                    "SubnetId",
                    "VpcId",
                    "AllocationId",
                    "ConnectivityType",
                    "AvailabilityMode",
                    "AvailabilityZoneAddresses",
                    "PrivateIpAddress",
                    "SecondaryAllocationIds",
                    "SecondaryPrivateIpAddresses",
                    "SecondaryPrivateIpAddressCount",
                ),
                **tagged("natgateway"),
            },
        ),
        item=("NatGateway",),
        identity=("NatGateway", "NatGatewayId"),
        token=TokenSlot(path=("ClientToken",), longest=64),
    ),
    tagging=EC2_TAGS,
    read=Read(
        call=Call(operation="ec2:DescribeNatGateways", parameters={"Filter": Ids("nat-gateway-id"), "MaxResults": 1000}),
        items=("NatGateways",),
        key=("NatGatewayId",),
        limit=200,
        answer=answers(
            "NatGatewayId",
            "SubnetId",
            "VpcId",
            "ConnectivityType",
            "AvailabilityMode",
            "AutoProvisionZones",
            "AutoScalingIps",
            "RouteTableId",
            "Tags",
            AllocationId="NatGatewayAddresses.0.AllocationId",
            PrivateIpAddress="NatGatewayAddresses.0.PrivateIp",
            EniId="NatGatewayAddresses.0.NetworkInterfaceId",
        ),
        status="State",
        status_reason="FailureMessage",
        created_at="CreateTime",
    ),
    delete=Delete(call=Call(operation="ec2:DeleteNatGateway", parameters={"NatGatewayId": Identity()}), proves=False),
    ready=frozenset({"available"}),
    failed=frozenset({"failed"}),
    gone=frozenset({"deleted"}),
    unread=frozenset(
        {
            "AvailabilityZoneAddresses",
            "SecondaryAllocationIds",
            "SecondaryPrivateIpAddresses",
            "SecondaryPrivateIpAddressCount",
        }
    ),
    refused={"MaxDrainDurationSeconds": "secondary addresses are changed by replacement, which drains nothing"},
)

EIP = Entry(
    type="AWS::EC2::EIP",
    recovery=RecoveryClass.TAGS,
    create=Create(
        call=Call(
            operation="ec2:AllocateAddress",
            parameters={
                **takes("Address", "IpamPoolId", "NetworkBorderGroup", "PublicIpv4Pool"),
                "Domain": Take("Domain"),
                **tagged("elastic-ip"),
            },
            note="allocate",
        ),
    ),
    updates=(
        Update(
            on=("InstanceId",),
            call=Call(
                operation="ec2:AssociateAddress",
                parameters={"AllocationId": Identity(1), **takes("InstanceId"), "AllowReassociation": True},
                note="associate",
            ),
            undo=Call(
                operation="ec2:DisassociateAddress",
                parameters={"AssociationId": Known("AssociationId")},
                note="disassociate",
            ),
        ),
    ),
    tagging=Tagging(
        form="ec2",
        add=Call(operation="ec2:CreateTags", parameters={"Resources": [Identity(1)], "Tags": Tags()}),
        remove=Call(operation="ec2:DeleteTags", parameters={"Resources": [Identity(1)], "Tags": TagKeys("ec2")}),
    ),
    read=Read(
        call=Call(operation="ec2:DescribeAddresses", parameters={"Filters": Ids("allocation-id")}),
        items=("Addresses",),
        key=("AllocationId",),
        limit=200,
        sought=1,
        answer=answers("AllocationId", "PublicIp", "Domain", "InstanceId", "NetworkBorderGroup", "PublicIpv4Pool", "Tags"),
        private={"AssociationId": "AssociationId"},
    ),
    delete=Delete(
        call=Call(operation="ec2:ReleaseAddress", parameters={"AllocationId": Identity(1)}, note="release"),
    ),
    refused={"TransferAddress": "accepting an address of another account is not served yet"},
)

ENTRIES = (EIP, NAT_GATEWAY, INTERNET_GATEWAY, VPC_GATEWAY_ATTACHMENT)
