"""EC2 instances: what ends with them, what may change while they run, and monitoring, which moto lacks."""

from __future__ import annotations

from typing import Any

from sandbox.aws.answer import failure, result, succeeded
from sandbox.aws.call import Call
from sandbox.aws.repairs.registry import Send, backend, repairs
from sandbox.wire import Reply

# Attributes that AWS changes on a stopped instance only.
AT_REST = ("InstanceType", "UserData", "EbsOptimized", "EnaSupport", "Kernel", "Ramdisk", "SriovNetSupport")

METADATA = {
    "HttpTokens": "http_tokens",
    "HttpPutResponseHopLimit": "http_put_response_hop_limit",
    "HttpEndpoint": "http_endpoint",
    "HttpProtocolIpv6": "http_protocol_ipv6",
    "InstanceMetadataTags": "instance_metadata_tags",
}


def _instances(call: Call) -> dict[str, Any]:
    found = backend(call).reservations.values()
    return {instance.id: instance for reservation in found for instance in reservation.instances}


@repairs("ec2", "RunInstances")
def run_instances(call: Call, send: Send) -> Reply:
    profile = call.parameters.get("IamInstanceProfile") or {}
    known = backend(call, "iam").instance_profiles.values()
    name, arn = profile.get("Name"), profile.get("Arn")
    if (name or arn) and not any(item.name == name or item.arn == arn for item in known):
        text = f"Value ({name or arn}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name"
        return failure(call, "InvalidParameterValue", text)
    return send(call)


@repairs("ec2", "TerminateInstances")
def terminate_instances(call: Call, send: Send) -> Reply:
    """With an instance go its interfaces; an Elastic IP is free again."""
    reply = send(call)
    if not succeeded(reply):
        return reply
    ec2, ended = backend(call), set(call.parameters.get("InstanceIds") or [])
    for address in ec2.addresses:
        if address.instance is not None and address.instance.id in ended:
            ec2.disassociate_address(association_id=address.association_id)
    for name, interface in list(ec2.enis.items()):
        if interface.instance is not None and interface.instance.id in ended:
            del ec2.enis[name]
    return reply


@repairs("ec2", "ModifyInstanceAttribute")
def modify_instance_attribute(call: Call, send: Send) -> Reply:
    name = call.parameters.get("InstanceId", "")
    instance = _instances(call).get(name)
    if instance is not None and instance._state.name != "stopped" and any(item in call.parameters for item in AT_REST):
        return failure(call, "IncorrectInstanceState", f"The instance '{name}' is not in the 'stopped' state.")
    return send(call)


@repairs("ec2", "ModifyInstanceMetadataOptions")
def modify_metadata_options(call: Call, send: Send) -> Reply:
    """What the call leaves out stays as it was."""
    instance = _instances(call).get(call.parameters.get("InstanceId", ""))
    if instance is None:
        return send(call)
    before = dict(vars(instance.metadata_options))
    reply = send(call)
    for member, name in METADATA.items():
        if call.parameters.get(member) is None:
            setattr(instance.metadata_options, name, before[name])
    return reply


@repairs("ec2", "MonitorInstances", "UnmonitorInstances")
def monitor(call: Call, send: Send) -> Reply:
    instances, state = _instances(call), call.operation == "MonitorInstances"
    wanted = call.parameters.get("InstanceIds") or []
    for name in wanted:
        if name not in instances:
            return failure(call, "InvalidInstanceID.NotFound", f"The instance ID '{name}' does not exist")
        instances[name].monitoring_state = "enabled" if state else "disabled"
    shown = {"State": "pending" if state else "disabling"}
    return result(call, {"InstanceMonitorings": [{"InstanceId": name, "Monitoring": shown} for name in wanted]})
