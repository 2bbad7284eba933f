"""Every function once, and its refusals."""

from __future__ import annotations

import pytest

from engine.expressions.functions import FUNCTIONS
from tests.expressions.scopes import told, value_of

VALUES = [
    ("'abc'.contains('b') && 'abc'.startsWith('a') && 'abc'.endsWith('c')", True),
    ("'aÉ'.lowerAscii() + 'aé'.upperAscii()", "aÉAé"),
    ("' a '.trim() + 'ab'.reverse() + 'ab'.repeat(2)", "abaabab"),
    ("'hello'.indexOf('l') + 'hello'.lastIndexOf('l') + 'hello'.indexOf('z')", 4),
    ("'hello'.indexOf('l', 3) + 'hello'.lastIndexOf('l', 2)", 5),
    ("'hello'.substring(1, 3) + 'hello'.substring(4) + 'hello'.charAt(0)", "eloh"),
    ("'a-b-c'.replace('-', '+') + 'a-b-c'.replace('-', '', 1)", "a+b+cab-c"),
    ("'a,b,c'.split(',')", ["a", "b", "c"]),
    ("'a,b,c'.split(',', 2)", ["a", "b,c"]),
    ("'abc'.split('')", ["a", "b", "c"]),
    ("['a', 'b'].join() + ['a', 'b'].join('-')", "aba-b"),
    ("'%s %d %.2f %x %%'.format(['a', 7, 1.5, 255])", "a 7 1.50 ff %"),
    ("'%s'.format([{'b': [1], 'a': null}])", '{"a":null,"b":[1]}'),
    ("'%b %o %X %e'.format([5, 8, 255, 12.0])", "101 10 FF 1.200000e+01"),
    ("trim_prefix('https://x', 'https://') + trim_suffix('a.zip', '.zip')", "xa"),
    ("strings.quote('a\"b')", '"a\\"b"'),
    ("size('é😀') + size(b'é') + size([1]) + size({'a': 1}) + [1].size()", 7),
    ("'ab12'.matches('^[a-z]+[0-9]{2}$') && matches('xay', 'a')", True),
    ("flatten([[1], [2, [3]], 4])", [1, 2, [3], 4]),
    ("distinct([1, 'a', 1.0, 'a', [1], [1]])", [1, "a", [1]]),
    ("sort(['b', 'a']) + [2, 1].sort().map(x, string(x))", ["a", "b", "1", "2"]),
    ("range(3) + range(5, 7)", [0, 1, 2, 5, 6]),
    ("reverse([1, 2]) + [1, 2, 3].slice(1, 2)", [2, 1, 2]),
    ("[1, 2].first().value() + [1, 2].last().value() + [].first().orValue(10)", 13),
    ("zip([1, 2], ['a', 'b'])", [[1, "a"], [2, "b"]]),
    ("zip(['k'], [1]).index_by(p, p[0], p[1])", {"k": 1}),
    ("product(['a', 'b'], [1, 2])", [["a", 1], ["a", 2], ["b", 1], ["b", 2]]),
    ("product({'z': [1], 'a': ['x', 'y']})", [{"a": "x", "z": 1}, {"a": "y", "z": 1}]),
    ("keys({'b': 1, 'a': 2}) + {'b': '1'}.keys()", ["a", "b", "b"]),
    ("values({'b': 1, 'a': 2})", [2, 1]),
    ("merge({'a': 1}, {'a': 2, 'b': 3})", {"a": 2, "b": 3}),
    ("merge([{'a': 1}, {'b': 2}])", {"a": 1, "b": 2}),
    ("deep_merge({'a': {'x': 1, 'y': 1}}, {'a': {'y': 2}})", {"a": {"x": 1, "y": 2}}),
    ("index_by([{'n': 'a', 'v': 1}], 'n')", {"a": {"n": "a", "v": 1}}),
    ("to_json({'b': [1, 2.5, null, true], 'a': 'é'})", '{"a":"é","b":[1,2.5,null,true]}'),
    ("from_json('{\"a\": [1, 1.5, null]}')", {"a": [1, 1.5, None]}),
    ("to_yaml({'b': [1], 'a': 'yes'})", "a: 'yes'\nb:\n- 1\n"),
    ("base64('é') + base64(b'\\xff')", "w6k=/w=="),
    ("base64_decode('w6k=')", "é"),
    ("sha256('a').substring(0, 8) + sha1('a').substring(0, 4) + md5('a').substring(0, 4)", "ca97811286f70cc1"),
    ("cidr_subnet('10.0.0.0/16', 8, 3)", "10.0.3.0/24"),
    ("cidr_subnet('fd00::/48', 16, 1)", "fd00:0:0:1::/64"),
    ("cidr_host('10.0.0.0/24', 5) + ' ' + cidr_host('10.0.0.0/24', -1)", "10.0.0.5 10.0.0.255"),
    ("cidr_contains('10.0.0.0/8', '10.1.0.0/16') && !cidr_contains('10.0.0.0/8', '11.0.0.1')", True),
    ("cidr_netmask('10.0.0.0/20') + string(cidr_prefix('10.0.0.0/20'))", "255.255.240.020"),
    ("cidr_overlaps('10.0.0.0/16', '10.0.1.0/24')", True),
    ("math.greatest(1, 3, 2) + math.least([4, 5]) + math.abs(-2) + math.sign(-9)", 8),
    ("math.ceil(1.2) + math.floor(1.8) + math.trunc(-1.5) + math.round(2.5)", 5.0),
    ("sum([1, 2, 3])", 6),
    ("lists.range(2)", [0, 1]),
    ("optional.ofNullable(null).hasValue()", False),
]


