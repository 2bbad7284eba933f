"""Value trees as plain JSON data, for the journal and for plan files.

Marks become mappings with one member that begins with "$": {"$unknown": {...}}, {"$secret": DIGEST},
{"$sealed": TEXT}. A mapping of the user's that would look like one is kept apart under {"$literal": {...}}.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from providers.contract.step import Produced
from providers.contract.values import Secret, Unknown, Value, keyed_digest

Seal = Callable[[Secret], dict[str, str]]


def digest_secrets(key: bytes) -> Seal:
    """Secrets become keyed digests: may be compared, cannot be read back."""
    return lambda secret: {"$secret": keyed_digest(secret.value, key)}


def to_plain(value: object, seal: Seal) -> Any:
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None or kind is float:
        return value
    if kind is dict:
        plain = {key: to_plain(item, seal) for key, item in value.items()}  # type: ignore[attr-defined]
        return {"$literal": plain} if len(plain) == 1 and next(iter(plain)).startswith("$") else plain
    if kind is list or kind is tuple:
        return [to_plain(item, seal) for item in value]  # type: ignore[attr-defined]
    if isinstance(value, Unknown):
        return {"$unknown": {"kind": value.kind, "origin": value.origin, "residual": value.residual}}
    if isinstance(value, Secret):
        return seal(value)
    if isinstance(value, Produced):
        return {"$produced": {"step": value.step, "path": list(value.path)}}
    raise TypeError(f"{kind.__name__} is no value")


def from_plain(plain: Any, unseal: Callable[[str], Value] | None = None) -> Value:
    """The inverse. A digest stays what it is, {"$secret": DIGEST}: it can be compared only.

    Sealed values come back as Secret through `unseal`; without it they stay sealed.
    """
    if isinstance(plain, list):
        return [from_plain(item, unseal) for item in plain]
    if not isinstance(plain, dict):
        return plain  # type: ignore[no-any-return]
    if len(plain) == 1:
        name, item = next(iter(plain.items()))
        if name == "$literal":
            return {key: from_plain(inner, unseal) for key, inner in item.items()}
        if name == "$unknown":
            return Unknown(kind=item["kind"], origin=item["origin"], residual=item["residual"])
        if name == "$sealed" and unseal is not None:
            return Secret(unseal(item))
        if name in ("$secret", "$sealed"):
            return dict(plain)
    return {key: from_plain(item, unseal) for key, item in plain.items()}


def is_digest(value: object) -> bool:
    """True for what stands for a secret in recorded inputs."""
    return isinstance(value, Mapping) and len(value) == 1 and "$secret" in value
