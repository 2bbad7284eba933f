"""Make `facts.json.gz` again, byte for byte, from published packages.

    python -m sandbox.kubernetes.data.generate MODULES [TARGET]

MODULES is a folder of Go modules as `go mod download` lays it out (k8s.io/api@v0.36.3 and so on). Types, list types,
merge keys and group/version/kind come from the JSON schemas inside the Python package kubernetes-validate 1.37.0;
what a zero value becomes in JSON (omitted, written, null) comes from the struct tags of the Go modules; names, verbs
and sub-resources come from the discovery documents of k8s.io/kubernetes. Facts only: no descriptions.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import re
import sys
from pathlib import Path
from typing import Any

RELEASE = "v1.36.0-local"
KUBERNETES = "k8s.io/kubernetes@v1.36.3"
STAGING = "v0.36.3"
SCALARS = {"string", "bool", "int", "int32", "int64", "float64", "uint32", "uint64", "byte"}
OUTSIDE = {"Time": "struct", "MicroTime": "struct", "Quantity": "struct", "IntOrString": "struct", "UID": "scalar"}
# The one default that list-map keys have; kubernetes-validate drops defaults.
KEY_DEFAULTS = {
    "core.v1.ContainerPort.protocol": "TCP",
    "core.v1.ServicePort.protocol": "TCP",
    "core.v1.LocalObjectReference.name": "",
}
FIELD = re.compile(r"^\t(?P<name>\w+)\s+(?P<type>[^`\s]+)\s+`json:\"(?P<json>[^\"]*)\"")
EMBEDDED = re.compile(r"^\t(?P<type>[\w.]+)\s+`json:\"(?P<json>,inline|[\w,]*)\"")


def short(reference: str) -> str:
    """`io.k8s.api.core.v1.Pod` -> `core.v1.Pod`; the last three words always tell definitions apart."""
    return ".".join(reference.rsplit("/", 1)[-1].split(".")[-3:])


def go_folders(modules: Path) -> dict[str, Path]:
    """Definition prefix (`core.v1`) -> folder of its Go types."""
    found = {}
    for folder in sorted((modules / f"k8s.io/api@{STAGING}").glob("*/v*")):
        found[f"{folder.parent.name}.{folder.name}"] = folder
    found["meta.v1"] = modules / f"k8s.io/apimachinery@{STAGING}/pkg/apis/meta/v1"
    found["apiextensions.v1"] = modules / f"k8s.io/apiextensions-apiserver@{STAGING}/pkg/apis/apiextensions/v1"
    found["apiregistration.v1"] = modules / f"k8s.io/kube-aggregator@{STAGING}/pkg/apis/apiregistration/v1"
    return found


class GoTypes:
    """The struct fields of one Go package, by type name."""

    def __init__(self, folder: Path) -> None:
        self.structs: dict[str, list[tuple[str, str]]] = {}
        self.named: dict[str, str] = {}
        for file in sorted(folder.glob("*types*.go")):
            self._read(file.read_text())

    def _read(self, text: str) -> None:
        current: list[tuple[str, str]] | None = None
        for line in text.splitlines():
            if match := re.match(r"^\s?(?:type )?(\w+) struct \{$", line):
                current = self.structs.setdefault(match[1], [])
            elif line.startswith("}"):
                current = None
            elif current is not None:
                if embedded := EMBEDDED.match(line):
                    current.append((embedded["json"].removeprefix(",inline"), embedded["type"]))
                elif field := FIELD.match(line):
                    current.append((field["json"], field["type"]))
            elif match := re.match(r"^type (\w+) (\S+)$", line):
                self.named[match[1]] = match[2]

    def family(self, go_type: str) -> str:
        if go_type.startswith("*"):
            return "pointer"
        if go_type.startswith("[]"):
            return "list"
        if go_type.startswith("map["):
            return "map"
        bare = go_type.rsplit(".", 1)[-1]
        if bare in SCALARS:
            return "scalar"
        if bare in OUTSIDE:
            return OUTSIDE[bare]
        if bare in self.named and "." not in go_type:
            return self.family(self.named[bare])
        return "named" if "." in go_type else "struct"

    def fields(self, struct: str) -> list[tuple[str, str]]:
        found = []
        for tag, go_type in self.structs.get(struct, ()):
            found += [(tag, go_type)] if tag else self.fields(go_type.rsplit(".", 1)[-1])
        return found


def zero_rule(family: str, flags: list[str]) -> str:
    """`o` omitted when zero, `z` zero is written, `n` null is written, `s` an empty struct is written, '' a pointer."""
    if family == "pointer":
        return ""
    if family in ("list", "map"):
        return "o" if "omitempty" in flags or "omitzero" in flags else "n"
    if family == "scalar":
        return "o" if "omitempty" in flags or "omitzero" in flags else "z"
    return "o" if "omitzero" in flags else "s"


def zero_rules(modules: Path) -> dict[str, dict[str, str]]:
    packages = {prefix: GoTypes(folder) for prefix, folder in go_folders(modules).items()}
    core = packages["core.v1"]
    rules: dict[str, dict[str, str]] = {}
    for prefix, package in packages.items():
        for struct in package.structs:
            rules[f"{prefix}.{struct}"] = found = {}
            for tag, go_type in package.fields(struct):
                name, *flags = tag.split(",")
                family = package.family(go_type)
                if family == "named":
                    family = core.family(go_type.rsplit(".", 1)[-1])
                if rule := zero_rule(family, flags):
                    found[name] = rule
    return rules


def node(schema: dict[str, Any]) -> dict[str, Any]:
    """One field's facts: `t` type, `f` format, `r` reference, `i` items, `a` additional, `l` list type, `k` list keys,
    `m` map type, `s` patch strategy, `g` patch merge key, `p` properties, `q` required."""
    if "oneOf" in schema:
        return {"t": "intstr"}
    found: dict[str, Any] = {}
    kind = schema.get("type")
    if kind is not None:
        found["t"] = kind if isinstance(kind, str) else next(each for each in kind if each != "null")
    for source, target in (
        ("format", "f"),
        ("x-kubernetes-list-type", "l"),
        ("x-kubernetes-list-map-keys", "k"),
        ("x-kubernetes-map-type", "m"),
        ("x-kubernetes-patch-strategy", "s"),
        ("x-kubernetes-patch-merge-key", "g"),
    ):
        if source in schema:
            found[target] = schema[source]
    if "$ref" in schema:
        found["r"] = short(schema["$ref"])
    if isinstance(schema.get("items"), dict):
        found["i"] = node(schema["items"])
    if isinstance(schema.get("additionalProperties"), dict):
        found["a"] = node(schema["additionalProperties"])
    return found


def definition(name: str, schema: dict[str, Any], zeros: dict[str, str]) -> dict[str, Any]:
    if name == "api.resource.Quantity":
        return {"t": "quantity"}
    found = node(schema)
    for key, field in schema.get("properties", {}).items():
        facts = node(field)
        if rule := zeros.get(key):
            facts["z"] = rule
        if f"{name}.{key}" in KEY_DEFAULTS:
            facts["d"] = KEY_DEFAULTS[f"{name}.{key}"]
        found.setdefault("p", {})[key] = facts
    if schema.get("required"):
        found["q"] = schema["required"]
    return found


def definitions(zeros: dict[str, dict[str, str]], kinds: set[str]) -> dict[str, Any]:
    origin = importlib.util.find_spec("kubernetes_validate")
    assert origin is not None
    assert origin.origin is not None
    path = Path(origin.origin).parent / "kubernetes-json-schema" / RELEASE / "_definitions.json"
    raw = json.loads(path.read_text())["$defs"]
    every = {short(name): definition(short(name), schema, zeros.get(short(name), {})) for name, schema in raw.items()}
    kept: dict[str, Any] = {}
    queue = sorted(kinds)
    while queue:
        name = queue.pop()
        if name not in kept and name in every:
            kept[name] = every[name]
            queue += re.findall(r'"r": "([^"]+)"', json.dumps(every[name]))
    return {"definitions": kept, "names": {short(name): name for name in sorted(raw) if short(name) in kept}}


def resources(modules: Path) -> list[dict[str, Any]]:
    """The group versions in the order of the aggregated discovery, stable versions only."""
    folder = modules / KUBERNETES / "api/discovery"
    order = [item["metadata"]["name"] for item in json.loads((folder / "aggregated_v2.json").read_text())["items"]]
    found = [{"group": "", "version": "v1", "resources": json.loads((folder / "api__v1.json").read_text())["resources"]}]
    for group in order:
        listed = json.loads((folder / f"apis__{group}.json").read_text())["versions"]
        for version in (each["version"] for each in listed):
            if re.fullmatch(r"v\d+", version):
                rows = json.loads((folder / f"apis__{group}__{version}.json").read_text())["resources"]
                found.append({"group": group, "version": version, "resources": rows})
    return found


def package_of(group: str) -> str:
    return {"": "core", "rbac.authorization.k8s.io": "rbac"}.get(group, group.split(".")[0])


def main() -> None:
    modules = Path(sys.argv[1])
    served = resources(modules)
    kinds = {f"{package_of(row['group'])}.{row['version']}.{r['kind']}" for row in served for r in row["resources"]}
    kinds |= {"autoscaling.v1.Scale", "policy.v1.Eviction", "meta.v1.DeleteOptions", "meta.v1.Status", "meta.v1.ObjectMeta"}
    facts = {"resources": served, **definitions(zero_rules(modules), kinds)}
    target = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).with_name("facts.json.gz")
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    target.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
