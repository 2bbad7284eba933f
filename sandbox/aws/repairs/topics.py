"""SNS: a topic that exists already with other settings, and settings that moto drops."""

from __future__ import annotations

from typing import Any

from sandbox.aws.answer import failure, parsed, result, succeeded
from sandbox.aws.call import Call
from sandbox.aws.repairs.registry import Send, backend, extras, repairs
from sandbox.wire import Reply

KEPT = ("TracingConfig", "SignatureVersion", "ArchivePolicy", "FifoThroughputScope", "DataProtectionPolicy")


def _topic(call: Call, arn: str) -> Any:
    return backend(call).topics.get(arn)


def _attributes(call: Call) -> dict[str, str]:
    return dict(call.parameters.get("Attributes") or {})


@repairs("sns", "CreateTopic")
def create_topic(call: Call, send: Send) -> Reply:
    arn = f"arn:aws:sns:{call.region}:{call.account}:{call.parameters.get('Name')}"
    topic = _topic(call, arn)
    if topic is not None:
        tags = {tag["Key"]: tag["Value"] for tag in call.parameters.get("Tags") or []}
        if tags and tags != topic._tags:
            return failure(call, "InvalidParameter", "Invalid parameter: Tags Reason: Topic already exists with different tags")
        shown = _shown(topic)
        if any(shown.get(name, "") != value for name, value in _attributes(call).items()):
            text = "Invalid parameter: Attributes Reason: Topic already exists with different attributes"
            return failure(call, "InvalidParameter", text)
        return result(call, {"TopicArn": arn})
    reply = send(call)
    if succeeded(reply):
        kept = {name: value for name, value in _attributes(call).items() if name in KEPT}
        if call.parameters.get("DataProtectionPolicy"):
            kept["DataProtectionPolicy"] = call.parameters["DataProtectionPolicy"]
        extras(_topic(call, arn)).update(kept)
    return reply


def _shown(topic: Any) -> dict[str, Any]:
    return {
        "DisplayName": topic.display_name,
        "DeliveryPolicy": topic.delivery_policy,
        "KmsMasterKeyId": topic.kms_master_key_id,
        "Policy": topic.policy,
        "FifoTopic": str(topic.fifo_topic).lower(),
        "ContentBasedDeduplication": str(topic.content_based_deduplication).lower(),
        **extras(topic),
    }


@repairs("sns", "SetTopicAttributes")
def set_topic_attributes(call: Call, send: Send) -> Reply:
    topic, name = _topic(call, call.parameters.get("TopicArn", "")), call.parameters.get("AttributeName")
    if topic is None or name not in KEPT:
        return send(call)
    extras(topic)[name] = call.parameters.get("AttributeValue", "")
    return result(call, {})


@repairs("sns", "GetTopicAttributes")
def get_topic_attributes(call: Call, send: Send) -> Reply:
    reply = send(call)
    if not succeeded(reply):
        return reply
    kept = {name: value for name, value in extras(_topic(call, call.parameters["TopicArn"])).items() if value}
    kept.pop("DataProtectionPolicy", None)
    attributes = {**parsed(call, reply)["Attributes"], **kept}
    if not attributes.get("DeliveryPolicy"):
        attributes.pop("DeliveryPolicy", None)
    return result(call, {"Attributes": attributes})


@repairs("sns", "PutDataProtectionPolicy", "GetDataProtectionPolicy")
def data_protection_policy(call: Call, send: Send) -> Reply:
    topic = _topic(call, call.parameters.get("ResourceArn", ""))
    if topic is None:
        return failure(call, "NotFound", "Topic does not exist", 404)
    if call.operation.startswith("Get"):
        return result(call, {"DataProtectionPolicy": extras(topic).get("DataProtectionPolicy", "")})
    extras(topic)["DataProtectionPolicy"] = call.parameters.get("DataProtectionPolicy", "")
    return result(call, {})
