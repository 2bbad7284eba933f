"""The door: what is sent once and what again, the fence, buckets, and what an answer is taken for."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from typing import Any

import pytest

from providers.aws.answers import as_values, refusal
from providers.aws.provider import Aws
from providers.aws.throttle import Buckets
from providers.aws.transport import AwsTransport, Settings, open_aws
from providers.contract.transport import Answer, Answered, Bounds, Lost, Rejected
from tests.providers.aws.world import World

QUIET = {"clock": lambda: 1000.0, "draw": lambda: 0.5}


class Scripted(AwsTransport):
    """Answers from a list instead of AWS."""

    def __init__(self, answers: list[Answer], settings: Settings | None = None) -> None:
        self.slept: list[float] = []
        self.sent: list[str] = []
        self.answers = answers
        super().__init__(
            settings or Settings(region="eu-west-1", endpoint="http://nowhere"),
            sleep=self.slept.append,
            **QUIET,  # type: ignore[arg-type]
        )

    def _once(self, operation: str, parameters: Mapping[str, Any], bounds: Bounds) -> Answer:
        self.sent.append(operation)
        return self.answers.pop(0)


SLOW = Rejected(code="Throttling", message="slow down", status=400, retry_after=1.0)
FINE = Answered(body={})


def test_a_read_is_asked_again_while_throttled_or_lost() -> None:
    door = Scripted([SLOW, Lost(reason="broken"), FINE])
    assert door.call("ec2:DescribeVpcs", {}, Bounds()) == FINE
    assert len(door.slept) == 2
    assert door.slept == sorted(door.slept)


def test_a_read_ends_at_its_deadline() -> None:
    door = Scripted([SLOW, FINE])
    assert door.call("ec2:DescribeVpcs", {}, Bounds(deadline=1000.0)) == SLOW
    assert door.slept == []


def test_a_refusal_is_final() -> None:
    no = Rejected(code="AccessDenied", message="no", status=403)
    assert Scripted([no]).call("ec2:DescribeVpcs", {}, Bounds()) == no


def test_a_write_is_sent_once() -> None:
    door = Scripted([SLOW, FINE])
    assert door.call("ec2:CreateVpc", {}, Bounds(write=True)) == SLOW
    assert door.sent == ["ec2:CreateVpc"]


def test_another_account_is_refused_before_anything_is_asked() -> None:
    settings = Settings(region="eu-west-1", account="111111111111", endpoint="http://nowhere")
    door = Scripted([Answered(body={"Account": "222222222222"})], settings)
    answer = door.call("ec2:CreateVpc", {}, Bounds(write=True))
    assert isinstance(answer, Rejected)
    assert answer.code == "WrongAccount"
    assert door.sent == ["sts:GetCallerIdentity"]


def test_an_internal_error_on_a_write_proves_nothing() -> None:
    response = {"Error": {"Code": "InternalError", "Message": "ours"}, "ResponseMetadata": {"HTTPStatusCode": 500}}
    assert isinstance(refusal(response, write=True), Lost)


def test_too_many_requests_did_nothing_whatever_their_status() -> None:
    response = {"Error": {"Code": "SlowDown", "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": 503}}
    answer = refusal(response, write=True)
    assert isinstance(answer, Rejected)
    assert answer.retry_after is not None


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    buckets, slept, now = Buckets(), [], [0.0]
    for _ in range(12):
        buckets.wait("key", 2.0, lambda: now[0], slept.append)
    assert [round(pause, 3) for pause in slept] == [0.5, 1.0, 1.5, 2.0]
    now[0] = 10.0
    buckets.wait("key", 2.0, lambda: now[0], slept.append)
    assert len(slept) == 4


def test_a_drained_bucket_waits() -> None:
    buckets, slept = Buckets(), []
    buckets.wait("key", 2.0, lambda: 0.0, slept.append)
    buckets.drain("key")
    buckets.wait("key", 2.0, lambda: 0.0, slept.append)
    assert slept == [0.5]


def test_answers_become_values() -> None:
    from datetime import UTC, datetime

    body = as_values({"at": datetime(2026, 1, 2, tzinfo=UTC), "bytes": b"x", "stream": object()})
    assert body == {"at": "2026-01-02T00:00:00Z", "bytes": base64.b64encode(b"x").decode(), "stream": None}


def test_nobody_there_means_not_sent() -> None:
    door = open_aws({"region": "eu-west-1"}, endpoint="http://127.0.0.1:9", sleep=lambda _: None)
    answer = door.call("sqs:CreateQueue", {"QueueName": "x"}, Bounds(write=True))
    assert isinstance(answer, Lost)
    assert not answer.sent


@pytest.mark.sandbox
def test_a_signature_after_the_fence_never_leaves(world: World) -> None:
    answer = world.transport.call("sqs:CreateQueue", {"QueueName": "late"}, Bounds(write=True, not_after=time.time() - 5))
    assert isinstance(answer, Lost)
    assert not answer.sent
    listed = world.do("sqs:ListQueues", QueueNamePrefix="late")
    assert not listed.get("QueueUrls")
    answer = world.transport.call("sqs:CreateQueue", {"QueueName": "late"}, Bounds(write=True, not_after=time.time() + 60))
    assert isinstance(answer, Answered)
    assert answer.date is not None
    assert answer.request_id


@pytest.mark.sandbox
def test_a_role_of_another_account_is_assumed(world: World) -> None:
    settings = {"region": "eu-west-1", "role": "arn:aws:iam::222222222222:role/deploy", "account": "222222222222"}
    door = open_aws(settings, endpoint=world.transport.settings.endpoint)
    who = Aws().whoami(lambda operation, parameters: door.call(operation, parameters, Bounds()))
    assert who == {"account": "222222222222", "region": "eu-west-1", "partition": "aws"}
    assert isinstance(door.call("sqs:ListQueues", {}, Bounds()), Answered)
