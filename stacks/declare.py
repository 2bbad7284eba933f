"""One entry under `resources`, understood: its form, its type, its inputs as a tree, and all that surrounds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from engine.address import AddressError, parse_address
from engine.expressions import BOOL, DYN, ROOTS, STRING, ListOf, MapOf, ObjectOf, Template, Type, nearest, parse, parse_template
from engine.expressions.types import Nullable, describe
from engine.stack import DEFAULT_LIFECYCLE as PLAIN_LIFECYCLE
from engine.stack import DEFAULT_TIMEOUTS as PLAIN_TIMEOUTS
from engine.stack import (
    Bundle,
    Declaration,
    Form,
    Lifecycle,
    OnDelete,
    Rule,
    Timeouts,
    Tree,
)
from providers.contract.schema import ANY_NODE, Node, TypeSchema
from providers.contract.values import Path, Value
from stacks.codes import Code
from stacks.draft import Entry
from stacks.findings import Findings, Note, Place
from stacks.kinds import Names, Section, value_type
from stacks.patches import alike, meant
from stacks.paths import parse_path
from stacks.properties import Properties
from stacks.references import Expressions
from stacks.structure import article, has_expression, literal
from stacks.yaml.scalars import Plain

_SELF: Final = frozenset({"ready", "before", "after"})


@dataclass(slots=True)
class Header:
    """What can be said of a resource before its properties are looked at; enough for its type in expressions."""

    name: str
    entry: Entry
    form: Form
    type: str
    kind: str
    provider: str
    schema: TypeSchema | None = None
    bundle: Bundle | None = None

    @property
    def repeated(self) -> bool:
        return "for_each" in self.entry.value

    @property
    def may_be_disabled(self) -> bool:
        return self.entry.value.get("enabled", True) is not True


@dataclass(slots=True, kw_only=True)
class Declare:
    """The resources of one stack. `facts`: what `provider` is to a kind. `declared`: where a resource stands."""

    stack: str
    findings: Findings
    names: Mapping[str, Type]
    facts: Callable[[str], Type]
    declared: Callable[[str], Note | None]
    silent: bool = False
    needs: dict[str, set[str]] = field(default_factory=dict)
    values: dict[str, dict[str, Value]] = field(default_factory=dict)
    parsed: dict[str, Template] = field(default_factory=dict)

    def declaration(self, header: Header, own_type: Type) -> Declaration:
        entry = header.entry
        fields = entry.value
        needs: set[str] = set()
        self.needs[header.name] = needs
        own = {"provider": self.facts(header.kind)}
        outer = expressions = with_self = self.expressions(own, needs)
        for_each: Tree = None
        if "for_each" in fields:
            for_each, each = self._for_each(header, outer)
            own = {**own, "each": each}
            expressions = with_self = self.expressions(own, needs)
        inputs, inputs_path = self._inputs(header, expressions)
        if not _SELF.isdisjoint(fields):
            with_self = self.expressions({**own, "self": own_type}, needs)
        return Declaration(
            name=header.name,
            form=header.form,
            type=header.type,
            provider=header.provider,
            file=entry.file,
            path=entry.path,
            line=entry.line,
            column=entry.column,
            inputs=inputs,
            inputs_path=(*entry.path, *inputs_path),
            for_each=for_each,
            enabled=self._enabled(header, outer) if "enabled" in fields else True,
            depends_on=self._depends_on(header) if "depends_on" in fields else (),
            lifecycle=self._lifecycle(header, needs) if "lifecycle" in fields else PLAIN_LIFECYCLE,
            ready=self._ready(header, with_self) if "ready" in fields else None,
            import_identity=self._import(header, expressions) if "import" in fields else None,
            timeouts=Timeouts(**fields["timeouts"]) if "timeouts" in fields else PLAIN_TIMEOUTS,
            before=self.rules(fields.get("before", ()), entry, "before", with_self),
            after=self.rules(fields.get("after", ()), entry, "after", with_self),
            bundle=self._bundle(header, expressions),
        )

    def expressions(self, own: dict[str, Type], needs: set[str]) -> Expressions:
        scope = Names(self.names, own)
        return Expressions(
            scope=scope,
            findings=self.findings,
            needs=needs,
            declared=self.declared,
            silent=self.silent,
            parsed=self.parsed,
        )

    def tree(self, raw: Any, entry: Entry, below: Path, expressions: Expressions, node: Node = ANY_NODE) -> Tree:
        """Any tree without a type: locals, outputs, for_each, settings."""
        walk = Properties(file=entry.file, base=(*entry.path, *below), findings=self.findings, expressions=expressions)
        return walk.anything(raw, node)[0]

    def _inputs(self, header: Header, expressions: Expressions) -> tuple[dict[str, Tree], Path]:
        entry = header.entry
        key = {Form.RESOURCE: "properties", Form.READ: "read", Form.LIST: "list", Form.BUNDLE: ""}[header.form]
        if "object" in entry.value:
            key = "object"
        if not key:
            return {}, ()
        raw = entry.value.get(key)
        raw = raw if isinstance(raw, dict) else {}
        properties = Properties(
            file=entry.file,
            base=(*entry.path, key),
            findings=self.findings,
            expressions=expressions,
            schema=header.schema,
            as_filter=header.form in (Form.READ, Form.LIST),
            strict_scalars=header.kind == "kubernetes",
            address=f"{self.stack}.{header.name}",
        )
        tree, value = properties.convert(raw)
        self.values[header.name] = value
        return tree, (key,)

    def _for_each(self, header: Header, expressions: Expressions) -> tuple[Tree, Type]:
        entry = header.entry
        raw = entry.value["for_each"]
        place = entry.place("for_each")
        if isinstance(raw, str) and not isinstance(raw, Plain) and has_expression(raw):
            found, kind = expressions.read(raw, place)
            self._repeats(kind, place)
            return found, each_type(kind)
        if isinstance(raw, list) and all(isinstance(item, str) and not has_expression(item) for item in raw):
            names: list[Tree] = [str(item) for item in raw]
            if len(set(map(str, raw))) != len(raw):
                self.findings.add(Code.FOR_EACH, "two items of for_each are equal", place, help="a list is taken as a set")
            return names, each_type(ListOf(STRING))
        if isinstance(raw, dict):
            tree = self.tree(raw, entry, ("for_each",), expressions)
            plain = value_type(literal(raw)) if not _any_expression(raw) else MapOf(DYN)
            return tree, each_type(plain)
        summary = "for_each is a map, or a list of texts"
        help = "numbering by position replaces what follows; name each one" if isinstance(raw, Plain) else ""
        self.findings.add(Code.FOR_EACH, summary, place, help=help)
        return None, each_type(DYN)

    def _repeats(self, kind: Type, place: Place) -> None:
        match kind:
            case MapOf() | ObjectOf():
                return
            case ListOf(items=items) if items in (STRING, DYN):
                return
            case ListOf():
                help = "write list.index_by(x, x.name): a map by a key that stays"
            case Nullable(item=item):
                self._repeats(item, place)
                return
            case _:
                help = ""
        if kind != DYN:
            summary = "for_each is a map, or a list of texts"
            self.findings.add(Code.FOR_EACH, summary, place, label=f"this is {article(describe(kind))}", help=help)

    def _enabled(self, header: Header, expressions: Expressions) -> Tree:
        raw = header.entry.value["enabled"]
        if not isinstance(raw, str):
            return bool(raw)
        return self._whole(raw, header.entry.place("enabled"), expressions, "enabled", (BOOL, DYN))

    def _whole(self, raw: str, place: Place, expressions: Expressions, key: str, kinds: tuple[Type, ...]) -> Template | None:
        found, kind = expressions.read(raw, place)
        if not isinstance(found, Template):
            return None
        if kinds and kind not in kinds:
            wanted = describe(kinds[0])
            self.findings.add(Code.WRONG_TYPE, f'"{key}" is a {wanted}', place, label=f"this is {article(describe(kind))}")
        return found

    def _ready(self, header: Header, expressions: Expressions) -> Template | None:
        raw = header.entry.value["ready"]
        if not isinstance(raw, str) or isinstance(raw, Plain):
            raw = f"${{{raw}}}"
        return self._whole(raw, header.entry.place("ready"), expressions, "ready", (BOOL, DYN))

    def _import(self, header: Header, expressions: Expressions) -> Tree:
        raw = header.entry.value["import"]
        if has_expression(raw):
            return self._whole(raw, header.entry.place("import"), expressions, "import", ())
        if header.repeated:
            summary = f"{header.name} is repeated: each of it has its own identity"
            help = "write an expression over each.key"
            self.findings.add(Code.BAD_VALUE, summary, header.entry.place("import"), help=help)
        return str(raw)

    def _depends_on(self, header: Header) -> tuple[str, ...]:
        found = []
        for index, text in header.entry.value["depends_on"]:
            address = full_address(self.stack, text)
            place = header.entry.place("depends_on", index)
            try:
                parsed = parse_address(address)
            except AddressError as error:
                self.findings.add(Code.UNKNOWN_ADDRESS, str(error), place)
                continue
            if parsed.stack == self.stack and parsed.name not in self.names and not self.silent:
                self._unknown_address(parsed.name, place)
                continue
            if parsed.stack == self.stack:
                self.needs[header.name].add(parsed.name)
            found.append(address)
        return tuple(found)

    def _unknown_address(self, name: str, place: Place) -> None:
        near = nearest(name, [known for known in self.names if known not in ROOTS])
        help = f'did you mean "{near}"?' if near else ""
        self.findings.add(Code.UNKNOWN_ADDRESS, f"stack {self.stack} has no resource {name}", place, help=help)

    def _lifecycle(self, header: Header, needs: set[str]) -> Lifecycle:
        fields = dict(header.entry.value["lifecycle"])
        if fields.get("on_delete") == "snapshot":
            place = header.entry.place("lifecycle", "on_delete")
            help = "write retain to keep the data"
            self.findings.add(Code.LATER, "on_delete: snapshot comes in a later version", place, help=help)
            fields.pop("on_delete")
        return Lifecycle(
            protect=fields.get("protect", False),
            on_delete=OnDelete(fields.get("on_delete", "destroy")),
            grace=fields.get("grace", 0.0),
            create_first=fields.get("create_first"),
            ignore=self._ignore(header, fields.get("ignore", ())),
            replace_when=self._replace_when(header, fields.get("replace_when", ()), needs),
        )

    def _ignore(self, header: Header, written: Any) -> tuple[Path, ...]:
        found = []
        for index, text in written:
            place = header.entry.place("lifecycle", "ignore", index)
            path = parse_path(text)
            if path is None:
                help = 'a path is written a.b[0].c, a key that is no name a["x-y"]'
                self.findings.add(Code.BAD_VALUE, f'"{text}" is no path of a property', place, help=help)
                continue
            if header.schema is not None:
                self._check_ignore(header.schema, path, text, place)
            found.append(path)
        return tuple(found)

    def _check_ignore(self, schema: TypeSchema, path: Path, text: str, place: Place) -> None:
        if schema.node(path) is None:
            near = nearest(str(path[0]), schema.resolve(schema.root).properties)
            help = f'did you mean "{near}"?' if near and near != path[0] else ""
            self.findings.add(Code.UNKNOWN_PROPERTY, f'{schema.type} has no property "{text}"', place, help=help)
        elif path in schema.read_only:
            summary = f"{text} is an output: it never counts as a difference"
            self.findings.add(Code.NEVER_DIFFERS, summary, place, help="leave it out")

    def _replace_when(self, header: Header, written: Any, needs: set[str]) -> tuple[Template, ...]:
        found = []
        expressions = self.expressions({"provider": self.facts(header.kind)}, needs)
        for index, text in written:
            place = header.entry.place("lifecycle", "replace_when", index)
            template = parse_template("${" + text + "}")
            if not isinstance(template, Template) or isinstance(parse(text), list):
                self.findings.add(Code.BAD_VALUE, f'"{text}" is no reference', place, help="write image.Value, without ${}")
                continue
            silent = Findings()
            Expressions(scope=expressions.scope, findings=silent, needs=needs).check(template, place)
            for item in silent.items:
                at = Place(file=place.file, path=place.path)
                self.findings.add(item.code, item.summary, at, label=item.label, notes=item.notes)
            found.append(template)
        return tuple(found)

    def rules(self, written: Any, entry: Entry, key: str, expressions: Expressions) -> tuple[Rule, ...]:
        found = []
        for index, fields in written:
            below = (key, index) if key else (index,)
            rule = self._rule(fields, entry, below, expressions)
            if rule is not None:
                found.append(rule)
        return tuple(found)

    def rule(self, fields: dict[str, Any], entry: Entry, expressions: Expressions) -> Rule | None:
        return self._rule(fields, entry, (), expressions)

    def _rule(self, fields: dict[str, Any], entry: Entry, below: Path, expressions: Expressions) -> Rule | None:
        raw, message = fields.get("rule"), fields.get("message", "")
        if not isinstance(raw, str):
            return None
        raw = f"${{{raw}}}" if isinstance(raw, Plain) else raw
        template = self._whole(raw, entry.place(*below, "rule"), expressions, "rule", (BOOL, DYN))
        told: Tree = str(message)
        if has_expression(message):
            told, _ = expressions.read(message, entry.place(*below, "message"))
        if template is None:
            return None
        return Rule(rule=template, message=told, file=entry.file, path=(*entry.path, *below))

    def _bundle(self, header: Header, expressions: Expressions) -> Bundle | None:
        if header.bundle is None:
            return None
        written = header.entry.value["bundle"]
        patches = written.get("patches", ()) if isinstance(written, dict) else ()
        trees = []
        for index, raw in patches:
            tree = self._patch(header, raw, index, expressions)
            if tree is not None:
                trees.append(tree)
        return Bundle(path=header.bundle.path, objects=header.bundle.objects, patches=tuple(trees))

    def _patch(self, header: Header, raw: Any, index: int, expressions: Expressions) -> Tree | None:
        entry = header.entry
        place = entry.place("bundle", "patches", index)
        if not isinstance(raw, dict) or not isinstance(raw.get("kind"), str) or not isinstance(raw.get("apiVersion"), str):
            summary = "a patch is an object with apiVersion, kind and metadata.name"
            self.findings.add(Code.NO_MANIFEST, summary, place)
            return None
        assert header.bundle is not None
        if not any(meant(item.type, item.inputs, raw) for item in header.bundle.objects):
            metadata = raw.get("metadata")
            name = metadata.get("name") if isinstance(metadata, dict) else ""
            summary = f"the bundle has no {raw['kind']} {name} to patch"
            self.findings.add(Code.NO_MANIFEST, summary, place, help=alike(header.bundle, str(raw["kind"])))
            return None
        walk = Properties(
            file=entry.file,
            base=(*entry.path, "bundle", "patches", index),
            findings=self.findings,
            expressions=expressions,
            strict_scalars=True,
        )
        return walk.anything(raw)[0]


def each_type(kind: Type) -> Type:
    """What `each` is, by the type of `for_each`."""
    match kind:
        case MapOf(values=values):
            value: Type = values
        case ListOf():
            value = STRING
        case Nullable(item=item):
            return each_type(item)
        case _:
            value = DYN
    return ObjectOf(Section("each", {"key": STRING, "value": value}))


def full_address(stack: str, text: str) -> str:
    """An address as it is written in a stack file: of this stack where it names no other."""
    first = text.partition("/")[0].partition("[")[0]
    return text if "." in first else f"{stack}.{text}"


def _any_expression(raw: Any) -> bool:
    if isinstance(raw, dict):
        return any(has_expression(key) or _any_expression(item) for key, item in raw.items())
    if isinstance(raw, list):
        return any(map(_any_expression, raw))
    return isinstance(raw, str) and has_expression(raw)
