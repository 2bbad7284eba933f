"""EC2: instances."""

from __future__ import annotations

import base64
import binascii
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
    Read,
    Take,
    Update,
    answers,
    takes,
)
from providers.aws.types.network import EC2_TAGS, filtered, tagged
from providers.contract.schema import RecoveryClass
from providers.contract.step import Step, TokenSlot

INSTANCE_ID = {"InstanceId": Identity()}


def enabled(value: Any) -> dict[str, Any]:
    return {"Enabled": value}


def plain_text(value: str) -> str:
    """User data is base64 in the schema and encoded by the client of RunInstances."""
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return value


def profile(value: str) -> dict[str, Any]:
    return {"Arn": value} if value.startswith("arn:") else {"Name": value}


def credits(value: dict[str, Any]) -> dict[str, Any]:
    return {"CpuCredits": value.get("CPUCredits")}


def launch_template(value: dict[str, Any]) -> dict[str, Any]:
    return {name: value[name] for name in ("LaunchTemplateId", "LaunchTemplateName", "Version") if name in value}


def devices(value: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**device, "NoDevice": ""} if "NoDevice" in device else device for device in value]


NETWORK_NAMES = {"GroupSet": "Groups"}


def interfaces(value: list[dict[str, Any]]) -> list[dict[str, Any]]:
    made = []
    for item in value:
        one = {NETWORK_NAMES.get(name, name): member for name, member in item.items()}
        one["DeviceIndex"] = int(item.get("DeviceIndex", 0))
        made.append(one)
    return made


def instance_shape(instance: dict[str, Any]) -> dict[str, Any]:
    profile = (instance.get("IamInstanceProfile") or {}).get("Arn", "")
    return {
        **instance,
        "IamInstanceProfile": profile.rsplit("/", 1)[-1] or None,
        "Monitoring": (instance.get("Monitoring") or {}).get("State") in ("enabled", "pending"),
        "SecurityGroupIds": [group["GroupId"] for group in instance.get("SecurityGroups") or ()],
    }


def attribute(name: str, member: str, form: Any = boxed) -> Update:
    return Update(
        on=(name,),
        call=Call(operation="ec2:ModifyInstanceAttribute", parameters={**INSTANCE_ID, member: Take(name, form)}),
        created=name in ("DisableApiTermination", "InstanceInitiatedShutdownBehavior", "SecurityGroupIds"),
    )


def attribute_read(name: str, word: str, member: str) -> Follow:
    return Follow(
        call=Call(operation="ec2:DescribeInstanceAttribute", parameters={**INSTANCE_ID, "Attribute": word}),
        gives={name: f"{member}.Value"},
    )


def resize(change: Change) -> Sequence[Step]:
    """An instance changes its type while it is stopped; it keeps its id, volumes and private addresses."""
    identity = str(change.identity)
    ids: dict[str, object] = {"InstanceIds": [identity]}
    wanted = {"Value": change.wanted["InstanceType"]}
    modify: dict[str, object] = {"InstanceId": identity, "InstanceType": wanted}
    return (
        Step(operation="ec2:StopInstances", parameters=ids, identity=identity, note="stop"),
        Step(operation="ec2:ModifyInstanceAttribute", parameters=modify, identity=identity, note="set InstanceType"),
        Step(operation="ec2:StartInstances", parameters=ids, identity=identity, note="start"),
    )


def monitor(change: Change) -> Sequence[Step]:
    verb = "MonitorInstances" if change.wanted.get("Monitoring") else "UnmonitorInstances"
    identity = str(change.identity)
    return (Step(operation=f"ec2:{verb}", parameters={"InstanceIds": [identity]}, identity=identity, note="set Monitoring"),)


SAME = (
    "ImageId",
    "InstanceType",
    "KeyName",
    "SubnetId",
    "PrivateIpAddress",
    "SecurityGroupIds",
    "SecurityGroups",
    "EbsOptimized",
    "DisableApiTermination",
    "InstanceInitiatedShutdownBehavior",
    "Ipv6AddressCount",
    "KernelId",
    "RamdiskId",
    "CpuOptions",
    "EnclaveOptions",
    "HibernationOptions",
    "MetadataOptions",
    "PrivateDnsNameOptions",
    "LicenseSpecifications",
    "AdditionalInfo",
    "Ipv6Addresses",
)

