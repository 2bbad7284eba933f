"""Lambda: functions and permissions."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from typing import Any

from providers.aws.table import (
    Call,
    Create,
    Delete,
    Entry,
    Identity,
    Known,
    Listing,
    Read,
    Tagging,
    TagKeys,
    Tags,
    Take,
    Update,
    answers,
    takes,
)
from providers.contract.schema import RecoveryClass
from providers.contract.values import Value, is_known, reveal

FUNCTION_NAME = {"FunctionName": Identity()}
FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""The oldest time a ZIP file can hold: the same source gives the same bytes."""


def archive(source: str) -> str:
    """The code as a ZIP file, base64. What is one already is taken as it is; text becomes the file that `index.handler`
    names in both JavaScript and Python."""
    try:
        if base64.b64decode(source, validate=True)[:2] == b"PK":
            return source
    except (binascii.Error, ValueError):
        pass
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as file:
        for name in ("index.js", "index.py"):
            entry = zipfile.ZipInfo(name, FIRST_DAY)
            entry.external_attr = 0o644 << 16
            file.writestr(entry, source)
    return base64.b64encode(buffer.getvalue()).decode()


def code(value: dict[str, Any]) -> dict[str, Any]:
    return {name: archive(item) if name == "ZipFile" else item for name, item in value.items()}


def function_shape(answer: dict[str, Any]) -> dict[str, Any]:
    found = answer.get("Configuration") or {}
    vpc = found.get("VpcConfig") or {}
    return {
        **answer,
        "Configuration": {
            **found,
            "VpcConfig": vpc if vpc.get("SubnetIds") else None,
            "LayerArns": [layer["Arn"] for layer in found.get("Layers") or ()] or None,
            "ImageConfig": (found.get("ImageConfigResponse") or {}).get("ImageConfig"),
        },
    }


CONFIGURED = (
    "Role",
    "Handler",
    "Description",
    "Timeout",
    "MemorySize",
    "VpcConfig",
    "Environment",
    "Runtime",
    "DeadLetterConfig",
    "TracingConfig",
    "Layers",
    "FileSystemConfigs",
    "ImageConfig",
    "EphemeralStorage",
    "SnapStart",
    "LoggingConfig",
)
NEW = "this part of Lambda is not served yet"

FUNCTION = Entry(
    type="AWS::Lambda::Function",
    recovery=RecoveryClass.NAME,
    known_identity=True,
    name="FunctionName",
    name_length=64,
    create=Create(
        call=Call(
            operation="lambda:CreateFunction",
            parameters={
                **takes("FunctionName", "PackageType", "Architectures", "CodeSigningConfigArn", "TenancyConfig", *CONFIGURED),
                "Code": Take("Code", code),
                "KMSKeyArn": Take("KmsKeyArn"),
                "Tags": Tags(),
            },
        ),
    ),
    updates=(
        Update(
            on=("Code", "Architectures"),
            call=Call(
                operation="lambda:UpdateFunctionCode",
                parameters={
                    **FUNCTION_NAME,
                    **{
                        name: Take(f"Code.{name}")
                        for name in (
                            "S3Bucket",
                            "S3Key",
                            "S3ObjectVersion",
                            "S3ObjectStorageMode",
                            "ImageUri",
                            "SourceKMSKeyArn",
                        )
                    },
                    "ZipFile": Take("Code.ZipFile", archive),
                    **takes("Architectures"),
                },
                note="update code",
            ),
            created=True,
        ),
        Update(
            on=(*CONFIGURED, "KmsKeyArn"),
            call=Call(
                operation="lambda:UpdateFunctionConfiguration",
                parameters={**FUNCTION_NAME, **takes(*CONFIGURED), "KMSKeyArn": Take("KmsKeyArn")},
            ),
            created=True,
            changed_only=True,
        ),
        Update(
            on=("ReservedConcurrentExecutions",),
            call=Call(
                operation="lambda:PutFunctionConcurrency",
                parameters={**FUNCTION_NAME, **takes("ReservedConcurrentExecutions")},
            ),
            undo=Call(operation="lambda:DeleteFunctionConcurrency", parameters=FUNCTION_NAME),
        ),
        Update(
            on=("CodeSigningConfigArn",),
            call=Call(
                operation="lambda:PutFunctionCodeSigningConfig",
                parameters={**FUNCTION_NAME, **takes("CodeSigningConfigArn")},
            ),
            undo=Call(operation="lambda:DeleteFunctionCodeSigningConfig", parameters=FUNCTION_NAME),
            created=True,
        ),
    ),
    tagging=Tagging(
        form="map",
        add=Call(operation="lambda:TagResource", parameters={"Resource": Known("Arn"), "Tags": Tags()}),
        remove=Call(operation="lambda:UntagResource", parameters={"Resource": Known("Arn"), "TagKeys": TagKeys()}),
    ),
    read=Read(
        call=Call(operation="lambda:GetFunction", parameters=FUNCTION_NAME),
        absent=frozenset({"ResourceNotFoundException"}),
        shape=function_shape,
        answer={
            **{
                name: f"Configuration.{name}"
                for name in ("FunctionName", "PackageType", "Architectures", "TenancyConfig", *CONFIGURED)
                if name not in ("Layers", "SnapStart")
            },
            "Layers": "Configuration.LayerArns",
            "KmsKeyArn": "Configuration.KMSKeyArn",
            "Arn": "Configuration.FunctionArn",
            "SnapStartResponse": "Configuration.SnapStart",
            "ReservedConcurrentExecutions": "Concurrency.ReservedConcurrentExecutions",
            "Tags": "Tags",
        },
        status="Configuration.State",
        status_reason="Configuration.StateReason",
    ),
    listing=Listing(
        call=Call(operation="lambda:ListFunctions", parameters={}), items=("Functions", "*"), identity=("FunctionName",)
    ),
    delete=Delete(call=Call(operation="lambda:DeleteFunction", parameters=FUNCTION_NAME)),
    ready=frozenset({"Active", "Inactive", "ActiveNonInvocable"}),
    failed=frozenset({"Failed"}),
    unread=frozenset({"CodeSigningConfigArn"}),
    defaults={
        "Description": "",
        "Timeout": 3,
        "MemorySize": 128,
        "PackageType": "Zip",
        "TracingConfig.Mode": "PassThrough",
        "EphemeralStorage.Size": 512,
        "Layers": [],
        "Environment": {"Variables": {}},
    },
    refused={
        "CapacityProviderConfig": NEW,
        "DurableConfig": NEW,
        "FunctionScalingConfig": NEW,
        "PublishToLatestPublished": NEW,
        "RecursiveLoop": NEW,
        "RuntimeManagementConfig": NEW,
        "FileSystemConfigs.S3FilesConfig": NEW,
    },
)

