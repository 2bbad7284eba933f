"""What somebody may do to a live resource behind Plumb's back: one thing for each type, by the cloud's own API.

Each takes the door to the cloud, the identity and the live values, and changes a property that the examples declare; where
a type has none that can be changed, it deletes the object.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from examples.outside import Outside

Values = Mapping[str, Any]


class CannotDrift(Exception):
    """The cloud does not let anybody change this."""


Damage = Callable[[Outside, str, Values], object]


def named(resource: str = "") -> Damage:
    """Another Name tag, where a Name tag is declared."""
    return lambda cloud, identity, values: cloud.aws("ec2").create_tags(
        Resources=[values.get(resource, identity)], Tags=[{"Key": "Name", "Value": "somebody else's"}]
    )


def vpc(cloud: Outside, identity: str, values: Values) -> None:
    cloud.aws("ec2").modify_vpc_attribute(VpcId=identity, EnableDnsHostnames={"Value": False})


def subnet(cloud: Outside, identity: str, values: Values) -> None:
    other = {"Value": not values["MapPublicIpOnLaunch"]}
    cloud.aws("ec2").modify_subnet_attribute(SubnetId=identity, MapPublicIpOnLaunch=other)


def attachment(cloud: Outside, identity: str, values: Values) -> None:
    """AWS does not let a gateway go while a NAT gateway of the network uses it."""
    ec2 = cloud.aws("ec2")
    try:
        ec2.detach_internet_gateway(InternetGatewayId=values["InternetGatewayId"], VpcId=values["VpcId"])
    except ec2.exceptions.ClientError as refused:
        if refused.response["Error"]["Code"] != "DependencyViolation":
            raise
        raise CannotDrift from None


def route(cloud: Outside, identity: str, values: Values) -> None:
    cloud.aws("ec2").delete_route(RouteTableId=values["RouteTableId"], DestinationCidrBlock=values["DestinationCidrBlock"])


def association(cloud: Outside, identity: str, values: Values) -> None:
    cloud.aws("ec2").disassociate_route_table(AssociationId=values["Id"])


def queue(cloud: Outside, identity: str, values: Values) -> None:
    other = {"MessageRetentionPeriod": "61", "VisibilityTimeout": "61"}
    cloud.aws("sqs").set_queue_attributes(QueueUrl=values["QueueUrl"], Attributes=other)


def bucket(cloud: Outside, identity: str, values: Values) -> None:
    cloud.aws("s3").delete_public_access_block(Bucket=identity)


def bucket_policy(cloud: Outside, identity: str, values: Values) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{values['Bucket']}/*",
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    cloud.aws("s3").put_bucket_policy(Bucket=values["Bucket"], Policy=json.dumps(policy))


def role(cloud: Outside, identity: str, values: Values) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    cloud.aws("iam").update_assume_role_policy(RoleName=values["RoleName"], PolicyDocument=json.dumps(policy))


def role_policy(cloud: Outside, identity: str, values: Values) -> None:
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    cloud.aws("iam").put_role_policy(
        RoleName=values["RoleName"], PolicyName=values["PolicyName"], PolicyDocument=json.dumps(policy)
    )


def table(cloud: Outside, identity: str, values: Values) -> None:
    dynamodb = cloud.aws("dynamodb")
    if values.get("BillingMode") == "PAY_PER_REQUEST":
        throughput = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
        dynamodb.update_table(TableName=identity, BillingMode="PROVISIONED", ProvisionedThroughput=throughput)
        return
    dynamodb.update_table(TableName=identity, ProvisionedThroughput={"ReadCapacityUnits": 7, "WriteCapacityUnits": 7})
    off = {"PointInTimeRecoveryEnabled": False}
    dynamodb.update_continuous_backups(TableName=identity, PointInTimeRecoverySpecification=off)


def cluster(cloud: Outside, identity: str, values: Values) -> None:
    subnets = values["ResourcesVpcConfig"]["SubnetIds"]
    cloud.aws("eks").update_cluster_config(name=identity, resourcesVpcConfig={"subnetIds": subnets[:1]})


DAMAGE: dict[str, Damage] = {
    "AWS::EC2::VPC": vpc,
    "AWS::EC2::Subnet": subnet,
    "AWS::EC2::InternetGateway": named(),
    "AWS::EC2::VPCGatewayAttachment": attachment,
    "AWS::EC2::RouteTable": named(),
    "AWS::EC2::Route": route,
    "AWS::EC2::SubnetRouteTableAssociation": association,
    "AWS::EC2::EIP": named("AllocationId"),
    "AWS::EC2::NatGateway": named("NatGatewayId"),
    "AWS::EC2::Instance": named(),
    "AWS::SQS::Queue": queue,
    "AWS::S3::Bucket": bucket,
    "AWS::S3::BucketPolicy": bucket_policy,
    "AWS::IAM::Role": role,
    "AWS::IAM::RolePolicy": role_policy,
    "AWS::DynamoDB::Table": table,
    "AWS::EKS::Cluster": cluster,
}


def harm(cloud: Outside, type: str, identity: str, values: Values) -> None:
    """One resource of AWS."""
    DAMAGE[type](cloud, identity, values)
