"""The facts of every AWS resource type, from the resource schemas bundled in cfn-lint."""

from __future__ import annotations

import json
import re
from importlib.metadata import version
from typing import Any

from tests.schemas.extract_kubernetes import KINDS, package

REFERENCE = "#/definitions/"
PATHS = {
    "identifier": "primaryIdentifier",
    "createOnly": "createOnlyProperties",
    "readOnly": "readOnlyProperties",
    "writeOnly": "writeOnlyProperties",
    "conditionalCreateOnly": "conditionalCreateOnlyProperties",
}


def facts() -> tuple[dict[str, Any], dict[str, Any]]:
    folder = package("cfnlint") / "data" / "schemas" / "resources"
    entries: dict[str, Any] = {}
    for file in sorted(folder.glob("*.json")):
        raw = json.loads(file.read_text(encoding="utf-8"))
        entries[raw["typeName"]] = entry(raw)
    mark_tags(entries)
    return {"version": version("cfn-lint")}, entries


def entry(raw: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"root": node({**raw, "type": "object"})}
    if raw.get("definitions"):
        made["definitions"] = {name: node(item) for name, item in raw["definitions"].items() if isinstance(item, dict)}
    for ours, theirs in PATHS.items():
        paths = [path(pointer) for pointer in raw.get(theirs, [])]
        if paths:
            made[ours] = paths if ours == "identifier" else sorted(paths)
    tags = tag_property(raw)
    if tags:
        made["tags"] = tags
    made["handlers"] = sorted(raw.get("handlers", {}))
    return made


def tag_property(raw: dict[str, Any]) -> str:
    tagging = raw.get("tagging", {})
    if tagging.get("taggable") is False:
        return ""
    name = tagging.get("tagProperty", "/properties/Tags").removeprefix("/properties/")
    return name if name in raw.get("properties", {}) else ""


def path(pointer: str) -> list[str]:
    """`/properties/Metrics/*/EventType` as a path; "*" is every item."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[2:]]


def node(raw: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in raw:
        return {"r": raw["$ref"].removeprefix(REFERENCE)}
    references = [] if "type" in raw or "properties" in raw else alternative_references(raw)
    if references:
        return {"r": references[0]} if len(references) == 1 else {}
    made: dict[str, Any] = {}
    names = type_names(raw)
    members = all_members(raw)
    values = raw.get("patternProperties") or {}
    if names[:1] == ["array"] or ("array" in names and "type" not in raw):
        made["k"] = "list"
        if names[1:] and "type" in raw:
            made["a"] = [KINDS[name] for name in names[1:]]
    elif "object" in names or members or values:
        made.update(object_node(raw, names, members, values))
    elif names:
        made["k"] = KINDS[names[0]]
        if len(names) > 1:
            made["a"] = [KINDS[name] for name in names[1:]]
    elif raw.get("format") == "json":
        made["k"] = "json"
    if made.get("k") == "list":
        made.update(list_facts(raw))
    if made.get("k") != "json":
        made.update(limits(raw))
    return made


def alternative_references(raw: dict[str, Any]) -> list[str]:
    """The definitions that the alternatives name, each once. With one, the others are forms of long ago."""
    found = [item["$ref"].removeprefix(REFERENCE) for item in alternatives(raw) if "$ref" in item]
    return list(dict.fromkeys(found))


def type_names(raw: dict[str, Any]) -> list[str]:
    """The types a value may have; where the node says none, those of its alternatives."""
    declared = raw.get("type", [])
    names = [declared] if isinstance(declared, str) else list(declared)
    if not names:
        for alternative in alternatives(raw):
            names.extend(name for name in type_names(alternative) if name not in names)
    if not names and "items" in raw:
        names = ["array"]
    if not names and raw.get("enum") and all(isinstance(item, str) for item in raw["enum"]):
        names = ["string"]
    if not names and "pattern" in raw and raw.get("format") != "json":
        names = ["string"]
    return [name for name in names if name != "null"]


def all_members(raw: dict[str, Any]) -> dict[str, Any]:
    """The members of an object, those of its alternatives included."""
    members: dict[str, Any] = {}
    for alternative in alternatives(raw):
        for name, item in all_members(alternative).items():
            members.setdefault(name, item)
    for name, item in raw.get("properties", {}).items():
        if isinstance(item, dict):
            members[name] = item
    return members


def object_node(raw: dict[str, Any], names: list[str], members: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    others = [KINDS[name] for name in names if name != "object"]
    more = raw.get("additionalProperties")
    made: dict[str, Any]
    if members:
        made = {"k": "object", "p": {name: node(item) for name, item in members.items()}}
        if raw.get("required"):
            made["q"] = sorted(raw["required"])
        if more not in (False, None):
            made["o"] = True
    elif values:
        made = {"k": "map", "i": node(next(iter(values.values())))}
    elif isinstance(more, dict) and more:
        made = {"k": "map", "i": node(more)}
    else:
        return {"k": "json"}
    if others:
        made["a"] = others
    return made


def list_facts(raw: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    found = [items for items in (item_schema(raw), *map(item_schema, alternatives(raw))) if items]
    if found:
        made["i"] = node(found[0])
    ordered = raw.get("insertionOrder", raw.get("uniqueItems") is not True)
    if ordered is False:
        made["s"] = "set"
    return made


def item_schema(raw: dict[str, Any]) -> dict[str, Any]:
    items = raw.get("items")
    return items if isinstance(items, dict) else {}


def alternatives(raw: dict[str, Any]) -> list[dict[str, Any]]:
    return [item for word in ("oneOf", "anyOf", "allOf") for item in raw.get(word, [])]


def limits(raw: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for ours, *theirs in (
        ("min", "minimum"),
        ("max", "maximum"),
        ("minl", "minLength", "minItems"),
        ("maxl", "maxLength", "maxItems"),
        ("d", "default"),
        ("e", "enum"),
    ):
        for name in theirs:
            if raw.get(name) is not None:
                made[ours] = raw[name]
    if "pattern" in raw and compiles(raw["pattern"]):
        made["re"] = raw["pattern"]
    return made


def compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def mark_tags(entries: dict[str, Any]) -> None:
    """Lists of Key/Value pairs under the tag property may be written as maps and are compared by key."""
    for made in entries.values():
        name = made.get("tags", "")
        item = made["root"].get("p", {}).get(name, {}) if name else {}
        member = item.get("i", {})
        member = made.get("definitions", {}).get(member.get("r"), member)
        if item.get("k") == "list" and {"Key", "Value"} <= set(member.get("p", {})):
            item.update({"t": True, "s": "keyed", "keys": ["Key"]})
