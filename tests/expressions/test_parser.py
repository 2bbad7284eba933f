"""Syntax: normal forms, problems with their places, and that no text whatever breaks the parser."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.expressions import Problem, Scope, check, evaluate, parse, parse_template, references, show
from engine.expressions.nodes import (
    Binary,
    Bind,
    Call,
    Comprehension,
    Conditional,
    Entry,
    Has,
    Index,
    Item,
    ListLiteral,
    Literal,
    MapLiteral,
    Name,
    Node,
    Select,
    Unary,
)
from engine.expressions.runtime import Uint
from tests.expressions.scopes import ROOTS, Types, digest, told

FORMS = [
    ("a.b[1].?c[?d]", "a.b[1].?c[?d]"),
    ("a||b&&c==d+e*-f", "a || b && c == d + e * -f"),
    ("(a || b) && c", "(a || b) && c"),
    ("a - (b - c) - d", "a - (b - c) - d"),
    ("(a ? b : c) ? d : e ? f : g", "(a ? b : c) ? d : e ? f : g"),
    ("- -1", "-(-1)"),
    ("-(1)", "-(1)"),
    ("-9223372036854775808", "-9223372036854775808"),
    ("[1,2,]", "[1, 2]"),
    ("{'a':1,?\"b\":c,}", '{"a": 1, ?"b": c}'),
    ("xs.map( x , x.y>2 , x )", "xs.map(x, x.y > 2, x)"),
    ("cel.bind(x, 1, x+x)", "cel.bind(x, 1, x + x)"),
    ("optional.none()", "optional.none()"),
    ("metadata.namespace", "metadata.namespace"),
    ("a.`x-y`", "a.`x-y`"),
    ("R'a\\n' + b'\\xff' + 1.50 + 2U + 1e9", '"a\\\\n" + b"\\xff" + 1.5 + 2u + 1000000000.0'),
    ("a // }\n.b", "a.b"),
    ("index_by(xs, 'k')", 'index_by(xs, "k")'),
]


@pytest.mark.parametrize(("text", "form"), FORMS, ids=[row[0] for row in FORMS])
def test_normal_forms(text: str, form: str) -> None:
    node = parse(text)
    assert not isinstance(node, Problem), node
    assert show(node) == form
    assert parse(form) == node


PROBLEMS = [
    ("", "P0303", "an empty expression", ""),
    ("1 +", "P0301", "a value expected, the expression ends", "+"),
    ("(1", "P0301", ") expected, the expression ends", "1"),
    ("a b", "P0301", "an operator or the end expected, found b", "b"),
    ("[1 2]", "P0301", ", expected, found 2", "2"),
    ("a ? b", "P0301", ": expected, the expression ends", "b"),
    ("a.true", "P0301", "the name of a field expected, true is a reserved word", "true"),
    ("namespace", "P0301", "a value expected, namespace is a reserved word", "namespace"),
    ("'abc", "P0304", "text that does not end", "'abc"),
    (r"'\q'", "P0304", r"\q is no escape", r"\q"),
    (r"'\ud800'", "P0304", r"\ud800 is no escape", r"\ud800"),
    ("9223372036854775808", "P0305", "9223372036854775808 is out of range", "9223372036854775808"),
    ("18446744073709551616u", "P0305", "18446744073709551616u is out of range", "18446744073709551616u"),
    ("1e999", "P0305", "1e999 is out of range", "1e999"),
    ("a # b", "P0301", "unexpected character '#'", "#"),
    ("xs.map(x)", "P0308", "map is written list.map(x, expression)", "map(x)"),
    ("has(a)", "P0308", "has is written has(x.field)", "has(a)"),
    ("xs.all(1, x)", "P0308", "all is written list.all(x, condition)", "all(1, x)"),
    ("(" * 100 + "1" + ")" * 100, "P0306", "an expression may be nested 64 deep and chained 128 long", "("),
    ("a" + ".b" * 200, "P0306", "an expression may be nested 64 deep and chained 128 long", "a" + ".b" * 200),
    ("!" * 5000 + "a", "P0306", "an expression may be nested 64 deep and chained 128 long", "!" * 5000 + "a"),
]


@pytest.mark.parametrize(("text", "code", "summary", "place"), PROBLEMS, ids=[row[0][:20] for row in PROBLEMS])
def test_problems(text: str, code: str, summary: str, place: str) -> None:
    found = parse(text)
    assert isinstance(found, Problem)
    assert told(found)[:2] == (code, summary)
    assert text[found.start : found.end] == place


def test_equal_texts_share_one_tree() -> None:
    assert parse("x.y + 1") is parse("x.y + 1")


NAMES = st.sampled_from(["a", "b", "inputs", "xs"])
LITERALS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
    st.binary(max_size=8),
    st.integers(0, 2**64 - 1).map(Uint),
).map(lambda value: Literal(value=value))


def extended(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    field = st.one_of(NAMES, st.just("namespace"), st.just("in"), st.just("x-y"))
    pair = st.builds(Entry, key=inner, value=inner, optional=st.booleans())
    return st.one_of(
        st.builds(Select, operand=inner, field=field, optional=st.booleans()),
        st.builds(Index, operand=inner, index=inner, optional=st.booleans()),
        st.builds(Has, operand=inner, field=field),
        st.builds(Call, function=st.just("f"), arguments=st.tuples(inner), target=st.none() | inner),
        st.builds(Unary, operator=st.just("!"), operand=inner),
        st.builds(Unary, operator=st.just("-"), operand=NAMES.map(lambda name: Name(name=name))),
        st.builds(Binary, operator=st.sampled_from(["||", "&&", "==", "<", "in", "+", "-", "*", "%"]), left=inner, right=inner),
        st.builds(Conditional, condition=inner, then=inner, otherwise=inner),
        st.builds(ListLiteral, items=st.tuples(st.builds(Item, value=inner, optional=st.booleans()))),
        st.builds(MapLiteral, entries=st.tuples(pair, pair)),
        st.builds(
            Comprehension,
            macro=st.sampled_from(["map", "filter", "all"]),
            target=inner,
            variables=NAMES.map(lambda name: (name,)),
            bodies=st.tuples(inner),
        ),
        st.builds(Bind, variable=NAMES, value=inner, body=inner),
    )


TREES = st.recursive(st.one_of(LITERALS, NAMES.map(lambda name: Name(name=name))), extended, max_leaves=12)


@settings(max_examples=500, deadline=None)
@given(TREES)
def test_what_is_printed_reads_as_the_same_tree(node: Node) -> None:
    assert parse(show(node)) == node


SCRAPS = (
    "a inputs orders each . .? [ ] ( ) { } ${ } $ ' \" ''' r' b\" \\ // \n ? : , + - * / % ! == != <= in && || 1 1.5 2u "
    "0x 1e9 true null has map filter all exists cel.bind optional.of .orValue .map(x, x) size( `q-r` => ?? ?. for [*] "
    "var local data module Fn:: !Ref \ud800 é 😀 \x00 = & | @ # timestamp duration format %s matches"
)
PIECES = st.sampled_from(SCRAPS.split(" "))
SOUP = st.one_of(st.text(), st.lists(PIECES, max_size=30).map(" ".join), st.lists(PIECES, max_size=30).map("".join))


@settings(max_examples=1500, deadline=None)
@given(SOUP)
@example("[" * 5000)
@example("{" * 5000)
@example("a." * 5000)
@example("1+" * 5000 + "1")
@example("-" * 5000)
@example("a?b:" * 5000 + "c")
@example("f(" * 5000)
@example("a[" * 5000)
@example("1" * 10_000)
@example("${" * 5000)
@example("'" * 5001)
def test_no_text_breaks_anything(text: str) -> None:
    """Every outcome is a tree or problems whose spans lie in the text."""
    scope = Scope(roots=ROOTS, digest=digest)
    node = parse(text)
    if isinstance(node, Problem):
        assert 0 <= node.start <= node.end <= len(text)
    else:
        references(node)
        check(node, Types())
        evaluate(node, scope)
    for scalar in (text, "${" + text + "}"):
        template = parse_template(scalar)
        if isinstance(template, list):
            assert template
            assert all(0 <= found.start <= found.end <= len(scalar) for found in template)


OPERANDS = (
    "inputs.n inputs.name inputs.none inputs.list inputs.zones orders.QueueUrl orders.Count subnet "
    "password each.key nat 1 1.5 'a' null true [] {} b'a' 2u orders"
)
SIGNS = "|| && == < in + - * / %"
MACROS = "map filter all exists exists_one sortBy index_by optMap optFlatMap"
GLOBALS = (
    "size string int double bool bytes type dyn keys values flatten distinct sort range merge product zip to_json "
    "from_json to_yaml base64 base64_decode sha256 sum cidr_netmask timestamp duration optional.of "
    "optional.ofNonZeroValue math.abs math.round math.greatest strings.quote"
)
METHODS = "contains startsWith split join indexOf substring format matches orValue or reverse repeat charAt"
BARE = "size trim value hasValue first last getHours"


def any_of(words: str) -> st.SearchStrategy[str]:
    return st.sampled_from(words.split())


TYPED = st.recursive(
    any_of(OPERANDS),
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, any_of(SIGNS), inner),
        st.builds("({} ? {} : {})".format, inner, inner, inner),
        st.builds("[{}, ?{}]".format, inner, inner),
        st.builds("{{{}: {}}}".format, inner, inner),
        st.builds("{}.{}(x, {})".format, inner, any_of(MACROS), inner),
        st.builds("({}).transformMap(k, v, {}, {})".format, inner, inner, inner),
        st.builds("{}({})".format, any_of(GLOBALS), inner),
        st.builds("{}.{}({})".format, inner, any_of(METHODS), inner),
        st.builds("{}.{}()".format, inner, any_of(BARE)),
        st.builds("{}.{}".format, inner, any_of("a ?b SubnetId")),
        st.builds("has({}.a)".format, inner),
    ),
    max_leaves=8,
)


@settings(max_examples=1500, deadline=None)
@given(TYPED)
def test_no_expression_breaks_check_or_evaluation(text: str) -> None:
    node = parse(text)
    if not isinstance(node, Problem):
        check(node, Types())
        found = evaluate(node, Scope(roots=ROOTS, digest=digest))
        if isinstance(found, Problem):
            assert 0 <= found.start <= found.end <= len(text)
            assert "hunter2" not in repr(found)
