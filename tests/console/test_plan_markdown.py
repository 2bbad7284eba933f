"""Any plan, any budget: it parses, its fences and folds are balanced, it fits, and what is dangerous is there."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from console.render.plan_markdown import BUDGET, SMALLEST, plan_markdown
from console.render.review import Counts, Danger, Entry, Leaf, Review, Since, StackReview
from tests.console.support import Repository, settled

words = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=60)
shown = st.one_of(
    words, st.sampled_from(["```", "````\n", "</details>", "<details>", "a -> b", "| x |", "~~~", "> [!CAUTION]", "<!--"])
)
leaves = st.builds(
    Leaf,
    mark=st.sampled_from("+-! "),
    path=shown,
    before=shown,
    after=shown,
    note=shown,
    where=st.just("stacks/shop.plumb.yaml:3"),
    drift=st.booleans(),
    replaces=st.booleans(),
    block=st.lists(st.sampled_from(["+```", "-</details>", " x", "..."]), max_size=3).map(tuple),
)
stack_names = st.sampled_from(["shop", "network", "a"])


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    stack = draw(stack_names)
    count = draw(st.integers(1, 4))
    key = draw(shown)
    return Entry(
        addresses=tuple(f'{stack}.thing["{key}{index}"]' for index in range(count)),
        stack=stack,
        act=draw(st.sampled_from(["create", "update", "replace", "delete", "blocked"])),
        label=draw(st.sampled_from(["create", "update", "REPLACE, delete first; comes back EMPTY"])),
        type=draw(st.sampled_from(["AWS::SQS::Queue", "apps/v1/Deployment"])),
        why=draw(shown),
        where="stacks/shop.plumb.yaml:3",
        danger=draw(st.sampled_from(list(Danger))),
        leaves=tuple(draw(st.lists(leaves, max_size=4))),
        notes=tuple(draw(st.lists(shown, max_size=2))),
        drift=draw(st.booleans()),
        restarts=draw(st.sampled_from(["", "spec.template"])),
    )


@st.composite
def reviews(draw: st.DrawFn) -> Review:
    found = sorted(draw(st.lists(entries(), max_size=8)), key=lambda entry: (entry.danger, entry.stack, entry.address))
    times = draw(st.sampled_from([1, 1, 40]))
    return Review(
        target=draw(shown) or "env dev",
        title="1 comes back EMPTY",
        digest="9f3c1e7a" * 8,
        commit=draw(st.sampled_from(["", "e4f5a6b" * 5])),
        uncommitted=draw(st.booleans()),
        stacks=tuple(StackReview(name=name, state="ready", counts=Counts(create=1)) for name in ("a", "network", "shop")),
        entries=tuple(found * times),
        drift=tuple(draw(st.lists(entries(), max_size=2))),
        unresolved=tuple(draw(st.lists(shown, max_size=3))),
        order=tuple(draw(st.lists(shown, max_size=3))),
        since=draw(st.none() | st.builds(Since, name=shown, new=st.lists(shown, max_size=12).map(tuple))),
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(review=reviews(), budget=st.integers(0, 20_000))
def test_any_plan_any_budget(review: Review, budget: int) -> None:
    text = plan_markdown(review, budget)
    assert len(text) <= max(budget, SMALLEST)
    outside = _without_code(text)
    assert len(re.findall(r"<details(?: open)?>", outside)) == outside.count("</details>")
    assert outside.count("<!--") == outside.count("-->") == 1
    assert review.title in text
    if review.dangerous:
        assert "dangerous changes" in text or all(_told(entry, text) for entry in review.dangerous)


def _told(entry: Entry, text: str) -> bool:
    words = " ".join(entry.address.split())
    return words in text


def _without_code(text: str) -> str:
    """What a Markdown reader takes as text: no fence and no code span. Fails where a fence is left open."""
    parts: list[str] = []
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type == "fence":
            assert token.map is not None
            closing = text.split("\n")[token.map[1] - 1].strip()
            assert set(closing.lstrip("> ")) == {"`"}, "a fence is left open"
        elif token.type == "html_block":
            parts.append(token.content)
        for child in token.children or ():
            if child.type in ("text", "html_inline"):
                parts.append(child.content)
    return "\n".join(parts)


def test_nothing_is_left_out_where_it_fits(applied: Repository) -> None:
    applied.edit("stacks/shop.plumb.yaml", "Zone: east", "Zone: west")
    found = settled(applied.good("plan", "--format", "markdown").out, applied)
    assert found.startswith("<!-- plumb:review head=- digest=")
    assert "> **`shop.net` will be replaced: create first, then delete** (`Memory::Thing`)" in found
    assert "`Zone: east → west` cannot be changed in place · `stacks/shop.plumb.yaml:10`" in found
    assert "| `shop` | ready | · | 3 | **1** | · | · | · |" in found
    assert "Left out" not in found


def test_what_is_left_out_is_said(applied: Repository) -> None:
    applied.edit("stacks/shop.plumb.yaml", "{a: 1, b: 2}", "{" + ", ".join(f"z{index}: 1" for index in range(60)) + "}")
    small = applied.good("plan", "--format", "markdown", "--budget", "9000").out
    assert len(small) <= 9000
    assert "Left out for length" in small
    assert "`shop.sub[a]`" in small, "the deletion stays"
    assert len(applied.good("plan", "--format", "markdown").out) <= BUDGET


def test_the_smallest_form_counts_what_is_dangerous() -> None:
    entry = Entry(addresses=("shop.db",), stack="shop", act="delete", label="DELETE", type="T", danger=Danger.DATA)
    many = tuple(replace(entry, addresses=(f"shop.db{index}",)) for index in range(500))
    review = Review(
        target="env dev", title="500 deleted", digest="0" * 64, commit="", uncommitted=False, stacks=(), entries=many
    )
    text = plan_markdown(review, 2_000)
    assert len(text) <= 2_000
    assert re.search(r"\*\*4\d\d more dangerous changes", text)
