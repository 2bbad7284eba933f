"""EC2: security groups and single ingress rules."""

from __future__ import annotations

import ipaddress
from typing import Any

from providers.aws.table import (
    Call,
    Create,
    Delete,
    Entry,
    Identity,
    Items,
    Known,
    ListUpdate,
    Read,
    Take,
    Update,
    answers,
)
from providers.aws.types.network import EC2_TAGS, filtered, tagged
from providers.contract.schema import RecoveryClass
from providers.contract.values import Value

PROTOCOLS = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6", "all": "-1"}
ANYWHERE: dict[str, Value] = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}
SOURCES = ("CidrIp", "CidrIpv6", "SourceSecurityGroupId", "SourcePrefixListId")
NO_NAMES = "a group is named by its id (SourceSecurityGroupId, GroupId); names are of EC2-Classic"


def permission(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule of the schema as an IpPermission."""
    made = {name: rule[name] for name in ("IpProtocol", "FromPort", "ToPort") if rule.get(name) is not None}
    words = {"Description": rule["Description"]} if rule.get("Description") else {}
    group = rule.get("SourceSecurityGroupId") or rule.get("DestinationSecurityGroupId")
    prefix = rule.get("SourcePrefixListId") or rule.get("DestinationPrefixListId")
    if rule.get("CidrIp"):
        made["IpRanges"] = [{"CidrIp": rule["CidrIp"], **words}]
    if rule.get("CidrIpv6"):
        made["Ipv6Ranges"] = [{"CidrIpv6": rule["CidrIpv6"], **words}]
    if prefix:
        made["PrefixListIds"] = [{"PrefixListId": prefix, **words}]
    if group:
        owner = rule.get("SourceSecurityGroupOwnerId")
        made["UserIdGroupPairs"] = [{"GroupId": group, **({"UserId": owner} if owner else {}), **words}]
    return made


def permissions(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [permission(rule) for rule in rules]


def one_permission(properties: dict[str, Any]) -> list[dict[str, Any]]:
    return [permission(properties)]


def rules_of(found: list[dict[str, Any]], side: str) -> list[dict[str, Any]]:
    """IpPermissions as rules of the schema, one for each range, prefix list or group. `side`: Source or Destination."""
    rules = []
    for item in found:
        head = {name: item[name] for name in ("IpProtocol", "FromPort", "ToPort") if item.get(name) is not None}
        for name, member, places in (
            ("IpRanges", "CidrIp", {"CidrIp": "CidrIp"}),
            ("Ipv6Ranges", "CidrIpv6", {"CidrIpv6": "CidrIpv6"}),
            ("PrefixListIds", "PrefixListId", {"PrefixListId": f"{side}PrefixListId"}),
            ("UserIdGroupPairs", "GroupId", {"GroupId": f"{side}SecurityGroupId", "UserId": "SourceSecurityGroupOwnerId"}),
        ):
            for entry in item.get(name, ()):
                if entry.get(member):
                    places = {**places, "Description": "Description"}
                    rules.append({**head, **{place: entry[key] for key, place in places.items() if entry.get(key)}})
    return rules


def group_shape(group: dict[str, Any]) -> dict[str, Any]:
    return {
        **group,
        "Ingress": rules_of(group.get("IpPermissions", []), "Source"),
        "Egress": rules_of(group.get("IpPermissionsEgress", []), "Destination"),
    }


def tidy_rule(rule: Value) -> Value:
    """Protocols by name, no ports where all are meant, networks by their first address: as EC2 answers."""
    if not isinstance(rule, dict):
        return rule
    made = dict(rule)
    protocol = made.get("IpProtocol")
    if isinstance(protocol, str):
        made["IpProtocol"] = PROTOCOLS.get(protocol.lower(), protocol.lower())
    if made.get("IpProtocol") == "-1":
        made = {name: item for name, item in made.items() if name not in ("FromPort", "ToPort")}
    for name in ("CidrIp", "CidrIpv6"):
        made = {**made, name: network(made[name])} if isinstance(made.get(name), str) else made
    return made


def network(text: Value) -> Value:
    try:
        return str(ipaddress.ip_network(str(text), strict=False))
    except ValueError:
        return text


def tidy_group(inputs: dict[str, Value]) -> dict[str, Value]:
    made = dict(inputs)
    for name in ("SecurityGroupIngress", "SecurityGroupEgress"):
        rules = made.get(name)
        if isinstance(rules, list):
            made[name] = [tidy_rule(rule) for rule in rules]
    return made


def tidy_ingress(inputs: dict[str, Value]) -> dict[str, Value]:
    made = tidy_rule(inputs)
    assert isinstance(made, dict)
    return made


def rules(operation: str) -> Call:
    return Call(operation=operation, parameters={"GroupId": Identity(), "IpPermissions": Items(permissions)})


SECURITY_GROUP = Entry(
    type="AWS::EC2::SecurityGroup",
    recovery=RecoveryClass.NAME,  # a group's name is unique within its VPC
    name="GroupName",
    name_length=255,
    create=Create(
        call=Call(
            operation="ec2:CreateSecurityGroup",
            parameters={
                "GroupName": Take("GroupName"),
                "Description": Take("GroupDescription"),
                "VpcId": Take("VpcId"),
                **tagged("security-group"),
            },
        ),
        identity=("GroupId",),
    ),
    by_name={"group-name": "GroupName", "vpc-id": "VpcId"},
    updates=(
        ListUpdate(
            on="SecurityGroupIngress",
            add=rules("ec2:AuthorizeSecurityGroupIngress"),
            remove=rules("ec2:RevokeSecurityGroupIngress"),
            together=True,
        ),
        ListUpdate(
            on="SecurityGroupEgress",
            add=rules("ec2:AuthorizeSecurityGroupEgress"),
            remove=rules("ec2:RevokeSecurityGroupEgress"),
            together=True,
            initial=(ANYWHERE,),
        ),
    ),
    tagging=EC2_TAGS,
    read=Read(
        call=Call(operation="ec2:DescribeSecurityGroups", parameters=filtered("group-id")),
        items=("SecurityGroups",),
        key=("GroupId",),
        limit=200,
        shape=group_shape,
        answer=answers(
            "GroupName",
            "VpcId",
            "GroupId",
            "Tags",
            Id="GroupId",
            GroupDescription="Description",
            SecurityGroupIngress="Ingress",
            SecurityGroupEgress="Egress",
        ),
    ),
    delete=Delete(call=Call(operation="ec2:DeleteSecurityGroup", parameters={"GroupId": Identity()})),
    defaults={"SecurityGroupEgress": [ANYWHERE], "SecurityGroupIngress": []},
    refused={"SecurityGroupIngress.SourceSecurityGroupName": NO_NAMES},
    tidy=tidy_group,
)


def ingress_shape(rule: dict[str, Any]) -> dict[str, Any]:
    group = rule.get("ReferencedGroupInfo") or {}
    made = {
        **{name: rule.get(name) for name in ("GroupId", "IpProtocol", "FromPort", "ToPort", "Description")},
        "Id": rule.get("SecurityGroupRuleId"),
        "CidrIp": rule.get("CidrIpv4"),
        "CidrIpv6": rule.get("CidrIpv6"),
        "SourcePrefixListId": rule.get("PrefixListId"),
        "SourceSecurityGroupId": group.get("GroupId"),
        "SourceSecurityGroupOwnerId": group.get("UserId"),
    }
    if made["IpProtocol"] == "-1":
        made = {**made, "FromPort": None, "ToPort": None}
    return {name: value for name, value in made.items() if value is not None}


def ingress_rules(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [rule for rule in rules if not rule.get("IsEgress")]


SECURITY_GROUP_INGRESS = Entry(
    type="AWS::EC2::SecurityGroupIngress",
    recovery=RecoveryClass.NATURAL_KEY,
    identity=("GroupId", "IpProtocol", "FromPort/=-1", "ToPort/=-1", "/".join(SOURCES)),  # the rule's id is an output
    known_identity=True,
    create=Create(
        call=Call(
            operation="ec2:AuthorizeSecurityGroupIngress",
            parameters={"GroupId": Take("GroupId"), "IpPermissions": Take("", one_permission)},
        ),
    ),
    updates=(
        Update(
            on=("Description",),
            call=Call(
                operation="ec2:UpdateSecurityGroupRuleDescriptionsIngress",
                parameters={"GroupId": Take("GroupId"), "IpPermissions": Take("", one_permission)},
            ),
            created=True,
        ),
    ),
    read=Read(
        call=Call(operation="ec2:DescribeSecurityGroupRules", parameters=filtered("group-id")),
        items=("SecurityGroupRules",),
        limit=200,
        split=ingress_rules,
        shape=ingress_shape,
        answer=answers(
            "GroupId", "IpProtocol", "FromPort", "ToPort", "Description", "Id", *SOURCES, "SourceSecurityGroupOwnerId"
        ),
    ),
    delete=Delete(
        call=Call(
            operation="ec2:RevokeSecurityGroupIngress",
            parameters={"GroupId": Take("GroupId"), "SecurityGroupRuleIds": [Known("Id")]},
        )
    ),
    defaults={"Description": ""},
    exactly_one=(("GroupId",), SOURCES),
    refused={"GroupName": NO_NAMES, "SourceSecurityGroupName": NO_NAMES},
    tidy=tidy_ingress,
)

ENTRIES = (SECURITY_GROUP, SECURITY_GROUP_INGRESS)
