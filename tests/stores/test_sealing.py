"""Sealed values: opened with their keys only, equal where the values are."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.encoding import from_plain, to_plain
from engine.stores.sealing import opener, seal, unseal
from engine.stores.store import StackKeys, StoreError
from providers.contract.values import Secret, Value

KEYS = StackKeys(uid="u1", identity_key=b"i" * 32, data_key=b"d" * 32)
OTHER = StackKeys(uid="u1", identity_key=b"i" * 32, data_key=b"e" * 32)
ELSEWHERE = StackKeys(uid="u2", identity_key=b"i" * 32, data_key=b"d" * 32)

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_what_is_sealed_comes_back(value: Value) -> None:
    plain = to_plain({"a": [Secret(value)]}, seal(KEYS))
    assert from_plain(plain, opener(KEYS)) == {"a": [Secret(value)]}


def test_equal_values_have_equal_texts() -> None:
    one, two = seal(KEYS), seal(KEYS)
    assert one(Secret({"a": 1, "b": 2})) == two(Secret({"b": 2, "a": 1}))
    assert one(Secret("x")) != one(Secret("y"))
    assert one(Secret("1")) != one(Secret(1))


def test_nothing_of_the_value_is_in_the_text() -> None:
    text = seal(KEYS)(Secret("correct horse battery staple"))["$sealed"]
    assert b"horse" not in base64.b64decode(text.partition(".")[2])


@pytest.mark.parametrize("keys", [OTHER, ELSEWHERE], ids=["another key", "another stack"])
def test_other_keys_open_nothing(keys: StackKeys) -> None:
    text = seal(KEYS)(Secret("x"))["$sealed"]
    with pytest.raises(StoreError, match="sealed with another key, or changed since"):
        unseal(keys, text)


def test_a_changed_text_does_not_open() -> None:
    text = seal(KEYS)(Secret("some words"))["$sealed"]
    for at in range(len(text)):
        changed = text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
        with pytest.raises(StoreError):
            unseal(KEYS, changed)
    for short in ("", "1.", "1.AAAA", text[:-4]):
        with pytest.raises(StoreError):
            unseal(KEYS, short)
