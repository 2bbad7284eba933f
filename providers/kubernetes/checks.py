"""What is wrong with an object before any server sees it, beyond what its schema says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from providers.contract.diagnostic import Diagnostic
from providers.contract.values import Path, Unknown, Value, get, reveal
from providers.kubernetes.names import ObjectType
from providers.kubernetes.objects import OWNER_PREFIX
from providers.kubernetes.schemas import SERVER_METADATA, scopes

SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?")
QUALIFIED = re.compile(r"(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?")
PATH_NAMED = frozenset(
    {
        "Role.rbac.authorization.k8s.io",
        "RoleBinding.rbac.authorization.k8s.io",
        "ClusterRole.rbac.authorization.k8s.io",
        "ClusterRoleBinding.rbac.authorization.k8s.io",
    }
)
"""Kinds whose names are any segment of a path (`system:auth-delegator`)."""
LABEL_NAMED = frozenset({"Namespace", "Service"})


def check(type: ObjectType, manifest: dict[str, Value]) -> list[Diagnostic]:
    """Paths are relative to the object; unknowns are not wrong."""
    return [
        *_type_problems(type, manifest),
        *_name_problems(type, manifest),
        *_server_problems(type, manifest),
        *_label_problems(manifest),
        *_selector_problems(type, manifest),
    ]


def _type_problems(type: ObjectType, manifest: dict[str, Value]) -> Iterator[Diagnostic]:
    for key, wanted in (("apiVersion", type.api_version), ("kind", type.kind)):
        found = manifest.get(key)
        if found is None:
            yield Diagnostic(code="P0831", summary=f"an object needs {key}", path=(key,))
        elif not isinstance(found, Unknown) and found != wanted:
            yield Diagnostic(code="P0831", summary=f'{key} is "{found}", its type says "{wanted}"', path=(key,))
    if (type.group == "" and type.kind == "List") or ("items" in manifest and type.kind.endswith("List")):
        yield Diagnostic(code="P0832", summary=f"{type.kind} is a list of objects, not one", path=("kind",))


def _name_problems(type: ObjectType, manifest: dict[str, Value]) -> Iterator[Diagnostic]:
    name = get(manifest, ("metadata", "name"))
    if _known(manifest, ("metadata", "generateName")) is not None:
        path: Path = ("metadata", "generateName")
        yield Diagnostic(code="P0833", summary="generateName is not served: an object needs a name that stays", path=path)
    elif name is None or name == "":
        yield Diagnostic(code="P0833", summary=f"this {type.kind} needs metadata.name", path=("metadata",))
    elif not isinstance(name, Unknown):
        yield from _name_form(type, reveal(name))
    namespace = _known(manifest, ("metadata", "namespace"))
    if isinstance(namespace, str) and not (LABEL.fullmatch(namespace) and len(namespace) <= 63):
        yield Diagnostic(code="P0834", summary=f'"{namespace}" is not a namespace name', path=("metadata", "namespace"))
    if namespace is not None and scopes().get(type.group_kind) is False:
        yield Diagnostic(code="P0835", summary=f"{type.kind} lives in no namespace", path=("metadata", "namespace"))


def _known(manifest: dict[str, Value], path: Path) -> Value:
    """What is declared at `path`; None also where it is not known yet."""
    found = get(manifest, path)
    return None if isinstance(found, Unknown) else found


def _name_form(type: ObjectType, name: Value) -> Iterator[Diagnostic]:
    path: Path = ("metadata", "name")
    if not isinstance(name, str):
        yield Diagnostic(code="P0834", summary=f"a name is text, not {name!r}", path=path)
    elif type.group_kind in PATH_NAMED:
        if name in (".", "..") or "/" in name or "%" in name:
            yield Diagnostic(code="P0834", summary=f'"{name}" is not a name: no "/" or "%", and not "." or ".."', path=path)
    elif type.group_kind in LABEL_NAMED:
        if not LABEL.fullmatch(name) or len(name) > 63:
            yield _bad_name(name, LABEL, "at most 63 of a-z, 0-9 and -, first and last a letter or digit", path)
    elif not SUBDOMAIN.fullmatch(name) or len(name) > 253:
        yield _bad_name(name, SUBDOMAIN, "at most 253 of a-z, 0-9, - and ., each part with letter or digit at its ends", path)


def _bad_name(name: str, form: re.Pattern[str], law: str, path: Path) -> Diagnostic:
    near = re.sub(r"[^a-z0-9.-]", "-", name.lower()).strip("-.")
    near = near if form is SUBDOMAIN else near.replace(".", "-")
    notes = (("help", f'"{near}" would do'),) if near != name and form.fullmatch(near) else ()
    return Diagnostic(code="P0834", summary=f'"{name}" is not a name', detail=f"A name has {law}.", path=path, notes=notes)


def _server_problems(type: ObjectType, manifest: dict[str, Value]) -> Iterator[Diagnostic]:
    """What only the server writes. `creationTimestamp: null`, which tools print, is no value and no problem."""
    if _known(manifest, ("status",)) not in (None, {}):
        yield Diagnostic(code="P0836", summary="status is written by the cluster, never declared", path=("status",))
    for member in SERVER_METADATA:
        if _known(manifest, ("metadata", member)) is not None:
            summary = f"metadata.{member} is written by the cluster, never declared"
            yield Diagnostic(code="P0836", summary=summary, path=("metadata", member))


def _label_problems(manifest: dict[str, Value]) -> Iterator[Diagnostic]:
    for member in ("labels", "annotations"):
        tags = get(manifest, ("metadata", member))
        for key, text in tags.items() if isinstance(tags, dict) else ():
            path: Path = ("metadata", member, key)
            if key.startswith(OWNER_PREFIX):
                yield Diagnostic(code="P0837", summary=f'"{key}" is kept for Plumb\'s own marks', path=path)
            elif not QUALIFIED.fullmatch(key) or len(key.rpartition("/")[2]) > 63:
                yield Diagnostic(code="P0838", summary=f'"{key}" is not a key of {member}', path=path)
            elif member == "labels" and isinstance(text, str) and not (LABEL_VALUE.fullmatch(text) and len(text) <= 63):
                detail = "A value has at most 63 letters, digits, -, _ and ., a letter or digit first and last."
                yield Diagnostic(code="P0838", summary=f'"{text}" is not a label value', detail=detail, path=path)


def _selector_problems(type: ObjectType, manifest: dict[str, Value]) -> Iterator[Diagnostic]:
    """A workload must select its own pods; the server refuses it otherwise."""
    if type.group != "apps" or type.kind not in ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"):
        return
    selector = get(manifest, ("spec", "selector", "matchLabels"))
    labels = get(manifest, ("spec", "template", "metadata", "labels"))
    if not isinstance(selector, dict) or isinstance(labels, Unknown):
        return
    held = labels if isinstance(labels, dict) else {}
    for key, wanted in selector.items():
        found = held.get(key)
        if isinstance(wanted, Unknown) or isinstance(found, Unknown):
            continue
        if reveal(found) != reveal(wanted):
            summary = f"the pods of this {type.kind} do not carry the label {key} that it selects"
            yield Diagnostic(code="P0839", summary=summary, path=("spec", "selector", "matchLabels", key))
