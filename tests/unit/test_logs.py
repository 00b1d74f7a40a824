"""What log lines may say."""

from __future__ import annotations

import sys

from hypothesis import given
from hypothesis import strategies as st

from store.logs import _safe_exception, describe, pseudonym


@given(st.text())
def test_an_error_is_one_short_line_that_can_be_stored(words: str) -> None:
    line = describe(ValueError(words))
    assert line.startswith("ValueError:")
    assert len(line) <= 500
    assert len(line.splitlines()) == 1
    assert "\x00" not in line
    assert line.encode()


def test_an_exception_is_logged_as_its_kind_and_the_places_it_passed() -> None:
    try:
        raise LookupError("there is no order 7")
    except LookupError as error:
        forms = [error, True, sys.exc_info()]
        lines = [_safe_exception(None, "error", {"event": "failed", "exc_info": form}) for form in forms]
    for line in lines:
        assert line["error"] == "LookupError: there is no order 7"
        assert line["at"][-1].startswith("test_logs.py:")
        assert "exc_info" not in line


def test_a_line_without_an_exception_stays_as_it_is() -> None:
    assert _safe_exception(None, "info", {"event": "hello"}) == {"event": "hello"}


def test_a_person_has_the_same_name_in_every_line_and_it_tells_nothing() -> None:
    assert pseudonym("U123") == pseudonym("U123")
    assert pseudonym("U123") != pseudonym("U124")
    assert "123" not in pseudonym("U123")
