"""EC2 networks: what depends on what, and one gateway or association where AWS takes one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.aws.answer import failure, parsed, result, succeeded
from sandbox.aws.call import Call
from sandbox.aws.repairs.registry import Send, backend, repairs
from sandbox.wire import Reply


def interfaces_in_use(ec2: Any) -> Iterable[Any]:
    """Network interfaces that hold on to their subnet and groups: all but those of ended instances."""
    for interface in ec2.enis.values():
        if interface.instance is None or interface.instance._state.name != "terminated":
            yield interface


def _depends(call: Call, noun: str, name: str) -> Reply:
    return failure(call, "DependencyViolation", f"The {noun} '{name}' has dependencies and cannot be deleted.")


@repairs("ec2", "AttachInternetGateway")
def attach_gateway(call: Call, send: Send) -> Reply:
    vpc = call.parameters.get("VpcId")
    gateways = backend(call).internet_gateways.values()
    if any(item.vpc and item.vpc.id == vpc and item.id != call.parameters.get("InternetGatewayId") for item in gateways):
        return failure(call, "InvalidParameterValue", f"Network {vpc} already has an internet gateway attached")
    return send(call)


@repairs("ec2", "DetachInternetGateway")
def detach_gateway(call: Call, send: Send) -> Reply:
    vpc = call.parameters.get("VpcId")
    public = [address for address in backend(call).addresses if address.eni and address.eni.subnet.vpc_id == vpc]
    if public:
        text = f"Network {vpc} has some mapped public address(es). Please unmap those before detaching the gateway."
        return failure(call, "DependencyViolation", text)
    return send(call)


@repairs("ec2", "DeleteVpc")
def delete_vpc(call: Call, send: Send) -> Reply:
    ec2, name = backend(call), call.parameters.get("VpcId", "")
    gateways = any(item.vpc and item.vpc.id == name for item in ec2.internet_gateways.values())
    groups = any(group.name != "default" for group in ec2.groups.get(name, {}).values())
    endpoints = any(item.vpc_id == name and item.state != "deleted" for item in ec2.vpc_end_points.values())
    return _depends(call, "vpc", name) if gateways or groups or endpoints else send(call)


@repairs("ec2", "DeleteSubnet")
def delete_subnet(call: Call, send: Send) -> Reply:
    """Refused while an interface is in the subnet; its route table association goes with it."""
    ec2, name = backend(call), call.parameters.get("SubnetId", "")
    if any(interface.subnet.id == name for interface in interfaces_in_use(ec2)):
        return _depends(call, "subnet", name)
    reply = send(call)
    if succeeded(reply):
        for table in ec2.route_tables.values():
            for association in [key for key, subnet in table._associations.items() if subnet == name]:
                del table._associations[association]
    return reply


@repairs("ec2", "DeleteRouteTable")
def delete_route_table(call: Call, send: Send) -> Reply:
    name = call.parameters.get("RouteTableId", "")
    table = backend(call).route_tables.get(name)
    if table is not None and table.main_association_id is not None:
        return _depends(call, "routeTable", name)
    return send(call)


@repairs("ec2", "AssociateRouteTable")
def associate_route_table(call: Call, send: Send) -> Reply:
    subnet, wanted = call.parameters.get("SubnetId"), call.parameters.get("RouteTableId")
    for table in backend(call).route_tables.values():
        if subnet and table.id != wanted and subnet in table._associations.values():
            text = f"the specified association for route table {wanted} conflicts with an existing association"
            return failure(call, "Resource.AlreadyAssociated", text)
    return send(call)


@repairs("ec2", "CreateRoute", "ReplaceRoute")
def route(call: Call, send: Send) -> Reply:
    """A route to an internet gateway is refused before the gateway is attached to the table's VPC."""
    ec2 = backend(call)
    table = ec2.route_tables.get(call.parameters.get("RouteTableId"))
    gateway = ec2.internet_gateways.get(call.parameters.get("GatewayId"))
    if table is not None and gateway is not None and (not gateway.vpc or gateway.vpc.id != table.vpc_id):
        text = f"route table {table.id} and network gateway {gateway.id} belong to different networks"
        return failure(call, "InvalidParameterValue", text)
    return send(call)


@repairs("ec2", "ReleaseAddress")
def release_address(call: Call, send: Send) -> Reply:
    name = call.parameters.get("AllocationId")
    for address in backend(call).addresses:
        if address.allocation_id == name and address.association_id:
            return failure(call, "InvalidIPAddress.InUse", f"Address {address.public_ip} is in use.")
    return send(call)


@repairs("ec2", "DescribeAddresses")
def describe_addresses(call: Call, send: Send) -> Reply:
    """An address without an instance has no InstanceId, where moto has an empty one."""
    reply = send(call)
    if not succeeded(reply):
        return reply
    values = parsed(call, reply)
    values["Addresses"] = [
        {name: value for name, value in address.items() if value != ""} for address in values.get("Addresses", [])
    ]
    return result(call, values)


@repairs("ec2", "CreateNatGateway")
def create_nat_gateway(call: Call, send: Send) -> Reply:
    if call.parameters.get("ConnectivityType", "public") == "public" and not call.parameters.get("AllocationId"):
        return failure(call, "MissingParameter", "The request must contain the parameter AllocationId")
    return send(call)


@repairs("ec2", "DescribeNatGateways")
def describe_nat_gateways(call: Call, send: Send) -> Reply:
    """moto answers unknown identifiers with nothing, and leaves filters on tags out."""
    ec2 = backend(call)
    for name in call.parameters.get("NatGatewayIds") or []:
        if name not in ec2.nat_gateways:
            return failure(call, "NatGatewayNotFound", f"The Nat Gateway {name} was not found")
    reply = send(call)
    filters = [*(call.parameters.get("Filter") or []), *(call.parameters.get("Filters") or [])]
    wanted = [item for item in filters if str(item.get("Name", "")).startswith("tag")]
    if not wanted or not succeeded(reply):
        return reply
    values = parsed(call, reply)
    values["NatGateways"] = [
        item for item in values.get("NatGateways", []) if all(_has(item.get("Tags", []), filter) for filter in wanted)
    ]
    return result(call, values)


def _has(tags: list[dict[str, str]], filter: dict[str, Any]) -> bool:
    name, accepted = filter["Name"], filter.get("Values") or []
    if name == "tag-key":
        return any(tag["Key"] in accepted for tag in tags)
    return any(tag["Key"] == name.removeprefix("tag:") and tag["Value"] in accepted for tag in tags)


@repairs("ec2", "DeleteNatGateway")
def delete_nat_gateway(call: Call, send: Send) -> Reply:
    """Its interface goes with it, and its address is free again."""
    ec2, name = backend(call), call.parameters.get("NatGatewayId")
    gateway = ec2.nat_gateways.get(name)
    if gateway is None:
        return failure(call, "NatGatewayNotFound", f"The Nat Gateway {name} was not found")
    if gateway.state == "deleted":
        return send(call)
    for address in ec2.addresses:
        if address.eni is not None and address.eni.id == gateway._eni.id:
            ec2.disassociate_address(association_id=address.association_id)
    ec2.enis.pop(gateway._eni.id, None)
    return send(call)
