"""EKS of the sandbox: phases, updates, and a Kubernetes API behind each cluster."""

from __future__ import annotations

import base64
import json
import ssl
import time
import urllib.error
import urllib.request
from typing import Any

import pytest

from sandbox.client import Client
from tests.sandbox.aws.conftest import Open, refused

pytestmark = pytest.mark.sandbox
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
TAGS = {"owner": "somebody"}


def ground(aws: Open, **keys: str) -> dict[str, Any]:
    """What a cluster stands on: role, VPC, two subnets."""
    ec2, iam = aws("ec2", **keys), aws("iam", **keys)
    role = iam.create_role(RoleName="cluster", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"eu-west-1{zone}")
        for number, zone in enumerate("ab")
    ]
    return {"role": role, "vpc": vpc, "subnets": [item["Subnet"]["SubnetId"] for item in subnets]}


def create(eks: Any, under: dict[str, Any], name: str = "one", **rest: Any) -> Any:
    network = {"subnetIds": under["subnets"]}
    return eks.create_cluster(name=name, roleArn=under["role"], resourcesVpcConfig=network, tags=TAGS, **rest)


def token(aws: Open, cluster: str, **keys: str) -> str:
    """As `aws eks get-token` makes it."""
    sts = aws("sts", **keys)

    def add_name(params: Any, context: Any, **_: Any) -> None:
        context["name"] = params.pop("Name")

    def sign_name(request: Any, **_: Any) -> None:
        request.headers["x-k8s-aws-id"] = request.context["name"]

    sts.meta.events.register("provide-client-params.sts.GetCallerIdentity", add_name)
    sts.meta.events.register("before-sign.sts.GetCallerIdentity", sign_name)
    url = sts.generate_presigned_url("get_caller_identity", Params={"Name": cluster}, ExpiresIn=60, HttpMethod="GET")
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def ask(cluster: dict[str, Any], bearer: str, path: str, body: Any = None) -> tuple[int, Any]:
    authority = base64.b64decode(cluster["certificateAuthority"]["data"]).decode()
    context = ssl.create_default_context(cadata=authority)
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}
    request = urllib.request.Request(cluster["endpoint"] + path, data=data, headers=headers)
    try:
        with urllib.request.urlopen(request, context=context, timeout=30) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as problem:
        return problem.code, json.load(problem)


def wait_for(condition: Any) -> None:
    deadline = time.monotonic() + 20
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert condition()


def test_a_cluster_goes_through_its_phases(aws: Open, control: Client) -> None:
    control.change(cluster_delay=0.5)
    eks = aws("eks")
    made = create(eks, ground(aws))["cluster"]
    assert made["status"] == "CREATING"
    assert "endpoint" not in made
    assert "certificateAuthority" not in made
    wait_for(lambda: eks.describe_cluster(name="one")["cluster"]["status"] == "ACTIVE")
    cluster = eks.describe_cluster(name="one")["cluster"]
    assert cluster["tags"] == TAGS
    assert cluster["identity"]["oidc"]["issuer"].startswith("https://oidc.eks.eu-west-1.amazonaws.com/id/")
    assert eks.delete_cluster(name="one")["cluster"]["status"] == "DELETING"
    wait_for(lambda: eks.list_clusters()["clusters"] == [])
    assert refused(eks.describe_cluster, name="one") == ("ResourceNotFoundException", 404)


def test_each_cluster_has_its_own_api_for_its_own_tokens(aws: Open, control: Client) -> None:
    eks, under = aws("eks"), ground(aws)
    create(eks, under, "one")
    create(eks, under, "two")
    one, two = (eks.describe_cluster(name=name)["cluster"] for name in ("one", "two"))
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
    assert ask(one, token(aws, "one"), "/api/v1/namespaces", space)[0] == 201
    assert ask(two, token(aws, "two"), "/api/v1/namespaces/shop")[0] == 404
    assert ask(one, token(aws, "two"), "/api/v1/namespaces")[0] == 401
    assert ask(one, "k8s-aws-v1.nonsense", "/api/v1/namespaces")[0] == 401
    assert ask(one, token(aws, "one", aws_secret_access_key="other"), "/api/v1/namespaces")[0] == 401
    systems = [ask(item, token(aws, item["name"]), "/api/v1/namespaces/kube-system")[1] for item in (one, two)]
    assert systems[0]["metadata"]["uid"] != systems[1]["metadata"]["uid"]
    held = [thing for thing in control.objects() if thing.get("cluster") == "one"]
    assert [(thing["type"], thing["id"]) for thing in held] == [("Namespace", "shop")]


