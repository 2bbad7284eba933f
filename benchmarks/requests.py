"""Part b: the requests of an unchanged plan of AWS resources, beside the least that could be.

The floor, per type: where its API reads many at once, one request for as many as fit into its largest page; where it reads one
at a time, one for each object. Tags that the read does not hold are one more for each object where the service reads them one
at a time: the tagging API across services reads a hundred, but lags behind, so it proves nothing of who owns what. What the
tags cost is said. Judged by the sandbox's own counters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import cost
from benchmarks.table import Row
from sandbox import process
from sandbox.client import Client

REPOSITORY = """\
repository: bench-requests-2c4e
environments: {dev: {default: true, sandbox: true}}
state: "sqlite:../state/journal.db"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """`body` is the properties of the n-th. `page`: objects that `read` gives at once. `tags`: the call that gives the tags of
    one object, where `read` does not."""

    type: str
    share: int
    body: str
    page: int
    read: str
    tags: str = ""


KINDS = (
    Kind(type="AWS::EC2::VPC", share=4, body='{CidrBlock: "10.%d.0.0/16"}', page=1000, read="DescribeVpcs"),
    Kind(
        type="AWS::EC2::Subnet",
        share=20,
        body='{VpcId: "${r_vpc_0.VpcId}", CidrBlock: "10.0.%d.0/24"}',
        page=1000,
        read="DescribeSubnets",
    ),
    Kind(
        type="AWS::EC2::SecurityGroup",
        share=20,
        body='{GroupName: "bench-%d", GroupDescription: bench, VpcId: "${r_vpc_0.VpcId}"}',
        page=1000,
        read="DescribeSecurityGroups",
    ),
    Kind(
        type="AWS::EC2::RouteTable",
        share=10,
        body='{VpcId: "${r_vpc_0.VpcId}", Tags: {N: "%d"}}',
        page=100,
        read="DescribeRouteTables",
    ),
    Kind(
        type="AWS::SSM::Parameter",
        share=20,
        body='{Name: "/bench/%d", Type: String, Value: v}',
        page=10,
        read="GetParameters",
        tags="ListTagsForResource",
    ),
    Kind(
        type="AWS::SQS::Queue",
        share=10,
        body='{QueueName: "bench-%d"}',
        page=1,
        read="GetQueueAttributes",
        tags="ListQueueTags",
    ),
    Kind(
        type="AWS::SNS::Topic",
        share=5,
        body='{TopicName: "bench-%d"}',
        page=1,
        read="GetTopicAttributes",
        tags="ListTagsForResource",
    ),
    Kind(
        type="AWS::Logs::LogGroup",
        share=5,
        body='{LogGroupName: "/bench/%d"}',
        page=1,
        read="DescribeLogGroups",
        tags="ListTagsForResource",
    ),
    Kind(
        type="AWS::DynamoDB::Table",
        share=6,
        body='{TableName: "bench-%d", BillingMode: PAY_PER_REQUEST, '
        "AttributeDefinitions: [{AttributeName: k, AttributeType: S}], KeySchema: [{AttributeName: k, KeyType: HASH}]}",
        page=1,
        read="DescribeTable",
        tags="ListTagsOfResource",
    ),
)
"""Shares of a hundred."""


def counts(size: int) -> dict[str, int]:
    return {kind.type: size * kind.share // 100 for kind in KINDS}


def floor(size: int) -> dict[str, tuple[int, int]]:
    """Type -> reads, reads of tags."""
    held = counts(size)
    return {kind.type: (-(-held[kind.type] // kind.page), held[kind.type] if kind.tags else 0) for kind in KINDS}


def write_requests(folder: Path, size: int) -> None:
    lines = ["stack: bench", "resources:"]
    for kind in KINDS:
        short = kind.type.rpartition("::")[2].lower()
        for number in range(counts(size)[kind.type]):
            lines.append(f'  r_{short}_{number}: {{type: "{kind.type}", properties: {kind.body % number}}}')
    folder.mkdir(parents=True)
    (folder / "plumb.yaml").write_text(REPOSITORY)
    (folder / "bench.plumb.yaml").write_text("\n".join(lines) + "\n")


def requests(folder: Path, plumb: str, environ: Mapping[str, str], size: int) -> list[Row]:
    with process.running() as info:
        place = folder / "run" / "plumb"
        place.mkdir(parents=True)
        (place / "sandbox").symlink_to(info.directory)
        own = {**environ, "XDG_RUNTIME_DIR": str(folder / "run")}
        repository = folder / "repository"
        write_requests(repository, size)
        cost([plumb, "apply", "-y", "-q", "--concise"], repository, own)
        client = Client(info)
        client.clear_calls()
        cost([plumb, "plan", "--detailed-exitcode"], repository, own)
        return judged(size, client.calls())


def judged(size: int, calls: Mapping[str, Mapping[str, int]]) -> list[Row]:
    least, held = floor(size), counts(size)
    reads, tags = (sum(pair[index] for pair in least.values()) for index in (0, 1))
    made = sum(sum(found.values()) for found in calls.values())
    rows = []
    for kind in KINDS:
        said = " + ".join(filter(None, (kind.read, kind.tags)))
        rows.append(Row(what=f"floor: {held[kind.type]} {kind.type}", ours=sum(least[kind.type]), unit="calls", note=said))
    for service, found in sorted(calls.items()):
        rows += [Row(what=f"made: {service}:{name}", ours=count, unit="calls") for name, count in sorted(found.items())]
    ratio = made / (reads + tags)
    note = f"{ratio:.2f} of the floor, {reads + tags} = {reads} reads and {tags} of tags"
    what = f"an unchanged plan of {sum(held.values())} resources"
    return [*rows, Row(what=what, ours=made, unit="calls", limit="1.2 floor", holds=ratio <= 1.2, note=note)]
