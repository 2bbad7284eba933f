"""Log groups, parameters and keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from providers.aws.forms import json_text
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
    Listing,
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
from providers.contract.step import Step

GROUP = {"logGroupName": Identity()}
LATER = "this part of CloudWatch Logs is not served yet"


def groups(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The answer to a prefix, of which one is the group that was asked for."""
    return [
        {"logGroupClass": "STANDARD", **item, "logGroupArn": item.get("logGroupArn") or str(item["arn"]).removesuffix(":*")}
        for item in items
    ]


LOG_GROUP = Entry(
    type="AWS::Logs::LogGroup",
    recovery=RecoveryClass.NAME,
    known_identity=True,
    name="LogGroupName",
    name_length=512,
    holds_data=True,
    create=Create(
        call=Call(
            operation="logs:CreateLogGroup",
            parameters={
                "logGroupName": Take("LogGroupName"),
                "kmsKeyId": Take("KmsKeyId"),
                "logGroupClass": Take("LogGroupClass"),
                "deletionProtectionEnabled": Take("DeletionProtectionEnabled"),
                "tags": Tags(),
            },
        ),
    ),
    updates=(
        Update(
            on=("RetentionInDays",),
            call=Call(operation="logs:PutRetentionPolicy", parameters={**GROUP, "retentionInDays": Take("RetentionInDays")}),
            undo=Call(operation="logs:DeleteRetentionPolicy", parameters=GROUP),
        ),
        Update(
            on=("KmsKeyId",),
            call=Call(operation="logs:AssociateKmsKey", parameters={**GROUP, "kmsKeyId": Take("KmsKeyId")}),
            undo=Call(operation="logs:DisassociateKmsKey", parameters=GROUP),
            created=True,
        ),
        Update(
            on=("DeletionProtectionEnabled",),
            call=Call(
                operation="logs:PutLogGroupDeletionProtection",
                parameters={
                    "logGroupIdentifier": Identity(),
                    "deletionProtectionEnabled": Take("DeletionProtectionEnabled"),
                },
            ),
            created=True,
        ),
        Update(
            on=("DataProtectionPolicy",),
            call=Call(
                operation="logs:PutDataProtectionPolicy",
                parameters={"logGroupIdentifier": Identity(), "policyDocument": Take("DataProtectionPolicy", json_text)},
            ),
            undo=Call(operation="logs:DeleteDataProtectionPolicy", parameters={"logGroupIdentifier": Identity()}),
        ),
    ),
    tagging=Tagging(
        form="map",
        add=Call(operation="logs:TagResource", parameters={"resourceArn": Known("GroupArn"), "tags": Tags()}),
        remove=Call(operation="logs:UntagResource", parameters={"resourceArn": Known("GroupArn"), "tagKeys": TagKeys()}),
    ),
    read=Read(
        call=Call(operation="logs:DescribeLogGroups", parameters={"logGroupNamePrefix": Identity()}),
        items=("logGroups", "*"),
        split=groups,
        answer={
            "LogGroupName": "logGroupName",
            "KmsKeyId": "kmsKeyId",
            "LogGroupClass": "logGroupClass",
            "RetentionInDays": "retentionInDays",
            "DeletionProtectionEnabled": "deletionProtectionEnabled",
            "Arn": "arn",
        },
        private={"GroupArn": "logGroupArn"},
        follows=(
            Follow(
                call=Call(operation="logs:ListTagsForResource", parameters={"resourceArn": Known("GroupArn")}),
                gives={"Tags": "tags"},
                always=True,
            ),
            Follow(
                call=Call(operation="logs:GetDataProtectionPolicy", parameters={"logGroupIdentifier": Identity()}),
                gives={"DataProtectionPolicy": "policyDocument"},
                absent=frozenset({"ResourceNotFoundException"}),
            ),
        ),
        created_at="creationTime",
    ),
    listing=Listing(
        call=Call(operation="logs:DescribeLogGroups", parameters={}), items=("logGroups", "*"), identity=("logGroupName",)
    ),
    delete=Delete(call=Call(operation="logs:DeleteLogGroup", parameters=GROUP)),
    replace=frozenset({"LogGroupClass"}),
    defaults={"LogGroupClass": "STANDARD", "DeletionProtectionEnabled": False},
    refused={
        "BearerTokenAuthenticationEnabled": LATER,
        "FieldIndexPolicies": LATER,
        "ResourcePolicyDocument": LATER,
    },
)

PARAMETER_TAGS = {"ResourceType": "Parameter", "ResourceId": Identity()}
PARAMETER = ("Type", "Value", "Description", "AllowedPattern", "Tier", "Policies", "DataType")

SSM_PARAMETER = Entry(
    type="AWS::SSM::Parameter",
    recovery=RecoveryClass.NAME,
    known_identity=True,
    name="Name",
    name_length=1011,
    create=Create(
        call=Call(operation="ssm:PutParameter", parameters={**takes("Name", *PARAMETER), "Tags": Tags()}),
    ),
    updates=(
        Update(
            on=PARAMETER,
            call=Call(operation="ssm:PutParameter", parameters={"Name": Identity(), "Overwrite": True, **takes(*PARAMETER)}),
            created=True,
        ),
    ),
    tagging=Tagging(
        form="list",
        add=Call(operation="ssm:AddTagsToResource", parameters={**PARAMETER_TAGS, "Tags": Tags()}),
        remove=Call(operation="ssm:RemoveTagsFromResource", parameters={**PARAMETER_TAGS, "TagKeys": TagKeys()}),
    ),
    read=Read(
        call=Call(operation="ssm:GetParameters", parameters={"Names": Ids()}),
        items=("Parameters",),
        key=("Name",),
        limit=10,
        answer=answers("Name", "Type", "Value", "DataType", Arn="ARN"),
        follows=(
            Follow(
                call=Call(operation="ssm:ListTagsForResource", parameters=PARAMETER_TAGS),
                gives={"Tags": "TagList"},
                absent=frozenset({"InvalidResourceId"}),  # parameters that AWS publishes have no tags to list
                always=True,
            ),
        ),
    ),
    listing=Listing(
        call=Call(operation="ssm:DescribeParameters", parameters={}), items=("Parameters", "*"), identity=("Name",)
    ),
    delete=Delete(call=Call(operation="ssm:DeleteParameter", parameters={"Name": Identity()})),
    replace=frozenset({"DataType"}),
    defaults={"DataType": "text"},
)

