"""Kubernetes manifests as kubectl reads them: YAML 1.1 values, several documents, lists flattened."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from providers.contract.diagnostic import Source
from providers.contract.values import Value
from stacks.codes import Code
from stacks.findings import Findings
from stacks.pages import page_of, source_at
from stacks.yaml.compose import Composer, Raw
from stacks.yaml.scalars import Plain
from stacks.yaml.stackfile import finding_of
from stacks.yaml.text import MANIFEST_BYTES, decode

ENDINGS: Final = (".yaml", ".yml", ".json")
MAX_NODES: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class Manifest:
    value: dict[str, Value]
    source: Source


def read_manifests(data: bytes, file: str, findings: Findings) -> list[Manifest]:
    """Every object of the file, those in lists too. Empty documents are nothing."""
    text = decode(data, file, MANIFEST_BYTES)
    if not isinstance(text, str):
        findings.items.append(text)
        return []
    composed = Composer(text, kubectl=True, max_nodes=MAX_NODES).run()
    page = page_of(text)
    for trouble in [*composed.troubles, *([composed.fatal] if composed.fatal else [])]:
        findings.items.append(finding_of(trouble, page, file))
    if composed.fatal is not None:
        return []
    found: list[Manifest] = []
    for raw, index in zip(composed.documents, composed.starts):
        begin = _first_content(text, index)
        source = source_at(page, file, begin, begin + 1)
        if raw is not None:
            found += _objects(as_kubectl(raw), source, findings)
    return found


def _first_content(text: str, index: int) -> int:
    """Past `---`, comments and empty lines."""
    while index < len(text):
        end = text.find("\n", index)
        end = len(text) if end < 0 else end
        line = text[index:end].strip()
        if line and not line.startswith("#") and line != "---":
            return index + len(text[index:end]) - len(text[index:end].lstrip())
        index = end + 1
    return min(index, max(len(text) - 1, 0))


def _objects(value: Any, source: Source, findings: Findings) -> Iterator[Manifest]:
    if not isinstance(value, dict):
        findings.add(Code.NO_MANIFEST, "this document is no Kubernetes object", source)
        return
    kind, version = value.get("kind"), value.get("apiVersion")
    if not isinstance(kind, str) or not isinstance(version, str) or not kind or not version:
        missing = "kind" if not isinstance(kind, str) or not kind else "apiVersion"
        summary = f"this document is no Kubernetes object: it has no {missing}"
        findings.add(Code.NO_MANIFEST, summary, source, help="a bundle holds manifests only; keep other YAML elsewhere")
        return
    items = value.get("items")
    if kind.endswith("List") and isinstance(items, list):
        for item in items:
            if isinstance(item, dict) and kind != "List":
                item = {"apiVersion": version, "kind": kind[:-4], **item}
            yield from _objects(item, source, findings)
        return
    metadata = value.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if not isinstance(name, str) or not name:
        nameless = name is None or name == ""
        told = "has no metadata.name" if nameless else f"has a metadata.name that kubectl takes for {json.dumps(name)}"
        findings.add(Code.NO_MANIFEST, f"this {kind} {told}", source, help="" if nameless else "put the name into quotes")
        return
    yield Manifest(value, source)


def as_kubectl(raw: Raw) -> Any:
    """The values that kubectl sends. A plain scalar of a composed manifest has both readings; the second counts."""
    if isinstance(raw, Plain):
        return raw.other
    if isinstance(raw, dict):
        return {key: as_kubectl(item) for key, item in raw.items()}
    if isinstance(raw, list):
        return [as_kubectl(item) for item in raw]
    return raw


def foreign_file(path: str, data: bytes) -> str:
    """Why a YAML file in the folder of a bundle is none of it: what tool it belongs to; "" for a manifest."""
    name = path.rpartition("/")[2].lower()
    if name in ("kustomization.yaml", "kustomization.yml"):
        return "a kustomization"
    if name in ("chart.yaml", "chart.yml"):
        return "a Helm chart"
    head = data[:4096]
    if name.endswith(".json") and not head.lstrip().startswith(b"{"):
        return "no object"
    if name in ("package.json", "package-lock.json", "tsconfig.json", "composer.json"):
        return "no object"
    return ""
