"""Plain manifests of a bundle: which object a patch means, and the object it makes."""

from __future__ import annotations

from providers.contract.values import Value
from providers.kubernetes.merging import merge
from providers.kubernetes.names import Name, name_of, type_of
from providers.kubernetes.schemas import shape


def merge_patch(type: str, manifest: dict[str, Value], patch: dict[str, Value]) -> dict[str, Value]:
    """The object with a patch merged as server-side apply merges: by the keys that the schema of its type has.

    Leaves may be anything, expressions that are not evaluated yet among them; they are handed through whole.
    """
    return merge(manifest, patch, shape(type))


def object_name(manifest: dict[str, Value]) -> Name | None:
    """The identity of a manifest as it is written, with "-" where it declares no namespace; None where it has no kind
    or name. A patch means the object of the same identity; one without a namespace means it in any."""
    type = type_of(manifest)
    return name_of(type, manifest) if type else None


def is_meant(patch: dict[str, Value], manifest: dict[str, Value]) -> bool:
    """True where `patch` is for this object: the same group, kind and name, and the namespace where it gives one."""
    wanted, found = object_name(patch), object_name(manifest)
    if wanted is None or found is None:
        return False
    same = (wanted.group_kind, wanted.name) == (found.group_kind, found.name)
    return same and wanted.namespace in ("", found.namespace)