SAME = (
    "Action",
    "FunctionName",
    "Principal",
    "SourceArn",
    "SourceAccount",
    "EventSourceToken",
    "FunctionUrlAuthType",
    "PrincipalOrgID",
    "InvokedViaFunctionUrl",
)
CONDITIONS = {
    "aws:sourcearn": "SourceArn",
    "aws:sourceaccount": "SourceAccount",
    "lambda:eventsourcetoken": "EventSourceToken",
    "lambda:functionurlauthtype": "FunctionUrlAuthType",
    "aws:principalorgid": "PrincipalOrgID",
    "lambda:invokedviafunctionurl": "InvokedViaFunctionUrl",
}
ROOT = re.compile(r"^arn:aws[a-z-]*:iam::(\d{12}):root$")
ARN = re.compile(r"^arn:aws[a-z-]*:lambda:[^:]*:\d{12}:function:([^:]+)$")


def statement_id(inputs: Mapping[str, Value]) -> str:
    """The same for equal permissions: their natural key. "" while an input is not known."""
    facts = {name: reveal(inputs[name]) for name in SAME if inputs.get(name) is not None}
    if not is_known(dict(facts)) or "Action" not in facts:
        return ""
    return f"plumb-{hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:24]}"


def statements(answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The statements of a function's policy as permissions."""
    return [permission(item) for answer in answers for item in json.loads(answer["Policy"]).get("Statement", ())]


def permission(item: dict[str, Any]) -> dict[str, Any]:
    principal = item.get("Principal")
    if isinstance(principal, dict):
        principal = next(iter(principal.values()), None)
    made = {
        "Id": item.get("Sid"),
        "Action": item.get("Action"),
        "FunctionName": ARN.sub(r"\1", str(item.get("Resource", ""))),
        "Principal": ROOT.sub(r"\1", principal) if isinstance(principal, str) else principal,
    }
    for test in (item.get("Condition") or {}).values():
        for key, value in test.items():
            if key.lower() in CONDITIONS:
                made[CONDITIONS[key.lower()]] = value
    return made


def tidy_permission(inputs: dict[str, Value]) -> dict[str, Value]:
    """A function by its name, an account by its number: as the policy is read back."""
    made = dict(inputs)
    for name, pattern in (("FunctionName", ARN), ("Principal", ROOT)):
        value = made.get(name)
        if isinstance(value, str):
            made[name] = pattern.sub(r"\1", value)
    return made


PERMISSION = Entry(
    type="AWS::Lambda::Permission",
    recovery=RecoveryClass.NATURAL_KEY,
    identity=("FunctionName", "Id"),
    known_identity=True,
    computed={"Id": statement_id},
    create=Create(
        call=Call(operation="lambda:AddPermission", parameters={**takes(*SAME), "StatementId": Take("Id")}, note="allow"),
    ),
    read=Read(
        call=Call(operation="lambda:GetPolicy", parameters={"FunctionName": Identity(0)}),
        absent=frozenset({"ResourceNotFoundException"}),
        split=statements,
        answer=answers(*SAME, "Id"),
    ),
    listing=Listing(
        call=Call(operation="lambda:GetPolicy", parameters=takes("FunctionName")),
        items=(),
        within="FunctionName",
        whole=True,
        absent=frozenset({"ResourceNotFoundException"}),
    ),
    delete=Delete(
        call=Call(operation="lambda:RemovePermission", parameters={"FunctionName": Identity(0), "StatementId": Identity(1)})
    ),
    tidy=tidy_permission,
)

ENTRIES = (FUNCTION, PERMISSION)