def test_a_token_of_another_account_is_not_let_in(aws: Open) -> None:
    create(aws("eks"), ground(aws))
    role = aws("sts").assume_role(RoleArn="arn:aws:iam::111122223333:role/any", RoleSessionName="session")
    keys = {
        "aws_access_key_id": role["Credentials"]["AccessKeyId"],
        "aws_secret_access_key": role["Credentials"]["SecretAccessKey"],
        "aws_session_token": role["Credentials"]["SessionToken"],
    }
    cluster = aws("eks").describe_cluster(name="one")["cluster"]
    assert ask(cluster, token(aws, "one", **keys), "/api/v1/namespaces")[0] == 401
    under = ground(aws, **keys)
    create(aws("eks", **keys), under)
    theirs = aws("eks", **keys).describe_cluster(name="one")["cluster"]
    assert ask(theirs, token(aws, "one", **keys), "/api/v1/namespaces")[0] == 200


def test_the_api_ends_with_the_cluster(aws: Open) -> None:
    eks = aws("eks")
    create(eks, ground(aws))
    cluster = eks.describe_cluster(name="one")["cluster"]
    eks.delete_cluster(name="one")
    with pytest.raises(urllib.error.URLError):
        ask(cluster, token(aws, "one"), "/api/v1/namespaces")


def test_what_a_cluster_needs_must_be_there(aws: Open) -> None:
    eks, under = aws("eks"), ground(aws)
    assert refused(create, eks, {**under, "role": "arn:aws:iam::123456789012:role/none"})[0] == "InvalidParameterException"
    assert refused(create, eks, {**under, "subnets": ["subnet-0", "subnet-1"]})[0] == "InvalidParameterException"
    assert refused(create, eks, {**under, "subnets": under["subnets"][:1]})[0] == "InvalidParameterException"
    create(eks, under)
    assert refused(create, eks, under) == ("ResourceInUseException", 409)
    assert refused(aws("ec2").delete_subnet, SubnetId=under["subnets"][0])[0] == "DependencyViolation"


def test_a_cluster_is_updated(aws: Open) -> None:
    eks = aws("eks")
    create(eks, ground(aws), version="1.34")
    changed = eks.update_cluster_config(name="one", resourcesVpcConfig={"endpointPrivateAccess": True})["update"]
    assert eks.describe_update(name="one", updateId=changed["id"])["update"]["status"] == "Successful"
    cluster = eks.describe_cluster(name="one")["cluster"]
    assert cluster["resourcesVpcConfig"]["endpointPrivateAccess"] is True
    assert cluster["resourcesVpcConfig"]["endpointPublicAccess"] is True
    logs = {"clusterLogging": [{"types": ["api"], "enabled": True}]}
    eks.update_cluster_config(name="one", logging=logs)
    logging = eks.describe_cluster(name="one")["cluster"]["logging"]["clusterLogging"]
    assert {"types": ["api"], "enabled": True} in logging
    assert refused(eks.update_cluster_version, name="one", version="1.36")[0] == "InvalidParameterException"
    eks.update_cluster_version(name="one", version="1.35")
    assert eks.describe_cluster(name="one")["cluster"]["version"] == "1.35"


def test_cluster_and_nodegroup_tags(aws: Open) -> None:
    eks, under = aws("eks"), ground(aws)
    create(eks, under)
    group = eks.create_nodegroup(
        clusterName="one", nodegroupName="small", subnets=under["subnets"], nodeRole=under["role"], tags=TAGS
    )["nodegroup"]
    for arn in (eks.describe_cluster(name="one")["cluster"]["arn"], group["nodegroupArn"]):
        eks.tag_resource(resourceArn=arn, tags={"more": "1"})
        assert eks.list_tags_for_resource(resourceArn=arn)["tags"] == {**TAGS, "more": "1"}
        eks.untag_resource(resourceArn=arn, tagKeys=["more", "owner"])
        assert eks.list_tags_for_resource(resourceArn=arn)["tags"] == {}


