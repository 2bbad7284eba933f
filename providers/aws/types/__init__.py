"""The table itself: one entry for each served type."""

from __future__ import annotations

from collections.abc import Mapping

from providers.aws.table import Entry
from providers.aws.types import clusters, database, gateways, identity, messaging, network, security_groups, storage

ENTRIES: Mapping[str, Entry] = {
    entry.type: entry
    for module in (clusters, database, gateways, identity, messaging, network, security_groups, storage)
    for entry in module.ENTRIES
}
