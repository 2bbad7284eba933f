"""Order that no expression says: what AWS refuses until something else is there."""

from __future__ import annotations

from collections.abc import Sequence

from providers.contract.values import Unknown, Value

ATTACHMENT = "AWS::EC2::VPCGatewayAttachment"
NEEDS_ATTACHED = {"AWS::EC2::Route": "GatewayId"}


def implied(objects: Sequence[tuple[str, str, dict[str, Value]]]) -> list[tuple[str, str]]:
    """A route to an internet gateway waits for the gateway's attachment."""
    attachments = [(key, same_gateway(inputs.get("InternetGatewayId"))) for key, type, inputs in objects if type == ATTACHMENT]
    pairs: list[tuple[str, str]] = []
    for key, type, inputs in objects:
        member = NEEDS_ATTACHED.get(type)
        gateway = same_gateway(inputs.get(member)) if member else ""
        if gateway:
            pairs.extend((key, attachment) for attachment, other in attachments if other == gateway)
    return pairs


def same_gateway(value: Value) -> str:
    """What two mentions of one gateway have in common: its id, or where it will come from."""
    if isinstance(value, Unknown):
        return value.residual or value.origin
    return value if isinstance(value, str) else ""
