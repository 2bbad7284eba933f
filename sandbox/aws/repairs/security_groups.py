"""EC2 security groups: what still uses a group, and rules named by their identifier."""

from __future__ import annotations

from typing import Any

from sandbox.aws.answer import failure, parsed, result, succeeded
from sandbox.aws.call import Call
from sandbox.aws.repairs.network import interfaces_in_use
from sandbox.aws.repairs.registry import Send, backend, repairs
from sandbox.wire import Reply


@repairs("ec2", "CreateSecurityGroup")
def create_security_group(call: Call, send: Send) -> Reply:
    """The reply holds the tags and the ARN too."""
    reply = send(call)
    if not succeeded(reply):
        return reply
    values = parsed(call, reply)
    name = values["GroupId"]
    tags = [{"Key": key, "Value": value} for key, value in backend(call).tags.get(name, {}).items()]
    arn = f"arn:aws:ec2:{call.region}:{call.account}:security-group/{name}"
    return result(call, {**values, "Tags": tags, "SecurityGroupArn": arn})


@repairs("ec2", "DeleteSecurityGroup")
def delete_security_group(call: Call, send: Send) -> Reply:
    ec2, name = backend(call), call.parameters.get("GroupId")
    groups = [group for found in ec2.groups.values() for group in found.values()]
    group = next((item for item in groups if item.id == name), None)
    if group is None:
        return send(call)
    if group.name == "default":
        text = f'the specified group: "{name}" name: "default" cannot be deleted by a user'
        return failure(call, "CannotDelete", text)
    named = any(_names(other, name) for other in groups if other.id != name)
    used = any(name in _groups(interface) for interface in interfaces_in_use(ec2))
    if named or used:
        return failure(call, "DependencyViolation", f"resource {name} has a dependent object")
    return send(call)


def _names(group: Any, name: Any) -> bool:
    return any(rule.source_group.get("GroupId") == name for rule in (*group.ingress_rules, *group.egress_rules))


def _groups(interface: Any) -> set[str]:
    return {getattr(group, "id", group) for group in interface.group_set or []}


@repairs("ec2", "RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress")
def revoke(call: Call, send: Send) -> Reply:
    wanted = call.parameters.get("SecurityGroupRuleIds") or []
    groups = [group for found in backend(call).groups.values() for group in found.values()]
    known = {rule.id for group in groups for rule in (*group.ingress_rules, *group.egress_rules)}
    for name in wanted:
        if name not in known:
            text = f"The security group rule ID '{name}' does not exist"
            return failure(call, "InvalidSecurityGroupRuleId.NotFound", text)
    return send(call)
