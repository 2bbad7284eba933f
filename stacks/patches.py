"""Patches of a bundle: which object each one means."""

from __future__ import annotations

from typing import Any

from engine.stack import Bundle
from providers.contract.values import Value


def meant(type: str, manifest: dict[str, Value], patch: dict[str, Any]) -> bool:
    """True where a patch names this object: kind, group, name, and the namespace where the patch has one."""
    metadata, own = patch.get("metadata"), manifest.get("metadata")
    if not isinstance(metadata, dict) or not isinstance(own, dict):
        return False
    group = str(patch.get("apiVersion", "")).rpartition("/")[0]
    same_kind = type.rpartition("/")[2] == str(patch.get("kind")) and type.rpartition("/")[0].rpartition("/")[0] == group
    namespace = metadata.get("namespace")
    return same_kind and str(metadata.get("name")) == own.get("name") and namespace in (None, own.get("namespace"))


def alike(bundle: Bundle, kind: str) -> str:
    names = [item.object.rpartition("/")[2] for item in bundle.objects if item.type.rpartition("/")[2] == kind]
    return f"it has the {kind} {', '.join(names[:5])}" if names else ""
