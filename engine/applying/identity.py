"""Client tokens and owner tags (RELIABILITY.md, "The protocol, per step")."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid

from engine.planning.changes import OWNER_AT, OWNER_GENERATION, OWNER_RESOURCE, OWNER_STACK
from engine.stack import Origin
from engine.stores.store import StackKeys
from providers.contract.step import TokenSlot

LONGEST_AT = 256


def token(keys: StackKeys, uid: str, generation: int, step: int, slot: TokenSlot) -> str:
    """Stable for one step of one generation: the same after any number of restarts, another for everything else."""
    text = f"{keys.uid}|{uid}|{generation}|{step}".encode()
    digest = hmac.new(keys.identity_key, text, hashlib.sha256).digest()
    if slot.uuid:
        return str(uuid.UUID(bytes=digest[:16], version=4))
    return base64.b32encode(digest).decode().rstrip("=").lower()[: slot.longest]


def owner_tags(keys: StackKeys, uid: str, generation: int, address: str, origin: Origin) -> dict[str, str]:
    """What marks an object as ours: three ids that every search uses, and a place for people to read."""
    return {
        OWNER_STACK: keys.uid,
        OWNER_RESOURCE: uid,
        OWNER_GENERATION: str(generation),
        OWNER_AT: at(origin, address),
    }


def at(origin: Origin, address: str) -> str:
    """repository:environment:address with `[k]` written `:k`; longer than 256 characters, cut and ended by a hash."""
    text = f"{origin.repository}:{origin.environment}:{address}".replace("[", ":").replace("]", "").replace('"', "")
    if len(text) <= LONGEST_AT:
        return text
    return f"{text[: LONGEST_AT - 17]}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
