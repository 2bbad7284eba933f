"""Scopes, types and shortcuts that the tests of expressions share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from engine.expressions import (
    DYN,
    INT,
    STRING,
    ListOf,
    MapOf,
    Nullable,
    ObjectOf,
    Problem,
    Scope,
    Type,
    evaluate,
    evaluate_template,
    parse,
    parse_template,
)
from providers.contract.values import Secret, Unknown, Value, keyed_digest

KEY = b"a test's key"
QUEUE = Unknown(kind="string", origin="shop.orders.QueueUrl")
COUNT = Unknown(kind="integer", origin="shop.orders.Count")
PASSWORD = Secret("hunter2")


def digest(value: Value) -> str:
    return keyed_digest(value, KEY)


ROOTS: dict[str, Value] = {
    "inputs": {"n": 3, "name": "shop", "none": None, "on": True, "zones": {"b": 1, "a": 0}, "list": ["x", "y"]},
    "orders": {"QueueName": "orders", "QueueUrl": QUEUE, "Count": COUNT},
    "subnet": {"b": {"SubnetId": "subnet-b"}, "a": {"SubnetId": QUEUE}},
    "password": PASSWORD,
    "nat": {},
    "each": {"key": "a", "value": 1},
}


def value_of(text: str, roots: Mapping[str, Value] | None = None) -> Value | Problem:
    node = parse(text)
    if isinstance(node, Problem):
        return node
    return evaluate(node, Scope(roots=ROOTS if roots is None else roots, digest=digest))


def scalar_of(text: str, roots: Mapping[str, Value] | None = None) -> Value | list[Problem]:
    template = parse_template(text)
    if isinstance(template, str | list):
        return template
    found = evaluate_template(template, Scope(roots=ROOTS if roots is None else roots, digest=digest))
    return [found] if isinstance(found, Problem) else found


def told(problem: Problem | Value | list[Problem]) -> tuple[str, str, str]:
    """Code, summary and help of what must be one problem."""
    if isinstance(problem, list):
        assert len(problem) == 1
        found = problem[0]
    else:
        found = problem
    assert isinstance(found, Problem), found
    notes = dict(found.diagnostic.notes)
    return found.diagnostic.code, found.diagnostic.summary, notes.get("help", "")


@dataclass(frozen=True)
class Shape:
    name: str
    members: Mapping[str, Type]
    key: str = ""

    def describe(self) -> str:
        return self.name

    def attributes(self) -> Mapping[str, Type]:
        return self.members

    def identifier(self) -> str:
        return self.key


QUEUE_SHAPE = Shape("AWS::SQS::Queue", {"QueueName": STRING, "QueueUrl": STRING, "Arn": STRING}, "QueueUrl")
SUBNET_SHAPE = Shape(
    "AWS::EC2::Subnet",
    {"SubnetId": STRING, "VpcId": STRING, "CidrBlock": STRING, "Tags": ListOf(MapOf(STRING))},
    "SubnetId",
)


@dataclass(frozen=True)
class Types:
    known: Mapping[str, Type] = field(
        default_factory=lambda: {
            "orders": ObjectOf(QUEUE_SHAPE),
            "subnet": MapOf(ObjectOf(SUBNET_SHAPE)),
            "main": ObjectOf(SUBNET_SHAPE),
            "nat": Nullable(ObjectOf(SUBNET_SHAPE), "may be disabled"),
            "inputs": ObjectOf(Shape("inputs", {"replicas": INT, "waf": Nullable(STRING), "any": DYN})),
            "each": ObjectOf(Shape("each", {"key": STRING, "value": INT})),
        }
    )

    def resolve(self, root: str) -> Type | None:
        return self.known.get(root)

    def roots(self) -> Iterable[str]:
        return self.known
