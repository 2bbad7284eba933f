"""The table itself: one entry for each served type."""

from __future__ import annotations

from collections.abc import Mapping

from providers.aws.table import Entry
from providers.aws.types import (
    clusters,
    compute,
    database,
    functions,
    gateways,
    identity,
    images,
    messaging,
    network,
    operations,
    roles,
    security_groups,
    storage,
    topics,
)

MODULES = (
    clusters,
    compute,
    database,
    functions,
    gateways,
    identity,
    images,
    messaging,
    network,
    operations,
    roles,
    security_groups,
    storage,
    topics,
)
ENTRIES: Mapping[str, Entry] = {entry.type: entry for module in MODULES for entry in module.ENTRIES}
