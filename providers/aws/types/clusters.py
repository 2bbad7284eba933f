"""EKS: clusters and node groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from providers.aws.forms import lower, small
from providers.aws.table import (
    Call,
    Change,
    Create,
    Custom,
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
)
from providers.contract.schema import RecoveryClass
from providers.contract.step import Step, TokenSlot
from providers.contract.values import get

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
TOKEN = TokenSlot(path=("clientRequestToken",), longest=64)
EKS_TAGS = Tagging(
    form="map",
    add=Call(operation="eks:TagResource", parameters={"resourceArn": Known("Arn"), "tags": Tags()}),
    remove=Call(operation="eks:UntagResource", parameters={"resourceArn": Known("Arn"), "tagKeys": TagKeys()}),
)


def lowered(*names: str) -> dict[str, Any]:
    """Parameters that are properties, spelt with small first letters at every depth."""
    return {small(name): Take(name, lower) for name in names}


def to_logging(value: dict[str, Any]) -> dict[str, Any]:
    found = value.get("ClusterLogging", {}).get("EnabledTypes", [])
    enabled = [item["Type"] for item in found]
    others = [name for name in LOG_TYPES if name not in enabled]
    made = [{"types": enabled, "enabled": True}] if enabled else []
    return {"clusterLogging": [*made, *([{"types": others, "enabled": False}] if others else [])]}


def cluster_shape(cluster: dict[str, Any]) -> dict[str, Any]:
    logs = cluster.get("logging") or {}
    enabled = [name for item in logs.get("clusterLogging") or () if item.get("enabled") for name in item.get("types", ())]
    logging = {"clusterLogging": {"enabledTypes": [{"type": name} for name in enabled]}} if enabled else None
    return {**cluster, "logging": logging}


def network_access(change: Change) -> Sequence[Step]:
    """EKS changes subnets and security groups in one request, access to the endpoint in another."""
    made = []
    for names in (
        ("SubnetIds", "SecurityGroupIds"),
        ("EndpointPublicAccess", "EndpointPrivateAccess", "PublicAccessCidrs", "ControlPlaneEgressMode"),
    ):
        wanted = {name: get(dict(change.wanted), ("ResourcesVpcConfig", name)) for name in names}
        wanted = {name: value for name, value in wanted.items() if value is not None}
        if any(moved(value, get(dict(change.live), ("ResourcesVpcConfig", name))) for name, value in wanted.items()):
            parameters: dict[str, object] = {"name": change.identity, "resourcesVpcConfig": lower(wanted)}
            made.append(
                Step(
                    operation="eks:UpdateClusterConfig",
                    parameters=parameters,
                    identity=change.identity,
                    note=f"set {', '.join(wanted)}",
                )
            )
    return made


def moved(wanted: Any, live: Any) -> bool:
    return sorted(wanted) != sorted(live or []) if isinstance(wanted, list) else bool(wanted != live)


def configured(*names: str, **other: Any) -> Update:
    return Update(
        on=names,
        call=Call(operation="eks:UpdateClusterConfig", parameters={"name": Identity(), **lowered(*names), **other}),
        created=True,
    )


IN_PLACE = (
    "UpgradePolicy",
    "ZonalShiftConfig",
    "RemoteNetworkConfig",
    "DeletionProtection",
    "ControlPlaneScalingConfig",
    "KubeApiServerConfig",
    "KubeControllerManagerConfig",
    "KubeSchedulerConfig",
)

CLUSTER = Entry(
    type="AWS::EKS::Cluster",
    recovery=RecoveryClass.NAME,
    known_identity=True,
    name="Name",
    name_length=100,
    create=Create(
        call=Call(
            operation="eks:CreateCluster",
            parameters={
                **lowered(
                    "Name",
                    "Version",
                    "RoleArn",
                    "ResourcesVpcConfig",
                    "KubernetesNetworkConfig",
                    "EncryptionConfig",
                    "OutpostConfig",
                    "AccessConfig",
                    "BootstrapSelfManagedAddons",
                    "ComputeConfig",
                    "StorageConfig",
                    *IN_PLACE,
                ),
                "logging": Take("Logging", to_logging),
                "tags": Tags(),
            },
        ),
        item=("cluster",),
        token=TOKEN,
    ),
    updates=(
        Update(
            on=("Version",),
            call=Call(
                operation="eks:UpdateClusterVersion",
                parameters={"name": Identity(), **lowered("Version", "Force", "RollbackConfig")},
            ),
            created=True,
        ),
        Custom(on=("ResourcesVpcConfig",), steps=network_access, created=True),
        Update(
            on=("Logging",),
            call=Call(
                operation="eks:UpdateClusterConfig", parameters={"name": Identity(), "logging": Take("Logging", to_logging)}
            ),
            undo=Call(operation="eks:UpdateClusterConfig", parameters={"name": Identity(), "logging": to_logging({})}),
            created=True,
        ),
        Update(
            on=("AccessConfig",),
            call=Call(
                operation="eks:UpdateClusterConfig",
                parameters={
                    "name": Identity(),
                    "accessConfig": {"authenticationMode": Take("AccessConfig.AuthenticationMode")},
                },
            ),
            created=True,
        ),
        Update(
            on=("ComputeConfig", "StorageConfig", "KubernetesNetworkConfig"),
            call=Call(
                operation="eks:UpdateClusterConfig",
                parameters={
                    "name": Identity(),
                    **lowered("ComputeConfig", "StorageConfig"),
                    "kubernetesNetworkConfig": {
                        "elasticLoadBalancing": Take("KubernetesNetworkConfig.ElasticLoadBalancing", lower)
                    },
                },
            ),
            created=True,
        ),
        *(configured(name) for name in IN_PLACE),
    ),
    tagging=EKS_TAGS,
    read=Read(
        call=Call(operation="eks:DescribeCluster", parameters={"name": Identity()}),
        items=("cluster",),
        absent=frozenset({"ResourceNotFoundException"}),
        lower=True,
        shape=cluster_shape,
        answer={
            **{
                name: small(name)
                for name in (
                    "Name",
                    "Version",
                    "RoleArn",
                    "ResourcesVpcConfig",
                    "KubernetesNetworkConfig",
                    "EncryptionConfig",
                    "OutpostConfig",
                    "AccessConfig",
                    "ComputeConfig",
                    "StorageConfig",
                    "Logging",
                    "CertificateAuthority",
                    "Arn",
                    "Endpoint",
                    "Id",
                    "Tags",
                    *IN_PLACE,
                )
            },
            "CertificateAuthorityData": "certificateAuthority.data",
            "ClusterSecurityGroupId": "resourcesVpcConfig.clusterSecurityGroupId",
            "OpenIdConnectIssuerUrl": "identity.oidc.issuer",
            "EncryptionConfigKeyArn": "encryptionConfig.0.provider.keyArn",
        },
        status="status",
        created_at="createdAt",
    ),
    listing=Listing(call=Call(operation="eks:ListClusters", parameters={}), items=("clusters", "*")),
    delete=Delete(call=Call(operation="eks:DeleteCluster", parameters={"name": Identity()}), proves=False),
    ready=frozenset({"ACTIVE", "UPDATING"}),
    failed=frozenset({"FAILED"}),
    needs=("Endpoint",),
    ignored=frozenset({"Force", "RollbackConfig"}),
    refused={"ActiveCertificateAuthorityId": "rotation of a cluster's certificate authority is not served yet"},
)

GROUP = {"clusterName": Identity(0), "nodegroupName": Identity(1)}


def labels(change: Change) -> Sequence[Step]:
    """Labels and taints are changed by what to put and what to remove."""
    have, want = change.live.get("Labels") or {}, change.wanted.get("Labels") or {}
    assert isinstance(have, dict)
    assert isinstance(want, dict)
    put = {name: value for name, value in want.items() if have.get(name) != value}
    gone = sorted(set(have) - set(want)) if "Labels" in change.changed else []
    parameters: dict[str, object] = {}
    if put or gone:
        parameters["labels"] = {
            **({"addOrUpdateLabels": put} if put else {}),
            **({"removeLabels": gone} if gone else {}),
        }
    if "Taints" in change.changed:
        before, after = lower(change.live.get("Taints") or []), lower(change.wanted.get("Taints") or [])
        parameters["taints"] = {
            name: found
            for name, found in (
                ("addOrUpdateTaints", [taint for taint in after if taint not in before]),
                ("removeTaints", [taint for taint in before if taint not in after]),
            )
            if found
        }
    if not parameters:
        return ()
    cluster, _, group = str(change.identity).partition("|")
    return (
        Step(
            operation="eks:UpdateNodegroupConfig",
            parameters={"clusterName": cluster, "nodegroupName": group, **parameters},
            identity=str(change.identity),
            note="set labels and taints",
        ),
    )


def nodegroup_shape(group: dict[str, Any]) -> dict[str, Any]:
    return {**group, "id": f"{group.get('clusterName')}/{group.get('nodegroupName')}"}


CONFIGURED = ("ScalingConfig", "UpdateConfig", "NodeRepairConfig", "WarmPoolConfig")
VERSIONED = ("Version", "ReleaseVersion", "LaunchTemplate")
FIXED = ("DiskSize", "Subnets", "InstanceTypes", "AmiType", "RemoteAccess", "NodeRole", "CapacityType")

NODEGROUP = Entry(
    type="AWS::EKS::Nodegroup",
    recovery=RecoveryClass.NAME,
    identity=("ClusterName", "NodegroupName"),  # the schema's Id is both, joined by "/"
    known_identity=True,
    name="NodegroupName",
    name_length=63,
    create=Create(
        call=Call(
            operation="eks:CreateNodegroup",
            parameters={
                **lowered("ClusterName", "NodegroupName", "Taints", *FIXED, *CONFIGURED, *VERSIONED),
                "labels": Take("Labels"),
                "tags": Tags(),
            },
        ),
        item=("nodegroup",),
        token=TOKEN,
    ),
    updates=(
        Update(
            on=VERSIONED,
            call=Call(
                operation="eks:UpdateNodegroupVersion",
                parameters={**GROUP, **lowered(*VERSIONED), "force": Take("ForceUpdateEnabled")},
            ),
            created=True,
            changed_only=True,
        ),
        Update(
            on=CONFIGURED,
            call=Call(operation="eks:UpdateNodegroupConfig", parameters={**GROUP, **lowered(*CONFIGURED)}),
            created=True,
            changed_only=True,
        ),
        Custom(on=("Labels", "Taints"), steps=labels, created=True),
    ),
    tagging=EKS_TAGS,
    read=Read(
        call=Call(operation="eks:DescribeNodegroup", parameters=GROUP),
        items=("nodegroup",),
        absent=frozenset({"ResourceNotFoundException"}),
        lower=True,
        shape=nodegroup_shape,
        answer={
            **{
                name: small(name)
                for name in (
                    "ClusterName",
                    "NodegroupName",
                    "Id",
                    "Labels",
                    "Taints",
                    "Tags",
                    *FIXED,
                    *CONFIGURED,
                    *VERSIONED,
                )
            },
            "Arn": "nodegroupArn",
        },
        status="status",
        status_reason="health.issues.0.message",
        created_at="createdAt",
    ),
    listing=Listing(
        call=Call(operation="eks:ListNodegroups", parameters={"clusterName": Take("ClusterName")}),
        items=("nodegroups", "*"),
        identity=("=ClusterName", ""),
        within="ClusterName",
    ),
    delete=Delete(call=Call(operation="eks:DeleteNodegroup", parameters=GROUP), proves=False),
    ready=frozenset({"ACTIVE", "UPDATING", "DEGRADED"}),
    failed=frozenset({"CREATE_FAILED", "DELETE_FAILED"}),
    defaults={"Labels": {}, "Taints": []},
    ignored=frozenset({"ForceUpdateEnabled"}),
)

ENTRIES = (CLUSTER, NODEGROUP)
