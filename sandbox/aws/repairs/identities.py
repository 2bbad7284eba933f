"""IAM: what must be detached before it is deleted."""

from __future__ import annotations

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
