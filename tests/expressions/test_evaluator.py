"""Operators, members, macros and conversions on known values, as one table."""

from __future__ import annotations

import pytest

from engine.expressions import Problem
from tests.expressions.scopes import told, value_of

VALUES = [
    ("1 + 2 * 3", 7),
    ("(1 + 2) * 3", 9),
    ("7 / 2", 3),
    ("-7 / 2", -3),
    ("-7 % 2", -1),
    ("7.0 / 2.0", 3.5),
    ("1.0 / 0.0 > 1e300", True),
    ("0x1F + 1", 32),
    ("5u + 2u", 7),
    ("1 == 1.0 && 1u == 1 && 1 < 1.5", True),
    ("1 == true", False),
    ("'a' + \"b\" + r'\\n' + '''c''' + \"\"\"d\"\"\"", "ab\\ncd"),
    (r'"\t\x41\u00e9\101\U0001F600\""', '\tAéA\U0001f600"'),
    ("[1, 2] + [3]", [1, 2, 3]),
    ("[1, 'a', null, true, 1.5, {'k': []}]", [1, "a", None, True, 1.5, {"k": []}]),
    ("2 in [1, 2]", True),
    ("'a' in {'a': 1}", True),
    ("'b' < 'c' && !false && -3 < -(2)", True),
    ("true ? 'y' : 1 / 0", "y"),
    ("false && 1 / 0 == 1", False),
    ("1 / 0 == 1 && false", False),
    ("1 / 0 == 1 || true", True),
    ("inputs.n + inputs.zones.a", 3),
    ("inputs.zones['b']", 1),
    ("inputs.list[0]", "x"),
    ("inputs.list[?7].orValue('z')", "z"),
    ("inputs.?none.orValue(4)", 4),
    ("inputs.?zones.?c.hasValue()", False),
    ("inputs.?zones.a.orValue(9)", 0),
    ("nat.?NatGatewayId.orValue(null)", None),
    ("has(inputs.n) && !has(inputs.nope) && !has(inputs.none)", True),
    ("optional.of(1).or(optional.none()).value()", 1),
    ("optional.ofNonZeroValue('').orValue('d')", "d"),
    ("optional.of(2).optMap(x, x + 1).orValue(0)", 3),
    ("optional.of(2).optFlatMap(x, optional.none()).orValue(0)", 0),
    ("[?optional.none(), ?optional.of(1)]", [1]),
    ("{?'a': optional.none(), ?'b': optional.of(1)}", {"b": 1}),
    ("inputs.zones.map(k, k)", ["a", "b"]),
    ("[1, 2, 3].map(x, x > 1, x * 2)", [4, 6]),
    ("[1, 2, 3].filter(x, x != 2)", [1, 3]),
    ("[1, 2].all(x, x > 0) && [1, 2].exists(x, x == 2) && [1, 2].exists_one(x, x == 2)", True),
    ("[0, 1].exists(x, 1 / x == 1)", True),
    ("[5, 6].all(i, x, x > i)", True),
    ("inputs.zones.transformMap(k, v, v + 1)", {"a": 1, "b": 2}),
    ("inputs.zones.transformList(k, v, v > 0, k)", ["b"]),
    ("[{'n': 'b'}, {'n': 'a'}].sortBy(x, x.n).map(x, x.n)", ["a", "b"]),
    ("[{'n': 'b'}].index_by(x, x.n, 1)", {"b": 1}),
    ("cel.bind(x, 2, x * x)", 4),
    ("[[1, 2], [3]].map(x, x.map(y, y + size(x)))", [[3, 4], [4]]),
    ("type(1) == int && type('') == string && type(null) == null_type && type({}) == map", True),
    ("int('12') + int(3.9) + int(4u)", 19),
    ("double(1) * 1.5", 1.5),
    ("string(1) + string(1.0) + string(true) + string(2u)", "11true2"),
    ("bool('true')", True),
    ("string(b'\\x61')", "a"),
    ("string(timestamp('2026-01-31T23:59:59.5Z') + duration('1h'))", "2026-02-01T00:59:59.5Z"),
    ("string(timestamp('2026-01-02T00:00:00+01:00') - timestamp('2026-01-01T00:00:00Z'))", "82800s"),
    ("duration('90m') > duration('1h') && timestamp('2026-03-04T00:00:00Z').getMonth() == 2", True),
    ("dyn(1) == 1", True),
    ("inputs.`name`", "shop"),
    ("1 // one\n + 1", 2),
]


