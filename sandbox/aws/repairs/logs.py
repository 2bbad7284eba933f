"""CloudWatch Logs: settings of a log group that moto drops, and the days that retention takes."""

from __future__ import annotations

from typing import Any

from sandbox.aws.answer import failure, parsed, result, succeeded
from sandbox.aws.call import Call
from sandbox.aws.repairs.registry import Send, backend, extras, repairs
from sandbox.wire import Reply

DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)


def _group(call: Call) -> Any:
    given = call.parameters
    name = given.get("logGroupName") or given.get("logGroupIdentifier") or given.get("resourceIdentifier") or ""
    return backend(call).groups.get(_name(name))


def _name(identifier: str) -> str:
    """The name of a log group from its name or ARN."""
    return identifier.partition(":log-group:")[2].removesuffix(":*") if identifier.startswith("arn:") else identifier


def _missing(call: Call) -> Reply:
    return failure(call, "ResourceNotFoundException", "The specified log group does not exist.")


@repairs("logs", "CreateLogGroup")
def create_log_group(call: Call, send: Send) -> Reply:
    reply = send(call)
    if succeeded(reply):
        kept = extras(_group(call))
        kept["logGroupClass"] = call.parameters.get("logGroupClass", "STANDARD")
        kept["deletionProtectionEnabled"] = call.parameters.get("deletionProtectionEnabled", False)
    return reply


@repairs("logs", "DescribeLogGroups")
def describe_log_groups(call: Call, send: Send) -> Reply:
    """With the class of each group; `logGroupIdentifiers` picks groups, which moto does not heed."""
    reply = send(call)
    if not succeeded(reply):
        return reply
    values, groups = parsed(call, reply), backend(call).groups
    wanted = {_name(item) for item in call.parameters.get("logGroupIdentifiers") or []}
    pattern = call.parameters.get("logGroupNamePattern", "")
    values["logGroups"] = [
        {**group, **extras(groups[group["logGroupName"]])}
        for group in values.get("logGroups", [])
        if (not wanted or group["logGroupName"] in wanted) and pattern in group["logGroupName"]
    ]
    return result(call, values)


@repairs("logs", "PutRetentionPolicy")
def put_retention_policy(call: Call, send: Send) -> Reply:
    if call.parameters.get("retentionInDays") not in DAYS:
        text = f"1 validation error detected: retentionInDays must be one of {', '.join(map(str, DAYS))}"
        return failure(call, "InvalidParameterException", text)
    return send(call)


@repairs("logs", "AssociateKmsKey", "DisassociateKmsKey")
def kms_key(call: Call, send: Send) -> Reply:
    group = _group(call)
    if group is None:
        return _missing(call)
    group.kms_key_id = call.parameters.get("kmsKeyId") if call.operation == "AssociateKmsKey" else None
    return result(call, {})


@repairs("logs", "PutLogGroupDeletionProtection")
def deletion_protection(call: Call, send: Send) -> Reply:
    group = _group(call)
    if group is None:
        return _missing(call)
    extras(group)["deletionProtectionEnabled"] = bool(call.parameters.get("deletionProtectionEnabled"))
    return result(call, {})


@repairs("logs", "DeleteLogGroup")
def delete_log_group(call: Call, send: Send) -> Reply:
    group = _group(call)
    if group is not None and extras(group).get("deletionProtectionEnabled"):
        text = "The log group has deletion protection enabled. Disable deletion protection before you delete it."
        return failure(call, "ValidationException", text)
    return send(call)


@repairs("logs", "PutDataProtectionPolicy", "GetDataProtectionPolicy", "DeleteDataProtectionPolicy")
def data_protection_policy(call: Call, send: Send) -> Reply:
    group = _group(call)
    if group is None:
        return _missing(call)
    kept = vars(group).setdefault("sandbox_policy", {})
    if call.operation.startswith("Put"):
        kept["policyDocument"] = call.parameters.get("policyDocument")
    elif call.operation.startswith("Delete"):
        kept.clear()
        return result(call, {})
    return result(call, {"logGroupIdentifier": group.name, **kept})


@repairs("logs", "PutIndexPolicy", "DeleteIndexPolicy")
def index_policy(call: Call, send: Send) -> Reply:
    group = _group(call)
    if group is None:
        return _missing(call)
    if call.operation == "DeleteIndexPolicy":
        vars(group).pop("sandbox_index", None)
        return result(call, {})
    policy = {"policyDocument": call.parameters.get("policyDocument"), "source": "LOG_GROUP", "logGroupIdentifier": group.arn}
    vars(group)["sandbox_index"] = policy
    return result(call, {"indexPolicy": policy})


@repairs("logs", "DescribeIndexPolicies")
def describe_index_policies(call: Call, send: Send) -> Reply:
    groups = [backend(call).groups.get(_name(item)) for item in call.parameters.get("logGroupIdentifiers") or []]
    if None in groups:
        return _missing(call)
    return result(call, {"indexPolicies": [vars(group)["sandbox_index"] for group in groups if "sandbox_index" in vars(group)]})
