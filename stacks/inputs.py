"""Inputs: their types, where their values come from, and whether the values fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from engine.expressions import BOOL, DYN, INT, STRING, ListOf, MapOf, Type, nearest
from engine.expressions.meter import Meter
from engine.expressions.patterns import compile_pattern
from engine.expressions.problem import Overrun, Refusal
from engine.expressions.types import nullable
from providers.contract.values import Path, Secret, Unknown, Value
from stacks.codes import Code
from stacks.draft import Entry
from stacks.findings import Findings, Place
from stacks.structure import literal
from stacks.yaml.compose import Composer, Raw
from stacks.yaml.scalars import Plain

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "list": (list,),
    "map": (dict,),
}
_ARTICLES: Final = {"integer": "an integer", "any": "a value"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A value that was given for an input. `raw` is a tree of a file, or text; `told` names where it comes from."""

    raw: Raw
    told: str
    place: Place | None = None
    is_text: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Variables:
    """What the caller collected, each by input name (or "stack.input"); nothing is read from the process here.

    `folder`: PLUMB_VAR_DIR, text by file name, for sensitive inputs. `environment`: PLUMB_VAR_name, without the
    prefix. `files`: of each --var-file its name and bytes, in order. `arguments`: --var name=text.
    """

    folder: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    files: tuple[tuple[str, bytes], ...] = ()
    arguments: Mapping[str, str] = field(default_factory=dict)


def text_value(text: str) -> Raw:
    """The reading of a text that was given for an input that is no string: YAML, else the text itself."""
    composed = Composer(text).run()
    if composed.fatal is not None or composed.troubles or not composed.documents:
        return text
    return composed.documents[0]


@dataclass(slots=True)
class InputCheck:
    """One declared input; `fields` as the table of keys has them. `root`: where the value that is checked stands."""

    name: str
    fields: Mapping[str, Any]
    findings: Findings
    root: Path = ()

    def type(self) -> Type:
        kind = _type(self.fields)
        return nullable(kind) if "default" in self.fields and self.fields["default"] is None else kind

    def patterns(self, fields: Mapping[str, Any], entry: Entry, below: Path = ()) -> None:
        """Tells a pattern that is none."""
        pattern = fields.get("pattern")
        if pattern is not None:
            try:
                compile_pattern(pattern)
            except (Refusal, Overrun) as problem:
                self.findings.add(Code.BAD_VALUE, str(problem), entry.place(*below, "pattern"))
        if fields.get("items"):
            self.patterns(fields["items"], entry, (*below, "items"))

    @property
    def sensitive(self) -> bool:
        return bool(self.fields.get("sensitive", False))

    def value(self, given: Given) -> Value:
        """The value, checked; None after a problem. Null is a value where the default is null."""
        wants = str(self.fields.get("type", "any"))
        raw = given.raw
        if given.is_text and wants != "string" and isinstance(raw, str):
            raw = text_value(raw)
        if raw is None and self.fields.get("default", 0) is None:
            return None
        path = given.place.path if given.place else ()
        self.root = path
        problems = list(self._problems(raw, self.fields, path))
        for at, summary, help in problems:
            place = Place(file=given.place.file, path=at) if given.place else None
            told = f"{given.told}: " if given.place is None else ""
            shown = "" if self.sensitive and given.place is None else help
            self.findings.add(Code.INPUT_VALUE, f"{told}{summary}", place, help=shown)
        return None if problems else coerced(raw, self.fields)

    def _named(self, path: Path) -> str:
        """`input "zones"`, or `input "zones": the item "a"` of something inside."""
        inside = path[len(self.root) :]
        if not inside:
            return f'input "{self.name}"'
        which = f'the value of "{inside[-1]}"' if isinstance(inside[-1], str) else f"item {inside[-1]}"
        return f'input "{self.name}": {which}'

    def _problems(self, raw: Raw, fields: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, str, str]]:
        wants = str(fields.get("type", "any"))
        value = coerced(raw, fields, deep=False)
        if wants != "any" and not _is(value, wants):
            shown = "its value" if self.sensitive else _shown(raw)
            help = f'write "{raw}" without quotes' if isinstance(raw, str) and _is(literal(text_value(raw)), wants) else ""
            yield path, f"{self._named(path)} is {_ARTICLES.get(wants, 'a ' + wants)}, not {shown}", help
            return
        yield from self._limits(value, fields, path)
        items = fields.get("items")
        if items and isinstance(raw, dict):
            for key, item in raw.items():
                yield from self._problems(item, items, (*path, key))
        elif items and isinstance(raw, list):
            for index, item in enumerate(raw):
                yield from self._problems(item, items, (*path, index))

    def _limits(self, value: Any, fields: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, str, str]]:
        shown = "its value" if self.sensitive else _shown(value)
        allowed = [literal(item) for _, item in fields.get("enum", ())]
        if allowed and value not in allowed:
            near = nearest(value, [item for item in allowed if isinstance(item, str)]) if isinstance(value, str) else ""
            summary = f"{self._named(path)} is one of {', '.join(map(_shown, allowed))}, not {shown}"
            yield path, summary, f'did you mean "{near}"?' if near else ""
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield from self._range(value, "minimum", "maximum", fields, path, shown)
        if isinstance(value, str | list | dict):
            yield from self._range(len(value), "min_length", "max_length", fields, path, f"{len(value)}")
        pattern = fields.get("pattern")
        if pattern and isinstance(value, str) and not _matches(pattern, value):
            yield path, f"{self._named(path)} must match {pattern}, and {shown} does not", ""

    def _range(
        self, number: float, low: str, high: str, fields: Mapping[str, Any], path: Path, shown: str
    ) -> Iterator[tuple[Path, str, str]]:
        length = "the length of " if low == "min_length" else ""
        if low in fields and number < fields[low]:
            yield path, f"{length}{self._named(path)} is at least {fields[low]}, not {shown}", ""
        if high in fields and number > fields[high]:
            yield path, f"{length}{self._named(path)} is at most {fields[high]}, not {shown}", ""


