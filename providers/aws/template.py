"""Fills the templates of the table with values: a request's parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from providers.aws.forms import pairs
from providers.aws.table import Entry, Identity, Ids, Item, Items, Known, TagKeys, Tags, Take
from providers.contract.step import Produced
from providers.contract.values import Path, Secret, Value, get, has_secret, reveal

NOTHING = object()


def dotted(text: str) -> Path:
    return tuple(int(part) if part.isdigit() else part for part in text.split(".")) if text else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """What the marks of a template stand for. `creating`: outputs are taken from the create step's answer."""

    entry: Entry
    identity: str | Produced = ""
    wanted: Mapping[str, Value] = field(default_factory=dict)
    known: Mapping[str, Value] = field(default_factory=dict)
    creating: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    tag_keys: Sequence[str] = ()
    ids: Sequence[str] = ()
    item: Value = None
    items: Sequence[Value] = ()

    def fill(self, template: Any) -> Any:
        """The template with its marks replaced; `NOTHING` where it held nothing but marks without a value."""
        match template:
            case dict():
                return self.mapping(template)
            case list():
                found = [filled for item in template if (filled := self.fill(item)) is not NOTHING]
                return found if found or not template else NOTHING
            case Take(path, form):
                return formed(get(dict(self.wanted), dotted(path)), form)
            case Item(path, form):
                return formed(get(self.item, dotted(path)), form)
            case Items(form):
                return formed(list(self.items), form)
            case Identity(part):
                return self.own_identity(part)
            case Known(path, form):
                return self.known_value(path, form)
            case Tags(resource_type):
                return self.all_tags(resource_type)
            case TagKeys(form):
                return [{"Key": key} for key in self.tag_keys] if form == "ec2" else list(self.tag_keys)
            case Ids(filter):
                ids = list(self.ids)
                return [{"Name": filter, "Values": ids}] if filter else ids
        return template

    def mapping(self, template: dict[str, Any]) -> Any:
        found = {key: filled for key, item in template.items() if (filled := self.fill(item)) is not NOTHING}
        return found if found or not template else NOTHING

    def own_identity(self, part: int | None) -> Any:
        if part is None or isinstance(self.identity, Produced):
            return self.identity
        return identity_parts(self.entry, self.identity)[part]

    def known_value(self, path: str, form: str) -> Any:
        value = get(dict(self.known), dotted(path))
        if value is not None:
            return value if form == "{}" else form.replace("{}", str(value))
        if not self.creating:
            return NOTHING
        place = (*self.entry.create.item, *dotted(answer_path(self.entry, path)))
        return Produced(step=0, path=place, text="" if form == "{}" else form)

    def all_tags(self, resource_type: str) -> Any:
        tagging = self.entry.tagging
        if tagging is None or not self.tags:
            return NOTHING
        made = pairs(self.tags, tagging.form)
        return [{"ResourceType": resource_type, "Tags": made}] if resource_type else made


def answer_path(entry: Entry, path: str) -> str:
    """Where an item holds the property: its own name where the table says nothing else."""
    return entry.read.answer.get(path) or entry.read.private.get(path) or path


def identity_parts(entry: Entry, identity: str) -> list[str]:
    """The parts of an identity; the last part takes what is left."""
    count = max(len(entry.identity), 1)
    parts = identity.split("|", count - 1)
    return parts + [""] * (count - len(parts))


def formed(value: Value, form: Callable[[Any], Any] | None) -> Any:
    """The value in the form of a request; a secret stays one through every form. A form may answer None: left out."""
    if value is None:
        return NOTHING
    if form is None:
        return value
    made = form(reveal(value))
    if made is None:
        return NOTHING
    return Secret(made) if has_secret(value) else made