@pytest.mark.parametrize(("text", "value"), VALUES, ids=[row[0] for row in VALUES])
def test_values(text: str, value: object) -> None:
    found = value_of(text)
    assert found == value
    assert type(found) is type(value)


PROBLEMS = [
    ("['a', 1].join('-')", "join takes a list of strings, this one holds an int", "write list.map(x, string(x)).join(...)"),
    ("'%d'.format(['a'])", "%d is not defined for string", ""),
    ("'%d'.format([])", "the format wants more than 0 values", ""),
    ("'a'.format([1])", "the format wants 0 values, not 1", ""),
    ("'5%'.format([])", "a % in a format begins %s, %d, %f, %e, %b, %o, %x or %X", "a percent sign is written %%"),
    ("'a'.substring(2)", "position 2 is outside a text of 1 characters", ""),
    ("[1].slice(0, 2)", "a list of 1 items has no slice 0 to 2", ""),
    ("sort([1, 'a'])", "cannot sort int and string", "write list.sortBy(x, x.field)"),
    ("range(1000000000)", "a list made here may have 100,000 items", ""),
    ("zip([1], [])", "zip takes lists of one length, these have 1, 0 items", ""),
    ("index_by([{'a': 'k'}, {'a': 'k'}], 'a')", 'two items have the key "k"', ""),
    ("index_by([{'a': 'k'}], 'b')", "an item has no b", ""),
    ("from_json('{')", "this is no JSON (Expecting property name enclosed in double quotes, line 1)", ""),
    ("from_json('[' + '['.repeat(100000))", "JSON may be nested 64 deep", ""),
    ("base64_decode('?')", "this is no base64 of UTF-8 text", ""),
    ("cidr_subnet('10.0.0.1/16', 8, 0)", "'10.0.0.1/16' is no network", 'the network is "10.0.0.0/16"'),
    ("cidr_subnet('10.0.0.0/16', 20, 0)", "10.0.0.0/16 can be divided by 0 to 16 bits, not 20", ""),
    ("cidr_subnet('10.0.0.0/16', 1, 2)", "10.0.0.0/16 has 2 subnets of 1 bits, none of number 2", ""),
    ("cidr_host('10.0.0.0/30', 4)", "10.0.0.0/30 has 4 addresses, none of number 4", ""),
    ("timestamp('soon')", "'soon' is no timestamp", 'write "2026-01-31T12:00:00Z"'),
    ("duration('1 day')", "'1 day' is no duration", 'write "90s", "1h30m" or "250ms"'),
    ("'a'.matches('(a')", "'(a' is no pattern: a ( without its )", ""),
    ("size(1)", "size is not defined for int", "write size(string) or size(bytes) or size(list<A>)"),
    ("optional.none().value()", "the optional is empty", "write .orValue(x)"),
]


@pytest.mark.parametrize(("text", "summary", "help"), PROBLEMS, ids=[row[0] for row in PROBLEMS])
def test_refusals(text: str, summary: str, help: str) -> None:
    assert told(value_of(text))[1:] == (summary, help)


SECRETS = [
    "password + '!'",
    "'x' + password",
    "size(password)",
    "password == 'hunter2'",
    "password == 'hunter2' ? 'a' : 'b'",
    "password.startsWith('h')",
    "sha256(password)",
    "to_json({'a': password})",
    "['a', password].join(',')",
    "'%s'.format([password])",
    "{password: 1}",
    "{'hunter2': 1}[password]",
    "{'hunter2': 1}[?password].orValue(2)",
    "[1].filter(x, password == 'a')",
    "[1].exists(x, password == 'a')",
    "['b', 'a'].sortBy(x, x + password)",
    "password in ['hunter2']",
    "!(password == 'a')",
    "cel.bind(p, password, p + p)",
]


@pytest.mark.parametrize("text", SECRETS)
def test_what_is_computed_from_a_secret_is_one(text: str) -> None:
    found = value_of(text)
    assert repr(found) == "Secret(***)"


def test_a_secret_inside_of_a_tree_stays_where_it_is() -> None:
    assert repr(value_of("{'a': password, 'b': 1}")) == "{'a': Secret(***), 'b': 1}"
    assert repr(value_of("[password, 'x'].map(x, x + '!')")) == "[Secret(***), 'x!']"
    assert value_of("size([password])") == 1
    assert repr(value_of("values(merge({'a': password}, {'b': 1}))")) == "[Secret(***), 1]"


LEAKS = ["int(password)", "inputs[password]", "from_json(password)", "{password: 1, 'hunter2': 2}", "cidr_host(password, 1)",
         "index_by([{'k': password}], 'k')", "timestamp(password)", "{'a': 1}[password]"]  # fmt: skip


@pytest.mark.parametrize("text", LEAKS)
def test_no_message_tells_a_secret(text: str) -> None:
    assert "hunter2" not in " ".join(told(value_of(text)))


def test_every_function_is_called_in_these_tables() -> None:
    texts = " ".join(row[0] for row in VALUES)
    elsewhere = {"int", "uint", "double", "bool", "bytes", "string", "type", "dyn", "timestamp", "duration", "optional.of",
                 "optional.none", "optional.ofNonZeroValue", "or", "orValue", "value", "hasValue"}  # fmt: skip
    missing = {name for name, _ in FUNCTIONS if name not in texts and name not in elsewhere and not name.startswith("get")}
    assert not missing
