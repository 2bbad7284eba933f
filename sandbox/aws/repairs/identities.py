"""IAM: what must be detached before it is deleted, documents that are none, and calls that moto lacks."""

from __future__ import annotations

import json

from sandbox.aws.answer import failure, result
from sandbox.aws.call import Call
from sandbox.aws.repairs.registry import Send, backend, repairs
from sandbox.wire import Reply


@repairs("iam", "DeletePolicy")
def delete_policy(call: Call, send: Send) -> Reply:
    policy = backend(call).managed_policies.get(call.parameters.get("PolicyArn"))
    if policy is not None and policy.attachment_count:
        return failure(call, "DeleteConflict", "Cannot delete a policy attached to entities.", 409)
    if policy is not None and len(policy.versions) > 1:
        text = "This policy has more than one version. Before you delete a policy, you must delete the policy's versions."
        return failure(call, "DeleteConflict", text, 409)
    return send(call)


@repairs("iam", "DeleteRole")
def delete_role(call: Call, send: Send) -> Reply:
    name = call.parameters.get("RoleName")
    role = next((item for item in backend(call).roles.values() if item.name == name), None)
    if role is not None and role.policies:
        return failure(call, "DeleteConflict", "Cannot delete entity, must delete policies first.", 409)
    return send(call)


@repairs("iam", "ListInstanceProfileTags")
def list_instance_profile_tags(call: Call, send: Send) -> Reply:
    name = call.parameters.get("InstanceProfileName")
    profile = next((item for item in backend(call).instance_profiles.values() if item.name == name), None)
    if profile is None:
        return failure(call, "NoSuchEntity", f"Instance Profile {name} cannot be found.", 404)
    return result(call, {"Tags": profile.tags or [], "IsTruncated": False})


@repairs("iam", "CreateRole", "UpdateAssumeRolePolicy")
def trust(call: Call, send: Send) -> Reply:
    text = call.parameters.get("AssumeRolePolicyDocument") or call.parameters.get("PolicyDocument") or ""
    try:
        json.loads(text)
    except ValueError:
        return failure(call, "MalformedPolicyDocument", "This policy contains invalid Json", 400)
    return send(call)


@repairs("iam", "AddClientIDToOpenIDConnectProvider", "RemoveClientIDFromOpenIDConnectProvider")
def client_ids(call: Call, send: Send) -> Reply:
    arn, name = call.parameters.get("OpenIDConnectProviderArn", ""), call.parameters.get("ClientID", "")
    provider = backend(call).open_id_providers.get(arn)
    if provider is None:
        return failure(call, "NoSuchEntity", f"OpenIDConnect Provider not found for arn {arn}", 404)
    kept = [item for item in provider.client_id_list if item != name]
    provider.client_id_list = [*kept, name] if call.operation.startswith("Add") else kept
    return result(call, {})
