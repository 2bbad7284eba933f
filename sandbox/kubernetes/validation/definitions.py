"""Rules of CustomResourceDefinitions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.kubernetes import names
from sandbox.kubernetes.problem import Fault, duplicate, required, unsupported, wrong

Object = dict[str, Any]


def custom_resource_definition(value: Object) -> Iterator[Fault]:
    spec = value.get("spec") or {}
    found = spec.get("names") or {}
    wanted = f"{found.get('plural', '')}.{spec.get('group', '')}"
    if value["metadata"].get("name") != wanted:
        yield wrong("metadata.name", value["metadata"].get("name"), 'must be spec.names.plural+"."+spec.group')
    if not spec.get("group"):
        yield required("spec.group")
    elif len(spec["group"].split(".")) < 2:
        yield wrong("spec.group", spec["group"], "should be a domain with at least one dot")
    if spec.get("scope") not in ("Cluster", "Namespaced"):
        yield unsupported("spec.scope", spec.get("scope", ""), ("Cluster", "Namespaced"))
    for key in ("plural", "singular", "kind", "listKind"):
        if not found.get(key):
            yield required(f"spec.names.{key}")
        else:
            for problem in names.label_1035(found[key].lower()):
                yield wrong(f"spec.names.{key}", found[key], problem)
    yield from _versions(spec.get("versions") or ())


def _versions(versions: Any) -> Iterator[Fault]:
    if sum(bool(each.get("storage")) for each in versions) != 1:
        yield wrong("spec.versions", versions, "must have exactly one version marked as storage version")
    seen: set[str] = set()
    for index, version in enumerate(versions):
        at = f"spec.versions[{index}]"
        if version.get("name") in seen:
            yield duplicate(f"{at}.name", version.get("name"))
        seen.add(version.get("name", ""))
        for problem in names.label_1035(version.get("name", "")):
            yield wrong(f"{at}.name", version.get("name"), problem)
        schema = (version.get("schema") or {}).get("openAPIV3Schema")
        if schema is None:
            yield required(f"{at}.schema.openAPIV3Schema", "schemas are required")
        else:
            yield from _structural(schema, f"{at}.schema.openAPIV3Schema", top=True)


def _structural(schema: Object, path: str, top: bool = False) -> Iterator[Fault]:
    kind = schema.get("type")
    free = schema.get("x-kubernetes-int-or-string") or schema.get("x-kubernetes-preserve-unknown-fields")
    if not kind and not free:
        yield required(f"{path}.type", "must not be empty for specified " + ("object fields" if not top else "root"))
    elif top and kind != "object":
        yield wrong(f"{path}.type", kind, "must be object at the root")
    if kind == "array" and not isinstance(schema.get("items"), dict):
        yield required(f"{path}.items", "must be specified")
    if isinstance(schema.get("items"), dict):
        yield from _structural(schema["items"], f"{path}.items")
    for key, each in (schema.get("properties") or {}).items():
        yield from _structural(each, f"{path}.properties[{key}]")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from _structural(schema["additionalProperties"], f"{path}.additionalProperties")
