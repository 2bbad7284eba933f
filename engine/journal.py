"""The lines of the journal: what is about to be sent, and what came of it.

A line is one of the structs below; its bytes are msgspec's JSON of it. Lines form a chain: each carries the hash of
the one before. State is a fold over them (engine/state.py). Fields are only ever added, with a default.
"""

from __future__ import annotations

import hashlib
from typing import Any, TypeAlias

import msgspec

from engine.records import Keep, Pin, Recorded, Role

FORMAT = 1
GENESIS = "0" * 64


class _Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="line"):
    time: float


class Began(_Line, frozen=True, kw_only=True, tag="began"):
    """A run starts. `digest` is the plan's, empty where there was none; `who` the person or process."""

    run: str
    command: str
    commit: str = ""
    digest: str = ""
    who: str = ""
    environment: str = ""
    uncommitted: bool = False
    message: str = ""


class Intent(_Line, frozen=True, kw_only=True, tag="intent"):
    """One request is about to leave.

    `operation` names the run of steps it belongs to; `step` counts from 0, of `steps`. `request` and `parameters` are
    sent verbatim on recovery, secrets in them as keyed digests. `record` is on the first step of a create, update or
    adoption: what will be recorded once it took effect. `not_after` is the fence. `recovery` is the class's letter.
    """

    operation: str
    run: str
    address: str
    uid: str
    generation: int
    action: str
    step: int
    steps: int
    request: str
    parameters: dict[str, Any]
    recovery: str
    type: str
    pin: Pin
    creates: bool = False
    deletes: bool = False
    identity: str = ""
    token: str = ""
    owner: dict[str, str] = {}
    record: Recorded | None = None
    not_after: float = 0.0
    signature_life: float = 0.0
    listing_lag: float = 0.0
    note: str = ""


class Outcome(_Line, frozen=True, kw_only=True, tag="outcome"):
    """What came of the intent. `result` is done, no_effect, unanswered or refused."""

    operation: str
    step: int
    result: str
    identity: str = ""
    produced: Any = None
    request_id: str = ""
    message: str = ""
    gone: bool = False


class Ready(_Line, frozen=True, kw_only=True, tag="ready"):
    """The outputs are complete. `values` with secrets sealed."""

    operation: str
    identity: str
    object_uid: str = ""
    values: dict[str, Any] = {}


class Done(_Line, frozen=True, kw_only=True, tag="done"):
    """The operation is complete; `observed` is the digest of the object as it was then."""

    operation: str
    observed: str = ""


class Failed(_Line, frozen=True, kw_only=True, tag="failed"):
    """The operation ended without having reached what it was for; nothing of it is open any more."""

    operation: str
    message: str


class Noted(_Line, frozen=True, kw_only=True, tag="noted"):
    """A record as a whole: an adoption, a changed lifecycle, refreshed values. Replaces the record of its generation."""

    record: Recorded
    reason: str = ""


class Roled(_Line, frozen=True, kw_only=True, tag="roled"):
    address: str
    generation: int
    role: Role
    until: float = 0.0
    reason: str = ""


class Forgot(_Line, frozen=True, kw_only=True, tag="forgot"):
    """The record goes; nothing was deleted by us now."""

    address: str
    generation: int
    reason: str = ""


class Moved(_Line, frozen=True, kw_only=True, tag="moved"):
    """All generations at `from_address` are at `to_address` from here on. A move between stacks is an
    `Exported` in one journal and a `Noted` in the other."""

    from_address: str
    to_address: str


class Output(_Line, frozen=True, kw_only=True, tag="output"):
    """The outputs of the stack, all of them, sensitive ones sealed."""

    values: dict[str, Any]
    run: str = ""


class Ended(_Line, frozen=True, kw_only=True, tag="ended"):
    run: str
    result: str
    counts: dict[str, int] = {}
    message: str = ""


class Suspended(_Line, frozen=True, kw_only=True, tag="suspended"):
    """`until` 0: until it is resumed."""

    until: float = 0.0
    reason: str = ""
    who: str = ""


class Resumed(_Line, frozen=True, kw_only=True, tag="resumed"):
    who: str = ""


Line: TypeAlias = (
    Began | Intent | Outcome | Ready | Done | Failed | Noted | Roled | Forgot | Moved | Output | Ended | Suspended | Resumed
)

_encoder = msgspec.json.Encoder(order="deterministic")
_decoder: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)


def encode(line: Line) -> bytes:
    return _encoder.encode(line)


def decode(payload: bytes) -> Line:
    """Raises msgspec.DecodeError or msgspec.ValidationError where the bytes are no line of a known form."""
    return _decoder.decode(payload)


def chain(previous: str, seq: int, epoch: int, payload: bytes) -> str:
    """The hash of a line: SHA-256 over the previous hash, seq, epoch and the stored bytes."""
    return hashlib.sha256(f"{previous}|{seq}|{epoch}|".encode() + payload).hexdigest()


__all__ = [
    "FORMAT",
    "GENESIS",
    "Began",
    "Done",
    "Ended",
    "Failed",
    "Forgot",
    "Intent",
    "Keep",
    "Line",
    "Moved",
    "Noted",
    "Outcome",
    "Output",
    "Ready",
    "Resumed",
    "Roled",
    "Suspended",
    "chain",
    "decode",
    "encode",
]
