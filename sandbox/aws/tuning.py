"""Slow spots of moto made faster, by the same results: each was at the head of a profile of EC2's describe calls."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any
from xml.sax.saxutils import escape, quoteattr

PROLOG = '<?xml version="1.0" encoding="utf-8"?>\n'


def tune() -> None:
    """Replace them. Once, before moto answers."""
    from moto.core import responses, serialize, utils

    # Each call asks for the methods of its class anew, a walk of several hundred attributes.
    vars(responses)["method_names_from_class"] = functools.lru_cache(maxsize=None)(utils.method_names_from_class)
    original = vars(serialize)["xmltodict"]
    vars(serialize)["xmltodict"] = SimpleNamespace(unparse=functools.partial(unparse, original.unparse))
    _remember_keys(serialize.XFormedAttributePicker)
    _index_tags()
    _load_late()


def unparse(original: Callable[..., str], body: Mapping[str, Any], *, pretty: bool = False, **options: Any) -> str:
    """A mapping as XML: "@name" is an attribute, "#text" the text; lists repeat their element, empty ones are left out."""
    if pretty or not options.get("short_empty_elements"):
        return original(body, pretty=pretty, **options)
    parts = [PROLOG] if options.get("full_document", True) else []
    for name, value in body.items():
        _write(parts, name, value)
    return "".join(parts)


def _write(parts: list[str], name: str, value: Any) -> None:
    if isinstance(value, Mapping):
        _write_element(parts, name, value)
    elif isinstance(value, list | tuple | set):
        for item in value:
            _write(parts, name, item)
    else:
        text = _text(value)
        parts.append(f"<{name}>{escape(text)}</{name}>" if text else f"<{name}/>")


def _write_element(parts: list[str], name: str, value: Mapping[str, Any]) -> None:
    attributes, inner = "", []
    for key, item in value.items():
        if key == "#text":
            inner.append(escape(_text(item)))
        elif key.startswith("@"):
            attributes += f" {key[1:]}={quoteattr(_text(item))}"
        else:
            _write(inner, key, item)
    text = "".join(inner)
    parts.append(f"<{name}{attributes}>{text}</{name}>" if text else f"<{name}{attributes}/>")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _remember_keys(picker: Any) -> None:
    """The names under which a value may be found depend on the model and on the object's class, not on the object."""
    original = picker.get_possible_keys
    known: dict[tuple[Any, ...], tuple[str, ...]] = {}

    def get_possible_keys(self: Any, context: Any) -> Iterator[str]:
        shape = context.shape
        service = context.service_model.service_name
        parent = getattr(getattr(shape, "parent", None), "name", "")
        place = (service, parent, shape.name, context.key, shape.serialization.get("name"), type(context.obj))
        found = known.get(place)
        if found is None:
            found = known[place] = tuple(dict.fromkeys(original(self, context)))
        return iter(found)

    picker.get_possible_keys = get_possible_keys


def _index_tags() -> None:
    """Let an EC2 object find its tags by its id, where moto searches the tags of all."""
    from moto.ec2.models.core import TaggedEC2Resource
    from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix

    def get_tags(self: Any) -> list[dict[str, str]]:
        kind = EC2_PREFIX_TO_RESOURCE.get(get_prefix(self.id), "") if self.id else ""
        return [
            {"resource_id": self.id, "key": key, "value": value, "resource_type": kind}
            for key, value in self.ec2_backend.tags.get(self.id, {}).items()
        ]

    resource: Any = TaggedEC2Resource
    resource.get_tags = get_tags


def _load_late() -> None:
    """Load the images of AWS when they are asked for, and its managed policies for the one partition that is used."""
    from moto.ec2.models.amis import AmiBackend
    from moto.iam.models import IAMBackend

    images: Any = AmiBackend
    accounts: Any = IAMBackend
    load, describe, policies = images._load_amis, images.describe_images, accounts._init_aws_policies

    def describe_images(self: Any, *given: Any, **named: Any) -> Any:
        if not vars(self).get("sandbox_loaded"):
            self.sandbox_loaded = True
            load(self)
        return describe(self, *given, **named)

    images._load_amis = lambda self: None
    images.describe_images = describe_images
    accounts._init_aws_policies = lambda self: policies(self) if self.region_name == "aws" else []
