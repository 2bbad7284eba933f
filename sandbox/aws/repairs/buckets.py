"""S3: tags at creation, and refusal of what moto takes for the creation of a bucket."""

from __future__ import annotations

from xml.etree import ElementTree

from sandbox.aws.answer import failure, succeeded
from sandbox.aws.call import Call
from sandbox.aws.repairs.registry import Send, backend, repairs
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


@repairs("s3", *UNSERVED)
def unserved(call: Call, send: Send) -> Reply:
    return failure(call, "NotImplemented", f"the sandbox does not serve s3:{call.operation}", 501)
