"""JSON, YAML, base64 and digests."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import Final, NoReturn

from engine.expressions.functions.table import function
from engine.expressions.marks import leaves
from engine.expressions.meter import Meter
from engine.expressions.problem import Refusal
from engine.expressions.runtime import Running, Uint, an, kind_of

MAX_JSON_DEPTH: Final = 64


def write_json(value: Running) -> str:
    """Keys in order of spelling, nothing between the parts, so that equal trees give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain)


def _plain(value: object) -> int:
    if isinstance(value, Uint):
        return value.value
    raise Refusal(f"{an(kind_of(value))} has no form in JSON")


@function("to_json(dyn) -> string")
def to_json(meter: Meter, value: Running) -> str:
    _measure(meter, value)
    try:
        return write_json(value)
    except ValueError:
        raise Refusal("infinities and NaN have no form in JSON") from None


def _measure(meter: Meter, value: Running) -> None:
    meter.text(sum(len(leaf) if isinstance(leaf, str | bytes) else 4 for leaf in leaves(value, meter)))


@function("from_json(string) -> dyn")
def from_json(meter: Meter, text: str) -> Running:
    meter.spend(len(text) // 20)
    try:
        value = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_object)
        text.encode()
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Refusal("this JSON holds half a surrogate pair") from None
    except RecursionError:
        raise Refusal(f"JSON may be nested {MAX_JSON_DEPTH} deep") from None
    except ValueError as error:
        where = f" ({error.msg}, line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise Refusal(f"this is no JSON{where}") from None
    if _depth(value) > MAX_JSON_DEPTH:
        raise Refusal(f"JSON may be nested {MAX_JSON_DEPTH} deep")
    return value


def _refuse_constant(text: str) -> NoReturn:
    raise Refusal(f"{text} is no JSON")


def _object(pairs: list[tuple[str, Running]]) -> dict[str, Running]:
    result = dict(pairs)
    if len(result) < len(pairs):
        raise Refusal("this JSON has a key twice in one object")
    return result


def _depth(value: Running) -> int:
    level, count = [value], 0
    while level and count <= MAX_JSON_DEPTH:
        count += 1
        level = [
            child
            for item in level
            if isinstance(item, list | dict)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
    return count


@function("to_yaml(dyn) -> string")
def to_yaml(meter: Meter, value: Running) -> str:
    """In block style, keys in order of spelling, without anchors."""
    import yaml

    _measure(meter, value)
    tree = json.loads(to_json(meter, value))
    meter.spend(sum(1 for _ in leaves(tree, meter)))
    return str(yaml.safe_dump(tree, allow_unicode=True, default_flow_style=False, sort_keys=True, width=2**31))


@function("base64(string) -> string", "base64(bytes) -> string")
def to_base64(meter: Meter, value: str | bytes) -> str:
    raw = value.encode() if isinstance(value, str) else value
    meter.text(len(raw) * 4 // 3)
    return base64.b64encode(raw).decode()


@function("base64_decode(string) -> string")
def from_base64(meter: Meter, text: str) -> str:
    """The text that was encoded; for bytes that are no text there is no value in a stack."""
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        raise Refusal("this is no base64 of UTF-8 text") from None


def _raw(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


@function("sha256(string) -> string", "sha256(bytes) -> string")
def sha256(meter: Meter, value: str | bytes) -> str:
    """64 lower-case hexadecimal digits."""
    return hashlib.sha256(_raw(value)).hexdigest()


@function("sha1(string) -> string", "sha1(bytes) -> string")
def sha1(meter: Meter, value: str | bytes) -> str:
    """40 digits; for thumbprints and names, not for safety."""
    return hashlib.sha1(_raw(value), usedforsecurity=False).hexdigest()


@function("md5(string) -> string", "md5(bytes) -> string")
def md5(meter: Meter, value: str | bytes) -> str:
    """32 digits; for headers that want it, not for safety."""
    return hashlib.md5(_raw(value), usedforsecurity=False).hexdigest()
