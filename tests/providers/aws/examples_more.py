"""Examples of identities, clusters, machines, functions and the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from providers.contract.check import Build, Example
from providers.contract.observation import Live
from providers.contract.values import Secret, Value
from tests.providers.aws.world import GROUND, World

Made = Mapping[str, Live]


def plain(**inputs: Value) -> Build:
    return lambda made, mark: dict(inputs)


def trust(*services: str) -> Value:
    statements: list[Value] = [
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"} for service in services
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def allow(action: str) -> Value:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}


def role(service: str = "ec2.amazonaws.com", suffix: str = "", **inputs: Value) -> Build:
    return lambda made, mark: {
        "RoleName": f"check-{mark}{suffix}",
        "AssumeRolePolicyDocument": trust(service),
        "Policies": [{"PolicyName": "inline", "PolicyDocument": allow("s3:ListBucket")}],
        "Description": "check",
        "Tags": {"team": "a"},
        **inputs,
    }


ROLE = Example(
    type="AWS::IAM::Role",
    inputs=role(),
    changed=role(
        "lambda.amazonaws.com",
        Description="other",
        Policies=[{"PolicyName": "inline", "PolicyDocument": allow("s3:GetObject")}],
        MaxSessionDuration=7200,
        Tags={"team": "b"},
    ),
    released=lambda made, mark: {"RoleName": f"check-{mark}", "AssumeRolePolicyDocument": trust("ec2.amazonaws.com")},
    replacing=role(suffix="-two"),
    missing="check-never-was",
)


def inline(action: str) -> Build:
    return lambda made, mark: {"RoleName": ground_role(), "PolicyName": mark, "PolicyDocument": allow(action)}


def ground_role() -> str:
    return GROUND.role.rpartition("/")[2]


ROLE_POLICY = Example(
    type="AWS::IAM::RolePolicy",
    inputs=inline("s3:*"),
    changed=inline("sqs:*"),
    missing="never|was",
    filter=lambda made, mark: {"RoleName": ground_role()},
)


def managed(action: str, roles: bool = True, name: str = "") -> Build:
    def build(made: Made, mark: str) -> dict[str, Value]:
        attached: dict[str, Value] = {"Roles": [ground_role()]} if roles else {}
        return {"ManagedPolicyName": f"check-{mark}{name}", "PolicyDocument": allow(action), **attached}

    return build


MANAGED_POLICY = Example(
    type="AWS::IAM::ManagedPolicy",
    inputs=managed("s3:*"),
    changed=managed("sqs:*"),
    released=managed("s3:*", roles=False),
    replacing=managed("s3:*", name="-two"),
    missing="check-never-was",
)


def profile(roles: bool = True, name: str = "") -> Build:
    def build(made: Made, mark: str) -> dict[str, Value]:
        held: dict[str, Value] = {"Roles": [ground_role()]} if roles else {}
        return {"InstanceProfileName": f"check-{mark}{name}", **held}

    return build


INSTANCE_PROFILE = Example(
    type="AWS::IAM::InstanceProfile",
    inputs=profile(),
    released=profile(roles=False),
    replacing=profile(name="-two"),
    missing="check-never-was",
)


def issuer(name: str = "", **inputs: Value) -> Build:
    return lambda made, mark: {
        "Url": f"https://oidc.example.com/{mark}{name}",
        "ClientIdList": ["sts.amazonaws.com"],
        "ThumbprintList": ["a" * 40],
        "Tags": {"team": "a"},
        **inputs,
    }


OIDC_PROVIDER = Example(
    type="AWS::IAM::OIDCProvider",
    inputs=issuer(),
    changed=issuer(ClientIdList=["sts.amazonaws.com", "other"], ThumbprintList=["b" * 40], Tags={"team": "b"}),
    replacing=issuer("-two"),
    missing="https://oidc.example.com/never",
)


def cluster(**inputs: Value) -> Build:
    def build(made: Made, mark: str) -> dict[str, Value]:
        return {
            "Name": f"check-{mark}",
            "RoleArn": GROUND.role,
            "ResourcesVpcConfig": {"SubnetIds": list(GROUND.subnets)},
            "Logging": {"ClusterLogging": {"EnabledTypes": [{"Type": "api"}]}},
            "Tags": {"team": "a"},
            **inputs,
        }

    return build


def clusters() -> list[Example]:
    own = Example(
        type="AWS::EKS::Cluster",
        inputs=cluster(),
        changed=cluster(Logging={"ClusterLogging": {"EnabledTypes": [{"Type": "api"}, {"Type": "audit"}]}}, Tags={"team": "b"}),
        replacing=cluster(KubernetesNetworkConfig={"ServiceIpv4Cidr": "172.20.0.0/16"}),
        missing="check-never-was",
        carries=True,
    )
    group = Example(
        type="AWS::EKS::Nodegroup",
        inputs=nodegroup(),
        changed=nodegroup(size=2, Labels={"team": "b"}, Tags={"team": "b"}),
        replacing=nodegroup(DiskSize=40),
        missing="never|was",
        filter=lambda made, mark: {"ClusterName": GROUND.cluster},
    )
    return [own, group]


def nodegroup(size: int = 1, **inputs: Value) -> Build:
    def build(made: Made, mark: str) -> dict[str, Value]:
        return {
            "ClusterName": GROUND.cluster,
            "NodegroupName": f"check-{mark}",
            "NodeRole": GROUND.role,
            "Subnets": list(GROUND.subnets),
            "ScalingConfig": {"MinSize": 1, "MaxSize": 3, "DesiredSize": size},
            "Labels": {"team": "a"},
            "Tags": {"team": "a"},
            **inputs,
        }

    return build


EIP = Example(
    type="AWS::EC2::EIP",
    inputs=plain(Domain="vpc", Tags={"team": "a"}),
    changed=plain(Domain="vpc", Tags={"team": "b", "more": "1"}),
    released=plain(Domain="vpc", Tags={}),
    missing="192.0.2.1|eipalloc-0123456789abcdef0",
)


def nat(team: str = "a", **inputs: Value) -> Build:
    return lambda made, mark: {
        "SubnetId": GROUND.subnets[0],
        "AllocationId": made["address"].values["AllocationId"],
        "Tags": {"team": team},
        **inputs,
    }


def machines() -> list[Example]:
    gateway = Example(
        type="AWS::EC2::NatGateway",
        needs={"address": EIP},
        inputs=nat(),
        changed=nat("b"),
        replacing=lambda made, mark: {
            "SubnetId": GROUND.subnets[1],
            "AllocationId": made["address"].values["AllocationId"],
            "Tags": {"team": "a"},
        },
        missing="nat-0123456789abcdef0",
        crowd=False,
    )
    instance = Example(
        type="AWS::EC2::Instance",
        inputs=machine(),
        changed=machine(team="b", InstanceType="t3.small", SourceDestCheck=False),
        released=machine(SourceDestCheck=None),
        replacing=machine(PrivateIpAddress="10.0.101.77"),
        missing="i-0123456789abcdef0",
    )
    return [EIP, gateway, instance]


def machine(team: str = "a", **inputs: Value) -> Build:
    def build(made: Made, mark: str) -> dict[str, Value]:
        wanted: dict[str, Value] = {
            "ImageId": "ami-12c6146b",
            "InstanceType": "t3.micro",
            "SubnetId": GROUND.subnets[0],
            "UserData": "IyEvYmluL3NoCg==",
            "SourceDestCheck": False,
            "Tags": {"team": team},
            **inputs,
        }
        return {name: value for name, value in wanted.items() if value is not None}

    return build


def function(code: str = "def handler(event, context): return 1", name: str = "", **inputs: Value) -> Build:
    def build(made: Made, mark: str) -> dict[str, Value]:
        wanted: dict[str, Value] = {
            "FunctionName": f"check-{mark}{name}",
            "Role": GROUND.role,
            "Runtime": "python3.12",
            "Handler": "index.handler",
            "Code": {"ZipFile": code},
            "Environment": {"Variables": {"TEAM": "a", "MORE": "1"}},
            "MemorySize": 256,
            "Tags": {"team": "a"},
            **inputs,
        }
        return {key: value for key, value in wanted.items() if value is not None}

    return build


FUNCTION = Example(
    type="AWS::Lambda::Function",
    inputs=function(),
    changed=function(
        "def handler(event, context): return 2",
        Environment={"Variables": {"TEAM": "b"}},
        Timeout=10,
        Tags={"team": "b"},
    ),
    released=function(MemorySize=None),
    replacing=function(name="-two"),
    missing="check-never-was",
)


def permission(**inputs: Value) -> Build:
    return lambda made, mark: {
        "FunctionName": GROUND.function,
        "Action": "lambda:InvokeFunction",
        "Principal": "events.amazonaws.com",
        "SourceArn": f"arn:aws:events:eu-west-1:123456789012:rule/{mark}",
        **inputs,
    }


PERMISSION = Example(
    type="AWS::Lambda::Permission",
    inputs=permission(),
    replacing=permission(Principal="s3.amazonaws.com"),
    missing="check-never-was|statement",
    filter=lambda made, mark: {"FunctionName": GROUND.function},
)


def topic(name: str = "", **inputs: Value) -> Build:
    return lambda made, mark: {
        "TopicName": f"check-{mark}{name}",
        "DisplayName": "check",
        "Subscription": [{"Protocol": "sqs", "Endpoint": "arn:aws:sqs:eu-west-1:123456789012:orders"}],
        "Tags": {"team": "a"},
        **inputs,
    }


TOPIC = Example(
    type="AWS::SNS::Topic",
    inputs=topic(),
    changed=topic(
        DisplayName="other",
        Subscription=[{"Protocol": "sqs", "Endpoint": "arn:aws:sqs:eu-west-1:123456789012:invoices"}],
        Tags={"team": "b"},
    ),
    released=lambda made, mark: {"TopicName": f"check-{mark}", "Tags": {"team": "a"}},
    replacing=topic("-two"),
    missing="check-never-was",
)


def log_group(name: str = "", **inputs: Value) -> Build:
    return lambda made, mark: {
        "LogGroupName": f"/check/{mark}{name}",
        "RetentionInDays": 7,
        "Tags": {"team": "a"},
        **inputs,
    }


LOG_GROUP = Example(
    type="AWS::Logs::LogGroup",
    inputs=log_group(),
    changed=log_group(RetentionInDays=14, Tags={"team": "b"}),
    released=lambda made, mark: {"LogGroupName": f"/check/{mark}", "Tags": {"team": "a"}},
    replacing=log_group("-two"),
    missing="/check/never-was",
)


def parameter(value: Value, name: str = "", **inputs: Value) -> Build:
    return lambda made, mark: {
        "Name": f"/check/{mark}{name}",
        "Type": "String",
        "Value": value,
        "Tags": {"team": "a"},
        **inputs,
    }


PARAMETER = Example(
    type="AWS::SSM::Parameter",
    inputs=parameter("one"),
    changed=parameter("two", Tags={"team": "b"}),
    replacing=parameter("one", "-two"),
    missing="/check/never-was",
)

HIDDEN = replace(
    PARAMETER,
    name="AWS::SSM::Parameter, secret",
    inputs=parameter(Secret("plum-stone")),
    changed=parameter(Secret("plum-stone again")),
    replacing=None,
    secret="plum-stone",
)


def key(**inputs: Value) -> Build:
    return lambda made, mark: {"Description": mark, "EnableKeyRotation": True, "Tags": {"team": "a"}, **inputs}


KEY = Example(
    type="AWS::KMS::Key",
    inputs=key(),
    changed=key(EnableKeyRotation=False, Description="other", Tags={"team": "b"}),
    released=lambda made, mark: {"Description": mark, "Tags": {"team": "a"}},
    replacing=key(KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048", EnableKeyRotation=False),
    missing="01234567-89ab-cdef-0123-456789abcdef",
)


def repository(name: str = "", **inputs: Value) -> Build:
    return lambda made, mark: {
        "RepositoryName": f"check/{mark}{name}",
        "ImageTagMutability": "IMMUTABLE",
        "ImageScanningConfiguration": {"ScanOnPush": True},
        "Tags": {"team": "a"},
        **inputs,
    }


REPOSITORY = Example(
    type="AWS::ECR::Repository",
    inputs=repository(),
    changed=repository(ImageTagMutability="MUTABLE", RepositoryPolicyText=allow("ecr:*"), Tags={"team": "b"}),
    released=lambda made, mark: {"RepositoryName": f"check/{mark}", "Tags": {"team": "a"}},
    replacing=repository("-two"),
    missing="check/never-was",
)


def examples(world: World) -> list[Example]:
    return [
        ROLE,
        ROLE_POLICY,
        MANAGED_POLICY,
        INSTANCE_PROFILE,
        OIDC_PROVIDER,
        *clusters(),
        *machines(),
        FUNCTION,
        PERMISSION,
        TOPIC,
        LOG_GROUP,
        PARAMETER,
        HIDDEN,
        KEY,
        REPOSITORY,
    ]
