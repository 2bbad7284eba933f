"""What the sandbox was asked: counts of calls, and the log of calls that took effect."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.tokens import digest, token

# The output member that names what a call made, where it is not found by the order of ENDINGS.
IDENTIFIERS = {
    "CreateSubnet": "SubnetId",
    "CreateRouteTable": "RouteTableId",
    "CreateInternetGateway": "InternetGatewayId",
    "CreateSecurityGroup": "GroupId",
    "CreateNatGateway": "NatGatewayId",
    "RunInstances": "InstanceId",
    "AssociateRouteTable": "AssociationId",
    "AllocateAddress": "AllocationId",
    "CreateTable": "TableArn",
    "CreateQueue": "QueueUrl",
}
# Input members that name what is acted on, the most telling first.
NAMES = (
    "InstanceIds", "VpcId", "SubnetId", "InternetGatewayId", "RouteTableId", "GroupId", "AllocationId", "NatGatewayId",
    "Bucket", "RoleName", "PolicyArn", "InstanceProfileName", "OpenIDConnectProviderArn", "FunctionName", "QueueUrl",
    "TopicArn", "TableName", "logGroupName", "Name", "KeyId", "repositoryName", "nodegroupName", "name", "clusterName",
    "ResourceArn", "resourceArn", "ResourceId", "Resources",
)  # fmt: skip
ENDINGS = ("Id", "Arn", "arn", "Url", "Name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """A mutating call that took effect. `time` is seconds since the epoch, `parameters` a digest, `token` the client
    token, `id` what was made or acted on; empty where it cannot be told."""

    number: int
    time: float
    service: str
    operation: str
    account: str
    region: str
    parameters: str
    token: str
    id: str


@dataclass(slots=True)
class Record:
    _calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    _mutations: list[Mutation] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, service: str, operation: str) -> None:
        with self._lock:
            self._calls[(service, operation)] += 1

    def took_effect(self, call: Call, values: Mapping[str, Any], now: float) -> None:
        with self._lock:
            self._mutations.append(
                Mutation(
                    number=len(self._mutations) + 1,
                    time=now,
                    service=call.service,
                    operation=call.operation,
                    account=call.account,
                    region=call.region,
                    parameters=digest(call.parameters),
                    token=token(call),
                    id=identifier(call, values),
                )
            )

    def calls(self) -> dict[str, dict[str, int]]:
        """Service -> operation -> number of requests that came in, answered or not."""
        with self._lock:
            counts: dict[str, dict[str, int]] = {}
            for (service, operation), number in sorted(self._calls.items()):
                counts.setdefault(service, {})[operation] = number
            return counts

    def mutations(self, since: int = 0) -> list[dict[str, Any]]:
        """The log after its line `since`, oldest first."""
        with self._lock:
            return [asdict(line) for line in self._mutations[since:]]

    def clear_calls(self) -> None:
        with self._lock:
            self._calls.clear()

    def clear_mutations(self) -> None:
        with self._lock:
            self._mutations.clear()


def identifier(call: Call, values: Mapping[str, Any]) -> str:
    """What a call made, by its output; else what it acted on, by its input."""
    if call.operation.startswith(("Create", "Run", "Allocate", "Associate", "Put", "Register")):
        wanted = IDENTIFIERS.get(call.operation, "")
        found = _find(values, (wanted,) if wanted else ENDINGS)
        if found:
            return found
    for name in NAMES:
        value = call.parameters.get(name)
        if value:
            return str(value[0]) if isinstance(value, list) else str(value)
    return _find(values, ENDINGS)


def _find(values: Any, endings: tuple[str, ...]) -> str:
    """The first text whose name ends so, at the shallowest depth; endings before depth-first order."""
    level = [values]
    while level:
        for ending in endings:
            for node in level:
                for name, value in node.items():
                    if name.endswith(ending) and isinstance(value, str) and value and name not in ("OwnerId",):
                        return value
        level = [child for node in level for child in _children(node)]
    return ""


def _children(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    children: list[Mapping[str, Any]] = []
    for value in node.values():
        candidates = value if isinstance(value, list) else [value]
        children.extend(item for item in candidates if isinstance(item, dict))
    return children
