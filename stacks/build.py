"""A draft becomes a stack: types first, then every tree, with all that is wrong on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from engine.address import AddressError, parse_address
from engine.expressions import DYN, STRING, MapOf, ObjectOf, Type, nearest
from engine.expressions.types import Nullable
from engine.stack import (
    Adopt,
    Declaration,
    Drift,
    Form,
    Moved,
    Output,
    ProviderDeclaration,
    Removed,
    Rule,
    Stack,
    Tree,
)
from providers.contract.provider import Reader
from providers.contract.schema import TypeSchema
from providers.contract.values import Value
from stacks.bundles import Bundles
from stacks.catalog import Catalog
from stacks.codes import Code
from stacks.contents import Contents
from stacks.declare import Declare, Header, full_address
from stacks.draft import Draft, Entry
from stacks.findings import Findings, Note
from stacks.inputs import InputCheck
from stacks.instances import Instances
from stacks.keys import OUTPUT
from stacks.kinds import ANY_FACTS, AWS_FACTS, ZIP, LazyTypes, Names, Section, TypeShapes
from stacks.locate import TreeLocator
from stacks.references import Expressions
from stacks.structure import Structure
from stacks.tree import Tree as Files
from stacks.treetypes import tree_type

_SECTION_NAMES: Final = ("inputs", "locals", "files", "stacks", "providers")


@dataclass(slots=True, kw_only=True)
class Building:
    """One stack on its way. `outputs_of`: the types of another stack's outputs, by stack."""

    draft: Draft
    files: Files
    findings: Findings
    readers: Mapping[str, Reader]
    catalog: Catalog
    shapes: TypeShapes
    locator: TreeLocator
    stacks: Mapping[str, Type]
    instances: Instances
    silent: bool = False
    headers: dict[str, Header] = field(default_factory=dict)
    names: dict[str, Type] = field(default_factory=dict)
    needs: dict[str, set[str]] = field(default_factory=dict)
    values: dict[str, dict[str, Value]] = field(default_factory=dict)
    file_values: dict[str, Value] = field(default_factory=dict)
    providers: dict[str, ProviderDeclaration] = field(default_factory=dict)
    output_entries: dict[str, Entry] = field(default_factory=dict)

    def prepare(self) -> None:
        """The types of all names, so that expressions of every stack can be checked."""
        draft = self.draft
        contents = Contents(self.files, self.findings)
        for name, entry in draft.sections["files"].items():
            self.file_values[name] = contents.value(entry.value, entry.file, entry.path)
        self.providers = self.instances.declared(draft)
        for name, entry in draft.sections["resources"].items():
            header = self._header(name, entry)
            if header is not None:
                self.headers[name] = header
        self._add_implicit()
        self.names = {
            "inputs": ObjectOf(Section("inputs", self._input_types())),
            "locals": ObjectOf(Section("locals", LazyTypes(draft.sections["locals"], self._local_type))),
            "files": ObjectOf(Section("files", {name: _file_type(entry) for name, entry in draft.sections["files"].items()})),
            "stacks": ObjectOf(Section("stacks", self.stacks)),
            "providers": ObjectOf(Section("providers", {name: self.facts(item.kind) for name, item in self.providers.items()})),
        }
        for name in draft.sections["resources"]:
            header = self.headers.get(name)
            self.names[name] = self._resource_type(header) if header is not None else DYN
        self._output_entries()

    def facts(self, kind: str) -> Type:
        return AWS_FACTS if kind == "aws" else ANY_FACTS

    def _input_types(self) -> dict[str, Type]:
        entries = self.draft.sections["inputs"]
        return {name: InputCheck(name, entry.value, self.findings).type() for name, entry in entries.items()}

    def _header(self, name: str, entry: Entry) -> Header | None:
        return self.catalog.header(self.draft.name, name, entry, self.providers, Bundles(self.files, self.findings))

    def _add_implicit(self) -> None:
        for header in self.headers.values():
            if header.provider == header.kind and header.kind and header.kind not in self.providers:
                self.providers[header.kind] = self.instances.implicit(header.kind, self.draft.name)

    def _resource_type(self, header: Header) -> Type:
        own = self.own_type(header)
        if header.form is Form.LIST or header.repeated:
            return MapOf(own)
        if header.may_be_disabled:
            return Nullable(own, because="may be disabled") if not _is_off(header) else Nullable(own, because="is disabled")
        return own

    def own_type(self, header: Header) -> Type:
        if header.bundle is not None:
            members = {item.object: self._object_type(item.type) for item in header.bundle.objects}
            return ObjectOf(Section("the bundle", members))
        if header.form is Form.BUNDLE or header.schema is None:
            return DYN
        return self.shapes.of(header.schema)

    def _object_type(self, type: str) -> Type:
        found = self.catalog.schema("kubernetes", type)
        return self.shapes.of(found) if isinstance(found, TypeSchema) else DYN

    def _output_entries(self) -> None:
        """An output is a value, or a mapping of the keys that describe one, misspelt ones too: a secret must not slip by."""
        for name, entry in self.draft.sections["outputs"].items():
            raw = entry.value
            if isinstance(raw, dict) and "value" in raw and all(nearest(key, OUTPUT.keys) for key in raw):
                fields = Structure(entry.file, self.findings).clean(raw, OUTPUT, entry.path)
                self.output_entries[name] = Entry(fields, entry.file, entry.path, entry.line, entry.column)
            else:
                self.output_entries[name] = Entry({"value": raw}, entry.file, entry.path, -1)

    def _local_type(self, name: str) -> Type:
        return self._quiet_type(self.draft.sections["locals"][name].value, self.draft.sections["locals"][name])

    def output_type(self, name: str) -> Type:
        entry = self.output_entries[name]
        return self._quiet_type(entry.value["value"], entry)

    def _quiet_type(self, raw: Any, entry: Entry) -> Type:
        """The type of a tree, with its problems left to the check of the tree itself."""
        return tree_type(raw, Expressions(scope=self._scope({}), findings=Findings()), entry.place())

    def _scope(self, own: dict[str, Type]) -> Any:
        return Names(self.names, own)

    def _declared(self, name: str) -> Note | None:
        entry = self.draft.sections["resources"].get(name)
        return ("declared", name, entry.place(on_key=True)) if entry is not None else None

    def build(self, inputs: dict[str, Value]) -> Stack:
        """Everything in it checked by itself; what stands between the parts is checked after."""
        draft = self.draft
        declare = Declare(
            stack=draft.name,
            findings=self.findings,
            names=self.names,
            facts=self.facts,
            declared=self._declared,
            silent=self.silent,
            needs=self.needs,
            values=self.values,
        )
        declarations: dict[str, Declaration] = {}
        for name, header in self.headers.items():
            declarations[name] = declare.declaration(header, self.own_type(header))
            draft.sections["resources"][name] = _without_tree(header.entry)
            header.entry = draft.sections["resources"][name]
        return Stack(
            name=draft.name,
            locator=self.locator,
            file=draft.file,
            inputs=inputs,
            locals=self._locals(declare),
            files=self.file_values,
            providers=self._providers(declare),
            declarations=declarations,
            outputs=self._outputs(declare),
            checks=self._checks(declare),
            moved=self._moved(),
            removed=self._removed(),
            drift=Drift(self._setting("drift", "heal")),
            observe_only=self._setting("mode", "manage") == "observe",
            adopt=Adopt(self._setting("adopt", "refuse")),
        )

    def _setting(self, key: str, default: str) -> str:
        entry = self.draft.settings.get(key)
        return str(entry.value) if entry is not None else default

    def _locals(self, declare: Declare) -> dict[str, Tree]:
        found: dict[str, Tree] = {}
        for name, entry in self.draft.sections["locals"].items():
            needs = self.needs.setdefault(f"locals.{name}", set())
            found[name] = declare.tree(entry.value, entry, (), declare.expressions({}, needs))
        return found

    def _outputs(self, declare: Declare) -> dict[str, Output]:
        found: dict[str, Output] = {}
        for name, entry in self.output_entries.items():
            needs = self.needs.setdefault(f"outputs.{name}", set())
            below = ("value",) if entry.line >= 0 else ()
            found[name] = Output(
                value=declare.tree(entry.value["value"], entry, below, declare.expressions({}, needs)),
                sensitive=entry.value.get("sensitive", False),
                description=entry.value.get("description", ""),
                file=entry.file,
                path=(*entry.path, *below),
            )
        return found

    def _checks(self, declare: Declare) -> tuple[Rule, ...]:
        expressions = declare.expressions({}, set())
        rules = [declare.rule(entry.value, entry, expressions) for entry in self.draft.checks]
        return tuple(rule for rule in rules if rule is not None)

    def _providers(self, declare: Declare) -> dict[str, ProviderDeclaration]:
        return {name: self.instances.complete(item, declare, self.needs) for name, item in self.providers.items()}

    def _moved(self) -> tuple[Moved, ...]:
        found = []
        for entry in self.draft.moved:
            start, end = self._address(entry, "from"), self._address(entry, "to")
            if start and end:
                found.append(Moved(from_=start, to=end, file=entry.file, path=entry.path))
        return tuple(found)

    def _removed(self) -> tuple[Removed, ...]:
        found = []
        for entry in self.draft.removed:
            start = self._address(entry, "from")
            if start:
                found.append(Removed(from_=start, keep=entry.value.get("keep", False), file=entry.file, path=entry.path))
        return tuple(found)

    def _address(self, entry: Entry, key: str) -> str:
        text = entry.value.get(key)
        if not isinstance(text, str):
            return ""
        address = full_address(self.draft.name, text)
        try:
            return str(parse_address(address))
        except AddressError as error:
            self.findings.add(Code.UNKNOWN_ADDRESS, str(error), entry.place(key))
            return ""


def _is_off(header: Header) -> bool:
    return header.entry.value.get("enabled") is False


def _without_tree(entry: Entry) -> Entry:
    """The entry without its properties: their tree is made, and the source text is not kept beside it."""
    kept = {key: value for key, value in entry.value.items() if key not in ("properties", "object", "read", "list")}
    return Entry(kept, entry.file, entry.path, entry.line, entry.column)


def _file_type(entry: Entry) -> Type:
    if "text" in entry.value:
        return STRING
    return MapOf(STRING) if "folder" in entry.value else ZIP
