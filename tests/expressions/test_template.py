"""Scalars with expressions in them: where they begin and end, what they give, what they refer to."""

from __future__ import annotations

import pytest

from engine.expressions import Problem, Template, parse_template, references
from providers.contract.values import Secret
from tests.expressions.scopes import QUEUE, scalar_of, told

PLAIN = [
    ("", ""),
    ("plain", "plain"),
    ("$5 and $", "$5 and $"),
    ("$${aws:username}", "${aws:username}"),
    ("a $$${x} b", "a $${x} b"),
    ("$${a} $${b}", "${a} ${b}"),
    ("$$ {a}", "$$ {a}"),
]


@pytest.mark.parametrize(("text", "value"), PLAIN)
def test_plain_text(text: str, value: str) -> None:
    assert parse_template(text) == value


VALUES = [
    ("${inputs.n}", 3),
    (" \n${ inputs.list }\n", ["x", "y"]),
    ("${inputs.n} ", 3),
    ("n=${inputs.n}", "n=3"),
    ("${inputs.n}${inputs.n}", "33"),
    ("${inputs.name}-${inputs.on}-${1.0}-${2.5}", "shop-true-1-2.5"),
    ("${{'a': {'b': '}'}}.a.b}", "}"),
    ("${'}' + \"}\" + r'}' + '''}''' // } not here\n}!", "}}}}!"),
    ("$${x} is ${inputs.n}", "${x} is 3"),
    ("${orders.QueueUrl}", QUEUE),
    ("x${[1].map(v, {'k': v})[0].k}", "x1"),
    ("${inputs.none}", None),
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_values(text: str, value: object) -> None:
    found = scalar_of(text)
    assert found == value
    assert type(found) is type(value)


def test_text_with_a_secret_part_is_secret() -> None:
    found = scalar_of("postgres://u:${password}@h/${inputs.name}")
    assert found == Secret("postgres://u:hunter2@h/shop")
    assert scalar_of("${password}") == Secret("hunter2")


PROBLEMS = [
    ("a ${b", "P0302", "${ without its }", "${"),
    ("${a.b + }", "P0301", "a value expected, the expression ends", " "),
    ("x ${}", "P0303", "an empty expression", ""),
    ("${'a${b}'}", "P0307", "${ inside a text of an expression", "${"),
    ("${ ${a} }", "P0307", "${ inside an expression", "${"),
    ("list: ${inputs.list}", "P0317", "inputs.list is a list, which has no form inside text", "inputs.list"),
    ("x${inputs.none}", "P0317", "inputs.none is null, which has no form inside text", "inputs.none"),
    ("é ${inputs.nope}", "P0320", "inputs has no nope", "inputs.nope"),
]


@pytest.mark.parametrize(("text", "code", "summary", "place"), PROBLEMS)
def test_problems_and_their_places(text: str, code: str, summary: str, place: str) -> None:
    found = scalar_of(text)
    assert told(found)[:2] == (code, summary)
    assert isinstance(found, list)
    first = found[0]
    assert isinstance(first, Problem)
    assert text[first.start : first.end] == place


def test_every_expression_of_a_scalar_is_read() -> None:
    found = parse_template("${a b} and ${c d} and ${e}")
    assert isinstance(found, list)
    assert [item.start for item in found] == [4, 15]


REFERENCES = [
    ("${orders.QueueUrl}", [("orders", ("QueueUrl",), False, "orders.QueueUrl")]),
    ('${subnet["a"].Tags[0].Key}', [("subnet", ("a", "Tags", 0, "Key"), False, 'subnet["a"].Tags[0].Key')]),
    (
        "${subnet[each.key].SubnetId}",
        [("subnet", (), False, "subnet"), ("each", ("key",), False, "each.key")],
    ),
    ("${nat.?Id.orValue(null)}", [("nat", ("Id",), True, "nat.?Id")]),
    ("${has(nat.Id)}", [("nat", ("Id",), True, "has(nat.Id)"[4:])]),
    (
        "${values(subnet).map(s, s.Id + vpc.Id)}",
        [("subnet", (), False, "subnet"), ("vpc", ("Id",), False, "vpc.Id")],
    ),
    ("${xs.map(s, s).map(t, s.a)}", [("xs", (), False, "xs"), ("s", ("a",), False, "s.a")]),
    ("${cel.bind(v, a.b, v + v)}", [("a", ("b",), False, "a.b")]),
    ("${type(a) == int}", [("a", (), False, "a")]),
    ("x ${a} y ${f(b.c)}", [("a", (), False, "a"), ("b", ("c",), False, "b.c")]),
    ("${stacks.network.vpc}", [("stacks", ("network", "vpc"), False, "stacks.network.vpc")]),
]


@pytest.mark.parametrize(("text", "expected"), REFERENCES, ids=[row[0] for row in REFERENCES])
def test_references(text: str, expected: list[tuple[str, tuple[str | int, ...], bool, str]]) -> None:
    template = parse_template(text)
    assert isinstance(template, Template)
    found = [(item.root, item.path, item.guarded, text[item.start : item.end]) for item in references(template)]
    assert [row[:3] for row in found] == [row[:3] for row in expected]
    assert all(have[3].startswith(want[3]) or want[3] in have[3] for have, want in zip(found, expected))
