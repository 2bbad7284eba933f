"""IAM: roles with what is attached to them, and their inline policies."""

from __future__ import annotations

from typing import Any

from providers.aws.forms import json_text
from providers.aws.paging import pages
from providers.aws.table import (
    Call,
    Create,
    Delete,
    Entry,
    Identity,
    Item,
    Listing,
    ListUpdate,
    Read,
    Tags,
    Take,
    Update,
    answers,
    takes,
)
from providers.aws.types.identity import GONE, asked, iam_tags
from providers.contract.observation import Target
from providers.contract.schema import RecoveryClass
from providers.contract.transport import Answered, Send

ROLE_NAME = {"RoleName": Identity()}


def role_policies(role: dict[str, Any], identity: str, target: Target, send: Send) -> Any:
    """What is attached to a role and what is written into it."""
    gained: dict[str, Any] = {}
    if asked(target, "ManagedPolicyArns"):
        found = pages(send, "iam:ListAttachedRolePolicies", {"RoleName": identity}, ("AttachedPolicies", "*", "PolicyArn"))
        if not isinstance(found, list):
            return found
        gained["ManagedPolicyArns"] = found
    if asked(target, "Policies"):
        names = pages(send, "iam:ListRolePolicies", {"RoleName": identity}, ("PolicyNames", "*"))
        if not isinstance(names, list):
            return names
        gained["Policies"] = []
        for name in names:
            answer = send("iam:GetRolePolicy", {"RoleName": identity, "PolicyName": name})
            if not isinstance(answer, Answered):
                return answer
            document = answer.body["PolicyDocument"]
            gained["Policies"].append({"PolicyName": name, "PolicyDocument": document})
    return gained


ROLE = Entry(
    type="AWS::IAM::Role",
    recovery=RecoveryClass.NAME,
    known_identity=True,
    name="RoleName",
    name_length=64,
    create=Create(
        call=Call(
            operation="iam:CreateRole",
            parameters={
                **takes("RoleName", "Path", "Description", "MaxSessionDuration", "PermissionsBoundary"),
                "AssumeRolePolicyDocument": Take("AssumeRolePolicyDocument", json_text),
                "Tags": Tags(),
            },
        ),
        item=("Role",),
    ),
    updates=(
        Update(
            on=("AssumeRolePolicyDocument",),
            call=Call(
                operation="iam:UpdateAssumeRolePolicy",
                parameters={**ROLE_NAME, "PolicyDocument": Take("AssumeRolePolicyDocument", json_text)},
            ),
            created=True,
        ),
        Update(
            on=("Description", "MaxSessionDuration"),
            call=Call(operation="iam:UpdateRole", parameters={**ROLE_NAME, **takes("Description", "MaxSessionDuration")}),
            created=True,
        ),
        Update(
            on=("PermissionsBoundary",),
            call=Call(operation="iam:PutRolePermissionsBoundary", parameters={**ROLE_NAME, **takes("PermissionsBoundary")}),
            undo=Call(operation="iam:DeleteRolePermissionsBoundary", parameters=ROLE_NAME),
            created=True,
        ),
        ListUpdate(
            on="ManagedPolicyArns",
            add=Call(operation="iam:AttachRolePolicy", parameters={**ROLE_NAME, "PolicyArn": Item()}, note="attach policy"),
            remove=Call(operation="iam:DetachRolePolicy", parameters={**ROLE_NAME, "PolicyArn": Item()}, note="detach policy"),
        ),
        ListUpdate(
            on="Policies",
            key=("PolicyName",),
            add=Call(
                operation="iam:PutRolePolicy",
                parameters={
                    **ROLE_NAME,
                    "PolicyName": Item("PolicyName"),
                    "PolicyDocument": Item("PolicyDocument", json_text),
                },
                note="put policy",
            ),
            remove=Call(
                operation="iam:DeleteRolePolicy",
                parameters={**ROLE_NAME, "PolicyName": Item("PolicyName")},
                note="delete policy",
            ),
        ),
    ),
    tagging=iam_tags("TagRole", "UntagRole", ROLE_NAME),
    read=Read(
        call=Call(operation="iam:GetRole", parameters=ROLE_NAME),
        items=("Role",),
        absent=GONE,
        answer=answers(
            "RoleName",
            "RoleId",
            "Arn",
            "Path",
            "Description",
            "MaxSessionDuration",
            "AssumeRolePolicyDocument",
            "Tags",
            PermissionsBoundary="PermissionsBoundary.PermissionsBoundaryArn",
        ),
        more=role_policies,
        more_gives=frozenset({"ManagedPolicyArns", "Policies"}),
        created_at="CreateDate",
    ),
    listing=Listing(call=Call(operation="iam:ListRoles", parameters={}), items=("Roles", "*"), identity=("RoleName",)),
    delete=Delete(call=Call(operation="iam:DeleteRole", parameters=ROLE_NAME), before=("ManagedPolicyArns", "Policies")),
    defaults={"Description": "", "MaxSessionDuration": 3600, "Path": "/", "ManagedPolicyArns": [], "Policies": []},
)

INLINE = {"PolicyName": Identity(0), "RoleName": Identity(1)}

ROLE_POLICY = Entry(
    type="AWS::IAM::RolePolicy",
    recovery=RecoveryClass.NATURAL_KEY,
    known_identity=True,
    create=Create(
        call=Call(
            operation="iam:PutRolePolicy",
            parameters={**takes("RoleName", "PolicyName"), "PolicyDocument": Take("PolicyDocument", json_text)},
            note="put policy",
        ),
    ),
    updates=(
        Update(
            on=("PolicyDocument",),
            call=Call(
                operation="iam:PutRolePolicy",
                parameters={**INLINE, "PolicyDocument": Take("PolicyDocument", json_text)},
                note="put policy",
            ),
            created=True,
        ),
    ),
    read=Read(
        call=Call(operation="iam:GetRolePolicy", parameters=INLINE),
        absent=GONE,
        answer=answers("RoleName", "PolicyName", "PolicyDocument"),
    ),
    listing=Listing(
        call=Call(operation="iam:ListRolePolicies", parameters=takes("RoleName")),
        items=("PolicyNames", "*"),
        identity=("", "=RoleName"),
        within="RoleName",
    ),
    delete=Delete(call=Call(operation="iam:DeleteRolePolicy", parameters=INLINE)),
)


ENTRIES = (ROLE, ROLE_POLICY)
