"""DynamoDB tables."""

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

TABLE = {"TableName": Identity()}
INSIGHTS = "contributor insights are not served yet"


def to_stream(value: dict[str, Any]) -> dict[str, Any]:
    return {"StreamEnabled": True, "StreamViewType": value["StreamViewType"]}


def to_encryption(value: dict[str, Any]) -> dict[str, Any]:
    return {("Enabled" if name == "SSEEnabled" else name): item for name, item in value.items()}


def table_shape(table: dict[str, Any]) -> dict[str, Any]:
    billing = (table.get("BillingModeSummary") or {}).get("BillingMode", "PROVISIONED")
    on_demand = billing == "PAY_PER_REQUEST"
    encryption = table.get("SSEDescription") or {}
    stream = table.get("StreamSpecification") or {}
    return {
        **table,
        "BillingMode": billing,
        "ProvisionedThroughput": None if on_demand else table.get("ProvisionedThroughput"),
        "TableClass": (table.get("TableClassSummary") or {}).get("TableClass", "STANDARD"),
        "SSESpecification": {
            "SSEEnabled": True,
            "SSEType": encryption.get("SSEType"),
            "KMSMasterKeyId": encryption.get("KMSMasterKeyArn"),
        }
        if encryption.get("Status") in ("ENABLED", "ENABLING", "UPDATING")
        else {"SSEEnabled": False},
        "StreamSpecification": stream if stream.get("StreamEnabled") else None,
        "GlobalSecondaryIndexes": [
            {**index, "ProvisionedThroughput": None if on_demand else index.get("ProvisionedThroughput")}
            for index in table.get("GlobalSecondaryIndexes") or ()
        ]
        or None,
    }


def indexes(change: Change) -> Sequence[Step]:
    """UpdateTable changes one global index at a time; keys and projection of an index cannot be changed in place."""
    have = {index["IndexName"]: index for index in as_dicts(change.live.get("GlobalSecondaryIndexes"))}
    want = {index["IndexName"]: index for index in as_dicts(change.wanted.get("GlobalSecondaryIndexes"))}
    rebuilt = {name for name in have.keys() & want.keys() if rebuild(have[name], want[name])}
    made = [update(change, {"Delete": {"IndexName": name}}) for name in have if name not in want or name in rebuilt]
    made += [update(change, {"Create": index}) for name, index in want.items() if name not in have or name in rebuilt]
    for name in sorted(have.keys() & want.keys() - rebuilt):
        members = ("ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput")
        moved = {member: want[name][member] for member in members if differs(want[name], have[name], member)}
        if moved:
            made.append(update(change, {"Update": {"IndexName": name, **moved}}))
    return made


def as_dicts(value: Any) -> list[dict[str, Any]]:
    return value if isinstance(value, list) else []


def rebuild(have: dict[str, Any], want: dict[str, Any]) -> bool:
    def keys(index: dict[str, Any]) -> list[Any]:
        return sorted((key["AttributeName"], key["KeyType"]) for key in index["KeySchema"])

    def shown(index: dict[str, Any]) -> tuple[Any, list[Any]]:
        projection = index.get("Projection") or {}
        return projection.get("ProjectionType"), sorted(projection.get("NonKeyAttributes") or [])

    return keys(have) != keys(want) or shown(have) != shown(want)


def differs(want: dict[str, Any], have: dict[str, Any], member: str) -> bool:
    wanted, live = want.get(member), have.get(member) or {}
    return bool(wanted) and any(live.get(name) != value for name, value in (wanted or {}).items())


def update(change: Change, index: dict[str, Any]) -> Step:
    verb = next(iter(index))
    parameters: dict[str, object] = {"TableName": change.identity, "GlobalSecondaryIndexUpdates": [index]}
    if verb == "Create":
        parameters["AttributeDefinitions"] = change.wanted.get("AttributeDefinitions")
    name = index[verb]["IndexName"]
    return Step(
        operation="dynamodb:UpdateTable", parameters=parameters, identity=change.identity, note=f"{verb.lower()} index {name}"
    )


