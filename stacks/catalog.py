"""Which provider serves a type, and what a resource is by its header alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from engine.expressions import nearest, some
from engine.stack import Bundle, Form, ProviderDeclaration
from providers.contract.diagnostic import Diagnostic
from providers.contract.provider import Reader
from providers.contract.schema import TypeSchema
from stacks.bundles import Bundles
from stacks.codes import Code
from stacks.declare import Header
from stacks.draft import Entry
from stacks.findings import Findings
from stacks.structure import has_expression

KUBERNETES: Final = "kubernetes"
_PREFIXES: Final = {"AWS": "aws", "Plumb": "aws"}
_TERRAFORM: Final = re.compile(r"[a-z]+_[a-z0-9_]+\Z")
_PULUMI: Final = re.compile(r"(aws|kubernetes|random|gcp|azure)(-native)?:[\w/]+:\w+\Z")


@dataclass(slots=True)
class Catalog:
    readers: Mapping[str, Reader]
    findings: Findings
    _schemas: dict[tuple[str, str], TypeSchema | Diagnostic] = field(default_factory=dict)
    _types: dict[str, str] | None = None

    def schema(self, kind: str, type: str) -> TypeSchema | Diagnostic | None:
        """None where no provider of this kind is here."""
        key = (kind, type)
        if key not in self._schemas:
            reader = self.readers.get(kind)
            if reader is None:
                return None
            self._schemas[key] = reader.schema(type)
        return self._schemas[key]

    def types(self) -> Mapping[str, str]:
        """Every served type with its kind."""
        if self._types is None:
            self._types = {type: kind for kind, reader in self.readers.items() for type in reader.types()}
        return self._types

    def kind_of(self, type: str) -> str:
        """The kind of provider that a type belongs to, by its first part; "" where none is known."""
        first, colons, _ = type.partition("::")
        if colons:
            kind = _PREFIXES.get(first, first.lower())
            return kind if kind in self.readers else ""
        if "/" in type and ":" not in type:
            return KUBERNETES if KUBERNETES in self.readers else ""
        return ""

    def header(
        self, stack: str, name: str, entry: Entry, providers: Mapping[str, ProviderDeclaration], bundles: Bundles
    ) -> Header | None:
        """None where it cannot even be said what it is; that is told."""
        form = self._form(entry)
        if form is None:
            return None
        type = self._type(entry, form)
        if type is None:
            return None
        kind = KUBERNETES if form is Form.BUNDLE or "type" not in entry.value else self.kind_of(type)
        provider, kind = self._provider(entry, kind, providers)
        header = Header(name=name, entry=entry, form=form, type=type, kind=kind, provider=provider)
        if form is Form.BUNDLE:
            header.bundle = bundles.read(entry) or Bundle(path="", objects=())
            for item in header.bundle.objects:
                self._check_object_type(item.type, entry, item.source)
            return header
        header.schema = self._schema(kind, type, entry)
        return header

    def _check_object_type(self, type: str, entry: Entry, source: Any) -> None:
        found = self.schema(KUBERNETES, type)
        if isinstance(found, Diagnostic):
            self.findings.adopt(found.located(source), None)

    def _form(self, entry: Entry) -> Form | None:
        fields = entry.value
        forms = [key for key in ("object", "bundle", "read", "list") if key in fields]
        if "properties" in fields or (not forms and "type" in fields):
            forms.insert(0, "properties")
        clash = len(forms) > 1 or ("type" in fields and forms and forms[0] in ("object", "bundle"))
        if not forms or clash:
            told = " and ".join(("type" if key == "properties" else key) for key in forms)
            if forms == ["object"] or forms == ["bundle"]:
                told = f"type and {forms[0]}"
            summary = f"a resource is one of type + properties, object, bundle, read, list; this has {told or 'none'}"
            self.findings.add(Code.FORMS, summary, entry.place(on_key=True))
            return None
        if forms == ["properties"] and "type" not in fields:
            place = entry.place("properties", on_key=True)
            self.findings.add(Code.FORMS, "properties without a type", place, help="add type: ...")
            return None
        chosen = forms[0]
        return {"bundle": Form.BUNDLE, "read": Form.READ, "list": Form.LIST}.get(chosen, Form.RESOURCE)

    def _type(self, entry: Entry, form: Form) -> str | None:
        fields = entry.value
        if "type" in fields:
            return str(fields["type"])
        if form is Form.BUNDLE:
            return ""
        key = {Form.READ: "read", Form.LIST: "list"}.get(form, "object")
        manifest = fields.get(key)
        manifest = manifest if isinstance(manifest, dict) else {}
        parts = [manifest.get("apiVersion"), manifest.get("kind")]
        for name, part in zip(("apiVersion", "kind"), parts):
            if not isinstance(part, str) or not part or has_expression(part):
                what = "needs a type, or apiVersion and kind" if key != "object" else f"needs {name}, as plain text"
                self.findings.add(Code.MISSING_KEY, f"{key} {what}", entry.place(key, on_key=True))
                return None
        return f"{parts[0]}/{parts[1]}"

    def _provider(self, entry: Entry, kind: str, providers: Mapping[str, ProviderDeclaration]) -> tuple[str, str]:
        written = entry.value.get("provider")
        if written is None:
            return kind, kind
        place = entry.place("provider")
        if has_expression(written):
            self.findings.add(Code.LATER, "an expression for the provider comes with fleets", place)
            return kind, kind
        instance = providers.get(written)
        if instance is None and written not in self.readers:
            known = [*providers, *self.readers]
            near = nearest(written, known)
            help = f'did you mean "{near}"?' if near else f"there are {some(known)}"
            self.findings.add(Code.UNKNOWN_PROVIDER, f'no provider instance is called "{written}"', place, help=help)
            return kind, kind
        found = instance.kind if instance is not None else written
        if kind and found != kind:
            summary = f'"{written}" is an instance of {found}, and this type is of {kind}'
            self.findings.add(Code.UNKNOWN_PROVIDER, summary, place)
            return kind, kind
        return written, found

    def _schema(self, kind: str, type: str, entry: Entry) -> TypeSchema | None:
        found = self.schema(kind, type) if kind else None
        if isinstance(found, TypeSchema):
            return found
        place = entry.place("type") if "type" in entry.value else entry.place(self._manifest_key(entry), "kind")
        if isinstance(found, Diagnostic):
            self.findings.adopt(found, place)
        elif _TERRAFORM.match(type):
            near = _nearest_type(type, self.types())
            help = f"did you mean {near}?" if near else "types are written as AWS::SQS::Queue"
            self.findings.add(Code.FOREIGN, f'"{type}" is a type of Terraform', place, help=help)
        elif _PULUMI.match(type):
            near = _nearest_type(type.replace(":", "_").replace("/", "_"), self.types())
            help = f"did you mean {near}?" if near else "types are written as AWS::SQS::Queue"
            self.findings.add(Code.FOREIGN, f'"{type}" is a type of Pulumi', place, help=help)
        else:
            near = nearest(type, self.types())
            help = f"did you mean {near}?" if near else "plumb types lists them all"
            self.findings.add(Code.UNKNOWN_TYPE, f"unknown type {type}", place, help=help)
        return None

    def _manifest_key(self, entry: Entry) -> str:
        return next((key for key in ("object", "read", "list") if key in entry.value), "type")


def _nearest_type(foreign: str, types: Mapping[str, str]) -> str:
    """By the words of the name: "aws_sqs_queue" -> AWS::SQS::Queue."""
    words = [word for word in foreign.lower().split("_")[1:] if word]
    flat = "".join(words)
    for type in types:
        parts = type.lower().split("::")
        if flat in ("".join(parts[1:]), parts[-1]):
            return type
    return next((type for type in types if words and type.lower().endswith(words[-1])), "")