INSTANCE = Entry(
    type="AWS::EC2::Instance",
    recovery=RecoveryClass.TOKEN,
    create=Create(
        call=Call(
            operation="ec2:RunInstances",
            parameters={
                "MinCount": 1,
                "MaxCount": 1,
                **takes(*SAME),
                "Monitoring": Take("Monitoring", enabled),
                "UserData": Take("UserData", plain_text),
                "IamInstanceProfile": Take("IamInstanceProfile", profile),
                "CreditSpecification": Take("CreditSpecification", credits),
                "LaunchTemplate": Take("LaunchTemplate", launch_template),
                "BlockDeviceMappings": Take("BlockDeviceMappings", devices),
                "NetworkInterfaces": Take("NetworkInterfaces", interfaces),
                "Placement": {
                    "AvailabilityZone": Take("AvailabilityZone"),
                    "Tenancy": Take("Tenancy"),
                    "GroupName": Take("PlacementGroupName"),
                    "Affinity": Take("Affinity"),
                    "HostId": Take("HostId"),
                    "HostResourceGroupArn": Take("HostResourceGroupArn"),
                },
                **tagged("instance"),
            },
            note="run",
        ),
        item=("Instances", 0),
        identity=("Instances", 0, "InstanceId"),
        token=TokenSlot(path=("ClientToken",), longest=64),
    ),
    updates=(
        Custom(on=("InstanceType",), steps=resize, created=True),
        Custom(on=("Monitoring",), steps=monitor, created=True),
        attribute("DisableApiTermination", "DisableApiTermination"),
        attribute("InstanceInitiatedShutdownBehavior", "InstanceInitiatedShutdownBehavior"),
        attribute("SourceDestCheck", "SourceDestCheck"),
        Update(
            on=("SecurityGroupIds",),
            call=Call(operation="ec2:ModifyInstanceAttribute", parameters={**INSTANCE_ID, "Groups": Take("SecurityGroupIds")}),
            created=True,
        ),
        Update(
            on=("MetadataOptions",),
            call=Call(
                operation="ec2:ModifyInstanceMetadataOptions",
                parameters={
                    **INSTANCE_ID,
                    **{
                        name: Take(f"MetadataOptions.{name}")
                        for name in (
                            "HttpTokens",
                            "HttpPutResponseHopLimit",
                            "HttpEndpoint",
                            "HttpProtocolIpv6",
                            "InstanceMetadataTags",
                        )
                    },
                },
            ),
            created=True,
        ),
        Update(
            on=("CreditSpecification",),
            call=Call(
                operation="ec2:ModifyInstanceCreditSpecification",
                parameters={
                    "InstanceCreditSpecifications": [{**INSTANCE_ID, "CpuCredits": Take("CreditSpecification.CPUCredits")}]
                },
            ),
            created=True,
        ),
    ),
    tagging=EC2_TAGS,
    read=Read(
        call=Call(operation="ec2:DescribeInstances", parameters=filtered("instance-id")),
        items=("Reservations", "*", "Instances", "*"),
        key=("InstanceId",),
        limit=200,
        shape=instance_shape,
        answer=answers(
            "InstanceId",
            "ImageId",
            "InstanceType",
            "KeyName",
            "SubnetId",
            "VpcId",
            "PrivateIpAddress",
            "PrivateDnsName",
            "PublicDnsName",
            "SecurityGroupIds",
            "EbsOptimized",
            "Monitoring",
            "IamInstanceProfile",
            "SourceDestCheck",
            "State",
            "KernelId",
            "RamdiskId",
            "CpuOptions",
            "EnclaveOptions",
            "MetadataOptions",
            "PrivateDnsNameOptions",
            "Tags",
            PrivateIp="PrivateIpAddress",
            PublicIp="PublicIpAddress",
            AvailabilityZone="Placement.AvailabilityZone",
            Tenancy="Placement.Tenancy",
            Affinity="Placement.Affinity",
            HostId="Placement.HostId",
            HostResourceGroupArn="Placement.HostResourceGroupArn",
            PlacementGroupName="Placement.GroupName",
        ),
        follows=(
            attribute_read("DisableApiTermination", "disableApiTermination", "DisableApiTermination"),
            attribute_read(
                "InstanceInitiatedShutdownBehavior",
                "instanceInitiatedShutdownBehavior",
                "InstanceInitiatedShutdownBehavior",
            ),
        ),
        status="State.Name",
        status_reason="StateTransitionReason",
        created_at="LaunchTime",
    ),
    delete=Delete(
        call=Call(operation="ec2:TerminateInstances", parameters={"InstanceIds": [Identity()]}, note="terminate"),
        proves=False,
    ),
    ready=frozenset({"running", "stopped"}),
    gone=frozenset({"terminated"}),
    sets=frozenset({"SecurityGroupIds"}),
    update=frozenset({"InstanceType", "SecurityGroupIds"}),
    defaults={"Monitoring": False, "SourceDestCheck": True, "DisableApiTermination": False},
    unread=frozenset(
        {
            "BlockDeviceMappings",
            "CreditSpecification",
            "HibernationOptions",
            "LaunchTemplate",
            "NetworkInterfaces",
            "SecurityGroups",
            "UserData",
        }
    ),
    refused={
        "ElasticGpuSpecifications": "AWS no longer offers elastic GPUs",
        "ElasticInferenceAccelerators": "AWS no longer offers elastic inference",
        "PropagateTagsToVolumeOnCreation": "tags of volumes are not served yet",
        "SsmAssociations": "associations of Systems Manager are not served yet",
        "Volumes": "volumes are attached by their own type, which is not served yet",
    },
)

ENTRIES = (INSTANCE,)
