"""Servers print back what they refuse. What is secret is taken out of their words here, where it is still known."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from dataclasses import replace

from providers.contract.diagnostic import Diagnostic
from providers.contract.values import Secret, reveal, walk

SHORTEST = 4
"""A shorter text stands in too many places to be taken out."""
MASK = "(sensitive)"


def secret_texts(tree: object) -> tuple[str, ...]:
    """Every text that stands inside a Secret, as it is and as base64 holds it; the longest first."""
    found = {text for text in _texts(tree) if len(text) >= SHORTEST}
    return tuple(sorted(found, key=len, reverse=True))


def _texts(tree: object) -> Iterator[str]:
    if isinstance(tree, Secret):
        for _, leaf in walk(reveal(tree)):
            if isinstance(leaf, str | int | float) and not isinstance(leaf, bool):
                yield str(leaf)
                yield _decoded(str(leaf))
    elif isinstance(tree, dict):
        for item in tree.values():
            yield from _texts(item)
    elif isinstance(tree, list):
        for item in tree:
            yield from _texts(item)


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


def redact(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text


def redacted(diagnostic: Diagnostic, secrets: tuple[str, ...]) -> Diagnostic:
    if not secrets:
        return diagnostic
    return replace(
        diagnostic,
        summary=redact(diagnostic.summary, secrets),
        detail=redact(diagnostic.detail, secrets),
        notes=tuple((word, redact(text, secrets)) for word, text in diagnostic.notes),
    )