def one(on: tuple[str, ...], members: dict[str, Any], undo: dict[str, Any] | None = None) -> Update:
    """A part of the table that UpdateTable brings to what is wanted."""
    return Update(
        on=on,
        call=Call(operation="dynamodb:UpdateTable", parameters={**TABLE, **members}),
        undo=Call(operation="dynamodb:UpdateTable", parameters={**TABLE, **undo}) if undo else None,
        created=True,
    )


def time_to_live(body: dict[str, Any], name: str) -> dict[str, Any]:
    found = body.get("TimeToLiveDescription", {})
    enabled = found.get("TimeToLiveStatus") in ("ENABLED", "ENABLING")
    return {"TimeToLiveSpecification": {"Enabled": enabled, "AttributeName": found.get("AttributeName")} if enabled else None}


def recovery(body: dict[str, Any], name: str) -> dict[str, Any]:
    found = body.get("ContinuousBackupsDescription", {}).get("PointInTimeRecoveryDescription", {})
    return {
        "PointInTimeRecoverySpecification": {
            "PointInTimeRecoveryEnabled": found.get("PointInTimeRecoveryStatus") == "ENABLED",
            "RecoveryPeriodInDays": found.get("RecoveryPeriodInDays"),
        }
    }


THROUGHPUT = ("BillingMode", "ProvisionedThroughput", "OnDemandThroughput")