@pytest.mark.parametrize(("text", "value"), VALUES, ids=[text for text, _ in VALUES])
def test_values(text: str, value: object) -> None:
    found = value_of(text)
    assert found == value
    assert type(found) is type(value)


PROBLEMS = [
    ("1 * 1.5", "P0314", "int * double is not defined", "CEL does not mix int and double: write double(x), or 1.0 for 1"),
    ("'a' + 1", "P0314", "string + int is not defined", "write string(x) for the int"),
    ("1 in 2", "P0314", "int in int is not defined", "in looks for a key in a map, or an item of its type in a list"),
    ("!1", "P0314", "! takes a bool, not an int", ""),
    ("-'a'", "P0314", "- takes an int or a double, not a string", ""),
    ("1 ? 2 : 3", "P0318", "a condition is a bool, not an int", ""),
    ("1 / 0", "P0322", "division by zero", ""),
    ("9223372036854775807 + 1", "P0322", "an int overflows: it has 64 bits", ""),
    ("1u - 2u", "P0322", "a uint overflows: it has 64 bits and no sign", ""),
    ("inputs.nam", "P0320", "inputs has no nam", "did you mean name?"),
    ("inputs.list[2]", "P0321", "inputs.list has 2 items, none at 2", ""),
    ("inputs.none.x", "P0315", "inputs.none is null", "write inputs.none.?x.orValue(...)"),
    ("inputs.n.x", "P0316", "inputs.n is an int, which has no members", ""),
    ("inputs[1]", "P0327", "a key is a string, not an int", ""),
    ("{'a': 1, 'a': 2}", "P0327", 'the key "a" stands twice in a map', ""),
    ("{1: 2}", "P0327", "a key is a string, not an int", "write string(x)"),
    ("input.n", "P0310", 'unknown name "input"', 'did you mean "inputs"?'),
    ("nope(1)", "P0311", 'unknown function "nope"', ""),
    ("upperAscii('a')", "P0311", 'unknown function "upperAscii"', "write string.upperAscii()"),
    ("'a'.contain('b')", "P0311", 'unknown function "contain"', "did you mean contains?"),
    ("'a'.contains(1)", "P0313", "contains takes a string here, not an int", "write string.contains(string)"),
    ("'a'.contains()", "P0313", "contains does not take 0 arguments", "write string.contains(string)"),
    ("(1).map(x, x)", "P0314", "map is of a list or a map, not of an int", ""),
    ("b'a'", "P0326", "bytes is no value of a property", "write base64(x), or string(x)"),
    ("optional.of(1)", "P0326", "an optional is no value of a property", "end it with .orValue(x)"),
    ("int('x')", "P0323", "'x' is no int", ""),
]


@pytest.mark.parametrize(("text", "code", "summary", "help"), PROBLEMS, ids=[row[0] for row in PROBLEMS])
def test_problems(text: str, code: str, summary: str, help: str) -> None:
    assert told(value_of(text)) == (code, summary, help)


def test_a_problem_has_the_span_of_what_is_wrong() -> None:
    text = "1 + (2 * inputs.nope)"
    found = value_of(text)
    assert isinstance(found, Problem)
    assert text[found.start : found.end] == "inputs.nope"


def test_attributes_may_be_computed_when_asked() -> None:
    class Lazy(dict[str, object]):
        def __missing__(self, key: str) -> object:
            if key == "later":
                return 5
            raise KeyError(key)

    roots = {"r": Lazy({"now": 1})}
    assert value_of("r.now + r.later", roots) == 6  # type: ignore[arg-type]
    assert told(value_of("r.never", roots))[1] == "r has no never"  # type: ignore[arg-type]