def test_a_nodegroup_from_creation_to_deletion(aws: Open, control: Client) -> None:
    eks, under = aws("eks"), ground(aws)
    create(eks, under)
    control.change(nodegroup_delay=0.3)
    wanted = {"clusterName": "one", "nodegroupName": "small"}
    made = eks.create_nodegroup(
        **wanted,
        subnets=under["subnets"],
        nodeRole=under["role"],
        labels={"a": "1", "b": "2"},
        scalingConfig={"minSize": 1, "maxSize": 3, "desiredSize": 1},
    )["nodegroup"]
    assert made["status"] == "CREATING"
    assert refused(eks.update_nodegroup_config, **wanted, labels={})[0] == "ResourceInUseException"
    wait_for(lambda: eks.describe_nodegroup(**wanted)["nodegroup"]["status"] == "ACTIVE")
    taint = {"key": "only", "value": "x", "effect": "NO_SCHEDULE"}
    eks.update_nodegroup_config(
        **wanted,
        labels={"addOrUpdateLabels": {"a": "3"}, "removeLabels": ["b"]},
        taints={"addOrUpdateTaints": [taint]},
        scalingConfig={"minSize": 1, "maxSize": 4, "desiredSize": 2},
    )
    group = eks.describe_nodegroup(**wanted)["nodegroup"]
    assert (group["labels"], group["taints"], group["scalingConfig"]["maxSize"]) == ({"a": "3"}, [taint], 4)
    assert refused(eks.delete_cluster, name="one") == ("ResourceInUseException", 409)
    wait_for(lambda: eks.describe_nodegroup(**wanted)["nodegroup"]["status"] == "ACTIVE")
    eks.delete_nodegroup(**wanted)
    wait_for(lambda: eks.list_nodegroups(clusterName="one")["nodegroups"] == [])
    assert refused(eks.describe_nodegroup, **wanted) == ("ResourceNotFoundException", 404)


def test_a_resent_creation_answers_the_same_cluster(aws: Open) -> None:
    eks, under = aws("eks"), ground(aws)
    first = create(eks, under, clientRequestToken="token-1")["cluster"]["arn"]
    assert create(eks, under, clientRequestToken="token-1")["cluster"]["arn"] == first
    assert refused(create, eks, under, version="1.30", clientRequestToken="token-1")[0] == "InvalidParameterException"


def test_after_deletion_nothing_is_left(aws: Open, control: Client) -> None:
    eks, ec2, under = aws("eks"), aws("ec2"), ground(aws)
    create(eks, under)
    eks.delete_cluster(name="one")
    assert eks.list_clusters()["clusters"] == []
    for subnet in under["subnets"]:
        ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_vpc(VpcId=under["vpc"])
    aws("iam").delete_role(RoleName="cluster")
    assert control.objects() == []


def test_requests_to_a_cluster_are_counted_and_fail_on_request(aws: Open, control: Client) -> None:
    eks = aws("eks")
    create(eks, ground(aws))
    cluster = eks.describe_cluster(name="one")["cluster"]
    control.fault("refuse", "kubernetes", "GET /api/v1/*", status=503)
    assert ask(cluster, token(aws, "one"), "/api/v1/namespaces")[0] == 503
    assert ask(cluster, token(aws, "one"), "/api/v1/namespaces")[0] == 200
    assert control.calls()["kubernetes"] == {"GET /api/v1/namespaces": 2}


def test_the_local_cluster_has_a_kubeconfig(control: Client) -> None:
    config = json.loads(control.info.kubeconfig.read_text())
    server = config["clusters"][0]["cluster"]
    cluster = {"endpoint": server["server"], "certificateAuthority": {"data": server["certificate-authority-data"]}}
    bearer = config["users"][0]["user"]["token"]
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
    assert ask(cluster, bearer, "/api/v1/namespaces", space)[0] == 201
    assert [thing["id"] for thing in control.objects()] == ["shop"]
    control.reset()
    assert control.objects() == []
    assert ask(cluster, bearer, "/api/v1/namespaces/shop")[0] == 404
