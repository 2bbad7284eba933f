"""What a cloud gives back of a secret is one too."""

from __future__ import annotations

from typing import Any

import pytest

from engine.taint import tainted, tainted_at
from providers.contract.values import Path, Secret

S = Secret("word")
DIGEST = {"$secret": "0123"}


@pytest.mark.parametrize(
    ("value", "like", "wanted"),
    [
        ({"a": "word", "b": 1}, {"a": S}, {"a": Secret("word"), "b": 1}),
        ({"a": "word", "b": 1}, {"a": DIGEST}, {"a": Secret("word"), "b": 1}),
        ({"a": {"b": "word", "c": 1}}, {"a": {"b": S}}, {"a": {"b": Secret("word"), "c": 1}}),
        ({"a": "{json}"}, {"a": {"b": S}}, {"a": Secret("{json}")}),
        ({"a": [{"n": 1, "v": "x"}, {"n": 2, "v": "word"}]}, {"a": [{"n": 2, "v": S}]},
         {"a": [{"n": 1, "v": Secret("x")}, {"n": 2, "v": Secret("word")}]}),
        ({"a": [{"name": "p", "v": "x"}, {"name": "q", "v": "word"}]}, {"a": [{"name": "p"}, {"name": "q", "v": S}]},
         {"a": [{"name": "p", "v": "x"}, {"name": "q", "v": Secret("word")}]}),
        ({"a": ["x", "word"]}, {"a": [S]}, {"a": [Secret("x"), Secret("word")]}),
        ({"a": None}, {"a": S}, {"a": None}),
        ({"a": Secret("word")}, {"a": S}, {"a": Secret("word")}),
        ({"b": 1}, {"a": S}, {"b": 1}),
        ({"a": "x"}, None, {"a": "x"}),
    ],
)  # fmt: skip
def test_marks_come_back(value: Any, like: Any, wanted: Any) -> None:
    assert tainted(value, like) == wanted


def test_nothing_is_copied_without_a_secret() -> None:
    value: Any = {"a": {"b": [1, 2]}}
    assert tainted(value, {"a": {"b": [1, 2]}}, None) is value


@pytest.mark.parametrize(
    ("path", "hidden"),
    [
        (("a",), True),
        (("a", "b"), True),
        (("c",), False),
        (("l", 5, "v"), True),
        (("l", 0, "n"), False),
        (("a", "b", "deep"), True),
    ],
)
def test_at_a_path(path: Path, hidden: bool) -> None:
    like = {"a": {"b": S}, "c": 1, "l": [{"n": 1, "v": S}]}
    assert isinstance(tainted_at("text", path, like), Secret) is hidden
