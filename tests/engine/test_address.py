"""Addresses parse, print and sort."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.address import Address, AddressError, Part, covers, parse_address

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
KEYS = st.none() | st.text(min_size=1, max_size=12)
OBJECTS = st.just("") | st.just("Deployment.apps/default/api") | st.just("Namespace/-/shop")
ADDRESSES = st.builds(Address, NAMES, NAMES, KEYS, OBJECTS, st.lists(st.builds(Part, NAMES, KEYS), max_size=2).map(tuple))


@given(ADDRESSES)
def test_printing_and_parsing_are_each_other_s_inverse(address: Address) -> None:
    assert parse_address(str(address)) == address


@given(st.lists(ADDRESSES, max_size=8))
def test_the_order_is_total(addresses: list[Address]) -> None:
    ordered = sorted(addresses)
    assert all(left <= right for left, right in pairwise(ordered))


@given(st.text(max_size=30))
def test_any_text_parses_or_is_refused(text: str) -> None:
    with suppress(AddressError):
        assert isinstance(parse_address(text), Address)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("shop.subnet[eu-west-1a]", "shop.subnet[eu-west-1a]"),
        ('shop.subnet["eu-west-1a"]', "shop.subnet[eu-west-1a]"),
        ('shop.a["x y"]', 'shop.a["x y"]'),
        ("shop.vpcs[eu].subnet[a]", "shop.vpcs[eu].subnet[a]"),
        ("shop.web/Deployment.apps/default/api", "shop.web/Deployment.apps/default/api"),
    ],
)
def test_forms(text: str, printed: str) -> None:
    assert str(parse_address(text)) == printed


@pytest.mark.parametrize("text", ["", "shop", "shop.", "Shop.a", "shop.a[", "shop.a[b", "shop.a]b", "shop..a", "shop.a b"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(AddressError):
        parse_address(text)


@pytest.mark.parametrize(
    ("prefix", "address", "expected"),
    [
        ("shop.a", "shop.a", True),
        ("shop.a", "shop.a[x]", True),
        ("shop.a", "shop.ab", False),
        ("shop.", "shop.a", True),
        ("shop", "shop.a", True),
        ("shop.web", "shop.web/Service/-/api", True),
        ("shop.web/", "shop.web/Service/-/api", True),
        ("shop.a[x]", "shop.a", False),
    ],
)
def test_covers(prefix: str, address: str, expected: bool) -> None:
    assert covers(prefix, address) is expected