def _matches(pattern: str, text: str) -> bool:
    """In time linear in both: the pattern and the text come from outside."""
    try:
        return compile_pattern(pattern).search(text, Meter())
    except Overrun:
        return False
    except Refusal:
        return True


def _shown(raw: Any) -> str:
    if isinstance(raw, Plain):
        return str(raw)
    if isinstance(raw, str):
        return f'"{raw if len(raw) <= 40 else raw[:37] + "..."}"'
    if raw is None:
        return "null"
    if isinstance(raw, bool):
        return "true" if raw else "false"
    return "a map" if isinstance(raw, dict) else "a list" if isinstance(raw, list) else str(raw)


def _is(value: Any, wants: str) -> bool:
    if isinstance(value, bool):
        return wants in ("boolean", "any")
    return wants == "any" or isinstance(value, _TYPES[wants])


def coerced(raw: Raw, fields: Mapping[str, Any], deep: bool = True) -> Any:
    """The value that the type makes of the source text: text keeps it, the rest follows YAML 1.2 core."""
    if isinstance(raw, Plain):
        return str(raw) if fields.get("type") == "string" else raw.value
    items = fields.get("items") or {}
    if not deep:
        return raw
    if isinstance(raw, dict):
        return {key: coerced(item, items) for key, item in raw.items()}
    if isinstance(raw, list):
        return [coerced(item, items) for item in raw]
    return raw


def _type(fields: Mapping[str, Any]) -> Type:
    items = fields.get("items")
    inner = _type(items) if items else DYN
    match fields.get("type", "any"):
        case "string":
            return STRING
        case "integer":
            return INT
        case "boolean":
            return BOOL
        case "list":
            return ListOf(inner)
        case "map":
            return MapOf(inner)
    return DYN


def unknown_value(fields: Mapping[str, Any]) -> Unknown:
    """Stands for a value that nobody has given, where files are only checked."""
    kind = str(fields.get("type", "any"))
    return Unknown(kind=kind)


def final(value: Value, sensitive: bool) -> Value:
    return Secret(value) if sensitive and value is not None and not isinstance(value, Unknown) else value


__all__ = ["Given", "InputCheck", "Variables", "coerced", "final", "text_value", "unknown_value"]
