"""The check of a tree against the table of keys. What does not fit is told and left out, so that reading goes on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.expressions import nearest, some, words
from providers.contract.values import Path
from stacks.codes import Code
from stacks.findings import Findings, Place
from stacks.shapes import Is, Key, Shape
from stacks.yaml.compose import Raw
from stacks.yaml.scalars import Plain
from stacks.yaml.unquoted import HOLE

MISSING: Final = object()
_DURATION: Final = re.compile(r"(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?\Z")
_WHOLE: Final = re.compile(r"\s*\$\{.*\}\s*\Z", re.DOTALL)
_FOREIGN_KEYS: Final[Mapping[str, tuple[str, str]]] = {
    "Resources": ('"Resources" is of CloudFormation', "the key is resources, and a resource's own keys are in small letters"),
    "Parameters": ('"Parameters" is of CloudFormation', "the key is inputs"),
    "Outputs": ('"Outputs" is of CloudFormation', "the key is outputs"),
    "Conditions": ('"Conditions" is of CloudFormation', "write enabled: ${...} on the resource"),
    "Mappings": ('"Mappings" is of CloudFormation', "write a map under locals"),
    "AWSTemplateFormatVersion": ('"AWSTemplateFormatVersion" is of CloudFormation', "leave it out"),
    "Properties": ('"Properties" is of CloudFormation', "the key is properties"),
    "Type": ('"Type" is of CloudFormation', "the key is type"),
    "DependsOn": ('"DependsOn" is of CloudFormation', "the key is depends_on"),
    "Condition": ('"Condition" is of CloudFormation', "write enabled: ${...}"),
    "DeletionPolicy": ('"DeletionPolicy" is of CloudFormation', "write lifecycle: {on_delete: retain}"),
    "variables": ('"variables" is of other tools', "the key is inputs"),
    "variable": ('"variable" is of Terraform', "the key is inputs"),
    "count": ('"count" is of Terraform', "repeat with for_each over a map; with enabled: ${...} there is one or none"),
    "data": ('"data" is of Terraform', "a resource with read: is only read, never owned"),
    "prevent_destroy": ('"prevent_destroy" is of Terraform', "the key is protect"),
    "create_before_destroy": ('"create_before_destroy" is of Terraform', "the key is create_first"),
    "ignore_changes": ('"ignore_changes" is of Terraform', "the key is ignore"),
    "replace_triggered_by": ('"replace_triggered_by" is of Terraform', "the key is replace_when"),
    "validation": ('"validation" is of Terraform', "the key is rules"),
    "nullable": ('"nullable" is of Terraform', "write default: null"),
    "options": ('"options" is of Pulumi', "provider, depends_on and lifecycle stand on the resource itself"),
    "dependsOn": ('"dependsOn" is of other tools', "the key is depends_on"),
    "config": ('"config" is of Pulumi', "the key is inputs"),
}


def duration(text: str) -> float | None:
    """Seconds of "90s", "2h", "1h30m", "7d"; None where the text is none."""
    found = _DURATION.match(text)
    if not text or found is None:
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return days * 86400 + hours * 3600 + minutes * 60 + seconds


def literal(raw: Raw) -> Any:
    """The values of YAML 1.2 core: what a tree without expressions and without a schema means."""
    if isinstance(raw, Plain):
        return raw.value
    if isinstance(raw, dict):
        return {key: literal(item) for key, item in raw.items()}
    if isinstance(raw, list):
        return [literal(item) for item in raw]
    return raw


def kind_name(raw: Raw) -> str:
    """As a message says it: "a mapping", "text", "the number 3"."""
    if raw is None:
        return "empty"
    if isinstance(raw, Plain):
        value = raw.value
        return f"the {'boolean' if isinstance(value, bool) else 'text' if isinstance(value, str) else 'number'} {raw!s}"
    if isinstance(raw, str):
        return "text"
    return "a mapping" if isinstance(raw, dict) else "a list"


def article(noun: str) -> str:
    """The noun with "a" or "an"."""
    return f"{'an' if noun[:1].lower() in 'aeio' else 'a'} {noun}"


def has_expression(text: str) -> bool:
    """True where a `${` stands that is no `$${`."""
    return "${" in text.replace("$${", "")


@dataclass(slots=True)
class Structure:
    """One file. `clean` gives the parts that fit, in plain Python values where the shape is not a tree."""

    file: str
    findings: Findings

    def clean(self, raw: Raw, shape: Shape, path: Path) -> Any:
        """MISSING where nothing usable stands there; the problem is told."""
        if isinstance(raw, str) and HOLE in raw:
            return MISSING
        match shape.kind:
            case Is.VALUE:
                return raw
            case Is.LITERAL:
                return self._literal(raw, path)
            case Is.RECORD:
                return self._record(raw, shape, path)
            case Is.MAP | Is.PROPERTIES:
                return self._map(raw, shape, path)
            case Is.LIST:
                return self._list(raw, shape, path)
            case Is.EITHER:
                return self._either(raw, shape, path)
            case Is.EXPRESSION:
                return self._expression(raw, path)
            case _:
                return self._scalar(raw, shape, path)

    def place(self, path: Path, on_key: bool = False) -> Place:
        return Place(file=self.file, path=path, on_key=on_key)

    def _wrong(self, raw: Raw, path: Path, wanted: str, help: str = "") -> object:
        name = str(path[-1]) if path else self.file
        name = f"item {name}" if path and isinstance(path[-1], int) else f'"{name}"' if path else name
        given = kind_name(raw)
        self.findings.add(Code.WRONG_KIND, f"{name} is {wanted}, not {given}", self.place(path), help=help)
        return MISSING

    def _record(self, raw: Raw, shape: Shape, path: Path) -> Any:
        if not isinstance(raw, dict):
            return self._wrong(raw, path, "a mapping")
        found: dict[str, Any] = {}
        for name, item in raw.items():
            key = shape.keys.get(name)
            if key is None and shape.open:
                found[name] = item
            elif key is None:
                self._unknown_key(name, raw, shape, path)
            elif key.later:
                self.findings.add(Code.LATER, f'"{name}" cannot be used yet', self.place((*path, name), True), help=key.later)
            else:
                value = self.clean(item, key.shape, (*path, name))
                if value is not MISSING:
                    found[name] = value
        self._missing_keys(raw, shape, path)
        return found

    def _missing_keys(self, raw: dict[str, Any], shape: Shape, path: Path) -> None:
        for name, key in shape.keys.items():
            if key.required and name not in raw:
                summary = f'{shape.what} needs "{name}"'
                self.findings.add(Code.MISSING_KEY, summary, self.place(path, True), help=key.about)

    def _unknown_key(self, name: str, raw: dict[str, Any], shape: Shape, path: Path) -> None:
        place = self.place((*path, name), True)
        if HOLE in name:
            return
        word = words.YAML.get(name) or _FOREIGN_KEYS.get(name)
        if word is not None:
            self.findings.add(Code.FOREIGN, word[0], place, help=word[1])
            return
        known = [key for key, facts in shape.keys.items() if not facts.later]
        near = nearest(name, [key for key in known if key not in raw])
        label = f"{shape.what} has {some(known, 20)}" if not near else ""
        help = f'did you mean "{near}"?' if near else ""
        if "properties" in shape.keys and not near and name[:1].isupper():
            help = "properties of the type stand under properties:"
        self.findings.add(Code.UNKNOWN_KEY, f'unknown key "{name}" in {shape.what}', place, label=label, help=help)

    def _map(self, raw: Raw, shape: Shape, path: Path) -> Any:
        if raw is None:
            return {}
        if not isinstance(raw, dict):
            return self._wrong(raw, path, "a mapping")
        if shape.kind is Is.PROPERTIES or shape.items is None:
            return raw
        found = {}
        for name, item in raw.items():
            if HOLE in name:
                continue
            value = self.clean(item, shape.items, (*path, name))
            if value is not MISSING:
                found[name] = value
        return found

    def _list(self, raw: Raw, shape: Shape, path: Path) -> Any:
        if raw is None:
            return []
        if not isinstance(raw, list):
            return self._wrong(raw, path, "a list", "begin each item with -")
        assert shape.items is not None
        items = [(index, self.clean(item, shape.items, (*path, index))) for index, item in enumerate(raw)]
        return [(index, item) for index, item in items if item is not MISSING]

    def _either(self, raw: Raw, shape: Shape, path: Path) -> Any:
        """The first option that fits at all; mappings are told apart by their keys."""
        for option in shape.options:
            if option.kind is Is.TEXT and isinstance(raw, str):
                return self.clean(raw, option, path)
            if isinstance(raw, dict) and option.kind in (Is.RECORD, Is.MAP):
                last = option is shape.options[-1]
                if last or option.kind is Is.MAP or not raw.keys().isdisjoint(option.keys):
                    return self.clean(raw, option, path)
        return self._wrong(raw, path, "text or a mapping")

    def _literal(self, raw: Raw, path: Path) -> Any:
        found = self._expression_inside(raw, path)
        if found is not None:
            self._no_expression(found)
            return MISSING
        return raw

    def _expression_inside(self, raw: Raw, path: Path) -> Path | None:
        if isinstance(raw, dict):
            return next((at for key, item in raw.items() if (at := self._expression_inside(item, (*path, key)))), None)
        if isinstance(raw, list):
            return next((at for key, item in enumerate(raw) if (at := self._expression_inside(item, (*path, key)))), None)
        return path if isinstance(raw, str) and has_expression(raw) else None

    def _no_expression(self, path: Path) -> None:
        label = "a plain value is wanted"
        self.findings.add(Code.NO_EXPRESSION, "an expression cannot stand here", self.place(path), label=label)

    def _expression(self, raw: Raw, path: Path) -> Any:
        if isinstance(raw, str) and not isinstance(raw, Plain) and _WHOLE.match(raw):
            return raw
        if isinstance(raw, Plain) and isinstance(raw.value, bool):
            return raw
        help = f"write ${{{raw}}}" if isinstance(raw, str) and raw and "$" not in raw else ""
        return self._wrong(raw, path, "an expression ${...}", help)

    def _scalar(self, raw: Raw, shape: Shape, path: Path) -> Any:
        if isinstance(raw, str) and not isinstance(raw, Plain) and has_expression(raw):
            if shape.or_expression:
                return raw
            self._no_expression(path)
            return MISSING
        if shape.kind in (Is.TEXT, Is.ADDRESS):
            return self._text(raw, shape, path)
        if shape.kind is Is.BOOLEAN:
            if isinstance(raw, Plain) and isinstance(raw.value, bool):
                return raw.value
            hint = f"write {raw}, without quotes" if raw in ("true", "false") else ""
            return self._wrong(raw, path, "true or false", hint)
        if shape.kind is Is.DURATION:
            seconds = duration(str(raw)) if isinstance(raw, str) else None
            help = 'a duration is written "90s", "2h" or "1h30m"'
            if isinstance(raw, Plain) and isinstance(raw.value, int | float):
                help = f'it needs its unit: "{raw}s", "{raw}m" or "{raw}h"'
            return seconds if seconds is not None else self._wrong(raw, path, "a duration", help)
        value = raw.value if isinstance(raw, Plain) else None
        if isinstance(value, bool) or not isinstance(value, int if shape.kind is Is.INTEGER else (int, float)):
            return self._wrong(raw, path, "an integer" if shape.kind is Is.INTEGER else "a number")
        return value

    def _text(self, raw: Raw, shape: Shape, path: Path) -> Any:
        if not isinstance(raw, str):
            return self._wrong(raw, path, "text")
        text = str(raw)
        if shape.choices and text not in shape.choices:
            near = nearest(text, shape.choices)
            help = f'did you mean "{near}"?' if near else ""
            summary = f'"{path[-1]}" is one of {", ".join(shape.choices)}, not "{text}"'
            self.findings.add(Code.BAD_VALUE, summary, self.place(path), help=help)
            return MISSING
        return text


__all__ = ["MISSING", "Key", "Structure", "article", "duration", "has_expression", "kind_name", "literal"]
