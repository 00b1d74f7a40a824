"""Links that open one page, for one row, for some time."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from store.links import LinkError, Links

LINKS = Links("key", "details", 3600)


@given(st.integers(0, 2**63))
def test_a_link_leads_to_what_it_was_made_for(subject: int) -> None:
    assert LINKS.subject(LINKS.token(subject)) == subject


def test_a_link_ends() -> None:
    with time_machine.travel("2026-03-01T00:00:00Z", tick=False) as clock:
        token = LINKS.token(7)
        clock.shift(timedelta(seconds=3600))
        assert LINKS.subject(token) == 7
        clock.shift(timedelta(seconds=1))
        with pytest.raises(LinkError):
            LINKS.subject(token)


@pytest.mark.parametrize("other", [Links("key", "result", 3600), Links("another key", "details", 3600)])
def test_a_link_opens_no_other_page_and_no_other_shop(other: Links) -> None:
    with pytest.raises(LinkError):
        other.subject(LINKS.token(7))


@given(st.data())
def test_a_changed_link_opens_nothing(data: st.DataObject) -> None:
    token = LINKS.token(7)
    place = data.draw(
        st.integers(0, len(token) - 2)
    )  # the last character carries bits that decode to nothing
    letter = data.draw(st.characters(min_codepoint=33, max_codepoint=126).filter(lambda c: c != token[place]))
    with pytest.raises(LinkError):
        LINKS.subject(token[:place] + letter + token[place + 1 :])


@given(st.text())
def test_what_is_no_link_opens_nothing(text: str) -> None:
    with pytest.raises(LinkError):
        LINKS.subject(text)


def test_a_token_can_stand_in_an_address() -> None:
    assert set(LINKS.token(2**40)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
