"""An example of every served type, for the contract suite."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from providers.contract.check import Build, Example
from providers.contract.observation import Live
from providers.contract.values import Value
from tests.providers.aws.world import GROUND, World

Made = Mapping[str, Live]


def plain(**inputs: Value) -> Build:
    return lambda made, mark: dict(inputs)


def marked(make: Callable[[str], dict[str, Value]]) -> Build:
    return lambda made, mark: make(mark)


VPC = Example(
    type="AWS::EC2::VPC",
    inputs=plain(CidrBlock="10.0.0.0/16", EnableDnsHostnames=True, Tags={"Name": "check"}),
    changed=plain(CidrBlock="10.0.0.0/16", EnableDnsHostnames=False, Tags={"Name": "other"}),
    released=plain(CidrBlock="10.0.0.0/16", Tags={"Name": "check"}),
    replacing=plain(CidrBlock="10.1.0.0/16", EnableDnsHostnames=True, Tags={"Name": "check"}),
    missing="vpc-0123456789abcdef0",
)


def in_vpc(**inputs: Value) -> Build:
    return lambda made, mark: {"VpcId": GROUND.vpc, **inputs}


SUBNET = Example(
    type="AWS::EC2::Subnet",
    inputs=in_vpc(CidrBlock="10.0.1.0/24", MapPublicIpOnLaunch=True, Tags={"Name": "check"}),
    changed=in_vpc(CidrBlock="10.0.1.0/24", MapPublicIpOnLaunch=False, Tags={"Name": "other", "more": "1"}),
    released=in_vpc(CidrBlock="10.0.1.0/24", Tags={"Name": "check"}),
    replacing=in_vpc(CidrBlock="10.0.2.0/24", MapPublicIpOnLaunch=True, Tags={"Name": "check"}),
    missing="subnet-0123456789abcdef0",
    crowd=False,
)

INTERNET_GATEWAY = Example(
    type="AWS::EC2::InternetGateway",
    inputs=plain(Tags={"Name": "check"}),
    changed=plain(Tags={"Name": "other"}),
    released=plain(Tags={}),
    missing="igw-0123456789abcdef0",
)

ATTACHMENT = Example(
    type="AWS::EC2::VPCGatewayAttachment",
    needs={"vpc": VPC, "gateway": INTERNET_GATEWAY},
    inputs=lambda made, mark: {"VpcId": made["vpc"].identity, "InternetGatewayId": made["gateway"].identity},
    missing="IGW|vpc-0123456789abcdef0",
    crowd=False,
)

ROUTE_TABLE = Example(
    type="AWS::EC2::RouteTable",
    inputs=in_vpc(Tags={"Name": "check"}),
    changed=in_vpc(Tags={"Name": "other"}),
    released=in_vpc(Tags={}),
    missing="rtb-0123456789abcdef0",
)


def route(**inputs: Value) -> Build:
    return lambda made, mark: {
        "RouteTableId": GROUND.table,
        "DestinationCidrBlock": "192.168.0.0/16",
        "GatewayId": GROUND.gateway,
        **inputs,
    }


ROUTE = Example(
    type="AWS::EC2::Route",
    inputs=route(),
    replacing=route(DestinationCidrBlock="192.169.0.0/16"),
    missing="rtb-0123456789abcdef0|192.168.0.0/16",
    filter=route(),
    crowd=False,
)

ASSOCIATION = Example(
    type="AWS::EC2::SubnetRouteTableAssociation",
    inputs=lambda made, mark: {"SubnetId": GROUND.subnets[0], "RouteTableId": GROUND.table},
    missing="subnet-0123456789abcdef0",
    crowd=False,
)


def rule(port: int, **more: Value) -> dict[str, Value]:
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": "10.0.0.0/8", **more}


SECURITY_GROUP = Example(
    type="AWS::EC2::SecurityGroup",
    inputs=lambda made, mark: {
        "VpcId": GROUND.vpc,
        "GroupName": f"check-{mark}",
        "GroupDescription": "check",
        "SecurityGroupIngress": [rule(80), rule(443, Description="tls")],
        "Tags": {"Name": "check"},
    },
    changed=lambda made, mark: {
        "VpcId": GROUND.vpc,
        "GroupName": f"check-{mark}",
        "GroupDescription": "check",
        "SecurityGroupIngress": [rule(443, Description="tls"), rule(8080)],
        "SecurityGroupEgress": [rule(443)],
        "Tags": {"Name": "other"},
    },
    released=lambda made, mark: {
        "VpcId": GROUND.vpc,
        "GroupName": f"check-{mark}",
        "GroupDescription": "check",
        "Tags": {"Name": "check"},
    },
    replacing=lambda made, mark: {
        "VpcId": GROUND.vpc,
        "GroupName": f"check-{mark}",
        "GroupDescription": "other",
        "SecurityGroupIngress": [rule(80), rule(443, Description="tls")],
        "Tags": {"Name": "check"},
    },
    missing="sg-0123456789abcdef0",
)


def ingress(**inputs: Value) -> Build:
    return lambda made, mark: {"GroupId": GROUND.group, **rule(22), **inputs}


SECURITY_GROUP_INGRESS = Example(
    type="AWS::EC2::SecurityGroupIngress",
    inputs=ingress(Description="ssh"),
    changed=ingress(Description="shell"),
    replacing=ingress(CidrIp="10.2.0.0/16", Description="ssh"),
    missing="sg-0123456789abcdef0|tcp|22|22|10.0.0.0/8",
    crowd=False,
)


def queue(name: str, **inputs: Value) -> dict[str, Value]:
    return {"QueueName": f"check-{name}", **inputs}


QUEUE = Example(
    type="AWS::SQS::Queue",
    inputs=marked(lambda mark: queue(mark, DelaySeconds=5, Tags={"team": "a"})),
    changed=marked(lambda mark: queue(mark, DelaySeconds=7, VisibilityTimeout=60, Tags={"team": "b"})),
    released=marked(lambda mark: queue(mark, Tags={"team": "a"})),
    replacing=marked(lambda mark: queue(f"{mark}-two", DelaySeconds=5, Tags={"team": "a"})),
    missing="check-never-was",
)

BLOCKED: Value = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)


def bucket(name: str, **inputs: Value) -> dict[str, Value]:
    return {"BucketName": f"check-{name}", **inputs}


RULES: Value = {
    "Rules": [
        {"Id": "old", "Status": "Enabled", "Prefix": "logs/", "ExpirationInDays": 30},
        {"Id": "cold", "Status": "Enabled", "Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 10}]},
    ]
}

BUCKET = Example(
    type="AWS::S3::Bucket",
    inputs=marked(
        lambda mark: bucket(
            mark,
            VersioningConfiguration={"Status": "Enabled"},
            PublicAccessBlockConfiguration=BLOCKED,
            LifecycleConfiguration=RULES,
            Tags={"team": "a"},
        )
    ),
    changed=marked(
        lambda mark: bucket(
            mark,
            VersioningConfiguration={"Status": "Suspended"},
            PublicAccessBlockConfiguration=BLOCKED,
            LifecycleConfiguration=RULES,
            CorsConfiguration={"CorsRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "MaxAge": 60}]},
            Tags={"team": "b"},
        )
    ),
    released=marked(
        lambda mark: bucket(
            mark,
            VersioningConfiguration={"Status": "Enabled"},
            PublicAccessBlockConfiguration=BLOCKED,
            Tags={"team": "a"},
        )
    ),
    replacing=marked(
        lambda mark: bucket(
            f"{mark}-two",
            VersioningConfiguration={"Status": "Enabled"},
            PublicAccessBlockConfiguration=BLOCKED,
            LifecycleConfiguration=RULES,
            Tags={"team": "a"},
        )
    ),
    missing="check-never-was",
)


def policy(made: Made, effect: str = "Deny") -> Value:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": effect,
                "Principal": "*",
                "Action": "s3:*",
                "Resource": f"arn:aws:s3:::{made['bucket'].identity}/*",
                "Condition": {"Bool": {"aws:SecureTransport": False}},
            }
        ],
    }


BUCKET_POLICY = Example(
    type="AWS::S3::BucketPolicy",
    needs={"bucket": BUCKET},
    inputs=lambda made, mark: {"Bucket": made["bucket"].identity, "PolicyDocument": policy(made)},
    changed=lambda made, mark: {"Bucket": made["bucket"].identity, "PolicyDocument": policy(made, "Allow")},
    missing="check-never-was",
)


def table(name: str, **inputs: Value) -> dict[str, Value]:
    return {
        "TableName": f"check-{name}",
        "AttributeDefinitions": [
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "at", "AttributeType": "N"},
        ],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": [index("by-time")],
        "BillingMode": "PAY_PER_REQUEST",
        **inputs,
    }


def index(name: str) -> Value:
    return {
        "IndexName": name,
        "KeySchema": [{"AttributeName": "at", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }


TABLE = Example(
    type="AWS::DynamoDB::Table",
    inputs=marked(
        lambda mark: table(mark, TimeToLiveSpecification={"Enabled": True, "AttributeName": "gone"}, Tags={"team": "a"})
    ),
    changed=marked(
        lambda mark: table(
            mark,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": "gone"},
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
            Tags={"team": "b"},
        )
    ),
    released=marked(lambda mark: table(mark, Tags={"team": "a"})),
    replacing=marked(
        lambda mark: table(
            mark,
            KeySchema=[{"AttributeName": "at", "KeyType": "HASH"}],
            TimeToLiveSpecification={"Enabled": True, "AttributeName": "gone"},
            Tags={"team": "a"},
        )
    ),
    missing="check-never-was",
)


def examples(world: World) -> list[Example]:
    """All of them. The world is needed for what happens behind the provider's back."""
    from tests.providers.aws import examples_more

    base = [
        damaged(VPC, lambda live: world.do("ec2:CreateTags", Resources=[live.identity], Tags=[{"Key": "Name", "Value": "x"}])),
        damaged(
            SUBNET,
            lambda live: world.do("ec2:ModifySubnetAttribute", SubnetId=live.identity, MapPublicIpOnLaunch={"Value": False}),
        ),
        INTERNET_GATEWAY,
        ATTACHMENT,
        ROUTE_TABLE,
        ROUTE,
        ASSOCIATION,
        damaged(
            SECURITY_GROUP,
            lambda live: world.do(
                "ec2:RevokeSecurityGroupIngress",
                GroupId=live.identity,
                IpPermissions=[{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}],
            ),
        ),
        SECURITY_GROUP_INGRESS,
        damaged(
            QUEUE,
            lambda live: world.do("sqs:SetQueueAttributes", QueueUrl=live.values["QueueUrl"], Attributes={"DelaySeconds": "9"}),
        ),
        damaged(
            BUCKET,
            lambda live: world.do(
                "s3:PutBucketVersioning", Bucket=live.identity, VersioningConfiguration={"Status": "Suspended"}
            ),
        ),
        BUCKET_POLICY,
        TABLE,
    ]
    return [*base, *examples_more.examples(world)]


def damaged(example: Example, damage: Callable[[Live], Any]) -> Example:
    from dataclasses import replace

    def hit(live: Live) -> None:
        damage(live)

    return replace(example, damage=hit)
