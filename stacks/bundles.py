"""Bundles: plain manifests of a folder or a file, taken as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from engine.stack import Bundle, BundleObject
from providers.contract.diagnostic import Source
from providers.contract.values import Value
from stacks.codes import Code
from stacks.contents import Contents
from stacks.draft import Entry
from stacks.findings import Findings
from stacks.tree import Tree
from stacks.yaml.manifests import ENDINGS, foreign_file, read_manifests

NOWHERE: Final = "-"


def object_name(manifest: dict[str, Value]) -> str:
    """The last part of an address: "Kind[.group]/namespace/name", the namespace "-" where none is declared."""
    metadata: Any = manifest.get("metadata")
    group = str(manifest["apiVersion"]).rpartition("/")[0]
    kind = str(manifest["kind"])
    namespace = metadata.get("namespace") or NOWHERE
    return f"{kind}.{group}/{namespace}/{metadata['name']}" if group else f"{kind}/{namespace}/{metadata['name']}"


def object_type(manifest: dict[str, Value]) -> str:
    return f"{manifest['apiVersion']}/{manifest['kind']}"


@dataclass(slots=True)
class Bundles:
    tree: Tree
    findings: Findings

    def read(self, entry: Entry) -> Bundle | None:
        written = entry.value["bundle"]
        path = written if isinstance(written, str) else written.get("path")
        below: tuple[str, ...] = ("bundle",) if isinstance(written, str) else ("bundle", "path")
        if not isinstance(path, str):
            return None
        place = entry.place(*below)
        found = Contents(self.tree, self.findings).paths(path, entry.file, place)
        if found is None:
            return None
        target, paths = found
        objects = [item for name in paths if name.endswith(ENDINGS) for item in self._file(name, name == target)]
        if not objects and not self.findings.failed:
            self.findings.add(Code.NO_MANIFEST, f"there is no manifest in {target}", place)
        return Bundle(path=target, objects=tuple(self._distinct(objects)))

    def _file(self, path: str, alone: bool) -> list[BundleObject]:
        data = self.tree.read(path)
        if path.endswith(".plumb.yaml"):
            return []
        foreign = foreign_file(path, data)
        if foreign == "no object" and not alone:
            return []
        if foreign:
            help = "kustomizations and charts come later; name a folder of plain manifests"
            source = Source(file=path, line=1, column=1)
            self.findings.add(Code.NO_MANIFEST, f"{path} is {foreign}, not a manifest", source, help=help)
            return []
        return [
            BundleObject(object=object_name(item.value), type=object_type(item.value), inputs=item.value, source=item.source)
            for item in read_manifests(data, path, self.findings)
        ]

    def _distinct(self, objects: list[BundleObject]) -> list[BundleObject]:
        found: dict[str, BundleObject] = {}
        for item in objects:
            first = found.setdefault(item.object, item)
            if first is not item:
                notes = (("first", str(first.source)),)
                self.findings.add(Code.NAME_TWICE, f"{item.object} stands twice in this bundle", item.source, notes=notes)
        return list(found.values())
