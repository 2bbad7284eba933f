"""Closes what must be stored and shown to nobody: a generated password, the secret of an access key.

AES-SIV (RFC 5297), not AES-GCM: sealed leaves lie in journals for good and are compared with each other, so that equal
values must have equal texts, and there must be no nonce whose repetition would give the key away. What it tells is only
whether two values of one stack are equal, which the keyed digests of inputs tell as well.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.encoding import Seal
from engine.stores import problems
from engine.stores.store import StackKeys
from providers.contract.values import Secret, Value, reveal

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

FORM = "1."
"""The first form of a sealed text: this, then base64 of the tag and the encrypted JSON of the value."""


def seal(keys: StackKeys) -> Seal:
    """{"$sealed": TEXT}: the same text for the same value under the same keys."""
    made: list[AESSIV] = []

    def close(secret: Secret) -> dict[str, str]:
        if not made:
            made.append(_cipher(keys))
        plain = json.dumps(reveal(secret.value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        closed = made[0].encrypt(plain.encode(), _bound(keys))
        return {"$sealed": FORM + base64.b64encode(closed).decode()}

    return close


def unseal(keys: StackKeys, text: str) -> Value:
    """What was sealed. Raises StoreError where it was sealed with other keys, or is not what was written."""
    from cryptography.exceptions import InvalidTag

    if not text.startswith(FORM):
        raise problems.refused(problems.SEALED, "a sealed value has a form that this plumb does not know")
    try:
        plain = _cipher(keys).decrypt(base64.b64decode(text[len(FORM) :], validate=True), _bound(keys))
    except (InvalidTag, binascii.Error, ValueError) as error:
        summary = "a sealed value cannot be opened: it was sealed with another key, or changed since"
        help = "put the key file back that was beside the store"
        raise problems.refused(problems.SEALED, summary, help) from error
    value: Value = json.loads(plain)
    return value


def opener(keys: StackKeys) -> Callable[[str], Value]:
    return lambda text: unseal(keys, text)


def _cipher(keys: StackKeys) -> AESSIV:
    """Its key is derived, so that the data key can serve other ciphers too."""
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

    return AESSIV(hmac.new(keys.data_key, b"plumb sealed leaf 1", hashlib.sha512).digest())


def _bound(keys: StackKeys) -> list[bytes]:
    """A sealed text opens only in the stack that it was made for."""
    return [keys.uid.encode()]
