"""The reading of YAML: scalars, limits, places, and what is recovered from."""

from __future__ import annotations

import pytest

from engine.expressions import Template
from stacks.findings import Place
from stacks.locate import TreeLocator
from stacks.tree import MemoryTree
from stacks.yaml.compose import Composer
from stacks.yaml.manifests import as_kubectl
from stacks.yaml.scalars import Plain, core, kubectl, resolve
from stacks.yaml.unquoted import HOLE, compose_mended
from tests.stacks.support import good, loaded, told


@pytest.mark.parametrize(
    ("text", "by_core", "by_kubectl"),
    [
        ("yes", "yes", True),
        ("off", "off", False),
        ("y", "y", True),
        ("0400", 400, 256),
        ("0o14", 12, 12),
        ("0x1F", 31, 31),
        ("0b11", "0b11", 3),
        ("1_000", "1_000", 1000),
        ("1:30", "1:30", "1:30"),
        ("2001-12-14", "2001-12-14", "2001-12-14"),
        ("0800", 800, 800),
        ("-7", -7, -7),
        ("1.50", 1.5, 1.5),
        (".5", 0.5, 0.5),
        ("1e3", 1000.0, 1000.0),
        ("True", True, True),
        ("~", None, None),
        ("012345678901", 12345678901, "012345678901"),
    ],
)
def test_both_readings_of_a_plain_scalar(text: str, by_core: object, by_kubectl: object) -> None:
    assert (core(text), type(core(text))) == (by_core, type(by_core))
    if text != "012345678901":
        assert (kubectl(text), type(kubectl(text))) == (by_kubectl, type(by_kubectl))


def test_infinities_and_no_number() -> None:
    assert core("-.inf") == float("-inf")
    assert core("+.Inf") == float("inf")
    assert core(".NaN") != core(".NaN")


def test_source_text_is_kept() -> None:
    plain = resolve("1.30")
    assert isinstance(plain, Plain)
    assert plain == "1.30"
    assert plain.value == 1.3
    assert resolve("word") == "word"
    assert resolve("null") is None


def test_duplicate_anchors_the_later_one_counts() -> None:
    composed = Composer("a: &x 1\nb: &x two\nc: *x\n").run()
    assert composed.fatal is None
    assert composed.documents == [{"a": "1", "b": "two", "c": "two"}]


def test_merge_keys_in_manifests() -> None:
    composed = Composer("base: &b {a: 1, b: 2}\nmine: {<<: *b, b: 3}\n", kubectl=True).run()
    assert as_kubectl(composed.documents[0])["mine"] == {"a": 1, "b": 3}


def test_an_alias_counts_as_often_as_it_is_used() -> None:
    text = "a0: &a0 [x, x, x, x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 4)}]\n" for i in range(1, 20))
    fatal = Composer(text).run().fatal
    assert fatal is not None
    assert "500,000 nodes" in fatal.summary


def test_aliases_do_not_hide_depth() -> None:
    text = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 80))
    fatal = Composer(text).run().fatal
    assert fatal is not None
    assert "64 levels" in fatal.summary


def test_placeholders_have_the_length_of_what_they_stand_for() -> None:
    text = "a: {b: ${x.y}, c: ${z ? 1 : 2}}\n"
    mended = compose_mended(text)
    assert len(mended.text) == len(text)
    assert mended.composed.documents == [{"a": {"b": HOLE * 6, "c": HOLE * 12}}]
    assert len(mended.composed.troubles) == 2


def test_good_expressions_are_left_alone() -> None:
    text = "a: ${x.filter(y, y > 1)}\nb: \"${m == {'k': 1} ? 'a #b' : 'c: d'}\"\nc: |\n  ${a ? b : c} # text\nd: $${HOME}\n"
    mended = compose_mended(text)
    assert not mended.composed.troubles
    assert mended.composed.fatal is None


def place(text: str, path: tuple[str | int, ...], start: int = -1, end: int = -1) -> tuple[int, int, int]:
    found = TreeLocator(MemoryTree({"f": text})).find(Place(file="f", path=path, start=start, end=end))
    return found.line, found.column, found.end_column


def test_places_of_nodes() -> None:
    text = "a:\n  - b: c\n    d: 'it''s ${x}'\n"
    assert place(text, ("a", 0, "b")) == (2, 8, 9)
    assert place(text, ("a", 0, "nothing")) == (2, 5, 0)
    assert place(text, ("a", 0, "d"), 5, 9) == (3, 15, 19)


@pytest.mark.parametrize(
    ("text", "decoded", "needle", "expected"),
    [
        ("k: |\n  one\n  two ${x}\n", "one\ntwo ${x}\n", "${x}", (3, 7)),
        ("k: >-\n  one\n  two\n\n  three ${x}\n", "one two\nthree ${x}", "${x}", (5, 9)),
        ("k: |2\n    deep ${x}\n", "  deep ${x}\n", "${x}", (2, 10)),
        ('k: "a\\n\\x41\\u00e9\\U0001F600 ${x}"\n', "a\nAé😀 ${x}", "${x}", (1, 29)),
        ('k: "one\n  two \\\n  three ${x}"\n', "one two three ${x}", "${x}", (3, 9)),
        ("k: 'it''s\n  folded ${x}'\n", "it's folded ${x}", "${x}", (2, 10)),
        ("k: plain\n  folded ${x}\n", "plain folded ${x}", "${x}", (2, 10)),
        ("k: |\r\n  a\r\n  ${x}\r\n", "a\n${x}\n", "${x}", (3, 3)),
    ],
)
def test_carets_come_from_the_raw_text(text: str, decoded: str, needle: str, expected: tuple[int, int]) -> None:
    assert Composer(text).run().documents == [{"k": decoded}]
    start = decoded.index(needle)
    line, column, end = place(text, ("k",), start, start + len(needle))
    assert (line, column) == expected
    assert end - column == len(needle)


def test_a_byte_order_mark_and_line_ends_of_windows_are_fine() -> None:
    text = "stack: shop\r\nresources:\r\n  a:\r\n    type: Memory::Thing\r\n"
    stack = good({"stacks/shop.plumb.yaml": b"\xef\xbb\xbf" + text.encode()}).stacks.stacks["shop"]
    assert stack.declarations["a"].line == 3


def test_a_leading_document_mark_is_fine() -> None:
    good("---\nstack: shop\n...\n")


def test_a_file_is_at_most_a_megabyte() -> None:
    assert "the limit is 1,000,000" in told(loaded("stack: shop\n# " + "x" * 1_000_000))


def test_an_error_in_one_file_hides_no_error_in_another_and_makes_none() -> None:
    result = loaded(
        {
            "stacks/a.plumb.yaml": "stack: shop\nresources:\n  queue: {type: Memory::Thing\n",
            "stacks/b.plumb.yaml": "stack: shop\noutputs:\n  id: ${queue.Id}\n  x: ${size(3)}\n",
            "stacks/c.plumb.yaml": "stack: other\noutputs:\n  y: ${stacks.shop.id}\n  z: ${stacks.shop.lost}\n",
        }
    )
    assert [item.code for item in result.diagnostics] == ["P0101", "P0313"]


def test_text_with_two_dollars_is_no_expression() -> None:
    stack = good("stack: shop\nlocals:\n  a: $${HOME}\n  b: '$${x} ${1 + 1}'\n").stacks.stacks["shop"]
    assert stack.locals["a"] == "${HOME}"
    assert isinstance(stack.locals["b"], Template)