DYNAMODB_TABLE = Entry(
    type="AWS::DynamoDB::Table",
    recovery=RecoveryClass.NAME,
    known_identity=True,
    name="TableName",
    name_length=255,
    holds_data=True,
    create=Create(
        call=Call(
            operation="dynamodb:CreateTable",
            parameters={
                **takes(
                    "TableName",
                    "AttributeDefinitions",
                    "KeySchema",
                    "GlobalSecondaryIndexes",
                    "LocalSecondaryIndexes",
                    "TableClass",
                    "DeletionProtectionEnabled",
                    "WarmThroughput",
                    *THROUGHPUT,
                ),
                "StreamSpecification": Take("StreamSpecification", to_stream),
                "SSESpecification": Take("SSESpecification", to_encryption),
                "ResourcePolicy": Take("ResourcePolicy.PolicyDocument", json_text),
                "Tags": Tags(),
            },
        ),
        item=("TableDescription",),
    ),
    updates=(
        one(THROUGHPUT, takes(*THROUGHPUT)),
        Custom(on=("GlobalSecondaryIndexes", "AttributeDefinitions"), steps=indexes, created=True),
        one(
            ("StreamSpecification",),
            {"StreamSpecification": Take("StreamSpecification", to_stream)},
            {"StreamSpecification": {"StreamEnabled": False}},
        ),
        one(
            ("SSESpecification",),
            {"SSESpecification": Take("SSESpecification", to_encryption)},
            {"SSESpecification": {"Enabled": False}},
        ),
        one(("TableClass",), takes("TableClass")),
        one(("DeletionProtectionEnabled",), takes("DeletionProtectionEnabled")),
        one(("WarmThroughput",), takes("WarmThroughput")),
        Update(
            on=("ResourcePolicy",),
            call=Call(
                operation="dynamodb:PutResourcePolicy",
                parameters={"ResourceArn": Known("Arn"), "Policy": Take("ResourcePolicy.PolicyDocument", json_text)},
            ),
            undo=Call(operation="dynamodb:DeleteResourcePolicy", parameters={"ResourceArn": Known("Arn")}),
            created=True,
        ),
        Update(
            on=("TimeToLiveSpecification",),
            call=Call(
                operation="dynamodb:UpdateTimeToLive",
                parameters={**TABLE, **takes("TimeToLiveSpecification")},
            ),
            undo=Call(
                operation="dynamodb:UpdateTimeToLive",
                parameters={
                    **TABLE,
                    "TimeToLiveSpecification": {
                        "Enabled": False,
                        "AttributeName": Known("TimeToLiveSpecification.AttributeName"),
                    },
                },
            ),
        ),
        Update(
            on=("PointInTimeRecoverySpecification",),
            call=Call(
                operation="dynamodb:UpdateContinuousBackups",
                parameters={**TABLE, **takes("PointInTimeRecoverySpecification")},
            ),
            undo=Call(
                operation="dynamodb:UpdateContinuousBackups",
                parameters={**TABLE, "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False}},
            ),
        ),
    ),
    tagging=Tagging(
        form="list",
        add=Call(operation="dynamodb:TagResource", parameters={"ResourceArn": Known("Arn"), "Tags": Tags()}),
        remove=Call(operation="dynamodb:UntagResource", parameters={"ResourceArn": Known("Arn"), "TagKeys": TagKeys()}),
    ),
    read=Read(
        call=Call(operation="dynamodb:DescribeTable", parameters=TABLE),
        items=("Table",),
        absent=frozenset({"ResourceNotFoundException"}),
        shape=table_shape,
        answer=answers(
            "TableName",
            "AttributeDefinitions",
            "KeySchema",
            "GlobalSecondaryIndexes",
            "LocalSecondaryIndexes",
            "TableClass",
            "DeletionProtectionEnabled",
            "WarmThroughput",
            "StreamSpecification",
            "SSESpecification",
            *THROUGHPUT,
            Arn="TableArn",
            StreamArn="LatestStreamArn",
        ),
        status="TableStatus",
        created_at="CreationDateTime",
        follows=(
            Follow(
                call=Call(operation="dynamodb:ListTagsOfResource", parameters={"ResourceArn": Known("Arn")}),
                items=("Tags", "*"),
                gives={"Tags": "Tags"},
                always=True,
            ),
            Follow(
                call=Call(operation="dynamodb:DescribeTimeToLive", parameters=TABLE),
                gives={"TimeToLiveSpecification": ""},
                convert=time_to_live,
            ),
            Follow(
                call=Call(operation="dynamodb:DescribeContinuousBackups", parameters=TABLE),
                gives={"PointInTimeRecoverySpecification": ""},
                convert=recovery,
            ),
            Follow(
                call=Call(operation="dynamodb:GetResourcePolicy", parameters={"ResourceArn": Known("Arn")}),
                gives={"ResourcePolicy": ""},
                absent=frozenset({"PolicyNotFoundException"}),
                convert=lambda body, _: {"ResourcePolicy": {"PolicyDocument": body["Policy"]} if body.get("Policy") else None},
            ),
        ),
    ),
    listing=Listing(call=Call(operation="dynamodb:ListTables", parameters={}), items=("TableNames", "*")),
    delete=Delete(call=Call(operation="dynamodb:DeleteTable", parameters=TABLE), proves=False),
    ready=frozenset({"ACTIVE"}),
    failed=frozenset({"INACCESSIBLE_ENCRYPTION_CREDENTIALS", "ARCHIVED"}),
    replace=frozenset({"KeySchema", "LocalSecondaryIndexes"}),
    defaults={"TableClass": "STANDARD", "DeletionProtectionEnabled": False, "BillingMode": "PROVISIONED"},
    refused={
        "ContributorInsightsSpecification": INSIGHTS,
        "GlobalSecondaryIndexes.ContributorInsightsSpecification": INSIGHTS,
        "ImportSourceSpecification": "a table made from an export is not served yet",
        "KinesisStreamSpecification": "streaming to Kinesis is not served yet",
        "StreamSpecification.ResourcePolicy": "policies of streams are not served yet",
        "StreamSpecification.Tags": "tags of streams are not served yet",
        "VectorIndexes": "vector indexes are not served yet",
    },
)

ENTRIES = (DYNAMODB_TABLE,)
