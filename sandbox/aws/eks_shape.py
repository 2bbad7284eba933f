"""The values of a new cluster and node group: what the caller gave, over what EKS takes when nothing is given."""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime
from typing import Any

from sandbox.aws.call import Call

VERSION = "1.36"
LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")


def cluster_values(call: Call, arn: str, network: str, group: str) -> dict[str, Any]:
    """All that DescribeCluster shows but what depends on the phase and on the Kubernetes API."""
    given = call.parameters
    number = hashlib.sha256(f"{arn}{uuid.uuid4()}".encode()).hexdigest()[:32].upper()
    public = {"endpointPublicAccess": True, "endpointPrivateAccess": False, "publicAccessCidrs": ["0.0.0.0/0"]}
    security = {"securityGroupIds": [], "clusterSecurityGroupId": group, "vpcId": network}
    optional = ("computeConfig", "storageConfig", "remoteNetworkConfig", "zonalShiftConfig", "controlPlaneScalingConfig")
    return {
        "name": given["name"],
        "arn": arn,
        "createdAt": datetime.now(UTC),
        "version": given.get("version", VERSION),
        "roleArn": given["roleArn"],
        "resourcesVpcConfig": {**public, **security, **given["resourcesVpcConfig"]},
        "kubernetesNetworkConfig": _addresses(given.get("kubernetesNetworkConfig", {})),
        "logging": _logging(given.get("logging", {})),
        "identity": {"oidc": {"issuer": f"https://oidc.eks.{call.region}.amazonaws.com/id/{number}"}},
        "platformVersion": "eks.1",
        "tags": dict(given.get("tags", {})),
        "encryptionConfig": given.get("encryptionConfig", []),
        "health": {"issues": []},
        "accessConfig": {"authenticationMode": "CONFIG_MAP", **_access(given.get("accessConfig", {}))},
        "upgradePolicy": {"supportType": "EXTENDED", **given.get("upgradePolicy", {})},
        "deletionProtection": bool(given.get("deletionProtection", False)),
        "clientRequestToken": given.get("clientRequestToken"),
        **{name: given[name] for name in optional if name in given},
    }


def _access(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name != "bootstrapClusterCreatorAdminPermissions"}


def _addresses(given: dict[str, Any]) -> dict[str, Any]:
    return {"serviceIpv4Cidr": "10.100.0.0/16", "ipFamily": "ipv4", "elasticLoadBalancing": {"enabled": False}, **given}


def _logging(given: dict[str, Any]) -> dict[str, Any]:
    """Each kind of log once, those switched on before those that are off."""
    on = [kind for item in given.get("clusterLogging", []) if item.get("enabled") for kind in item.get("types", [])]
    off = [kind for kind in LOG_TYPES if kind not in on]
    lines = [{"types": on, "enabled": True}] if on else []
    return {"clusterLogging": [*lines, *([{"types": off, "enabled": False}] if off else [])]}


def nodegroup_values(call: Call, version: str) -> dict[str, Any]:
    """All that DescribeNodegroup shows but the status."""
    given = call.parameters
    cluster, name, number = given["clusterName"], given["nodegroupName"], str(uuid.uuid4())
    now = datetime.now(UTC)
    passed = ("launchTemplate", "remoteAccess", "nodeRepairConfig")
    wanted = given.get("version", version)
    return {
        "nodegroupName": name,
        "nodegroupArn": f"arn:aws:eks:{call.region}:{call.account}:nodegroup/{cluster}/{name}/{number}",
        "clusterName": cluster,
        "version": wanted,
        "releaseVersion": given.get("releaseVersion", f"{wanted}.0-20260101"),
        "createdAt": now,
        "modifiedAt": now,
        "capacityType": given.get("capacityType", "ON_DEMAND"),
        "scalingConfig": {"minSize": 1, "maxSize": 2, "desiredSize": 2, **given.get("scalingConfig", {})},
        "instanceTypes": given.get("instanceTypes") or ["t3.medium"],
        "subnets": given["subnets"],
        "amiType": given.get("amiType", "AL2023_x86_64_STANDARD"),
        "nodeRole": given["nodeRole"],
        "labels": dict(given.get("labels", {})),
        "taints": list(given.get("taints", [])),
        "resources": {"autoScalingGroups": [{"name": f"eks-{name}-{number}"}]},
        "diskSize": given.get("diskSize", 20),
        "health": {"issues": []},
        "updateConfig": given.get("updateConfig") or {"maxUnavailable": 1},
        "tags": dict(given.get("tags", {})),
        **{key: given[key] for key in passed if key in given},
    }
