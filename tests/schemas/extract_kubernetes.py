"""The facts of the built-in Kubernetes types, from kubernetes-validate's schemas and the kubernetes client's paths."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

VERSION = "1.36.0"
REFERENCE = "#/$defs/"
QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
KINDS = {
    "object": "object",
    "array": "list",
    "string": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
}


def package(name: str) -> Path:
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"{name} is needed to extract schemas: install the extra [schemas]")
    return Path(found.origin).parent


def facts() -> tuple[dict[str, Any], dict[str, Any]]:
    folder = package("kubernetes_validate") / "kubernetes-json-schema" / f"v{VERSION}-local"
    definitions = json.loads((folder / "_definitions.json").read_text(encoding="utf-8"))["$defs"]
    paths = resource_paths()
    kinds: dict[str, Any] = {}
    for name, raw in sorted(definitions.items()):
        names = raw.get("x-kubernetes-group-version-kind", [])
        if len(names) != 1:
            continue
        group, version, kind = names[0]["group"], names[0]["version"], names[0]["kind"]
        key = f"{group}/{version}/{kind}" if group else f"{version}/{kind}"
        kinds[key] = {"definition": name, **paths.get(key, {})}
    head = {"version": VERSION, "kinds": kinds}
    return head, {name: node(raw, name) for name, raw in definitions.items()}


def node(raw: dict[str, Any], name: str = "") -> dict[str, Any]:
    if "$ref" in raw:
        return {"r": raw["$ref"].removeprefix(REFERENCE)}
    if name == QUANTITY:
        return {"k": "string", "a": ["number"], "f": "quantity"}
    made: dict[str, Any] = {}
    kinds = [KINDS[kind] for kind in type_names(raw)]
    if kinds:
        made["k"] = kinds[0]
    if len(kinds) > 1:
        made["a"] = kinds[1:]
    if raw.get("properties"):
        made["p"] = {key: node(item) for key, item in raw["properties"].items()}
    elif made.get("k") == "object":
        made.update(mapping(raw))
    if "items" in raw:
        made["i"] = node(raw["items"])
    made.update(ordering(raw))
    for ours, theirs in (("q", "required"), ("e", "enum"), ("f", "format")):
        if raw.get(theirs):
            made[ours] = raw[theirs]
    if raw.get("x-kubernetes-map-type") == "atomic":
        made["m"] = "atomic"
    return made


def type_names(raw: dict[str, Any]) -> list[str]:
    """The kinds a value may have, `null` left out: null is "not set" everywhere."""
    declared = raw.get("type", [])
    names = [declared] if isinstance(declared, str) else list(declared)
    for alternative in raw.get("oneOf", []):
        names.extend(type_names(alternative))
    return [kind for kind in names if kind != "null"]


def mapping(raw: dict[str, Any]) -> dict[str, Any]:
    """An object without members of its own: a map, or one that takes anything."""
    values = raw.get("additionalProperties")
    if isinstance(values, dict):
        return {"k": "map", "i": node(values)}
    return {"o": True}


def ordering(raw: dict[str, Any]) -> dict[str, Any]:
    """How two lists are compared, and `m`: "atomic" where the list is owned and replaced as a whole."""
    kind = raw.get("x-kubernetes-list-type")
    if kind == "map":
        return {"s": "keyed", "keys": raw["x-kubernetes-list-map-keys"]}
    if kind == "set":
        return {"s": "set"}
    if "x-kubernetes-patch-merge-key" in raw:
        return {"s": "keyed", "keys": [raw["x-kubernetes-patch-merge-key"]]}
    return {"m": "atomic"} if kind == "atomic" else {}


def resource_paths() -> dict[str, Any]:
    """[group/]version/Kind -> plural and whether it lives in a namespace; only what the client can create."""
    found: dict[str, Any] = {}
    for file in sorted((package("kubernetes") / "client" / "api").glob("*_api.py")):
        bodies: dict[str, str] = {}
        for part in re.split(r"\n    def ", file.read_text(encoding="utf-8")):
            name = part.partition("(")[0]
            if match := re.match(r"create_\w+\(.*?\n        body: (\w+)", part, re.DOTALL):
                bodies.setdefault(name, match[1])
            place = re.search(r"resource_path='([^']+)'", part)
            body = bodies.get(name.removeprefix("_").removesuffix("_serialize"))
            if place and body and name.startswith("_create_") and "{name}" not in place[1]:
                found.update(one_path(place[1], body))
    return found


def one_path(path: str, body: str) -> dict[str, Any]:
    parts = path.strip("/").split("/")
    group, version = ("", parts[1]) if parts[0] == "api" else (parts[1], parts[2])
    kind = re.search(r"V\d+(?:(?:alpha|beta)\d+)?([A-Z]\w*)$", body)
    if kind is None:
        return {}
    key = "/".join(part for part in (group, version, kind[1]) if part)
    return {key: {"plural": parts[-1], "namespaced": "{namespace}" in path}}
