"""What an Unknown does to each form, and the law of residuals."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.expressions import Problem
from providers.contract.values import Secret, Unknown, Value, is_known, walk
from tests.expressions.scopes import COUNT, PASSWORD, QUEUE, digest, scalar_of, value_of

Q = "shop.orders.QueueUrl"
KNOWN = [
    ("false && orders.QueueUrl == 'x'", False),
    ("orders.QueueUrl == 'x' && false", False),
    ("orders.QueueUrl == 'x' || true", True),
    ("true ? 1 : orders.QueueUrl", 1),
    ("size([orders.QueueUrl, 1])", 2),
    ("size(subnet)", 2),
    ("keys({'a': orders.QueueUrl})", ["a"]),
    ("1 in [orders.QueueUrl, 1]", True),
    ("[orders.QueueUrl] == [1, 2]", False),
    ("{'a': orders.QueueUrl, 'b': 1} == {'a': 'x', 'b': 2}", False),
    ("[1, orders.Count].exists(x, x == 1)", True),
    ("[1, orders.Count].all(x, x == 2)", False),
    ("has(orders.QueueName)", True),
    ("orders.?Nope.hasValue()", False),
]


@pytest.mark.parametrize(("text", "value"), KNOWN, ids=[row[0] for row in KNOWN])
def test_what_does_not_depend_on_it_is_known(text: str, value: object) -> None:
    assert value_of(text) == value


RESIDUALS = [
    ("orders.QueueUrl + '/x'", "string", f'({Q} + "/x")'),
    ("orders.QueueUrl.contains(inputs.name)", "boolean", f'{Q}.contains("shop")'),
    ("orders.QueueUrl.size() + inputs.n", "integer", f"({Q}.size() + 3)"),
    ("!(orders.QueueUrl == 'a')", "boolean", f'(!({Q} == "a"))'),
    ("true && orders.QueueUrl == 'a'", "boolean", f'({Q} == "a")'),
    ("orders.QueueUrl == 'a' ? 1 : 1 / 0", "integer", f'(({Q} == "a") ? 1 : error("division by zero"))'),
    ("orders.QueueUrl.foo", "any", f"{Q}.foo"),
    ("orders.QueueUrl['a b']", "any", f'{Q}["a b"]'),
    ("inputs.list[orders.Count]", "any", '["x", "y"][shop.orders.Count]'),
    ("orders.?QueueUrl.orValue('d')", "any", f'optional.ofNullable({Q}).orValue("d")'),
    ("to_json({'b': 1, 'a': orders.QueueUrl})", "string", f'to_json({{"a": {Q}, "b": 1}})'),
    ("{orders.QueueUrl: 1}", "map", f"{{{Q}: 1}}"),
    ("orders.QueueUrl.map(x, x + inputs.name)", "list", f'{Q}.map(_0, (_0 + "shop"))'),
    ("orders.QueueUrl.map(y, y.map(x, [y, x]))", "list", f"{Q}.map(_0, _0.map(_1, [_0, _1]))"),
    ("[orders.QueueUrl, 'b'].join(',')", "string", f'[{Q}, "b"].join(",")'),
    ("orders.QueueUrl + password", "string", f"({Q} + secret:{digest('hunter2')})"),
    ("3 in [1, orders.Count]", "boolean", "(3 in [1, shop.orders.Count])"),
    ("[1, 2].filter(x, x > orders.Count)", "list",
     "flatten([((1 > shop.orders.Count) ? [1] : []), ((2 > shop.orders.Count) ? [2] : [])])"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "residual"), RESIDUALS, ids=[row[0] for row in RESIDUALS])
def test_residuals(text: str, kind: str, residual: str) -> None:
    found = value_of(text)
    assert isinstance(found, Unknown)
    assert (found.kind, found.residual) == (kind, residual)
    assert found.origin.startswith("shop.orders.")


def test_the_shape_stays_where_only_members_are_unknown() -> None:
    assert value_of("[1, orders.QueueUrl]") == [1, QUEUE]
    assert value_of("values(subnet).map(s, s.SubnetId)") == [QUEUE, "subnet-b"]
    assert value_of("subnet.transformMap(k, s, s.SubnetId)") == {"a": QUEUE, "b": "subnet-b"}
    assert value_of("merge({'a': 1}, {'b': orders.Count})") == {"a": 1, "b": COUNT}
    assert value_of("flatten([[orders.Count], [1]])") == [COUNT, 1]
    assert value_of("orders.QueueUrl") is QUEUE


def test_text_with_an_unknown_part_is_unknown_text() -> None:
    found = scalar_of("arn:${inputs.n}:${orders.QueueUrl}/${password}")
    secret = f"secret:{digest('hunter2')}"
    assert found == Unknown(kind="string", origin=Q, residual=f'("arn:3:" + string({Q}) + "/" + {secret})')


def test_a_secret_is_in_a_residual_only_as_a_digest() -> None:
    for text in ("[password, orders.Count].distinct()", "orders.QueueUrl == password", "orders.Count in [password]"):
        found = value_of(text)
        assert isinstance(found, Unknown)
        assert "hunter2" not in found.residual


# The law: evaluate with unknowns, then read the residuals with the values known; or evaluate with all known.

LEAVES = {"a.s": "str", "a.n": 2, "a.m": 7, "a.b": True, "a.l": [1, 2, 5], "k.s": "k", "k.n": 1, "k.b": False}
INTS = st.recursive(
    st.sampled_from(["a.n", "a.m", "k.n", "0", "1", "2"]),
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "/", "%"]), inner),
        st.builds("(a.b ? {} : {})".format, inner, inner),
        st.builds("size([{}, {}])".format, inner, inner),
        st.builds("[{}, {}][{}]".format, inner, inner, inner),
        st.builds("sum([{}, {}])".format, inner, inner),
    ),
    max_leaves=5,
)
STRINGS = st.recursive(
    st.sampled_from(["a.s", "k.s", "'x'", "''"]),
    lambda inner: st.one_of(
        st.builds("({} + {})".format, inner, inner),
        st.builds("[{}, {}].join('-')".format, inner, inner),
        st.builds("string({})".format, INTS),
        st.builds("{{'x': {}}}.x".format, inner),
        st.builds("{{'x': {}}}.?y.orValue({})".format, inner, inner),
        st.builds("to_json([{}])".format, inner),
    ),
    max_leaves=5,
)
BOOLS = st.recursive(
    st.one_of(
        st.sampled_from(["a.b", "k.b", "true", "a.l.exists(x, x == k.n)", "a.l.all(x, x > a.n)"]),
        st.builds("({} {} {})".format, INTS, st.sampled_from(["<", "<=", "==", "!="]), INTS),
        st.builds("({} == {})".format, STRINGS, STRINGS),
        st.builds("({} in [{}, {}])".format, INTS, INTS, INTS),
        st.builds("[{}, {}].exists_one(x, x > {})".format, INTS, INTS, INTS),
    ),
    lambda inner: st.one_of(
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
        st.builds("!{}".format, inner),
    ),
    max_leaves=4,
)
LISTS = st.one_of(
    st.builds("[{}, {}].map(x, x > {}, x + {})".format, INTS, INTS, INTS, INTS),
    st.builds("a.l.map(x, x + {})".format, INTS),
    st.builds("[{}, {}].sortBy(x, -x)".format, INTS, INTS),
    st.builds("keys({{{}: {}, 'z': 1}})".format, STRINGS, INTS),
    st.builds("[{}, {}].index_by(x, string(x)).keys()".format, INTS, INTS),
    st.builds("a.l.filter(x, {} > x).map(y, a.l.map(z, y * z))".format, INTS),
    st.builds("distinct([{}, {}])".format, INTS, INTS),
)
EXPRESSIONS = st.one_of(INTS, STRINGS, BOOLS, LISTS)


def tree(unknown: frozenset[str]) -> dict[str, Value]:
    kinds = {str: "string", int: "integer", bool: "boolean", list: "list"}
    result: dict[str, Value] = {"a": {}, "k": {}}
    for path, value in LEAVES.items():
        root, name = path.split(".")
        section = result[root]
        assert isinstance(section, dict)
        section[name] = Unknown(kind=kinds[type(value)], origin=path) if path in unknown else value  # type: ignore[assignment]
    return result


def substituted(value: Value | Problem, roots: Mapping[str, Value]) -> Value | Problem:
    if isinstance(value, Unknown):
        return value_of(value.residual or value.origin, roots)
    if isinstance(value, list):
        parts = [substituted(item, roots) for item in value]
        return next((part for part in parts if isinstance(part, Problem)), parts)  # type: ignore[return-value]
    return value


@settings(max_examples=400, deadline=None)
@given(EXPRESSIONS, st.frozensets(st.sampled_from(["a.s", "a.n", "a.m", "a.b", "a.l"])))
def test_a_residual_gives_what_the_expression_gives(text: str, unknown: frozenset[str]) -> None:
    known = tree(frozenset())
    later = substituted(value_of(text, tree(unknown)), known)
    at_once = value_of(text, known)
    if isinstance(at_once, Problem):
        return  # an unknown member that becomes an error may have been left out before, as in size([x])
    assert not isinstance(later, Problem), (text, at_once, later)
    assert at_once == later, (text, at_once, later)
    assert type(at_once) is type(later)


@settings(max_examples=300, deadline=None)
@given(EXPRESSIONS, st.sampled_from(["a.s", "a.n", "a.b", "a.l"]))
def test_a_secret_never_reaches_a_clear_value(text: str, secret: str) -> None:
    """Two runs that differ in one secret give clear parts that are equal."""
    other = {"a.s": "other", "a.n": 11, "a.b": False, "a.l": [9]}[secret]
    results = []
    for value in (LEAVES[secret], other):
        roots = tree(frozenset())
        root, name = secret.split(".")
        section = roots[root]
        assert isinstance(section, dict)
        section[name] = Secret(value)  # type: ignore[arg-type]
        found = value_of(text, roots)
        results.append("problem" if isinstance(found, Problem) else [(p, repr(v)) for p, v in walk(found)])
        if isinstance(found, Problem):
            assert "other" not in found.diagnostic.summary
    if "problem" not in results:
        assert results[0] == results[1], (text, results)


def test_is_known_agrees() -> None:
    assert not is_known(value_of("[orders.QueueUrl]"))  # type: ignore[arg-type]
    assert value_of("password") is PASSWORD
