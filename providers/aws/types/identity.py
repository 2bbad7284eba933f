"""IAM: managed policies, instance profiles, OIDC providers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from providers.aws.forms import json_text
from providers.aws.paging import pages
from providers.aws.table import (
    Call,
    Change,
    Create,
    Custom,
    Delete,
    Entry,
    Follow,
    Identity,
    Item,
    Known,
    Listing,
    ListUpdate,
    Read,
    Tagging,
    TagKeys,
    Tags,
    Take,
    Update,
    answers,
    takes,
)
from providers.contract.observation import Target
from providers.contract.schema import RecoveryClass
from providers.contract.step import Step
from providers.contract.transport import Answered, Send
from providers.contract.values import Value

VERSIONS = "~Versions"
GONE = frozenset({"NoSuchEntity"})


def iam_tags(add: str, remove: str, name: dict[str, Any]) -> Tagging:
    return Tagging(
        form="list",
        add=Call(operation=f"iam:{add}", parameters={**name, "Tags": Tags()}),
        remove=Call(operation=f"iam:{remove}", parameters={**name, "TagKeys": TagKeys()}),
    )


def asked(target: Target, name: str) -> bool:
    """Somebody declared it, or nothing is recorded yet."""
    return not target.recorded or name in target.inputs


def policy_arn(identity: str, target: Target, send: Send) -> Any:
    """Names of managed policies are unique in an account, whatever their path: found in the complete listing."""
    found = pages(send, "iam:ListPolicies", {"Scope": "Local"}, ("Policies", "*"))
    if not isinstance(found, list):
        return found
    return next(({"PolicyArn": policy["Arn"]} for policy in found if policy["PolicyName"] == identity), None)


def entities(policy: dict[str, Any], identity: str, target: Target, send: Send) -> Any:
    """Who a policy is attached to, and the versions it has beside its default one (a new policy has none)."""
    gained: dict[str, Any] = {}
    if policy.get("DefaultVersionId") != "v1":
        found = pages(send, "iam:ListPolicyVersions", {"PolicyArn": policy["PolicyArn"]}, ("Versions", "*"))
        if not isinstance(found, list):
            return found
        gained[VERSIONS] = [item["VersionId"] for item in found if not item["IsDefaultVersion"]]
    for name, filter, member in (
        ("Roles", "Role", "PolicyRoles"),
        ("Groups", "Group", "PolicyGroups"),
        ("Users", "User", "PolicyUsers"),
    ):
        if not asked(target, name):
            continue
        parameters = {"PolicyArn": policy["PolicyArn"], "EntityFilter": filter}
        found = pages(send, "iam:ListEntitiesForPolicy", parameters, (member, "*", f"{filter}Name"))
        if not isinstance(found, list):
            return found
        gained[name] = found
    return gained


def new_version(change: Change) -> Sequence[Step]:
    """A new default version; those before go, because a policy may have five."""
    arn, former = str(change.live["PolicyArn"]), change.live.get("DefaultVersionId")
    made = [
        *old_versions(change),
        Step(
            operation="iam:CreatePolicyVersion",
            parameters={
                "PolicyArn": arn,
                "PolicyDocument": json_text(change.wanted["PolicyDocument"]),
                "SetAsDefault": True,
            },
            identity=str(change.identity),
            note="new policy version",
        ),
    ]
    return [*made, without_version(change, former)] if former else made


def old_versions(change: Change) -> list[Step]:
    """Versions that are no default: a policy that has any cannot be deleted."""
    versions = change.live.get(VERSIONS)
    return [without_version(change, version) for version in versions] if isinstance(versions, list) else []


def without_version(change: Change, version: Value) -> Step:
    return Step(
        operation="iam:DeletePolicyVersion",
        parameters={"PolicyArn": str(change.live["PolicyArn"]), "VersionId": version},
        identity=str(change.identity),
        note=f"delete version {version}",
    )


def attached(on: str, kind: str) -> ListUpdate:
    parameters = {f"{kind}Name": Item(), "PolicyArn": Known("PolicyArn")}
    return ListUpdate(
        on=on,
        add=Call(operation=f"iam:Attach{kind}Policy", parameters=parameters, note="attach policy"),
        remove=Call(operation=f"iam:Detach{kind}Policy", parameters=parameters, note="detach policy"),
    )


MANAGED_POLICY = Entry(
    type="AWS::IAM::ManagedPolicy",
    recovery=RecoveryClass.NAME,
    identity=("ManagedPolicyName",),  # the ARN follows from it, the account and the path, and is an output
    known_identity=True,
    name="ManagedPolicyName",
    name_length=128,
    create=Create(
        call=Call(
            operation="iam:CreatePolicy",
            parameters={
                "PolicyName": Take("ManagedPolicyName"),
                **takes("Path", "Description"),
                "PolicyDocument": Take("PolicyDocument", json_text),
                "Tags": Tags(),
            },
        ),
        item=("Policy",),
    ),
    updates=(
        Custom(on=("PolicyDocument",), steps=new_version, created=True),
        attached("Roles", "Role"),
        attached("Groups", "Group"),
        attached("Users", "User"),
    ),
    tagging=iam_tags("TagPolicy", "UntagPolicy", {"PolicyArn": Known("PolicyArn")}),
    read=Read(
        call=Call(operation="iam:GetPolicy", parameters={"PolicyArn": Known("PolicyArn")}),
        items=("Policy",),
        absent=GONE,
        locate_by=policy_arn,
        located=frozenset({"PolicyArn"}),
        answer=answers(
            "Path",
            "Description",
            "DefaultVersionId",
            "AttachmentCount",
            "PermissionsBoundaryUsageCount",
            "IsAttachable",
            "PolicyId",
            "CreateDate",
            "UpdateDate",
            "Tags",
            ManagedPolicyName="PolicyName",
            PolicyArn="Arn",
        ),
        follows=(
            Follow(
                call=Call(
                    operation="iam:GetPolicyVersion",
                    parameters={"PolicyArn": Known("PolicyArn"), "VersionId": Known("DefaultVersionId")},
                ),
                gives={"PolicyDocument": "PolicyVersion.Document"},
            ),
        ),
        more=entities,
        more_gives=frozenset({"Roles", "Groups", "Users"}),
        more_always=True,
        created_at="CreateDate",
    ),
    listing=Listing(
        call=Call(operation="iam:ListPolicies", parameters={"Scope": "Local"}),
        items=("Policies", "*"),
        identity=("PolicyName",),
    ),
    delete=Delete(
        call=Call(operation="iam:DeletePolicy", parameters={"PolicyArn": Known("PolicyArn")}),
        before=("Roles", "Groups", "Users"),
        custom=old_versions,
    ),
    defaults={"Path": "/", "Roles": [], "Groups": [], "Users": []},
)

PROFILE = {"InstanceProfileName": Identity()}

INSTANCE_PROFILE = Entry(
    type="AWS::IAM::InstanceProfile",
    recovery=RecoveryClass.NAME,
    known_identity=True,
    name="InstanceProfileName",
    name_length=128,
    create=Create(
        call=Call(
            operation="iam:CreateInstanceProfile",
            parameters={**takes("InstanceProfileName", "Path"), "Tags": Tags()},
        ),
        item=("InstanceProfile",),
    ),
    updates=(
        ListUpdate(
            on="Roles",
            add=Call(operation="iam:AddRoleToInstanceProfile", parameters={**PROFILE, "RoleName": Item()}, note="add role"),
            remove=Call(
                operation="iam:RemoveRoleFromInstanceProfile", parameters={**PROFILE, "RoleName": Item()}, note="remove role"
            ),
        ),
    ),
    tagging=iam_tags("TagInstanceProfile", "UntagInstanceProfile", PROFILE),
    read=Read(
        call=Call(operation="iam:GetInstanceProfile", parameters=PROFILE),
        items=("InstanceProfile",),
        absent=GONE,
        answer=answers("InstanceProfileName", "Arn", "Path", "Tags", Roles="Roles.*.RoleName"),
        created_at="CreateDate",
    ),
    listing=Listing(
        call=Call(operation="iam:ListInstanceProfiles", parameters={}),
        items=("InstanceProfiles", "*"),
        identity=("InstanceProfileName",),
    ),
    delete=Delete(call=Call(operation="iam:DeleteInstanceProfile", parameters=PROFILE), before=("Roles",)),
    defaults={"Path": "/"},
)

ARN = {"OpenIDConnectProviderArn": Known("Arn")}


def host(url: str) -> str:
    """What IAM keeps of an issuer: without its scheme."""
    return url.partition("://")[2] or url


def oidc_arn(identity: str, target: Target, send: Send) -> Any:
    answer = send("iam:ListOpenIDConnectProviders", {})
    if not isinstance(answer, Answered):
        return answer
    arns = [str(item["Arn"]) for item in answer.body.get("OpenIDConnectProviderList", ())]
    wanted = (identity, f":oidc-provider/{host(identity)}")
    return next(({"Arn": arn} for arn in arns if arn.endswith(wanted)), None)


def oidc_shape(item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "Url": f"https://{host(str(item.get('Url', '')))}"}


OIDC_PROVIDER = Entry(
    type="AWS::IAM::OIDCProvider",
    recovery=RecoveryClass.NAME,
    identity=("Url",),  # one provider for each issuer; the ARN is an output
    known_identity=True,
    create=Create(
        call=Call(
            operation="iam:CreateOpenIDConnectProvider",
            parameters={
                "Url": Take("Url"),
                "ClientIDList": Take("ClientIdList"),
                "ThumbprintList": Take("ThumbprintList"),
                "Tags": Tags(),
            },
        ),
    ),
    updates=(
        ListUpdate(
            on="ClientIdList",
            add=Call(operation="iam:AddClientIDToOpenIDConnectProvider", parameters={**ARN, "ClientID": Item()}),
            remove=Call(operation="iam:RemoveClientIDFromOpenIDConnectProvider", parameters={**ARN, "ClientID": Item()}),
            created=True,
        ),
        Update(
            on=("ThumbprintList",),
            call=Call(operation="iam:UpdateOpenIDConnectProviderThumbprint", parameters={**ARN, **takes("ThumbprintList")}),
            created=True,
        ),
    ),
    tagging=iam_tags("TagOpenIDConnectProvider", "UntagOpenIDConnectProvider", ARN),
    read=Read(
        call=Call(operation="iam:GetOpenIDConnectProvider", parameters=ARN),
        absent=GONE,
        locate_by=oidc_arn,
        located=frozenset({"Arn"}),
        shape=oidc_shape,
        answer=answers("Arn", "Url", "ThumbprintList", "Tags", ClientIdList="ClientIDList"),
        created_at="CreateDate",
    ),
    listing=Listing(
        call=Call(operation="iam:ListOpenIDConnectProviders", parameters={}),
        items=("OpenIDConnectProviderList", "*"),
        identity=("Arn",),
    ),
    delete=Delete(call=Call(operation="iam:DeleteOpenIDConnectProvider", parameters=ARN)),
    defaults={"ClientIdList": []},
)

ENTRIES = (MANAGED_POLICY, INSTANCE_PROFILE, OIDC_PROVIDER)
