"""No YAML document, however malformed, gives a traceback or a crash."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from stacks.keys import STACK_FILE
from stacks.shapes import Is, Shape
from tests.stacks.support import loaded, readers, told
from tests.stacks.test_load import SHOP

PIECES = [
    "${", "}", "$${", "|", "> ", "- ", "? ", ": ", "{", "}", "[", "]", "\t", "\n", "  ", "&a ", "*a", "<<: ", "!Ref ",
    "'", '"', "#", " #", "---\n", "...\n", "%YAML 1.2\n", "\x00", "é", "\U0001f600", "null", "~", "0400", "\r\n", "\\",
    "stack: x\n", "${a ? b : c}", "${inputs.size}", "{{ .Values }}", "1e999", ".inf", "0o9", "0x", "@", "`", "\ufeff",
    "\ue000", "\ud7ff", "resources:\n", "  a: {type: Memory::Thing}\n", "!!int x", "!!binary x", "\u2028", "\x85",
]  # fmt: skip
KINDS = ["AWS::SQS::Queue", "AWS::EC2::Subnet", "Memory::Thing", "apps/v1/Deployment", "a/b:c", "::", "/", "v1/"]
TEXTS = st.sampled_from(
    [
        *KINDS, "x", "", "a.b", "a[0", "${a}", "${a.Id}", "${each.key}", "${1", "${'a': 1}", "90s", "${inputs.a + 1}", "$${",
        "./x", "v1", "ConfigMap", "yes", "0400", "..", "../..", "a/b/c/d", "shop.a/Deployment.apps/default/a", "${values(a)}",
        "\ue000",
    ]
)  # fmt: skip
SCALARS = st.one_of(TEXTS, st.none(), st.booleans(), st.integers(-3, 10**20), st.floats(), st.text(max_size=6))
NAMES = st.sampled_from(["a", "b", "namespace", "A b", "", "${a}", "Name", "apiVersion", "kind", "metadata", "name", "spec"])
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=6
)


def of_shape(shape: Shape) -> st.SearchStrategy[Any]:
    """Trees that are often right, and often not."""
    match shape.kind:
        case Is.RECORD:
            keys = {name: of_shape(key.shape) for name, key in shape.keys.items()}
            inner: st.SearchStrategy[Any] = st.fixed_dictionaries({}, optional=keys)
        case Is.MAP:
            inner = st.dictionaries(NAMES, of_shape(shape.items) if shape.items else TREES, max_size=3)
        case Is.LIST:
            inner = st.lists(of_shape(shape.items) if shape.items else TREES, max_size=2)
        case Is.EITHER:
            inner = st.one_of(*(of_shape(option) for option in shape.options))
        case Is.TEXT if shape.choices:
            inner = st.sampled_from(shape.choices)
        case Is.PROPERTIES:
            inner = st.dictionaries(NAMES, TREES, max_size=4)
        case _:
            inner = TREES
    return st.one_of(inner, inner, inner, inner, TREES)


FILES = {"stacks/x/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", "stacks/x/b.txt": "b"}
QUIET = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def survives(text: str | bytes) -> None:
    result = loaded({"stacks/shop.plumb.yaml": text, **FILES}, readers=readers())
    assert isinstance(told(result), str)
    for diagnostic in result.diagnostics:
        source = diagnostic.source
        assert source is None or (source.line >= 1 and source.column >= 1)


@QUIET
@given(st.data())
def test_a_good_file_cut_and_spliced(data: st.DataObject) -> None:
    text = SHOP
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(text)))
        cut = data.draw(st.integers(0, 12))
        text = text[:at] + data.draw(st.sampled_from(PIECES)) + text[at + cut :]
    survives(text.encode("utf-8", "surrogatepass"))


@QUIET
@given(st.dictionaries(st.sampled_from(sorted(STACK_FILE.keys)), TREES), of_shape(STACK_FILE))
def test_any_tree_in_any_place(extra: dict[str, Any], tree: Any) -> None:
    document = {"stack": "shop", **tree, **extra} if isinstance(tree, dict) else tree
    survives(yaml.safe_dump(document, allow_unicode=True))


@QUIET
@given(st.binary(max_size=200))
@example(b"\xff\xfe\x00")
@example(b"")
def test_any_bytes(data: bytes) -> None:
    survives(data)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "{" * 100_000,
        "- " * 100_000,
        "? " * 50_000,
        "a: &a [*a]\n",
        "stack: shop\nlocals: {a: " + "(" * 60_000 + "}\n",
        'stack: shop\nlocals:\n  a: "${' + "(" * 60_000 + '}"\n',
        'stack: shop\nlocals:\n  a: "${' + "[" * 60_000 + '"\n',
        "stack: shop\nlocals:\n  a: " + "${" * 5_000 + "\n",
        "stack: shop\nlocals: {a: " + "${a: b}, " * 3_000 + "}\n",
        "stack: shop\nresources: {" + ", ".join(f"r{i}: {{type: Memory::Thing, read: ${{x}}}}" for i in range(300)) + "}\n",
        "!!" * 10_000,
        "&a " * 1_000,
        "a: b\n" * 20_000,
        "%TAG ! tag:x,2000:\n---\na: !x b\n",
        "stack: shop\nlocals: {a: 99999999999999999999999999999999999999999999999999999999999999999999999999999999999}\n",
        "stack: shop\nlocals: {a: " + "9" * 500_000 + "}\n",
    ],
)
def test_what_breaks_parsers(text: str) -> None:
    survives(text)
