"""The types of expressions. Every problem on the way is collected; what has one goes on as `dyn`."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.expressions import words
from engine.expressions.attributes import (
    absent_attribute,
    may_be_null,
    no_members,
    repeated,
    unknown_root,
)
from engine.expressions.calls import argument_nodes, find_function, mismatch, wrong_count
from engine.expressions.codes import Code
from engine.expressions.facts import facts
from engine.expressions.functions import Function, Overload
from engine.expressions.nodes import (
    Binary,
    Bind,
    Call,
    Comprehension,
    Conditional,
    Constant,
    Has,
    Index,
    ListLiteral,
    Literal,
    MapLiteral,
    Name,
    Node,
    Select,
    Unary,
)
from engine.expressions.printer import show
from engine.expressions.problem import Failure, Problems, Refusal, problem
from engine.expressions.runtime import TYPE_NAMES, an, kind_of
from engine.expressions.signs import binary_type
from engine.expressions.types import (
    BOOL,
    DYN,
    INT,
    NULL,
    STRING,
    TYPE,
    ListOf,
    MapOf,
    Nullable,
    ObjectOf,
    OptionalOf,
    Simple,
    Type,
    TypeScope,
    accepts,
    describe,
    join,
    join_all,
    substitute,
)


@dataclass(slots=True, kw_only=True)
class Inference:
    """`bound`: types of macro variables. `certain`: the texts of what is known not to be null here."""

    types: TypeScope
    problems: Problems = field(default_factory=list)
    bound: dict[str, Type] = field(default_factory=dict)
    certain: frozenset[str] = frozenset()

    def report(self, code: Code, summary: str, node: Node, *, help: str = "") -> Type:
        self.problems.append(problem(code, summary, node.start, node.end, help=help))
        return DYN

    def infer(self, node: Node) -> Type:
        kind = self._infer(node)
        if isinstance(kind, Nullable) and self.certain and show(node) in self.certain:
            return kind.item
        return kind

    def _infer(self, node: Node) -> Type:
        match node:
            case Literal(value=value):
                return _constant(value)
            case Name():
                return self._name(node)
            case Select():
                return self._member(node, node.operand, node.field, node.optional)
            case Index():
                return self._index(node)
            case Has():
                self._member(node, node.operand, node.field, True)
                return BOOL
            case Call():
                return self._call(node)
            case Unary():
                return self._unary(node)
            case Binary():
                return self._binary(node)
            case Conditional():
                return self._conditional(node)
            case ListLiteral(items=items):
                found = [(self.infer(item.value), item) for item in items]
                return ListOf(join_all(_held(kind, item.optional) for kind, item in found))
            case MapLiteral():
                return self._map(node)
            case Comprehension():
                return self._comprehension(node)
            case Bind(variable=variable, value=value, body=body):
                return self._within({variable: self.infer(value)}, body)

    def _name(self, node: Name) -> Type:
        if node.name in self.bound:
            return self.bound[node.name]
        kind = self.types.resolve(node.name)
        if kind is not None:
            return kind
        if node.name in TYPE_NAMES:
            return TYPE
        self.problems.append(unknown_root(node, self.types.roots()))
        return DYN

    def _within(self, variables: dict[str, Type], body: Node) -> Type:
        before = self.bound
        self.bound = {**before, **variables}
        try:
            return self.infer(body)
        finally:
            self.bound = before

    def _knowing(self, certain: frozenset[str], node: Node) -> Type:
        before = self.certain
        self.certain = before | certain
        try:
            return self.infer(node)
        finally:
            self.certain = before

    def _member(self, node: Node, operand: Node, name: str, optional: bool) -> Type:
        kind = self.infer(operand)
        if isinstance(kind, Nullable):
            if not optional:
                self.problems.append(may_be_null(operand, kind, f"write {show(operand)}.?{name}.orValue(...)"))
            kind = kind.item
        elif isinstance(kind, OptionalOf):
            kind, optional = kind.item, True
            kind = kind.item if isinstance(kind, Nullable) else kind
        found = self._attribute(node, operand, kind, name)
        return _held_optional(found) if optional else found

    def _attribute(self, node: Node, operand: Node, kind: Type, name: str) -> Type:
        match kind:
            case ObjectOf(shape=shape):
                attributes = shape.attributes()
                if name in attributes:
                    return attributes[name]
                self.problems.append(absent_attribute(node, operand, name, shape))
                return DYN
            case MapOf(values=ObjectOf(shape=shape)) if name in shape.attributes():
                self.problems.append(repeated(node, operand, name))
                return DYN
            case MapOf(values=values):
                return values
            case Simple(name="dyn"):
                return DYN
        self.problems.append(no_members(node, operand, kind, name))
        return DYN

    def _index(self, node: Index) -> Type:
        kind = self.infer(node.operand)
        index = self.infer(node.index)
        optional = node.optional
        if isinstance(kind, Nullable):
            if not optional:
                text = f"{show(node.operand)}[?{show(node.index)}].orValue(...)"
                self.problems.append(may_be_null(node.operand, kind, f"write {text}"))
            kind = kind.item
        elif isinstance(kind, OptionalOf):
            kind, optional = kind.item, True
        found = self._item(node, kind, index)
        return _held_optional(found) if optional else found

    def _item(self, node: Index, kind: Type, index: Type) -> Type:
        match kind:
            case ListOf(items=items):
                if index not in (INT, DYN, Simple("uint")):
                    summary = f"the index of a list is an int, not {an(describe(index))}"
                    return self.report(Code.KEY, summary, node.index)
                return items
            case MapOf() | ObjectOf():
                if index not in (STRING, DYN):
                    return self.report(Code.KEY, f"a key is a string, not {an(describe(index))}", node.index)
                if isinstance(kind, MapOf):
                    return kind.values
                literal = node.index.value if isinstance(node.index, Literal) else None
                return self._attribute(node, node.operand, kind, literal) if isinstance(literal, str) else DYN
            case Simple(name="dyn"):
                return DYN
        self.problems.append(no_members(node, node.operand, kind, ""))
        return DYN

    def _call(self, node: Call) -> Type:
        kinds = [self.infer(argument) for argument in argument_nodes(node)]
        try:
            function = find_function(node)
            overloads = [item for item in function.overloads if item.takes(len(kinds))]
            if not overloads:
                raise wrong_count(node, function)
        except Failure as failure:
            self.problems.append(failure.problem)
            return DYN
        results = [result for item in overloads if (result := _result(item, kinds)) is not None]
        if not results:
            return self._wrong_arguments(node, function, overloads, kinds)
        self._pattern(node)
        return join_all(results)

    def _wrong_arguments(self, node: Call, function: Function, overloads: list[Overload], kinds: list[Type]) -> Type:
        bare = [kind.item if isinstance(kind, Nullable) else kind for kind in kinds]
        results = [result for item in overloads if (result := _result(item, bare)) is not None]
        if results:
            for argument, kind in zip(argument_nodes(node), kinds):
                if isinstance(kind, Nullable):
                    hint = f"guard it: {show(argument)} != null ? ... : ..."
                    self.problems.append(may_be_null(argument, kind, hint))
            return join_all(results)
        hint = f"write {function.usage()}"
        summary = mismatch(function, [describe(kind) for kind in kinds])
        return self.report(Code.ARGUMENTS, summary, node, help=hint)

    def _pattern(self, node: Call) -> None:
        pattern = node.arguments[-1] if node.arguments else None
        if node.function != "matches" or not isinstance(pattern, Literal):
            return
        if isinstance(pattern.value, str):
            from engine.expressions.patterns import compile_pattern  # lazily: few stacks match

            try:
                compile_pattern(pattern.value)
            except Refusal as refusal:
                self.report(refusal.code, refusal.summary, pattern)

    def _unary(self, node: Unary) -> Type:
        kind = self.infer(node.operand)
        if node.operator == "!":
            self._condition(kind, node.operand)
            return BOOL
        if describe(kind) in ("int", "double", "duration", "dyn"):
            return kind
        if isinstance(kind, Nullable):
            self.problems.append(may_be_null(node.operand, kind, ""))
            return kind.item
        return self.report(Code.OPERANDS, f"- takes an int or a double, not {an(describe(kind))}", node)

    def _binary(self, node: Binary) -> Type:
        left = self.infer(node.left)
        if node.operator in ("&&", "||"):
            self._condition(left, node.left)
            right = self._knowing(facts(node.left, node.operator == "&&"), node.right)
            self._condition(right, node.right)
            return BOOL
        right = self.infer(node.right)
        if node.operator in ("==", "!="):
            if not _comparable(left, right):
                summary = f"{describe(left)} and {describe(right)} are never equal"
                return self.report(Code.OPERANDS, summary, node)
            return BOOL
        for side, kind in ((node.left, left), (node.right, right)):
            if isinstance(kind, Nullable):
                hint = f"guard it: {show(side)} != null ? ... : ..."
                self.problems.append(may_be_null(side, kind, hint))
                return DYN
        result = binary_type(node.operator, left, right)
        if result is not None:
            return result
        summary, hint = words.mismatch(node.operator, describe(left), describe(right))
        return self.report(Code.OPERANDS, summary, node, help=hint)

    def _condition(self, kind: Type, node: Node) -> None:
        if isinstance(kind, Nullable):
            self.problems.append(may_be_null(node, kind, f"write {show(node)} == true"))
        elif kind not in (BOOL, DYN):
            self.report(Code.CONDITION, f"a condition is a bool, not {an(describe(kind))}", node)

    def _conditional(self, node: Conditional) -> Type:
        self._condition(self.infer(node.condition), node.condition)
        then = self._knowing(facts(node.condition, True), node.then)
        otherwise = self._knowing(facts(node.condition, False), node.otherwise)
        return join(then, otherwise)

    def _map(self, node: MapLiteral) -> Type:
        values: list[Type] = []
        for entry in node.entries:
            key = self.infer(entry.key)
            if key not in (STRING, DYN):
                summary = f"a key is a string, not {an(describe(key))}"
                self.report(Code.KEY, summary, entry.key, help="write string(x)")
            values.append(_held(self.infer(entry.value), entry.optional))
        return MapOf(join_all(values))

    def _comprehension(self, node: Comprehension) -> Type:
        target = self.infer(node.target)
        if isinstance(target, Nullable):
            hint = f"guard it: {show(node.target)} != null ? ... : ..."
            self.problems.append(may_be_null(node.target, target, hint))
            target = target.item
        variables = self._variables(node, target)
        bodies = [self._within(variables, body) for body in node.bodies]
        conditional = node.macro in ("all", "exists", "exists_one", "filter")
        if conditional or (node.macro in ("map", "transformList", "transformMap") and len(bodies) == 2):
            self._condition(bodies[0], node.bodies[0])
        element = list(variables.values())[-1]
        match node.macro:
            case "all" | "exists" | "exists_one":
                return BOOL
            case "filter" | "sortBy":
                return ListOf(element)
            case "map" | "transformList":
                return ListOf(bodies[-1])
            case "transformMap":
                return MapOf(bodies[-1])
            case "index_by":
                return MapOf(bodies[-1] if len(bodies) == 2 else element)
            case "optMap":
                return OptionalOf(bodies[-1])
        return bodies[-1] if isinstance(bodies[-1], OptionalOf) else OptionalOf(DYN)

    def _variables(self, node: Comprehension, target: Type) -> dict[str, Type]:
        names = node.variables
        if node.macro in ("optMap", "optFlatMap"):
            if not isinstance(target, OptionalOf) and target != DYN:
                self.report(Code.OPERANDS, f"{node.macro} is of an optional, not of {an(describe(target))}", node)
            return {names[0]: target.item if isinstance(target, OptionalOf) else DYN}
        match target:
            case ListOf(items=items):
                return {names[0]: items} if len(names) == 1 else {names[0]: INT, names[1]: items}
            case MapOf() | ObjectOf():
                values = target.values if isinstance(target, MapOf) else DYN
                return {names[0]: STRING} if len(names) == 1 else {names[0]: STRING, names[1]: values}
            case Simple(name="dyn"):
                return dict.fromkeys(names, DYN)
        hint = "guard it with .orValue([])" if isinstance(target, OptionalOf) else ""
        summary = f"{node.macro} is of a list or a map, not of {an(describe(target))}"
        self.report(Code.OPERANDS, summary, node, help=hint)
        return dict.fromkeys(names, DYN)


def _constant(value: Constant) -> Type:
    return NULL if value is None else Simple(kind_of(value))


def _held(kind: Type, optional: bool) -> Type:
    return kind.item if optional and isinstance(kind, OptionalOf) else kind


def _held_optional(kind: Type) -> Type:
    if isinstance(kind, OptionalOf):
        return kind
    return OptionalOf(kind.item if isinstance(kind, Nullable) else kind)


def _result(overload: Overload, kinds: list[Type]) -> Type | None:
    bindings: dict[str, Type] = {}
    for index, kind in enumerate(kinds):
        parameter = overload.parameter(index)
        if isinstance(kind, Nullable) and not isinstance(parameter, Nullable):
            free = describe(parameter) == "dyn" or len(describe(parameter)) == 1
            if not free:
                return None
        if not accepts(parameter, kind, bindings):
            return None
    return substitute(overload.result, bindings)


def _comparable(left: Type, right: Type) -> bool:
    left = left.item if isinstance(left, Nullable) else left
    right = right.item if isinstance(right, Nullable) else right
    numbers = ("int", "uint", "double")
    if NULL in (left, right) or (describe(left) in numbers and describe(right) in numbers):
        return True
    return accepts(left, right, {}) or accepts(right, left, {})
