"""Every object alive in the sandbox's AWS, read from moto's own state: what a judge asks instead of Plumb.

What AWS makes by itself (the default VPC of a region with all in it; main route table and default security group of
a VPC; the security group of an EKS cluster; a volume or network interface of an instance or NAT gateway) carries
`made_by: "aws"`: it was there before, or goes with its parent.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.aws.cloud import PACKAGES

Tags = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One live object. `type` is the CloudFormation name, `id` its primary identifier there; `state` is empty where
    the type has none. What has ended but is still shown (a terminated instance, a deleted NAT gateway, a key that
    waits for its deletion) is not `alive`."""

    type: str
    id: str
    tags: Tags = field(default_factory=dict)
    state: str = ""
    made_by: str = "user"
    alive: bool = True

    def as_facts(self, account: str, region: str) -> dict[str, Any]:
        return {
            "type": self.type,
            "id": self.id,
            "account": account,
            "region": region,
            "tags": dict(self.tags),
            "state": self.state,
            "made_by": self.made_by,
            "alive": self.alive,
        }


def things() -> Iterator[dict[str, Any]]:
    """The facts of every object of every account and region that was used. moto's lock must be held."""
    from moto.backends import get_backend

    for service, read in READERS.items():
        # What no call has needed yet is not imported for being empty.
        if f"moto.{PACKAGES.get(service, service)}.models" not in sys.modules:
            continue
        for account, region, backend in list(_used(get_backend, service)):
            for thing in read(backend):
                yield thing.as_facts(account, "" if service in ("iam", "s3") else region)


def _used(get_backend: Callable[[Any], Any], service: str) -> Iterable[tuple[str, str, Any]]:
    return list(get_backend(service).iter_backends())


def _owner(ours: bool) -> str:
    return "user" if ours else "aws"


def _pairs(tags: Iterable[Mapping[str, str]]) -> Tags:
    """Tags of the lists of AWS: Key and Value, in KMS TagKey and TagValue."""
    return {tag.get("Key") or tag.get("TagKey", ""): tag.get("Value") or tag.get("TagValue", "") for tag in tags}


def _ec2(backend: Any) -> Iterator[Thing]:
    default = {vpc.id for vpc in backend.vpcs.values() if vpc.is_default}
    tags = backend.tags
    for vpc in backend.vpcs.values():
        yield Thing(
            type="AWS::EC2::VPC", id=vpc.id, tags=tags.get(vpc.id, {}), state=vpc.state, made_by=_owner(vpc.id not in default)
        )
    for zone in backend.subnets.values():
        for subnet in zone.values():
            owner = _owner(not (subnet.vpc_id in default and str(subnet.default_for_az).lower() == "true"))
            yield Thing(type="AWS::EC2::Subnet", id=subnet.id, tags=tags.get(subnet.id, {}), made_by=owner)
    for gateway in backend.internet_gateways.values():
        yield Thing(type="AWS::EC2::InternetGateway", id=gateway.id, tags=tags.get(gateway.id, {}))
        if gateway.vpc:
            yield Thing(type="AWS::EC2::VPCGatewayAttachment", id=f"IGW|{gateway.vpc.id}")
    yield from _routing(backend)
    yield from _security_groups(backend)
    yield from _machines(backend)


def _routing(backend: Any) -> Iterator[Thing]:
    for table in backend.route_tables.values():
        main = table.main_association_id is not None
        yield Thing(type="AWS::EC2::RouteTable", id=table.id, tags=backend.tags.get(table.id, {}), made_by=_owner(not main))
        for association in table._associations:
            yield Thing(type="AWS::EC2::SubnetRouteTableAssociation", id=association)
        for route in table._routes.values():
            target = route.destination_cidr_block or route.destination_ipv6_cidr_block or route.destination_prefix_list
            if not route.local:
                yield Thing(type="AWS::EC2::Route", id=f"{table.id}|{getattr(target, 'id', target)}")


def _security_groups(backend: Any) -> Iterator[Thing]:
    for groups in backend.groups.values():
        for group in groups.values():
            tags = backend.tags.get(group.id, {})
            ours = group.name != "default" and "aws:eks:cluster-name" not in tags
            yield Thing(type="AWS::EC2::SecurityGroup", id=group.id, tags=tags, made_by=_owner(ours))
            for rule in group.ingress_rules if ours else ():
                yield Thing(type="AWS::EC2::SecurityGroupIngress", id=rule.id, tags=backend.tags.get(rule.id, {}))


