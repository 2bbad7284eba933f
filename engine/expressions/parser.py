"""From tokens to a syntax tree: recursive descent, depth counted, one problem at most.

The grammar is CEL's, with optional selection (`a.?b`, `a[?b]`, `{?k: v}`, `[?x]`), two-variable macros and
back-quoted fields. Message construction is left out: a stack has no message types.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from engine.expressions import words
from engine.expressions.codes import Code
from engine.expressions.lexer import MAX_LENGTH, Token, stray_problem, tokens
from engine.expressions.macros import GLOBAL_MACROS, NAMESPACES, build_global, build_member, is_member_macro
from engine.expressions.nodes import (
    Binary,
    Call,
    Conditional,
    Entry,
    Index,
    Item,
    ListLiteral,
    Literal,
    MapLiteral,
    Name,
    Node,
    Select,
    Unary,
    height,
)
from engine.expressions.problem import Failure, Problem, problem
from engine.expressions.runtime import INT_MAX

MAX_DEPTH: Final = 64
"""How deep brackets, calls and operators may stand inside each other."""
MAX_HEIGHT: Final = 128
"""How many levels the tree may have; a chain such as `a + b + c` or `a.b.c` counts one for each link."""

_LEVELS: Final[dict[str, int]] = {
    **dict.fromkeys(["||"], 1),
    **dict.fromkeys(["&&"], 2),
    **dict.fromkeys(["==", "!=", "<", "<=", ">", ">=", "in"], 3),
    **dict.fromkeys(["+", "-"], 4),
    **dict.fromkeys(["*", "/", "%"], 5),
}
RESERVED: Final = frozenset(
    {
        "as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop",
        "package", "namespace", "null", "return", "true", "var", "void", "while",
    }
)  # fmt: skip
_NO_FIELD: Final = frozenset({"in", "true", "false", "null"})
_CHAIN: Final = re.compile(r"[ \t\r\n]*[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*[ \t\r\n]*\Z", re.ASCII)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_CONSTANTS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}


@lru_cache(maxsize=32_768)
def parse(text: str) -> Node | Problem:
    """The tree of an expression (without `${` and `}`), or the first problem. Equal texts share one tree."""
    if len(text) > MAX_LENGTH:
        return problem(Code.TOO_DEEP, f"an expression may have {MAX_LENGTH} characters", 0, len(text))
    stray = None if text.isascii() else _SURROGATE.search(text)
    if stray is not None:
        return problem(Code.TEXT, "half a surrogate pair is no character", stray.start(), stray.end())
    if _CHAIN.match(text) and (chain := _chain(text)) is not None:
        return chain
    try:
        return _Parser(list(tokens(text)), text).whole()
    except Failure as failure:
        return failure.problem


def _chain(text: str) -> Node | None:
    """The tree of `a.b.c`, which is what most expressions are; None where a word in it needs the full parser."""
    names = text.strip().split(".")
    start = len(text) - len(text.lstrip())
    if len(names) > MAX_DEPTH or names[0] in RESERVED or not _NO_FIELD.isdisjoint(names):
        return None
    end = start + len(names[0])
    node: Node = Name(name=names[0], start=start, end=end)
    for name in names[1:]:
        end += 1 + len(name)
        node = Select(operand=node, field=name, start=start, end=end)
    return node


class _Parser:
    def __init__(self, stream: list[Token], text: str) -> None:
        self.stream = stream
        self.text = text
        self.position = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        return self.stream[self.position]

    @property
    def before(self) -> Token:
        return self.stream[max(self.position - 1, 0)]

    def take(self, text: str) -> bool:
        token = self.stream[self.position]
        if token.text == text and token.kind == "operator":
            self.position += 1
            return True
        return False

    def expect(self, text: str) -> Token:
        token = self.token
        if not self.take(text):
            raise self.failure(f"{text} expected")
        return token

    def failure(self, wanted: str) -> Failure:
        return Failure(_syntax_problem(self.stream, self.position, wanted))

    def whole(self) -> Node:
        if self.token.kind == "end":
            end = len(self.text)
            raise Failure(problem(Code.EMPTY, "an empty expression", 0, end, help="a literal ${ is written $${"))
        node = self.expression()
        if self.token.kind != "end":
            raise self.failure("an operator or the end expected")
        if height(node, MAX_HEIGHT) > MAX_HEIGHT:
            raise Failure(problem(Code.TOO_DEEP, _DEEP, node.start, node.end))
        return node

    def expression(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Failure(problem(Code.TOO_DEEP, _DEEP, self.token.start, self.token.end))
        node = self.binary(1)
        if self.take("?"):
            then = self.binary(1)
            self.expect(":")
            otherwise = self.expression()
            node = Conditional(condition=node, then=then, otherwise=otherwise, start=node.start, end=otherwise.end)
        self.depth -= 1
        return node

    def binary(self, level: int) -> Node:
        left = self.unary()
        while True:
            token = self.token
            own = _LEVELS.get(token.text, 0) if token.kind in ("operator", "name") else 0
            if own < level:
                return left
            self.position += 1
            right = self.binary(own + 1)
            left = Binary(operator=token.text, left=left, right=right, start=left.start, end=right.end)

    def unary(self) -> Node:
        first = self.position
        while self.token.kind == "operator" and self.token.text in "!-":
            self.position += 1
        signs = self.stream[first : self.position]
        number = self.token.value
        if signs and signs[-1].text == "-" and self.token.kind == "value" and type(number) in (int, float):
            assert isinstance(number, int | float)
            sign = signs.pop()
            self.position += 1
            node: Node = Literal(value=-number, start=sign.start, end=self.before.end)
            node = self.member(node)
        else:
            node = self.member(self.primary())
        if len(signs) > MAX_DEPTH:
            raise Failure(problem(Code.TOO_DEEP, _DEEP, signs[0].start, node.end))
        for sign in reversed(signs):
            node = Unary(operator=sign.text, operand=node, start=sign.start, end=node.end)
        return node

    def member(self, node: Node) -> Node:
        while True:
            if self.take("."):
                node = self.dotted(node)
            elif self.token.text == "[" and self.token.kind == "operator":
                self.position += 1
                optional = self.take("?")
                if self.token.text == "*":
                    raise self.failure("an index expected")
                index = self.expression()
                end = self.expect("]").end
                node = Index(operand=node, index=index, optional=optional, start=node.start, end=end)
            else:
                return node

    def dotted(self, node: Node) -> Node:
        optional = self.take("?")
        token = self.token
        plain = token.kind == "name" and token.text not in _NO_FIELD
        if not plain and token.kind != "quoted":
            raise self.failure("the name of a field expected")
        self.position += 1
        if self.token.text != "(" or self.token.kind != "operator" or optional or not plain:
            return Select(
                operand=node,
                field=token.text,
                optional=optional,
                start=node.start,
                end=token.end,
            )
        arguments, end = self.arguments()
        if isinstance(node, Name) and token.text in NAMESPACES.get(node.name, ()):
            return self.call(f"{node.name}.{token.text}", arguments, node.start, end)
        if is_member_macro(token.text, len(arguments)):
            return build_member(token.text, node, arguments, token.start, end)
        return Call(
            function=token.text,
            arguments=arguments,
            target=node,
            start=node.start,
            end=end,
            name_start=token.start,
        )

    def call(self, function: str, arguments: tuple[Node, ...], start: int, end: int) -> Node:
        if function in GLOBAL_MACROS:
            return build_global(function, arguments, start, end)
        return Call(function=function, arguments=arguments, start=start, end=end, name_start=start)

    def arguments(self) -> tuple[tuple[Node, ...], int]:
        self.expect("(")
        found: list[Node] = []
        while not self.take(")"):
            if found:
                self.expect(",")
            found.append(self.expression())
        return tuple(found), self.before.end

    def primary(self) -> Node:
        token = self.token
        if token.kind == "value":
            self.position += 1
            if type(token.value) is int and token.value > INT_MAX:
                raise Failure(problem(Code.NUMBER, f"{token.text} is out of range", token.start, token.end))
            return Literal(value=token.value, start=token.start, end=token.end)
        if token.kind == "name":
            return self.named(token)
        if token.kind == "operator":
            if self.take("("):
                node = self.expression()
                self.expect(")")
                return node
            if self.take("["):
                return self.list_literal(token.start)
            if self.take("{"):
                return self.map_literal(token.start)
        raise self.failure("a value expected")

    def named(self, token: Token) -> Node:
        if token.text in _CONSTANTS:
            self.position += 1
            return Literal(value=_CONSTANTS[token.text], start=token.start, end=token.end)
        if token.text in RESERVED:
            raise self.failure("a value expected")
        self.position += 1
        if self.token.text == "(" and self.token.kind == "operator":
            arguments, end = self.arguments()
            return self.call(token.text, arguments, token.start, end)
        return Name(name=token.text, start=token.start, end=token.end)

    def list_literal(self, start: int) -> Node:
        items: list[Item] = []
        while not self.take("]"):
            if items:
                self.expect(",")
                if self.take("]"):
                    break
            optional = self.take("?")
            value = self.expression()
            items.append(Item(value=value, optional=optional, start=value.start, end=value.end))
        return ListLiteral(items=tuple(items), start=start, end=self.before.end)

    def map_literal(self, start: int) -> Node:
        entries: list[Entry] = []
        while not self.take("}"):
            if entries:
                self.expect(",")
                if self.take("}"):
                    break
            optional = self.take("?")
            key = self.expression()
            self.expect(":")
            value = self.expression()
            entries.append(Entry(key=key, value=value, optional=optional, start=key.start, end=value.end))
        return MapLiteral(entries=tuple(entries), start=start, end=self.before.end)


_DEEP: Final = f"an expression may be nested {MAX_DEPTH} deep and chained {MAX_HEIGHT} long"


def _syntax_problem(stream: list[Token], position: int, wanted: str) -> Problem:
    token = stream[position]
    before = stream[position - 1] if position else Token("start", "", 0, 0)
    word = _foreign(stream, position, token, before)
    if word is not None:
        at, (summary, hint) = word
        return problem(Code.FOREIGN, summary, at.start, at.end, help=hint)
    if token.kind == "stray":
        return stray_problem(token)
    found = "the expression ends" if token.kind == "end" else f"found {token.text}"
    if token.kind == "name" and token.text in RESERVED:
        found = f"{token.text} is a reserved word"
    start = max(token.start - (token.kind == "end"), 0)
    return problem(Code.SYNTAX, f"{wanted}, {found}", start, max(token.end, start), label=wanted)


def _foreign(stream: list[Token], position: int, token: Token, before: Token) -> tuple[Token, words.Word] | None:
    """The word of another tool that explains why the parser stopped at `position`, and where it is."""
    after = stream[min(position + 1, len(stream) - 1)]
    if token.kind == "name" and token.text in words.ROOTS and after.text in (".", "["):
        return token, words.ROOTS[token.text]
    if token.text == "*" and before.text in ("[", "."):
        return token, words.SYNTAX["splat"]
    if token.text == ":" and before.text in ("Fn", "AWS"):
        return before, words.SYNTAX[before.text]
    if token.kind in ("name", "value") and before.kind == "name":
        two_before = stream[position - 2] if position > 1 else before
        if two_before.text == "!":
            return before, words.SYNTAX["tag"]
        if before.text in ("not", "if", "for"):
            return before, words.SYNTAX[before.text]
    if token.kind == "name" and token.text in words.SYNTAX:
        return token, words.SYNTAX[token.text]
    if (token.kind == "value" and before.text == ".") or (token.text.startswith(".") and token.kind == "value"):
        return token, words.SYNTAX["position"]
    if token.text in (".", "?") and before.text == "?":
        return before, words.SYNTAX["?" + token.text]
    if token.text == "*" and before.text == "*":
        return before, words.SYNTAX["**"]
    if token.text == "+" and before.text == "+":
        return before, words.SYNTAX["++"]
    if token.text == "." and after.text in words.ROOTS:
        return after, words.ROOTS[after.text]
    return None
