"""Broadcasts without a database: what they cost, how they are cut, and that LINE takes every one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.quota import Rank
from bot.screens import promotions
from bot.words import speaking
from dev.line.validate import count_utf16
from store import broadcasts
from store.broadcasts import PART, RANK, TEXT_LIMIT, Budget, _parts
from store.catalogue import ProductCard
from store.segments import Kind, Segment
from store.text import storable, utf16
from tests.unit.test_screens import NAMES, sendable
from tests.unit.test_service_screens import a_shop

NOW = datetime.now(UTC)


def test_nothing_ranks_below_a_broadcast() -> None:
    assert max(Rank) is Rank.BROADCAST
    assert Rank.BROADCAST == RANK


@pytest.mark.parametrize(
    ("monthly", "used", "promised", "kept", "people", "fits"),
    [(None, 9999, 0, 120, 100_000, True), (200, 0, 0, 120, 80, True), (200, 0, 0, 120, 81, False),
     (200, 10, 70, 120, 1, False), (200, 10, 69, 120, 1, True), (200, 300, 0, 0, 1, False),
     (0, 0, 0, 0, 0, True)],
)  # fmt: skip
def test_what_is_left_after_what_is_kept_and_promised_decides(
    monthly: int | None, used: int, promised: int, kept: int, people: int, fits: bool
) -> None:
    assert Budget(monthly, used, promised, kept, NOW).fits(people) is fits


def test_lines_word_grows_old() -> None:
    assert Budget(200, 0, 0, 0, NOW).known
    assert not Budget(200, 0, 0, 0, NOW - broadcasts.FRESH - timedelta(seconds=1)).known
    assert not Budget(None, 0, 0, 0, None).known


@given(st.lists(st.sampled_from(["zh-TW", "en"]), max_size=2600))
def test_parts_hold_everybody_once_in_one_language_and_no_more_than_line_takes(spoken: list[str]) -> None:
    people = list(enumerate(spoken, start=1))
    parts = list(_parts(people))
    assert sorted(customer_id for _, ids in parts for customer_id in ids) == [one for one, _ in people]
    for language, ids in parts:
        assert 1 <= len(ids) <= PART
        assert {dict(people)[customer_id] for customer_id in ids} == {language}


@pytest.mark.parametrize(("value", "number"), [("30", 30), ("", 0), ("en", 0), ("²", 0), ("-1", 0)])
def test_a_segment_asks_for_a_number_or_for_none(value: str, number: int) -> None:
    assert Segment(Kind.RECENT, value).number == number


@given(st.text())
def test_texts_are_counted_as_line_counts(text: str) -> None:
    assert utf16(text) == count_utf16(text)


@given(
    st.text(min_size=1, max_size=TEXT_LIMIT // 2).map(storable).filter(str.strip),
    st.none() | st.builds(
        ProductCard, st.integers(1, 2**53), st.sampled_from(NAMES),
        st.sampled_from(["", "https://x.example/a.jpg", "0" * 64]), st.sampled_from(NAMES), st.just(1),
        st.integers(0, 10**7), st.integers(0, 10**7), st.none() | st.integers(0, 10**7), st.integers(0, 99),
        st.integers(1, 9),
    ),
    st.sampled_from(["zh-TW", "en"]),
)  # fmt: skip
def test_every_broadcast_is_sendable_and_has_its_way_out(
    words: str, product: ProductCard | None, language: str
) -> None:
    with speaking(language):
        messages = promotions.broadcast(a_shop(), words, product)
        sendable(messages)
    assert "a=no_promotions" in str(messages[-1]["contents"]["footer"])


@pytest.mark.parametrize("language", ["zh-TW", "en"])
def test_the_answers_are_sendable(language: str) -> None:
    with speaking(language):
        for answer, other in ((promotions.stopped(), "promotions"), (promotions.resumed(), "no_promotions")):
            sendable(answer)
            assert f"a={other}" in str(answer)
