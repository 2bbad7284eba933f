"""S3: tags at creation, and refusal of what moto takes for the creation of a bucket."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

from sandbox.aws.answer import failure, parsed, result, succeeded
from sandbox.aws.call import Call
from sandbox.aws.repairs.registry import Send, backend, extras, repairs
from sandbox.wire import Reply

SPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"
# moto has none of these, and takes each for something else.
UNSERVED = tuple(
    f"{verb}Bucket{noun}Configuration{'s' if verb == 'List' else ''}"
    for verb in ("Put", "Get", "Delete", "List")
    for noun in ("IntelligentTiering", "Metrics", "Analytics")
)


@repairs("s3", "CreateBucket")
def create_bucket(call: Call, send: Send) -> Reply:
    """The tags of CreateBucketConfiguration are the bucket's."""
    tags = _tags(call.request.body)
    reply = send(call)
    bucket = backend(call).buckets.get(call.parameters.get("Bucket"))
    if succeeded(reply) and tags and bucket is not None:
        backend(call).tagger.tag_resource(bucket.arn, tags)
    return reply


def _tags(body: bytes) -> list[dict[str, str]]:
    if b"<Tag>" not in body:
        return []
    return [
        {"Key": tag.findtext(f"{SPACE}Key", ""), "Value": tag.findtext(f"{SPACE}Value", "")}
        for tag in ElementTree.fromstring(body).iter(f"{SPACE}Tag")
    ]


@repairs("s3", "PutBucketNotificationConfiguration")
def put_notification(call: Call, send: Send) -> Reply:
    """Events to EventBridge are kept, which moto drops."""
    reply = send(call)
    bucket = backend(call).buckets.get(call.parameters.get("Bucket"))
    if succeeded(reply) and bucket is not None:
        extras(bucket)["event_bridge"] = b"EventBridgeConfiguration" in call.request.body
    return reply


@repairs("s3", "GetBucketNotificationConfiguration")
def get_notification(call: Call, send: Send) -> Reply:
    reply = send(call)
    bucket = backend(call).buckets.get(call.parameters.get("Bucket"))
    if not succeeded(reply) or bucket is None or not extras(bucket).get("event_bridge"):
        return reply
    return result(call, {**parsed(call, reply), "EventBridgeConfiguration": {}})


@repairs("s3", "GetObjectLockConfiguration")
def get_object_lock(call: Call, send: Send) -> Reply:
    """Of days and years, only what was set."""
    reply = send(call)
    body = reply.body.replace(b"<Years>0</Years>", b"").replace(b"<Days>0</Days>", b"")
    return replace(reply, headers=tuple(item for item in reply.headers if item[0].lower() != "content-length"), body=body)


@repairs("s3", *UNSERVED)
def unserved(call: Call, send: Send) -> Reply:
    return failure(call, "NotImplemented", f"the sandbox does not serve s3:{call.operation}", 501)
