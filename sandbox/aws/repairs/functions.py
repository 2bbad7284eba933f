"""Lambda: settings that moto drops, and statements of a function's policy that exist already."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from typing import Any

from sandbox.aws.answer import failure, result, succeeded
from sandbox.aws.call import Call
from sandbox.aws.repairs.registry import Send, backend, extras, repairs
from sandbox.wire import Reply

# Settings without a place in moto. Those with a value of None are absent until they are set.
KEPT = ("LoggingConfig", "DeadLetterConfig", "FileSystemConfigs", "SnapStart")


def _function(call: Call) -> Any:
    name = str(call.parameters.get("FunctionName", "")).split(":function:")[-1].split(":")[0]
    group = backend(call)._lambdas._functions.get(name)
    return None if group is None else group["latest"]


def _missing(call: Call) -> Reply:
    name = call.parameters.get("FunctionName", "")
    arn = f"arn:aws:lambda:{call.region}:{call.account}:function:{name}"
    return failure(call, "ResourceNotFoundException", f"Function not found: {arn}", 404)


@repairs("lambda", "CreateFunction", "UpdateFunctionConfiguration", "UpdateFunctionCode")
def change(call: Call, send: Send) -> Reply:
    missing = _missing_network(call)
    if missing:
        return failure(call, "InvalidParameterValueException", missing, 400)
    reply = send(call)
    function = _function(call)
    if not succeeded(reply) or function is None:
        return reply
    given, kept = call.parameters, extras(function)
    kept["RevisionId"] = str(uuid.uuid4())
    kept.update({name: given[name] for name in KEPT if name in given})
    if "TracingConfig" in given:
        function.tracing_config = given["TracingConfig"]
    if "EphemeralStorage" in given:
        function.ephemeral_storage = given["EphemeralStorage"]["Size"]
    if "KMSKeyArn" in given:
        function.kms_key_arn = given["KMSKeyArn"]
    if "Architectures" in given:
        function.architectures = given["Architectures"]
    body = function.get_configuration(on_create=call.operation == "CreateFunction")
    return replace(reply, headers=_length_free(reply), body=_written(_filled(body, function)))


def _missing_network(call: Call) -> str:
    """What the function's network names that is not there."""
    wanted = call.parameters.get("VpcConfig") or {}
    if not wanted.get("SubnetIds"):
        return ""
    ec2 = backend(call, "ec2")
    subnets = {name for zone in ec2.subnets.values() for name in zone}
    groups = {name for found in ec2.groups.values() for name in found}
    for name in wanted["SubnetIds"]:
        if name not in subnets:
            return f"The subnet ID '{name}' does not exist"
    unknown = [name for name in wanted.get("SecurityGroupIds") or [] if name not in groups]
    return f"The security group '{unknown[0]}' does not exist" if unknown else ""


@repairs("lambda", "GetFunction", "GetFunctionConfiguration", "ListFunctions")
def read(call: Call, send: Send) -> Reply:
    reply = send(call)
    if not succeeded(reply):
        return reply
    body = json.loads(reply.body)
    shown = body.get("Functions", [body.get("Configuration", body)])
    functions = backend(call)._lambdas._functions
    for configuration in shown:
        group = functions.get(configuration.get("FunctionName"))
        if group is not None:
            configuration.update(_filled(configuration, group["latest"]))
    return replace(reply, headers=_length_free(reply), body=_written(body))


def _filled(configuration: dict[str, Any], function: Any) -> dict[str, Any]:
    """moto's configuration with what it has no place for."""
    kept = extras(function)
    logging = {"LogFormat": "Text", "LogGroup": function.logs_group_name, **kept.get("LoggingConfig", {})}
    if logging["LogFormat"] == "JSON":
        logging = {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO", **logging}
    snap = kept.get("SnapStart", {"ApplyOn": "None"})
    filled = {**configuration, **kept, "LoggingConfig": logging, "SnapStart": {"OptimizationStatus": "Off", **snap}}
    network = filled.get("VpcConfig")
    if network and network.get("SubnetIds"):
        filled["VpcConfig"] = {**network, "VpcId": _network_of(function, network["SubnetIds"][0])}
    if not (filled.get("DeadLetterConfig") or {}).get("TargetArn"):
        filled.pop("DeadLetterConfig", None)
    return {name: value for name, value in filled.items() if value is not None}


def _network_of(function: Any, subnet: str) -> str:
    from moto.backends import get_backend

    ec2 = get_backend("ec2")[function.account_id][function.region]
    return next((str(zone[subnet].vpc_id) for zone in ec2.subnets.values() if subnet in zone), "")


def _written(body: Any) -> bytes:
    return json.dumps(body).encode()


def _length_free(reply: Reply) -> tuple[tuple[str, str], ...]:
    return tuple(item for item in reply.headers if item[0].lower() != "content-length")


@repairs("lambda", "AddPermission")
def add_permission(call: Call, send: Send) -> Reply:
    function, statement = _function(call), call.parameters.get("StatementId")
    if function is not None and any(item.get("Sid") == statement for item in function.policy.statements):
        text = f"The statement id ({statement}) provided already exists. Please provide a new statement id, or remove it."
        return failure(call, "ResourceConflictException", text, 409)
    return send(call)


@repairs("lambda", "GetRuntimeManagementConfig", "PutRuntimeManagementConfig")
def runtime_management(call: Call, send: Send) -> Reply:
    function = _function(call)
    if function is None:
        return _missing(call)
    kept = vars(function).setdefault("sandbox_runtime", {"UpdateRuntimeOn": "Auto"})
    if call.operation.startswith("Put"):
        kept.update(
            {name: call.parameters[name] for name in ("UpdateRuntimeOn", "RuntimeVersionArn") if name in call.parameters}
        )
    return result(call, {**kept, "FunctionArn": function.function_arn})


@repairs("lambda", "GetFunctionRecursionConfig", "PutFunctionRecursionConfig")
def recursion(call: Call, send: Send) -> Reply:
    function = _function(call)
    if function is None:
        return _missing(call)
    kept = vars(function).setdefault("sandbox_recursion", {"RecursiveLoop": "Terminate"})
    if call.operation.startswith("Put"):
        kept["RecursiveLoop"] = call.parameters["RecursiveLoop"]
    return result(call, kept)
