"""The transport of what is only to be created."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from providers.contract.transport import Answer, Bounds, Rejected


class NoTransport:
    """Reaches nothing, and says so."""

    instant = True

    def call(self, operation: str, parameters: Mapping[str, Any], bounds: Bounds) -> Answer:
        return Rejected(code="NotYet", message="the provider is only to be created", status=0)

    def close(self) -> None:
        """Nothing is open."""
