"""SQS queues."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from providers.aws.forms import text
from providers.aws.table import (
    Call,
    Create,
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
)
from providers.contract.schema import RecoveryClass
from providers.contract.values import Value

ATTRIBUTES = (
    "DelaySeconds",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "VisibilityTimeout",
    "KmsDataKeyReusePeriodSeconds",
    "SqsManagedSseEnabled",
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "FifoThroughputLimit",
)
RESETTABLE = ("KmsMasterKeyId", "RedrivePolicy", "RedriveAllowPolicy")


def only_true(value: Any) -> str | None:
    """SQS knows FifoQueue only as true."""
    return "true" if value else None


def queue_suffix(inputs: Mapping[str, Value]) -> str:
    return ".fifo" if inputs.get("FifoQueue") is True else ""


def queue_shape(attributes: dict[str, Any]) -> dict[str, Any]:
    arn = str(attributes.get("QueueArn", ""))
    return {"FifoQueue": False, **attributes, "QueueName": arn.rpartition(":")[2]}


def set_attributes(attributes: Mapping[str, Any]) -> Call:
    return Call(operation="sqs:SetQueueAttributes", parameters={"QueueUrl": Known("QueueUrl"), "Attributes": dict(attributes)})


QUEUE = Entry(
    type="AWS::SQS::Queue",
    recovery=RecoveryClass.NAME,
    identity=("QueueName",),  # the URL follows from it, account and region, and is an output
    known_identity=True,
    name="QueueName",
    name_length=80,
    name_suffix=queue_suffix,
    holds_data=True,
    create=Create(
        call=Call(
            operation="sqs:CreateQueue",
            parameters={
                "QueueName": Take("QueueName"),
                "Attributes": {
                    **{name: Take(name, text) for name in (*ATTRIBUTES, *RESETTABLE)},
                    "FifoQueue": Take("FifoQueue", only_true),
                },
                "tags": Tags(),
            },
        ),
    ),
    updates=(
        Update(
            on=ATTRIBUTES,
            call=set_attributes({name: Take(name, text) for name in ATTRIBUTES}),
            created=True,
            changed_only=True,
        ),
        *(
            Update(on=(name,), call=set_attributes({name: Take(name, text)}), undo=set_attributes({name: ""}), created=True)
            for name in RESETTABLE
        ),
    ),
    tagging=Tagging(
        form="map",
        add=Call(operation="sqs:TagQueue", parameters={"QueueUrl": Known("QueueUrl"), "Tags": Tags()}),
        remove=Call(operation="sqs:UntagQueue", parameters={"QueueUrl": Known("QueueUrl"), "TagKeys": TagKeys()}),
    ),
    read=Read(
        call=Call(operation="sqs:GetQueueAttributes", parameters={"QueueUrl": Known("QueueUrl"), "AttributeNames": ["All"]}),
        items=("Attributes",),
        locate=Follow(
            call=Call(operation="sqs:GetQueueUrl", parameters={"QueueName": Identity()}), gives={"QueueUrl": "QueueUrl"}
        ),
        shape=queue_shape,
        answer=answers("QueueName", "QueueUrl", "FifoQueue", *ATTRIBUTES, *RESETTABLE, Arn="QueueArn"),
        follows=(
            Follow(
                call=Call(operation="sqs:ListQueueTags", parameters={"QueueUrl": Known("QueueUrl")}),
                gives={"Tags": "Tags"},
                always=True,
            ),
        ),
        created_at="CreatedTimestamp",
    ),
    listing=Listing(
        call=Call(operation="sqs:ListQueues", parameters={"MaxResults": 1000}), items=("QueueUrls", "*"), identity=()
    ),
    delete=Delete(call=Call(operation="sqs:DeleteQueue", parameters={"QueueUrl": Known("QueueUrl")}), proves=False),
    defaults={
        "DelaySeconds": 0,
        "MaximumMessageSize": 1048576,
        "MessageRetentionPeriod": 345600,
        "ReceiveMessageWaitTimeSeconds": 0,
        "VisibilityTimeout": 30,
        "KmsDataKeyReusePeriodSeconds": 300,
        "FifoQueue": False,
        "ContentBasedDeduplication": False,
    },
)

ENTRIES = (QUEUE,)
