"""One sandbox process per test run, emptied before each test."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox import process
from sandbox.client import Client

if importlib.util.find_spec("moto") is None:  # pragma: no cover
    collect_ignore_glob = ["test_*.py"]

Open = Callable[..., Any]


def refused(function: Any, *args: Any, **kwargs: Any) -> tuple[str, int]:
    """The error's code and HTTP status."""
    from botocore.exceptions import ClientError

    with pytest.raises(ClientError) as caught:
        function(*args, **kwargs)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[process.SandboxInfo]:
    with process.running() as info:
        yield info


@pytest.fixture
def control(sandbox_process: process.SandboxInfo) -> Client:
    client = Client(sandbox_process)
    client.reset()
    client.change(signature_life=30.0, token_life=86400.0, cluster_delay=0.0, nodegroup_delay=0.0)
    return client


@pytest.fixture
def aws(control: Client) -> Open:
    """`aws("ec2", region="eu-west-1", **credentials)` -> a boto3 client that sends each request once."""
    import boto3
    from botocore.config import Config

    once = Config(retries={"total_max_attempts": 1}, parameter_validation=False)

    def client(service: str, region: str = "eu-west-1", **credentials: str) -> Any:
        keys = {
            "aws_access_key_id": control.info.access_key,
            "aws_secret_access_key": control.info.secret_key,
            **credentials,
        }
        return boto3.client(service, region_name=region, endpoint_url=control.info.endpoint, config=once, **keys)

    return client
