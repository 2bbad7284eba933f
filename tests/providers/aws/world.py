"""A sandbox for the tests of a session, and the provider's way to it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from providers.aws.transport import AwsTransport, open_aws
from providers.aws.types.functions import archive
from providers.contract.check import Build, Example
from providers.contract.observation import Live
from providers.contract.transport import Answer, Answered, Bounds
from sandbox import process
from sandbox.settings import Settings

READING = ("Describe", "Get", "List", "Head", "BatchGet", "Presign")


def mutates(operation: str, parameters: Mapping[str, object]) -> bool:
    return not operation.partition(":")[2].startswith(READING)


@dataclass(slots=True)
class World:
    """`send` asks and tells as the engine would: reads with retries, writes once."""

    transport: AwsTransport

    def send(self, operation: str, parameters: Mapping[str, Any]) -> Answer:
        return self.transport.call(operation, parameters, Bounds(write=mutates(operation, parameters)))

    def do(self, operation: str, **parameters: Any) -> Any:
        """A request behind the provider's back; the answer's body."""
        for _ in range(20):
            answer = self.send(operation, parameters)
            if isinstance(answer, Answered):
                return answer.body
            time.sleep(0.1)
        raise AssertionError(f"{operation}: {answer}")


class Ground:
    """What examples stand on, made once: a network, a role, a function, a cluster. Made when first asked for."""

    world: World

    @cached_property
    def vpc(self) -> str:
        return str(self.world.do("ec2:CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])

    @cached_property
    def subnets(self) -> tuple[str, str]:
        return self.subnet("10.0.101.0/24", "eu-west-1a"), self.subnet("10.0.102.0/24", "eu-west-1b")

    def subnet(self, block: str, zone: str) -> str:
        made = self.world.do("ec2:CreateSubnet", VpcId=self.vpc, CidrBlock=block, AvailabilityZone=zone)
        return str(made["Subnet"]["SubnetId"])

    @cached_property
    def gateway(self) -> str:
        made = str(self.world.do("ec2:CreateInternetGateway")["InternetGateway"]["InternetGatewayId"])
        self.world.do("ec2:AttachInternetGateway", VpcId=self.vpc, InternetGatewayId=made)
        return made

    @cached_property
    def table(self) -> str:
        return str(self.world.do("ec2:CreateRouteTable", VpcId=self.vpc)["RouteTable"]["RouteTableId"])

    @cached_property
    def group(self) -> str:
        made = self.world.do("ec2:CreateSecurityGroup", VpcId=self.vpc, GroupName="ground", Description="ground")
        return str(made["GroupId"])

    @cached_property
    def role(self) -> str:
        """Its ARN; its name is "ground"."""
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": ["lambda.amazonaws.com", "eks.amazonaws.com", "ec2.amazonaws.com"]},
            "Action": "sts:AssumeRole",
        }
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        made = self.world.do("iam:CreateRole", RoleName="ground", AssumeRolePolicyDocument=document)
        return str(made["Role"]["Arn"])

    @cached_property
    def function(self) -> str:
        self.world.do(
            "lambda:CreateFunction",
            FunctionName="ground",
            Role=self.role,
            Runtime="python3.12",
            Handler="index.handler",
            Code={"ZipFile": archive("def handler(event, context): return 1")},
        )
        return "ground"

    @cached_property
    def cluster(self) -> str:
        self.world.do(
            "eks:CreateCluster", name="ground", roleArn=self.role, resourcesVpcConfig={"subnetIds": list(self.subnets)}
        )
        for _ in range(200):
            if self.world.do("eks:DescribeCluster", name="ground")["cluster"]["status"] == "ACTIVE":
                break
            pause()
        return "ground"


GROUND = Ground()


def pause() -> None:
    time.sleep(0.05)


def open_world(endpoint: str, region: str) -> World:
    return World(open_aws({"region": region}, endpoint=endpoint))


Damage = Callable[[Live], None]
__all__ = ["GROUND", "Build", "Damage", "Example", "Ground", "Settings", "World", "mutates", "open_world", "pause", "process"]
