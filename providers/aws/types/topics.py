"""SNS topics with their subscriptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from providers.aws.forms import json_text, text
from providers.aws.paging import pages
from providers.aws.table import (
    Call,
    Change,
    Create,
    Custom,
    Delete,
    Entry,
    Follow,
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
from providers.contract.observation import Target
from providers.contract.schema import RecoveryClass
from providers.contract.step import Produced, Step
from providers.contract.transport import Send
from providers.contract.values import Value

TOPIC = {"TopicArn": Known("TopicArn")}
ATTRIBUTES = (
    "DisplayName",
    "KmsMasterKeyId",
    "ContentBasedDeduplication",
    "ArchivePolicy",
    "FifoThroughputScope",
    "SignatureVersion",
    "TracingConfig",
    "MaximumMessageSize",
)
SUBSCRIPTIONS = "~Subscriptions"


def only_true(value: Any) -> str | None:
    return "true" if value else None


def topic_suffix(inputs: Mapping[str, Value]) -> str:
    return ".fifo" if inputs.get("FifoTopic") is True else ""


def topic_arn(identity: str, target: Target, send: Send) -> Any:
    """Names are unique in an account and region: found in the complete listing."""
    found = pages(send, "sns:ListTopics", {}, ("Topics", "*", "TopicArn"))
    if not isinstance(found, list):
        return found
    return next(({"TopicArn": arn} for arn in found if arn.rpartition(":")[2] == identity), None)


def topic_shape(item: dict[str, Any]) -> dict[str, Any]:
    return {"FifoTopic": False, **item, "TopicName": item["TopicArn"].rpartition(":")[2]}


def subscriptions(item: dict[str, Any], identity: str, target: Target, send: Send) -> Any:
    if target.recorded and "Subscription" not in target.inputs:
        return {}
    arguments = {"TopicArn": item["TopicArn"]}
    found = pages(send, "sns:ListSubscriptionsByTopic", arguments, ("Subscriptions", "*"))
    if not isinstance(found, list):
        return found
    return {"Subscription": found, SUBSCRIPTIONS: found}


def pair(subscription: Mapping[str, Any]) -> tuple[str, str]:
    return str(subscription["Protocol"]), str(subscription["Endpoint"])


def subscribe(change: Change) -> Sequence[Step]:
    """Those that wait for their confirmation have no ARN yet and cannot be taken away."""
    wanted = {pair(item) for item in dicts(change.wanted.get("Subscription"))}
    have = {pair(item): str(item.get("SubscriptionArn", "")) for item in dicts(change.live.get(SUBSCRIPTIONS))}
    arn = Produced(step=0, path=("TopicArn",)) if change.creating else change.live.get("TopicArn")
    made = [
        Step(
            operation="sns:Unsubscribe",
            parameters={"SubscriptionArn": have[key]},
            identity=str(change.identity),
            note=f"unsubscribe {key[1]}",
        )
        for key in sorted(have)
        if key not in wanted and have[key].startswith("arn:")
    ]
    for protocol, endpoint in sorted(wanted - set(have)):
        made.append(
            Step(
                operation="sns:Subscribe",
                parameters={"TopicArn": arn, "Protocol": protocol, "Endpoint": endpoint},
                identity=str(change.identity),
                note=f"subscribe {endpoint}",
            )
        )
    return made


def dicts(value: Any) -> list[dict[str, Any]]:
    return value if isinstance(value, list) else []


def attribute(name: str) -> Update:
    """SetTopicAttributes takes one attribute at a time; an empty one is unset."""
    call = {**TOPIC, "AttributeName": name}
    return Update(
        on=(name,),
        call=Call(operation="sns:SetTopicAttributes", parameters={**call, "AttributeValue": Take(name, text)}),
        undo=Call(operation="sns:SetTopicAttributes", parameters={**call, "AttributeValue": ""}),
        created=True,
    )


SNS_TOPIC = Entry(
    type="AWS::SNS::Topic",
    recovery=RecoveryClass.NAME,
    identity=("TopicName",),  # the ARN follows from it, account and region, and is an output
    known_identity=True,
    name="TopicName",
    name_length=256,
    name_suffix=topic_suffix,
    create=Create(
        call=Call(
            operation="sns:CreateTopic",
            parameters={
                "Name": Take("TopicName"),
                "Attributes": {
                    **{name: Take(name, text) for name in ATTRIBUTES},
                    "FifoTopic": Take("FifoTopic", only_true),
                },
                "DataProtectionPolicy": Take("DataProtectionPolicy", json_text),
                "Tags": Tags(),
            },
        ),
    ),
    updates=(
        *(attribute(name) for name in ATTRIBUTES),
        Update(
            on=("DataProtectionPolicy",),
            call=Call(
                operation="sns:PutDataProtectionPolicy",
                parameters={
                    "ResourceArn": Known("TopicArn"),
                    "DataProtectionPolicy": Take("DataProtectionPolicy", json_text),
                },
            ),
            undo=Call(
                operation="sns:PutDataProtectionPolicy",
                parameters={"ResourceArn": Known("TopicArn"), "DataProtectionPolicy": ""},
            ),
            created=True,
        ),
        Custom(on=("Subscription",), steps=subscribe),
    ),
    tagging=Tagging(
        form="list",
        add=Call(operation="sns:TagResource", parameters={"ResourceArn": Known("TopicArn"), "Tags": Tags()}),
        remove=Call(operation="sns:UntagResource", parameters={"ResourceArn": Known("TopicArn"), "TagKeys": TagKeys()}),
    ),
    read=Read(
        call=Call(operation="sns:GetTopicAttributes", parameters=TOPIC),
        items=("Attributes",),
        absent=frozenset({"NotFound", "NotFoundException"}),
        locate_by=topic_arn,
        located=frozenset({"TopicArn"}),
        shape=topic_shape,
        answer=answers("TopicName", "TopicArn", "FifoTopic", *ATTRIBUTES),
        follows=(
            Follow(
                call=Call(operation="sns:ListTagsForResource", parameters={"ResourceArn": Known("TopicArn")}),
                gives={"Tags": "Tags"},
                always=True,
            ),
            Follow(
                call=Call(operation="sns:GetDataProtectionPolicy", parameters={"ResourceArn": Known("TopicArn")}),
                gives={"DataProtectionPolicy": "DataProtectionPolicy"},
                absent=frozenset({"NotFound", "NotFoundException", "InvalidParameter"}),
            ),
        ),
        more=subscriptions,
        more_gives=frozenset({"Subscription"}),
    ),
    listing=Listing(call=Call(operation="sns:ListTopics", parameters={}), items=("Topics", "*"), identity=("TopicArn",)),
    delete=Delete(call=Call(operation="sns:DeleteTopic", parameters=TOPIC)),
    defaults={"DisplayName": "", "FifoTopic": False, "ContentBasedDeduplication": False, "Subscription": []},
    refused={"DeliveryStatusLogging": "delivery logs of topics are not served yet"},
)

ENTRIES = (SNS_TOPIC,)
