"""Values as people read them: one line each, marks said in words, what a terminal would obey taken out.

A Secret, and what stands for one in records ({"$secret": ...}, {"$sealed": ...}), is never shown.
"""

from __future__ import annotations

import json
from typing import Any

from providers.contract.values import Path, Secret, Unknown, Value, render_path, walk

SENSITIVE = "(sensitive)"
LATER = "(known after apply)"
LONGEST = 400
"""Characters of one line of text; longer text is shown by size and digest."""

FILE_KEYS = frozenset({"base64", "sha256", "size"})


def is_hidden(value: object) -> bool:
    """True for a Secret and for what stands for one in records."""
    if isinstance(value, Secret):
        return True
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)) in ("$secret", "$sealed")


def is_file(value: object) -> bool:
    return isinstance(value, dict) and value.keys() == FILE_KEYS


def is_leaf(value: object) -> bool:
    return not isinstance(value, dict | list) or not value or is_hidden(value) or is_file(value)


def shown(value: Value) -> str:
    """One line."""
    if is_hidden(value):
        return SENSITIVE
    if isinstance(value, Unknown):
        return LATER
    if is_file(value):
        assert isinstance(value, dict)
        return f"(file, {size(_count(value))}, sha256 {str(value['sha256'])[:12]})"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict | list):
        return "{" + _members(value) + "}" if isinstance(value, dict) else "[" + _members(value) + "]"
    return json.dumps(value)


def _members(value: dict[str, Value] | list[Value]) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{_key(key)}: {shown(item)}" for key, item in value.items())
    return ", ".join(shown(item) for item in value)


def _key(key: str) -> str:
    return key if key.isidentifier() else json.dumps(key, ensure_ascii=False)


def _count(value: dict[str, Value]) -> int:
    found = value["size"]
    return found if isinstance(found, int) else 0


def size(count: int) -> str:
    """Bytes for people."""
    if count < 1024:
        return f"{count} B"
    return f"{count / 1024:.1f} KiB" if count < 1024 * 1024 else f"{count / 1024 / 1024:.1f} MiB"


def _text(text: str) -> str:
    """Bare where nothing can be mistaken, else as a JSON string."""
    if len(text) > LONGEST:
        import hashlib

        data = text.encode("utf-8", "surrogatepass")
        return f"(text, {size(len(data))}, sha256 {hashlib.sha256(data).hexdigest()[:12]})"
    plain = text.isprintable() and text == text.strip() and text and text[0] not in "\"'([{" and " -> " not in text
    return text if plain and text not in ("true", "false", "null") and not _number(text) else quoted(text)


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def quoted(text: str) -> str:
    """A JSON string in which everything that is not printable is escaped."""
    whole = json.dumps(text, ensure_ascii=False)
    return whole if whole.isprintable() else json.dumps(text)


def clean(text: str) -> str:
    """One line of text that a terminal cannot be steered with; for messages of others."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else " " for character in text)


def leaves(value: Value, path: Path = ()) -> list[tuple[Path, Value]]:
    """As `walk`, but a secret's stand-in and a file are one leaf."""
    if is_leaf(value):
        return [(path, value)]
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in leaves(item, (*path, key))]
    assert isinstance(value, list)
    return [leaf for index, item in enumerate(value) for leaf in leaves(item, (*path, index))]


def place(path: Path) -> str:
    return clean(render_path(path)) or "(all)"


def masked(value: Any) -> Any:
    """As plain JSON data: what is secret is null, and so is what is not known yet."""
    if is_hidden(value) or isinstance(value, Unknown):
        return None
    if isinstance(value, dict):
        return {key: masked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked(item) for item in value]
    return value


def marks(value: Any, kind: str) -> Any:
    """Terraform's shape for `after_unknown` and `*_sensitive`: true at the leaves, and only what holds one."""
    hit = isinstance(value, Unknown) if kind == "unknown" else is_hidden(value)
    if hit:
        return True
    if isinstance(value, dict) and not is_hidden(value):
        found = {key: marks(item, kind) for key, item in value.items()}
        return {key: item for key, item in found.items() if item not in (False, {}, [])}
    if isinstance(value, list):
        items = [marks(item, kind) for item in value]
        return items if any(item not in (False, {}, []) for item in items) else []
    return False


__all__ = ["LATER", "SENSITIVE", "clean", "leaves", "marks", "masked", "place", "quoted", "shown", "size", "walk"]
