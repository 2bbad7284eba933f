"""Plain manifests of a bundle: the object that a patch makes of one."""

from __future__ import annotations

from providers.contract.values import Value
from providers.kubernetes.merging import merge
from providers.kubernetes.schemas import shape


def merge_patch(type: str, manifest: dict[str, Value], patch: dict[str, Value]) -> dict[str, Value]:
    """The object with a patch merged as server-side apply merges: by the keys that the schema of its type has.

    Leaves may be anything, expressions that are not evaluated yet among them; they are handed through whole.
    """
    return merge(manifest, patch, shape(type))