KEY = {"KeyId": Identity()}


def rotation(body: dict[str, Any], identity: str) -> dict[str, Any]:
    return {"EnableKeyRotation": body.get("KeyRotationEnabled", False)}


def switches(change: Change) -> Sequence[Step]:
    """A key is enabled and rotated by requests of their own; only an enabled key can be rotated."""
    made: list[Step] = []

    def add(verb: str, **more: object) -> None:
        identity = change.identity if isinstance(change.identity, str) else ""
        parameters: dict[str, object] = {"KeyId": change.identity, **more}
        made.append(Step(operation=f"kms:{verb}", parameters=parameters, identity=identity, note=verb))

    enable, rotate = change.wanted.get("Enabled"), change.wanted.get("EnableKeyRotation")
    if "Enabled" in change.changed and enable is True and not change.creating:
        add("EnableKey")
    if {"EnableKeyRotation", "RotationPeriodInDays"} & change.changed and rotate is not None:
        period = change.wanted.get("RotationPeriodInDays")
        if rotate:
            add("EnableKeyRotation", **({"RotationPeriodInDays": period} if period is not None else {}))
        elif not change.creating:
            add("DisableKeyRotation")
    if "Enabled" in change.changed and enable is False:
        add("DisableKey")
    return made


KMS_KEY = Entry(
    type="AWS::KMS::Key",
    recovery=RecoveryClass.TAGS,
    holds_data=True,
    create=Create(
        call=Call(
            operation="kms:CreateKey",
            parameters={
                **takes("Description", "KeyUsage", "KeySpec", "Origin", "MultiRegion", "BypassPolicyLockoutSafetyCheck"),
                "Policy": Take("KeyPolicy", json_text),
                "Tags": Tags(),
            },
        ),
        item=("KeyMetadata",),
        identity=("KeyMetadata", "KeyId"),
    ),
    updates=(
        Update(
            on=("KeyPolicy",),
            call=Call(
                operation="kms:PutKeyPolicy",
                parameters={
                    **KEY,
                    "PolicyName": "default",
                    "Policy": Take("KeyPolicy", json_text),
                    **takes("BypassPolicyLockoutSafetyCheck"),
                },
            ),
            created=True,
        ),
        Update(
            on=("Description",),
            call=Call(operation="kms:UpdateKeyDescription", parameters={**KEY, **takes("Description")}),
            created=True,
        ),
        Custom(on=("Enabled", "EnableKeyRotation", "RotationPeriodInDays"), steps=switches),
    ),
    tagging=Tagging(
        form="kms",
        add=Call(operation="kms:TagResource", parameters={**KEY, "Tags": Tags()}),
        remove=Call(operation="kms:UntagResource", parameters={**KEY, "TagKeys": TagKeys()}),
    ),
    read=Read(
        call=Call(operation="kms:DescribeKey", parameters=KEY),
        items=("KeyMetadata",),
        absent=frozenset({"NotFoundException"}),
        answer=answers("KeyId", "Arn", "Description", "Enabled", "KeyUsage", "KeySpec", "Origin", "MultiRegion"),
        follows=(
            Follow(
                call=Call(operation="kms:ListResourceTags", parameters=KEY),
                items=("Tags", "*"),
                gives={"Tags": "Tags"},
                always=True,
            ),
            Follow(
                call=Call(operation="kms:GetKeyPolicy", parameters={**KEY, "PolicyName": "default"}),
                gives={"KeyPolicy": "Policy"},
            ),
            Follow(
                call=Call(operation="kms:GetKeyRotationStatus", parameters=KEY),
                gives={"EnableKeyRotation": ""},
                absent=frozenset({"UnsupportedOperationException", "KMSInvalidStateException"}),
                convert=rotation,
            ),
        ),
        status="KeyState",
        created_at="CreationDate",
    ),
    listing=Listing(call=Call(operation="kms:ListKeys", parameters={}), items=("Keys", "*"), identity=("KeyId",)),
    delete=Delete(
        call=Call(
            operation="kms:ScheduleKeyDeletion",
            parameters={**KEY, "PendingWindowInDays": Take("PendingWindowInDays")},
            note="schedule deletion",
        ),
    ),
    ready=frozenset({"Enabled", "Disabled", "PendingImport"}),
    failed=frozenset({"Unavailable"}),
    gone=frozenset({"PendingDeletion", "PendingReplicaDeletion"}),
    replace=frozenset({"KeySpec", "KeyUsage", "Origin", "MultiRegion"}),
    ignored=frozenset({"BypassPolicyLockoutSafetyCheck", "PendingWindowInDays"}),
    defaults={
        "Description": "",
        "Enabled": True,
        "EnableKeyRotation": False,
        "KeySpec": "SYMMETRIC_DEFAULT",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "Origin": "AWS_KMS",
        "MultiRegion": False,
    },
)

ENTRIES = (LOG_GROUP, SSM_PARAMETER, KMS_KEY)
