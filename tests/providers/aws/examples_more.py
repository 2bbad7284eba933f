"""Examples of identities, clusters, machines, functions and the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from providers.contract.check import Build, Example
from providers.contract.observation import Live
from providers.contract.values import Value
from tests.providers.aws.world import World

Made = Mapping[str, Live]


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
    return lambda made, mark: {"RoleName": made["role"].identity, "PolicyName": mark, "PolicyDocument": allow(action)}


PLAIN_ROLE = replace(ROLE, inputs=lambda made, mark: {"RoleName": mark, "AssumeRolePolicyDocument": trust("ec2.amazonaws.com")})

ROLE_POLICY = Example(
    type="AWS::IAM::RolePolicy",
    needs={"role": PLAIN_ROLE},
    inputs=inline("s3:*"),
    changed=inline("sqs:*"),
    missing="never|was",
    filter=lambda made, mark: {"RoleName": made["role"].identity},
)


def managed(action: str, roles: bool = True, name: str = "") -> Build:
    def build(made: Made, mark: str) -> dict[str, Value]:
        attached: dict[str, Value] = {"Roles": [made["role"].identity]} if roles else {}
        return {"ManagedPolicyName": f"check-{mark}{name}", "PolicyDocument": allow(action), **attached}

    return build


MANAGED_POLICY = Example(
    type="AWS::IAM::ManagedPolicy",
    needs={"role": PLAIN_ROLE},
    inputs=managed("s3:*"),
    changed=managed("sqs:*"),
    released=managed("s3:*", roles=False),
    replacing=managed("s3:*", name="-two"),
    missing="check-never-was",
)


def profile(roles: bool = True, name: str = "") -> Build:
    def build(made: Made, mark: str) -> dict[str, Value]:
        held: dict[str, Value] = {"Roles": [made["role"].identity]} if roles else {}
        return {"InstanceProfileName": f"check-{mark}{name}", **held}

    return build


INSTANCE_PROFILE = Example(
    type="AWS::IAM::InstanceProfile",
    needs={"role": PLAIN_ROLE},
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
            "RoleArn": made["role"].values["Arn"],
            "ResourcesVpcConfig": {"SubnetIds": [made["one"].identity, made["two"].identity]},
            "Logging": {"ClusterLogging": {"EnabledTypes": [{"Type": "api"}]}},
            "Tags": {"team": "a"},
            **inputs,
        }

    return build


def needs_network() -> dict[str, Example]:
    from tests.providers.aws.examples import SUBNET, VPC, in_vpc

    return {
        "vpc": VPC,
        "one": replace(SUBNET, inputs=in_vpc(CidrBlock="10.0.1.0/24", AvailabilityZone="eu-west-1a")),
        "two": replace(SUBNET, inputs=in_vpc(CidrBlock="10.0.2.0/24", AvailabilityZone="eu-west-1b")),
        "role": PLAIN_ROLE,
    }


def clusters() -> list[Example]:
    own = Example(
        type="AWS::EKS::Cluster",
        needs=needs_network(),
        inputs=cluster(),
        changed=cluster(Logging={"ClusterLogging": {"EnabledTypes": [{"Type": "api"}, {"Type": "audit"}]}}, Tags={"team": "b"}),
        replacing=cluster(KubernetesNetworkConfig={"ServiceIpv4Cidr": "172.20.0.0/16"}),
        missing="check-never-was",
        carries=True,
    )
    group = Example(
        type="AWS::EKS::Nodegroup",
        needs={**needs_network(), "cluster": own},
        inputs=nodegroup(),
        changed=nodegroup(size=2, Labels={"team": "b"}, Tags={"team": "b"}),
        replacing=nodegroup(DiskSize=40),
        missing="never|was",
        filter=lambda made, mark: {"ClusterName": made["cluster"].identity},
    )
    return [own, group]


def nodegroup(size: int = 1, **inputs: Value) -> Build:
    def build(made: Made, mark: str) -> dict[str, Value]:
        return {
            "ClusterName": made["cluster"].identity,
            "NodegroupName": f"check-{mark}",
            "NodeRole": made["role"].values["Arn"],
            "Subnets": [made["one"].identity, made["two"].identity],
            "ScalingConfig": {"MinSize": 1, "MaxSize": 3, "DesiredSize": size},
            "Labels": {"team": "a"},
            "Tags": {"team": "a"},
            **inputs,
        }

    return build


def examples(world: World) -> list[Example]:
    return [ROLE, ROLE_POLICY, MANAGED_POLICY, INSTANCE_PROFILE, OIDC_PROVIDER, *clusters()]
