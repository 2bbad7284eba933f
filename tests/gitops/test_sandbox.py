"""The loop over real clients of AWS and Kubernetes: a commit for both layers, drift in both, a revert that restores."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from examples.outside import Outside
from sandbox import process
from sandbox.client import Client
from sandbox.runtime import SandboxInfo
from tests.gitops.support import Repository

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.skipif(find_spec("moto") is None or find_spec("boto3") is None, reason="the sandbox extra is not installed"),
]

STACK = """\
stack: shop
resources:
  orders:
    type: AWS::SQS::Queue
    properties: {QueueName: orders, VisibilityTimeout: %d}
  settings:
    object:
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: settings, namespace: default}
      data: {queue: "${orders.QueueUrl}", mood: %s}
%s"""
TABLE = """\
  carts:
    type: AWS::DynamoDB::Table
    properties:
      TableName: carts
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: customer, AttributeType: S}]
      KeySchema: [{AttributeName: customer, KeyType: HASH}]
"""


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[SandboxInfo]:
    place = tmp_path / "run" / "plumb" / "sandbox"
    try:
        yield process.up(place)
    finally:
        process.down(place)


def test_a_commit_drift_and_a_revert_in_both_layers(sandbox: SandboxInfo, tmp_path: Path) -> None:
    repository = Repository(tmp_path, sandbox=True)
    cloud, client = Outside(sandbox), Client(sandbox)

    def seen() -> tuple[str, str, list[str]]:
        sqs = cloud.aws("sqs")
        url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
        wait = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]["VisibilityTimeout"]
        data = cloud.local_cluster().get("/api/v1/namespaces/default/configmaps/settings")["data"]
        assert data["queue"] == url
        return wait, data["mood"], sorted(item["type"] for item in client.objects())

    repository.commit(shop=STACK % (60, "calm", ""))
    assert repository.once() == 0, repository.said
    first = seen()
    repository.commit(shop=STACK % (90, "busy", TABLE))
    assert repository.once() == 0, repository.said
    assert seen()[:2] == ("90", "busy")
    assert len(seen()[2]) == len(first[2]) + 1

    sqs = cloud.aws("sqs")
    url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "5"})
    cloud.local_cluster().patch("/api/v1/namespaces/default/configmaps/settings", {"data": {"mood": "wrong"}})
    assert repository.once() == 0, repository.said
    assert seen()[:2] == ("90", "busy")

    repository.git("revert", "--no-edit", "HEAD")
    assert repository.once() == 0, repository.said
    assert seen() == first
    mutations = len(client.mutations())
    assert repository.once() == 0, repository.said
    assert len(client.mutations()) == mutations
    status = repository.status()["shop"]
    assert (status.ready, status.health, status.drift) == (True, "healthy", 0)
