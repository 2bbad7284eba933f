"""The properties of one resource: from source text to a tree with expressions, checked against the type's schema.

One walk does both. Beside the tree it gives the value as far as it is known, with an Unknown for each expression,
for the rules of the provider.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final, cast

from engine.expressions import (
    STRING,
    MapOf,
    ObjectOf,
    Template,
    Type,
    describe,
    nearest,
    some,
    words,
)
from engine.stack import Mapped, Tree
from providers.contract.schema import ANY_NODE, Kind, Node, TypeSchema
from providers.contract.values import Path, Unknown, Value
from stacks.codes import Code
from stacks.findings import Findings, Place
from stacks.fitting import (
    Outputs,
    fits,
    is_kind,
    matches_pattern,
    name_of,
    outputs_of,
    same,
    shown_number,
    told,
    unquoted,
)
from stacks.references import Expressions
from stacks.structure import article, kind_name
from stacks.yaml.compose import Raw
from stacks.yaml.scalars import Plain
from stacks.yaml.unquoted import HOLE

_KINDS: Final = {
    Kind.STRING: "text",
    Kind.INTEGER: "an integer",
    Kind.NUMBER: "a number",
    Kind.BOOLEAN: "true or false",
    Kind.OBJECT: "a mapping",
    Kind.MAP: "a mapping",
    Kind.LIST: "a list",
    Kind.JSON: "a JSON document",
}
_MAPPINGS: Final = frozenset({Kind.OBJECT, Kind.MAP, Kind.ANY, Kind.JSON})
_LONG: Final = 4096
_LEADING_ZERO: Final = re.compile(r"[-+]?0[0-9]+\Z")
_UNKNOWN: Final = {kind: Unknown(kind=kind.value) for kind in Kind}
_FUNCTIONS: Final = re.compile(r"(?:Ref|Condition|Fn::\w+)\Z")


@dataclass(slots=True, kw_only=True)
class Properties:
    """`base`: the path of the properties in their file. `as_filter`: what `read` and `list` ask for; nothing is required
    and outputs may be named. `strict_scalars`: kubectl's second reading of a scalar is an error (rule 16)."""

    file: str
    base: Path
    findings: Findings
    expressions: Expressions
    schema: TypeSchema | None = None
    as_filter: bool = False
    strict_scalars: bool = False
    address: str = ""
    outputs: Outputs | None = None

    def convert(self, raw: dict[str, Raw]) -> tuple[dict[str, Tree], dict[str, Value]]:
        root = self.schema.resolve(self.schema.root) if self.schema is not None else ANY_NODE
        tree, value = self._mapping(raw, root, ())
        trees = cast("dict[str, Tree]", tree) if isinstance(tree, dict) else {}
        return trees, value if isinstance(value, dict) else {}

    def anything(self, raw: Raw, node: Node = ANY_NODE) -> tuple[Tree, Value]:
        """Any tree, without the schema of a type."""
        return self.node(raw, node, ())

    def place(self, path: Path, on_key: bool = False, start: int = -1, end: int = -1) -> Place:
        return Place(file=self.file, path=(*self.base, *path), on_key=on_key, start=start, end=end)

    def _tell(self, code: Code, summary: str, path: Path, label: str = "", help: str = "", on_key: bool = False) -> None:
        self.findings.add(code, summary, self.place(path, on_key), label=label, help=help, address=self.address)

    def node(self, raw: Raw, node: Node, path: Path) -> tuple[Tree, Value]:
        if self.schema is not None and node.ref:
            node = self.schema.resolve(node)
        if raw.__class__ is str:
            if "${" in raw or HOLE in raw:
                return self._template(raw, node, path)
            return self._text(raw, node, path)
        if isinstance(raw, Plain):
            return self._plain(raw, node, path)
        if isinstance(raw, dict):
            return self._mapping(raw, node, path)
        if isinstance(raw, list):
            return self._list(raw, node, path)
        return None, None

    def _template(self, raw: str, node: Node, path: Path) -> tuple[Tree, Value]:
        if HOLE in raw:
            return _UNKNOWN[Kind.ANY], _UNKNOWN[Kind.ANY]
        quick = self.expressions.quick(raw)
        found, kind = quick if quick is not None else self.expressions.read(raw, self.place(path))
        if found is None:
            return None, _UNKNOWN[Kind.ANY]
        if isinstance(found, str):
            return self._text(found, node, path)
        if not fits(kind, node, self.schema):
            self._mismatch(raw, kind, node, path)
        elif kind == STRING and not found.whole and node.kind is not Kind.ANY:
            return found, _UNKNOWN[Kind.STRING]
        return found, _UNKNOWN[node.kind]

    def _mismatch(self, raw: str, kind: Type, node: Node, path: Path) -> None:
        wanted = _KINDS[node.kind]
        help = ""
        if isinstance(kind, ObjectOf) and kind.shape.identifier() and node.kind is Kind.STRING:
            help = f'did you mean "{raw.strip()[:-1]}.{kind.shape.identifier()}}}"?'
        elif node.kind is Kind.LIST and not isinstance(kind, MapOf):
            help = f'a list of one is written ["{raw}"]'
        elif node.kind is Kind.LIST:
            help = "the values of a map are values(x)"
        elif node.kind is Kind.INTEGER and kind == STRING:
            help = "write int(x)"
        self._tell(Code.WRONG_TYPE, f"{name_of(path)} is {wanted}", path, f"this is {article(describe(kind))}", help)

    def _text(self, raw: str, node: Node, path: Path) -> tuple[Tree, Value]:
        kind = node.kind
        if kind is Kind.STRING:
            if node.enum or node.pattern or node.max_length is not None or node.min_length is not None:
                self._limits(raw, node, path)
            return raw, raw
        if kind is Kind.ANY or Kind.STRING in node.alternatives:
            return raw, raw
        if kind is Kind.JSON:
            return self._document(raw, path)
        self._wrong(raw, node, path)
        return None, None

    def _document(self, raw: str, path: Path) -> tuple[Tree, Value]:
        try:
            value: Value = json.loads(raw)
        except (ValueError, RecursionError) as error:
            at = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
            help = "write it as a mapping: it is sent as JSON"
            self._tell(Code.WRONG_TYPE, f"{name_of(path)} is a JSON document, and this text is none{at}", path, help=help)
            return None, None
        return value, value

    def _plain(self, raw: Plain, node: Node, path: Path) -> tuple[Tree, Value]:
        value = raw.value
        kind = node.kind
        if self.strict_scalars and not same(raw.value, raw.other):
            self._ambiguous(raw, node, path)
            return value, value
        if kind is Kind.STRING and not node.alternatives:
            if self.strict_scalars and not isinstance(value, str):
                self._wrong(raw, node, path)
                return None, None
            return self._text(str(raw), node, path)
        if isinstance(value, str):
            return self._text(value, node, path)
        if kind in (Kind.ANY, Kind.JSON) and _LEADING_ZERO.match(raw):
            summary = f"{raw} is the number {value} to YAML: the leading 0 is lost"
            self._tell(Code.AMBIGUOUS, summary, path, help=f'write "{raw}" for the text')
        good = {
            Kind.INTEGER: isinstance(value, int) and not isinstance(value, bool),
            Kind.NUMBER: isinstance(value, int | float) and not isinstance(value, bool),
            Kind.BOOLEAN: isinstance(value, bool),
        }.get(kind, kind in (Kind.ANY, Kind.JSON))
        if not good and not any(is_kind(value, other) for other in node.alternatives):
            if kind is Kind.STRING:
                return self._text(str(raw), node, path)
            self._wrong(raw, node, path)
            return None, None
        if kind in (Kind.INTEGER, Kind.NUMBER):
            self._limits(value, node, path)
        return value, value

    def _ambiguous(self, raw: Plain, node: Node, path: Path) -> None:
        summary = f"{raw} is {told(raw.value)} to YAML 1.2, and {told(raw.other)} to kubectl"
        help = f'write "{raw}" for the text'
        if not isinstance(raw.other, str) and node.kind is not Kind.STRING:
            help = f"write {told(raw.other)}" + (f', or "{raw}" for the text' if node.kind is Kind.ANY else "")
        self._tell(Code.AMBIGUOUS, summary, path, help=help)

    def _wrong(self, raw: Raw, node: Node, path: Path) -> None:
        help = ""
        if isinstance(raw, str) and node.kind is Kind.LIST:
            help = f"a list of one is written [{json.dumps(str(raw), ensure_ascii=False)}]"
        elif isinstance(raw, Plain) and node.kind is Kind.STRING:
            help = f'write "{raw}"'
        elif isinstance(raw, str) and node.kind in (Kind.BOOLEAN, Kind.INTEGER, Kind.NUMBER):
            help = unquoted(raw, node.kind)
        self._tell(Code.WRONG_TYPE, f"{name_of(path)} is {_KINDS[node.kind]}", path, f"this is {kind_name(raw)}", help)

    def _limits(self, value: Any, node: Node, path: Path) -> None:
        if node.enum and value not in node.enum:
            allowed = [str(item) for item in node.enum]
            near = nearest(str(value), allowed)
            help = f'did you mean "{near}"?' if near else ""
            self._tell(Code.NOT_ALLOWED, f"{name_of(path)} is one of {some(allowed, 8)}", path, help=help)
        if isinstance(value, str):
            if node.pattern and len(value) <= _LONG and not matches_pattern(node.pattern, value):
                self._tell(Code.OUT_OF_RANGE, f"{name_of(path)} must match {node.pattern}", path)
            self._range(len(value), node.min_length, node.max_length, "has {} characters", path)
        else:
            self._range(value, node.minimum, node.maximum, "is {}", path)

    def _range(self, number: float, low: float | None, high: float | None, words: str, path: Path) -> None:
        shown = f"this {words.format(shown_number(number)).replace(' characters', '')}"
        if low is not None and number < low:
            least = words.format(f"at least {shown_number(low)}")
            self._tell(Code.OUT_OF_RANGE, f"{name_of(path)} {least}", path, shown)
        if high is not None and number > high:
            most = words.format(f"at most {shown_number(high)}")
            self._tell(Code.OUT_OF_RANGE, f"{name_of(path)} {most}", path, shown)

    def _list(self, raw: list[Raw], node: Node, path: Path) -> tuple[Tree, Value]:
        if node.kind not in (Kind.LIST, Kind.ANY, Kind.JSON) and Kind.LIST not in node.alternatives:
            self._wrong(raw, node, path)
            return None, None
        item = node.items or ANY_NODE
        pairs = [self.node(one, item, (*path, index)) for index, one in enumerate(raw)]
        count = len(raw)
        if node.max_length is not None or node.min_length is not None:
            self._range(count, node.min_length, node.max_length, "has {} items", path)
        return [tree for tree, _ in pairs], [value for _, value in pairs]

    def _mapping(self, raw: dict[str, Raw], node: Node, path: Path) -> tuple[Tree, Value]:
        if len(raw) == 1 and _FUNCTIONS.match(next(iter(raw))) and next(iter(raw)) not in node.properties:
            return self._foreign(next(iter(raw)), path)
        kind = node.kind
        if kind is Kind.LIST and node.tags:
            return self._members(raw, Node(kind=Kind.MAP, items=Node(kind=Kind.STRING)), path)
        if kind in _MAPPINGS or not _MAPPINGS.isdisjoint(node.alternatives):
            return self._members(raw, node, path)
        self._wrong(raw, node, path)
        return None, None

    def _foreign(self, name: str, path: Path) -> tuple[Tree, Value]:
        word = words.YAML.get(name) or (f"{name} is of CloudFormation", words.YAML["Fn::GetAtt"][1])
        self._tell(Code.FOREIGN, word[0], (*path, name), help=word[1], on_key=True)
        return None, _UNKNOWN[Kind.ANY]

    def _members(self, raw: dict[str, Raw], node: Node, path: Path) -> tuple[Tree, Value]:
        trees: dict[str, Tree] = {}
        values: dict[str, Value] = {}
        entries: list[tuple[Template | str, Tree]] | None = None
        members = node.properties
        for name, item in raw.items():
            key: Template | str = name
            if "${" in name or HOLE in name:
                key = self._key(name, path)
            child = members.get(key) if isinstance(key, str) else None
            if child is None:
                child = self._other_member(key, name, raw, node, path)
                if child is None:
                    continue
            below = (*path, name)
            tree, value = self.node(item, child, below)
            if isinstance(key, Template):
                entries = entries if entries is not None else list(trees.items())
                entries.append((key, tree))
                continue
            trees[key] = tree
            values[key] = value
            if entries is not None:
                entries.append((key, tree))
        if node.required and not self.as_filter:
            self._required(raw, node, path)
        if self.schema is not None:
            self._forbidden(raw, path)
        if entries is not None:
            return Mapped(entries=tuple(entries)), _UNKNOWN[Kind.MAP]
        return trees, values

    def _key(self, name: str, path: Path) -> Template | str:
        if HOLE in name:
            return name
        found, _ = self.expressions.read(name, self.place((*path, name), True))
        if isinstance(found, Template):
            return found
        return found if found is not None else name

    def _other_member(self, key: Template | str, name: str, raw: dict[str, Raw], node: Node, path: Path) -> Node | None:
        """The node of a member that the schema does not list; None where there may be none."""
        if node.kind is Kind.MAP:
            return node.items or ANY_NODE
        if node.kind in (Kind.ANY, Kind.JSON) or node.open or not isinstance(key, str) or HOLE in name:
            return ANY_NODE
        if not node.properties and node.kind is not Kind.OBJECT:
            return ANY_NODE
        if self.schema is not None and not path and name in self.schema.refused:
            return ANY_NODE
        self._unknown(name, raw, node, path)
        return None

    def _unknown(self, name: str, raw: dict[str, Raw], node: Node, path: Path) -> None:
        outputs = {str(item[-1]) for item in self.schema.read_only if item[:-1] == path} if self.schema else set()
        known = [member for member in node.properties if member not in outputs or self.as_filter]
        near = nearest(name, [member for member in known if member not in raw]) or nearest(name, known)
        whose = self.schema.type if self.schema is not None else ""
        where = f" in {name_of(path)}" if path else ""
        help = f'did you mean "{near}"?' if near else ""
        label = "" if near else f"it has {some(known, 5)}" if known else ""
        self._tell(Code.UNKNOWN_PROPERTY, f'{whose} has no property "{name}"{where}', (*path, name), label, help, True)

    def _required(self, raw: dict[str, Raw], node: Node, path: Path) -> None:
        keys = raw.keys()
        if node.required <= keys or any("${" in key for key in keys):
            return
        missing = sorted(node.required - keys)
        whose = name_of(path) if path else self.schema.type if self.schema is not None else "it"
        names = (" and " if len(missing) < 3 else ", ").join(f'"{name}"' for name in missing)
        self._tell(Code.MISSING_PROPERTY, f"{whose} needs {names}", path, on_key=True)

    def _forbidden(self, raw: dict[str, Raw], path: Path) -> None:
        schema = self.schema
        assert schema is not None
        if self.as_filter or not schema.read_only:
            return
        if self.outputs is None:
            self.outputs = outputs_of(schema)
        for name in self.outputs.below(path, raw):
            if raw[name] is not None:
                label = f"{schema.type} gives it, nobody sets it"
                self._tell(Code.READ_ONLY, f"{name_of((*path, name))} is an output", (*path, name), label, on_key=True)