def _machines(backend: Any) -> Iterator[Thing]:
    tags = backend.tags
    for reservation in backend.reservations.values():
        for instance in reservation.instances:
            state = instance._state.name
            yield Thing(
                type="AWS::EC2::Instance",
                id=instance.id,
                tags=tags.get(instance.id, {}),
                state=state,
                alive=state not in ("terminated", "shutting-down"),
            )
    for address in backend.addresses:
        yield Thing(
            type="AWS::EC2::EIP", id=f"{address.public_ip}|{address.allocation_id}", tags=tags.get(address.allocation_id, {})
        )
    for gateway in backend.nat_gateways.values():
        yield Thing(
            type="AWS::EC2::NatGateway",
            id=gateway.id,
            tags=tags.get(gateway.id, {}),
            state=gateway.state,
            alive=gateway.state not in ("deleted", "deleting"),
        )
    for volume in backend.volumes.values():
        owner = _owner(not volume.attachment)
        yield Thing(type="AWS::EC2::Volume", id=volume.id, tags=tags.get(volume.id, {}), made_by=owner)
    for interface in backend.enis.values():
        owner = _owner(interface.instance is None and not getattr(interface, "requester_managed", False))
        if interface.status != "in-use" and owner == "user" and not _of_gateway(backend, interface.id):
            yield Thing(type="AWS::EC2::NetworkInterface", id=interface.id, tags=tags.get(interface.id, {}))


def _of_gateway(backend: Any, interface: str) -> bool:
    return any(gateway._eni.id == interface for gateway in backend.nat_gateways.values())


def _s3(backend: Any) -> Iterator[Thing]:
    for bucket in backend.buckets.values():
        yield Thing(type="AWS::S3::Bucket", id=bucket.name, tags=backend.tagger.get_tag_dict_for_resource(bucket.arn))
        if bucket.policy:
            yield Thing(type="AWS::S3::BucketPolicy", id=bucket.name)


def _iam(backend: Any) -> Iterator[Thing]:
    for role in backend.roles.values():
        yield Thing(type="AWS::IAM::Role", id=role.name, tags=_pairs(role.tags or []))
        for name in role.policies:
            yield Thing(type="AWS::IAM::RolePolicy", id=f"{name}|{role.name}")
    for policy in backend.managed_policies.values():
        if ":iam::aws:" not in policy.arn:
            yield Thing(type="AWS::IAM::ManagedPolicy", id=policy.arn, tags=_pairs(policy.tags.values()))
    for profile in backend.instance_profiles.values():
        yield Thing(type="AWS::IAM::InstanceProfile", id=profile.name, tags=_pairs(profile.tags or []))
    for provider in backend.open_id_providers.values():
        yield Thing(type="AWS::IAM::OIDCProvider", id=provider.arn, tags=_pairs(provider.tags.values()))
    for user in backend.users.values():
        yield Thing(type="AWS::IAM::User", id=user.name, tags=_pairs(user.tags or []))


def _lambda(backend: Any) -> Iterator[Thing]:
    for group in backend._lambdas._functions.values():
        function = group["latest"]
        yield Thing(type="AWS::Lambda::Function", id=function.function_name, tags=function.tags, state=function.state)
        for statement in function.policy.statements if function.policy else ():
            yield Thing(type="AWS::Lambda::Permission", id=f"{function.function_arn}|{statement['Sid']}")


def _sqs(backend: Any) -> Iterator[Thing]:
    for queue in backend.queues.values():
        yield Thing(type="AWS::SQS::Queue", id=queue.name, tags=queue.tags or {})


def _sns(backend: Any) -> Iterator[Thing]:
    for topic in backend.topics.values():
        yield Thing(type="AWS::SNS::Topic", id=topic.arn, tags=topic._tags)
    for subscription in backend.subscriptions.values():
        yield Thing(type="AWS::SNS::Subscription", id=subscription.arn)


def _dynamodb(backend: Any) -> Iterator[Thing]:
    for table in backend.tables.values():
        yield Thing(type="AWS::DynamoDB::Table", id=table.name, tags=_pairs(table.tags or []))


def _logs(backend: Any) -> Iterator[Thing]:
    for group in backend.groups.values():
        yield Thing(type="AWS::Logs::LogGroup", id=group.name, tags=backend.tagger.get_tag_dict_for_resource(group.arn))


def _ssm(backend: Any) -> Iterator[Thing]:
    tags = backend._resource_tags.get("Parameter", {})
    for name, versions in dict.items(backend._parameters):
        if versions and not name.startswith("/aws/"):
            yield Thing(type="AWS::SSM::Parameter", id=name, tags=tags.get(name, {}))


def _kms(backend: Any) -> Iterator[Thing]:
    for key in backend.keys.values():
        built_in = any(alias.alias_name.startswith("alias/aws/") for alias in key.aliases.values())
        yield Thing(
            type="AWS::KMS::Key",
            id=key.id,
            tags=_pairs(backend.tagger.list_tags_for_resource(key.id).get("Tags", [])),
            state=key.key_state,
            made_by=_owner(not built_in and key.key_manager == "CUSTOMER"),
            alive=key.key_state != "PendingDeletion",
        )


def _ecr(backend: Any) -> Iterator[Thing]:
    for repository in backend.repositories.values():
        yield Thing(
            type="AWS::ECR::Repository",
            id=repository.name,
            tags=backend.tagger.get_tag_dict_for_resource(repository.arn),
        )


READERS: dict[str, Callable[[Any], Iterator[Thing]]] = {
    "ec2": _ec2,
    "s3": _s3,
    "iam": _iam,
    "lambda": _lambda,
    "sqs": _sqs,
    "sns": _sns,
    "dynamodb": _dynamodb,
    "logs": _logs,
    "ssm": _ssm,
    "kms": _kms,
    "ecr": _ecr,
}
