"""EC2: internet gateways, their attachments, NAT gateways, elastic addresses."""

from __future__ import annotations

from typing import Any

from providers.aws.table import Call, Create, Delete, Entry, Identity, Read, answers, takes
from providers.aws.types.network import EC2_TAGS, filtered, tagged
from providers.contract.schema import RecoveryClass

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

ENTRIES = (INTERNET_GATEWAY, VPC_GATEWAY_ATTACHMENT)
