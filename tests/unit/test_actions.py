"""Postback data: what is written can be read, what cannot be read is no error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import actions
from bot.actions import Action

WORDS = st.text(st.characters(codec="utf-8"), max_size=60)


@given(WORDS, st.integers(0, 10**15 - 1))
def test_what_was_encoded_is_parsed_again(words: str, number: int) -> None:
    data = actions.encode("search", q=words, o=number)
    action = actions.parse(data)
    assert action is not None
    assert action.name == "search"
    assert action.text("q") == words
    assert action.number("o") == number


@given(st.text(max_size=400))
def test_any_text_parses_to_an_action_or_to_none(data: str) -> None:
    action = actions.parse(data)
    assert action is None or (action.name and action.number("id") >= 0)


@given(st.text(max_size=40))
def test_a_number_is_a_number_that_a_bigint_holds_whatever_was_sent(value: str) -> None:
    assert 0 <= Action("product", {"id": value}).number("id") < 10**15


@pytest.mark.parametrize("value", ["", "-1", "1.5", "１２", "1e9", "9" * 16, " 1", "0x1"])
def test_what_is_no_plain_number_names_nothing(value: str) -> None:
    assert Action("product", {"id": value}).number("id") == 0


@pytest.mark.parametrize("data", ["", "v=1", "a=cart", "v=2&a=cart", "v=&a=cart", "&".join(["v=1"] * 50)])
def test_unknown_versions_and_torn_data_are_no_action(data: str) -> None:
    assert actions.parse(data) is None


def test_chinese_stays_one_character_long_in_the_data() -> None:
    assert actions.encode("search", q="烏龍 75") == "v=1&a=search&q=烏龍%2075"


def test_data_longer_than_line_takes_are_refused_when_they_are_made() -> None:
    with pytest.raises(ValueError, match="longer than 300"):
        actions.encode("search", q="茶" * 290)
