"""Where moto answers otherwise than AWS in what Plumb relies on: one function per operation, around moto's own."""

from __future__ import annotations

from sandbox.aws.repairs import (
    buckets,
    functions,
    identities,
    keys,
    logs,
    machines,
    network,
    parameters,
    security_groups,
    tables,
    topics,
)
from sandbox.aws.repairs.registry import REPAIRS

__all__ = [
    "REPAIRS",
    "buckets",
    "functions",
    "identities",
    "keys",
    "logs",
    "machines",
    "network",
    "parameters",
    "security_groups",
    "tables",
    "topics",
]
