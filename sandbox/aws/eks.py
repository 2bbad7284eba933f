"""EKS, served here and not by moto, which knows neither phases nor updates and whose clusters have no API."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.aws.answer import failure, result
from sandbox.aws.call import Call
from sandbox.aws.cluster import Cluster, Nodegroup, Phased, StartKubernetes
from sandbox.aws.cluster_token import TokenRefused, access_key_of
from sandbox.aws.eks_shape import cluster_values, nodegroup_values
from sandbox.settings import ACCESS_KEY, SECRET_KEY, Settings
from sandbox.wire import Reply

Key = tuple[str, str, str]


class Refused(Exception):
    """An error of the EKS API: code and text."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


@dataclass(slots=True)
class Clusters:
    """All clusters by account, region and name. Every use is under moto's lock."""

    settings: Settings
    start: StartKubernetes
    _clusters: dict[Key, Cluster] = field(default_factory=dict)

    def answer(self, call: Call) -> Reply:
        function = OPERATIONS.get(call.operation)
        if function is None:
            return failure(call, "InvalidRequestException", f"the sandbox does not serve eks:{call.operation}", 400)
        self._sweep()
        try:
            return result(call, function(self, call))
        except Refused as problem:
            status = {"ResourceNotFoundException": 404, "ResourceInUseException": 409}.get(problem.code, 400)
            return failure(call, problem.code, problem.text, status)

    def facts(self) -> list[dict[str, Any]]:
        """Name, account, region, status and endpoint of each cluster."""
        return [
            {"name": key[2], "account": key[0], "region": key[1], "status": item.status, "endpoint": item.api.endpoint}
            for key, item in sorted(self._clusters.items())
            if not item.over
        ]

    def things(self) -> list[dict[str, Any]]:
        """Clusters, node groups, and the objects in each cluster, in the form of `objects.things`."""
        self._sweep()
        found: list[dict[str, Any]] = []
        for (account, region, name), cluster in sorted(self._clusters.items()):
            where = {"account": account, "region": region, "made_by": "user", "alive": True}
            found.append(
                {"type": "AWS::EKS::Cluster", "id": name, "tags": cluster.values["tags"], "state": cluster.status, **where}
            )
            for group in cluster.nodegroups.values():
                identifier = f"{name}/{group.values['nodegroupName']}"
                facts = {"id": identifier, "tags": group.values["tags"], "state": group.status}
                found.append({"type": "AWS::EKS::Nodegroup", **facts, **where})
            found.extend({**where, "state": "", "cluster": name, **thing} for thing in cluster.api.things())
        return found

    def clear(self) -> None:
        for cluster in self._clusters.values():
            cluster.api.stop()
        self._clusters.clear()

    def _sweep(self) -> None:
        """Take out what has finished its deletion."""
        for key, cluster in list(self._clusters.items()):
            gone = [name for name, group in cluster.nodegroups.items() if group.over]
            for name in gone:
                del cluster.nodegroups[name]
            if cluster.over:
                del self._clusters[key]
                _leave_network(_ec2(key[0], key[1]), cluster)

    # Clusters

    def create_cluster(self, call: Call) -> Mapping[str, Any]:
        name, key = call.parameters["name"], _key(call, call.parameters["name"])
        if key in self._clusters:
            raise Refused("ResourceInUseException", f"Cluster already exists with name: {name}")
        backend = _ec2(call.account, call.region)
        network = _network(backend, call)
        _check_role(call, call.parameters["roleArn"])
        arn = f"arn:aws:eks:{call.region}:{call.account}:cluster/{name}"
        group = _security_group(backend, name, network, arn)
        cluster = Cluster(
            values=cluster_values(call, arn, network, group),
            ready=time.monotonic() + self.settings.cluster_delay,
            api=self.start(arn, lambda token: self.user_of(key, token)),
            group=group,
            interfaces=_enter_network(backend, name, call.parameters["resourcesVpcConfig"]["subnetIds"], group),
        )
        self._clusters[key] = cluster
        return {"cluster": cluster.shown()}

    def describe_cluster(self, call: Call) -> Mapping[str, Any]:
        return {"cluster": self._cluster(call, call.parameters["name"]).shown()}

    def list_clusters(self, call: Call) -> Mapping[str, Any]:
        mine = (call.account, call.region)
        return {"clusters": sorted(key[2] for key in self._clusters if key[:2] == mine)}

    def update_cluster_config(self, call: Call) -> Mapping[str, Any]:
        cluster = self._steady(call)
        given = {name: value for name, value in call.parameters.items() if name not in ("name", "clientRequestToken")}
        for name, value in given.items():
            old = cluster.values.get(name)
            cluster.values[name] = {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
        kind = {
            "logging": "LoggingUpdate",
            "accessConfig": "AccessConfigUpdate",
            "upgradePolicy": "UpgradePolicyUpdate",
            "deletionProtection": "DeletionProtectionUpdate",
        }.get(next(iter(given), ""), "VpcConfigUpdate")
        return self._updated(cluster, kind, given, self.settings.cluster_delay)

    def update_cluster_version(self, call: Call) -> Mapping[str, Any]:
        cluster = self._steady(call)
        wanted = call.parameters["version"]
        if _minor(wanted) not in (_minor(cluster.values["version"]), _minor(cluster.values["version"]) + 1):
            raise Refused("InvalidParameterException", f"Unsupported Kubernetes minor version update to {wanted}")
        cluster.values["version"] = wanted
        return self._updated(cluster, "VersionUpdate", {"Version": wanted}, self.settings.cluster_delay)

    def delete_cluster(self, call: Call) -> Mapping[str, Any]:
        cluster = self._cluster(call, call.parameters["name"])
        if cluster.nodegroups:
            raise Refused("ResourceInUseException", "Cluster has nodegroups attached")
        if cluster.status in ("CREATING", "UPDATING", "DELETING"):
            raise Refused("ResourceInUseException", f"Cluster has status {cluster.status}")
        if cluster.values.get("deletionProtection"):
            raise Refused("InvalidRequestException", "Cannot delete cluster with deletion protection enabled")
        cluster.gone = time.monotonic() + self.settings.cluster_delay
        cluster.api.stop()
        return {"cluster": cluster.shown()}

    # Node groups

    def create_nodegroup(self, call: Call) -> Mapping[str, Any]:
        cluster = self._cluster(call, call.parameters["clusterName"])
        name = call.parameters["nodegroupName"]
        if name in cluster.nodegroups:
            text = f"NodeGroup already exists with name {name} and cluster name {call.parameters['clusterName']}"
            raise Refused("ResourceInUseException", text)
        if cluster.status != "ACTIVE":
            raise Refused("InvalidRequestException", f"Cluster '{call.parameters['clusterName']}' is not in ACTIVE status")
        _check_role(call, call.parameters["nodeRole"])
        _check_subnets(_ec2(call.account, call.region), call.parameters["subnets"])
        group = Nodegroup(
            values=nodegroup_values(call, cluster.values["version"]),
            ready=time.monotonic() + self.settings.nodegroup_delay,
        )
        cluster.nodegroups[name] = group
        return {"nodegroup": group.shown()}

    def describe_nodegroup(self, call: Call) -> Mapping[str, Any]:
        return {"nodegroup": self._nodegroup(call).shown()}

    def list_nodegroups(self, call: Call) -> Mapping[str, Any]:
        return {"nodegroups": sorted(self._cluster(call, call.parameters["clusterName"]).nodegroups)}

    def update_nodegroup_config(self, call: Call) -> Mapping[str, Any]:
        group = self._nodegroup(call)
        _check_steady(group, "Nodegroup")
        labels, taints = call.parameters.get("labels", {}), call.parameters.get("taints", {})
        values = group.values
        kept = {name: text for name, text in values["labels"].items() if name not in labels.get("removeLabels", [])}
        values["labels"] = {**kept, **labels.get("addOrUpdateLabels", {})}
        values["taints"] = _changed_taints(values["taints"], taints)
        for name in ("scalingConfig", "updateConfig", "nodeRepairConfig"):
            if name in call.parameters:
                values[name] = {**(values.get(name) or {}), **call.parameters[name]}
        values["modifiedAt"] = datetime.now(UTC)
        return self._updated(group, "ConfigUpdate", {}, self.settings.nodegroup_delay)

    def update_nodegroup_version(self, call: Call) -> Mapping[str, Any]:
        group = self._nodegroup(call)
        _check_steady(group, "Nodegroup")
        for given, kept in (("version", "version"), ("releaseVersion", "releaseVersion"), ("launchTemplate", "launchTemplate")):
            if given in call.parameters:
                group.values[kept] = call.parameters[given]
        return self._updated(group, "VersionUpdate", {}, self.settings.nodegroup_delay)

    def delete_nodegroup(self, call: Call) -> Mapping[str, Any]:
        group = self._nodegroup(call)
        if group.status == "DELETING":
            raise Refused("ResourceInUseException", "Nodegroup is being deleted")
        group.gone = time.monotonic() + self.settings.nodegroup_delay
        return {"nodegroup": group.shown()}

    # Updates and tags

    def describe_update(self, call: Call) -> Mapping[str, Any]:
        number = call.parameters["updateId"]
        update = self._updates_of(call).updates.get(number)
        if update is None:
            raise Refused("ResourceNotFoundException", f"No update found for ID: {number}")
        return {"update": update.shown()}

    def list_updates(self, call: Call) -> Mapping[str, Any]:
        return {"updateIds": list(self._updates_of(call).updates)}

    def tag_resource(self, call: Call) -> Mapping[str, Any]:
        self._tagged(call).values["tags"].update(call.parameters["tags"])
        return {}

    def untag_resource(self, call: Call) -> Mapping[str, Any]:
        keys = call.parameters["tagKeys"]
        for key in [keys] if isinstance(keys, str) else keys:
            self._tagged(call).values["tags"].pop(key, None)
        return {}

    def list_tags_for_resource(self, call: Call) -> Mapping[str, Any]:
        return {"tags": self._tagged(call).values["tags"]}

    # Who is let in

    def user_of(self, key: Key, token: str) -> str | None:
        """The name of the user who signed a cluster's bearer token: a principal of the cluster's own account."""
        from moto.iam.models import get_account_id_from, iam_backends

        def secret_of(access_key: str) -> str | None:
            if access_key == ACCESS_KEY:
                return SECRET_KEY
            known = iam_backends[get_account_id_from(access_key)]["aws"].access_keys.get(access_key)
            return None if known is None else str(known.secret_access_key)

        try:
            access_key = access_key_of(token, key[2], time.time(), secret_of)
        except TokenRefused:
            return None
        account = str(get_account_id_from(access_key))
        return f"arn:aws:sts::{account}:{access_key}" if account == key[0] else None

    # Finding

    def _cluster(self, call: Call, name: str) -> Cluster:
        found = self._clusters.get(_key(call, name))
        if found is None:
            raise Refused("ResourceNotFoundException", f"No cluster found for name: {name}.")
        return found

    def _steady(self, call: Call) -> Cluster:
        cluster = self._cluster(call, call.parameters["name"])
        _check_steady(cluster, "Cluster")
        return cluster

    def _nodegroup(self, call: Call) -> Nodegroup:
        cluster = self._cluster(call, call.parameters["clusterName"])
        name = call.parameters["nodegroupName"]
        if name not in cluster.nodegroups:
            raise Refused("ResourceNotFoundException", f"No node group found for name: {name}.")
        return cluster.nodegroups[name]

    def _updates_of(self, call: Call) -> Phased:
        cluster = self._cluster(call, call.parameters["name"])
        name = call.parameters.get("nodegroupName")
        if name is None:
            return cluster
        if name not in cluster.nodegroups:
            raise Refused("ResourceNotFoundException", f"No node group found for name: {name}.")
        return cluster.nodegroups[name]

    def _updated(self, thing: Phased, kind: str, parameters: Mapping[str, Any], delay: float) -> Mapping[str, Any]:
        return {"update": thing.update(kind, parameters, delay, datetime.now(UTC)).shown()}

    def _tagged(self, call: Call) -> Phased:
        arn = call.parameters["resourceArn"]
        for cluster in self._clusters.values():
            for thing in (cluster, *cluster.nodegroups.values()):
                if arn in (thing.values.get("arn"), thing.values.get("nodegroupArn")):
                    return thing
        raise Refused("NotFoundException", f"The resource {arn} was not found.")


def _key(call: Call, name: str) -> Key:
    return (call.account, call.region, name)


def _minor(version: str) -> int:
    return int(version.split(".")[1])


def _ec2(account: str, region: str) -> Any:
    from moto.backends import get_backend

    return get_backend("ec2")[account][region]


def _network(backend: Any, call: Call) -> str:
    """The VPC of a new cluster, by its subnets."""
    names = call.parameters.get("resourcesVpcConfig", {}).get("subnetIds") or []
    subnets = _check_subnets(backend, names)
    if len({subnet.availability_zone for subnet in subnets}) < 2:
        raise Refused("InvalidParameterException", "Subnets specified must be in at least two different AZs")
    if len({subnet.vpc_id for subnet in subnets}) > 1:
        raise Refused("InvalidParameterException", "Subnets specified must belong to the same VPC")
    return str(subnets[0].vpc_id)


def _check_subnets(backend: Any, names: list[str]) -> list[Any]:
    known = {subnet.id: subnet for zone in backend.subnets.values() for subnet in zone.values()}
    for name in names:
        if name not in known:
            raise Refused("InvalidParameterException", f"The subnet ID '{name}' does not exist")
    return [known[name] for name in names]


def _check_role(call: Call, arn: str) -> None:
    from moto.backends import get_backend

    roles = get_backend("iam")[call.account]["aws"].roles.values()
    if not any(role.arn == arn for role in roles):
        raise Refused("InvalidParameterException", f"Role with arn: {arn}, could not be assumed because it does not exist")


def _check_steady(thing: Phased, noun: str) -> None:
    if thing.status != "ACTIVE":
        raise Refused("ResourceInUseException", f"{noun} has status {thing.status}")


def _security_group(backend: Any, name: str, network: str, arn: str) -> str:
    text = "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes"
    group = backend.create_security_group(
        f"eks-cluster-sg-{name}-{uuid.uuid4().int % 10**10}", text, vpc_id=network, tags={"aws:eks:cluster-name": name}
    )
    return str(group.id)


def _enter_network(backend: Any, name: str, subnets: list[str], group: str) -> tuple[str, ...]:
    """The control plane's network interfaces: while they are there, subnets and VPC cannot be deleted."""
    found = []
    for subnet in subnets:
        interface = backend.create_network_interface(subnet, [], group_ids=[group], description=f"Amazon EKS {name}")
        interface.status = "in-use"
        found.append(str(interface.id))
    return tuple(found)


def _leave_network(backend: Any, cluster: Cluster) -> None:
    for interface in cluster.interfaces:
        backend.enis.pop(interface, None)
    backend.delete_security_group(group_id=cluster.group)


def _changed_taints(old: list[dict[str, str]], change: Mapping[str, Any]) -> list[dict[str, str]]:
    def place(taint: Mapping[str, str]) -> tuple[str, str]:
        return (taint.get("key", ""), taint.get("effect", ""))

    replaced = {place(taint) for taint in (*change.get("removeTaints", []), *change.get("addOrUpdateTaints", []))}
    return [*(taint for taint in old if place(taint) not in replaced), *change.get("addOrUpdateTaints", [])]


OPERATIONS: dict[str, Callable[[Clusters, Call], Mapping[str, Any]]] = {
    "CreateCluster": Clusters.create_cluster,
    "DescribeCluster": Clusters.describe_cluster,
    "ListClusters": Clusters.list_clusters,
    "UpdateClusterConfig": Clusters.update_cluster_config,
    "UpdateClusterVersion": Clusters.update_cluster_version,
    "DeleteCluster": Clusters.delete_cluster,
    "CreateNodegroup": Clusters.create_nodegroup,
    "DescribeNodegroup": Clusters.describe_nodegroup,
    "ListNodegroups": Clusters.list_nodegroups,
    "UpdateNodegroupConfig": Clusters.update_nodegroup_config,
    "UpdateNodegroupVersion": Clusters.update_nodegroup_version,
    "DeleteNodegroup": Clusters.delete_nodegroup,
    "DescribeUpdate": Clusters.describe_update,
    "ListUpdates": Clusters.list_updates,
    "TagResource": Clusters.tag_resource,
    "UntagResource": Clusters.untag_resource,
    "ListTagsForResource": Clusters.list_tags_for_resource,
}
