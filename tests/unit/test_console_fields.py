"""Forms and addresses of the console: whatever is typed is read exactly, or refused with the field's name."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from admin import fields, labels, order_filters
from admin.catalogue_desk import _decode, _parse
from admin.errors import BadInput
from admin.export import cell
from admin.frame import field
from admin.orders import chosen
from admin.security import safe_path
from admin.staff import check_login
from store.delivery_details import tidy
from store.errors import CatalogueError
from store.text import storable

APP = Flask("fields")
FEW = settings(max_examples=150, deadline=None)
ANY = (
    st.text(max_size=60)
    | st.text("0123456789-+.,eE_ \u0663\uff11\u00b2", max_size=25)
    | st.from_regex(r"-?[0-9]{1,20}", fullmatch=True)
)
"""Any text at all, and texts that nearly are numbers."""


def given_in_form(**values: str) -> object:
    """A request with these fields, told to Flask as a browser would."""
    data = {name: value.encode("utf-8", "surrogatepass") for name, value in values.items()}
    return APP.test_request_context("/", method="POST", data=data)


@FEW
@given(ANY, st.integers(-5, 5), st.integers(0, 10**12))
def test_a_number_is_read_exactly_or_refused_by_name(text: str, least: int, span: int) -> None:
    most = least + span
    with given_in_form(price=text):  # type: ignore[attr-defined]
        try:
            number = fields.optional_whole("price", least=least, most=most)
        except BadInput as refused:
            words = str(refused)
            assert "「售價」" in words
            return
    plain = text.strip().replace(",", "")
    assert (number is None) == (plain == "") or not tidy(text)
    if number is not None:
        assert least <= number <= most
        assert str(number) == (plain.lstrip("0") or "0" if not plain.startswith("-") else str(int(plain)))


@FEW
@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_every_number_in_its_range_is_taken(number: int, more: int) -> None:
    for typed in (str(number), f"{number:,}", f" {number} ", f"00{number}"):
        with given_in_form(stock=typed):  # type: ignore[attr-defined]
            assert fields.whole("stock", most=number + more) == number


@FEW
@given(ANY | st.dates().map(str))
def test_a_day_is_the_midnight_of_taiwan_or_refused_by_name(text: str) -> None:
    with given_in_form(ends_at=text):  # type: ignore[attr-defined]
        try:
            found = fields.day("ends_at")
        except BadInput as refused:
            words = str(refused)
            assert "「結束」" in words
            return
    if found is None:
        assert not tidy(text)
    else:
        assert 2000 <= found.year <= 2999
        assert found.astimezone(ZoneInfo("Asia/Taipei")) == datetime.combine(
            found.date(), datetime.min.time(), found.tzinfo
        )
        assert found.date() == date.fromisoformat(text.strip())


@FEW
@given(st.text(max_size=80), st.integers(1, 60))
def test_a_field_is_what_was_typed_and_never_longer_than_it_may_be(text: str, longest: int) -> None:
    with given_in_form(reason=text):  # type: ignore[attr-defined]
        try:
            value = field("reason", longest)
        except BadInput as refused:
            words = str(refused)
            assert labels.field("reason") in words
            assert str(longest) in words
            return
        empty = not tidy(value)
        if empty:
            with pytest.raises(BadInput, match="原因"):
                fields.required("reason", longest)
    assert len(value) <= longest
    assert (value == "") == empty
    storable(value).encode()  # what is kept is always text that PostgreSQL takes
    assert "\x00" not in storable(value)


@FEW
@given(ANY)
def test_a_choice_is_one_of_those_offered(text: str) -> None:
    offered = ("add", "take", "count")
    with given_in_form(step=text):  # type: ignore[attr-defined]
        if text in offered:
            assert fields.one_of("step", offered) == text
        else:
            with pytest.raises(BadInput):
                fields.one_of("step", offered)


@FEW
@given(st.lists(ANY, max_size=30), st.integers(0, 20))
def test_ticked_boxes_are_numbers_of_rows_each_once(words: list[str], most: int) -> None:
    ids = chosen(words, most)
    assert len(ids) == len(set(ids)) <= most
    assert all(0 <= one < 2**63 for one in ids)
    assert all(fields.page_before(str(one)) == one for one in ids)


@FEW
@given(st.dictionaries(st.sampled_from(["state", "method", "from", "to", "q", "customer"]), ANY))
def test_filters_hold_only_what_the_queries_can_take(args: dict[str, str]) -> None:
    filters = order_filters.read(args)
    assert set(filters.faults) <= {"state", "method", "from", "to", "customer"}
    assert order_filters.read(filters.query).query == filters.query
    assert "\x00" not in filters.words
    assert len(filters.words) <= order_filters.WORDS_LENGTH
    assert filters.customer is None or 0 < filters.customer < 2**63
    parameters = filters.parameters()
    assert parameters["since"] is None or parameters["since"].tzinfo


@FEW
@given(st.text(max_size=60))
def test_after_the_log_in_nobody_is_led_elsewhere(path: str) -> None:
    for tried in (path, "/" + path, "//" + path, "/admin/" + path):
        safe = safe_path(tried)
        assert safe in ("", tried)
        if safe:
            assert safe.startswith("/admin/")
            assert not set(safe) & set("\\\r\n\t \x00")


@FEW
@given(st.text(max_size=70))
def test_a_login_is_plain_letters_or_refused(text: str) -> None:
    try:
        kept = check_login(text)
    except BadInput as refused:
        words = str(refused)
        assert words.startswith("login:")
    else:
        assert kept.isascii()
        assert check_login(kept) == kept


@FEW
@given(
    st.binary(max_size=300) | st.text(max_size=200).map(lambda words: words.encode("utf-8", "surrogatepass"))
)
def test_a_file_is_rows_or_a_list_of_what_is_wrong(content: bytes) -> None:
    try:
        rows = _parse(_decode(content))
    except CatalogueError as error:
        problems = error.problems
        assert problems
        assert all(problem and "\n" not in problem.partition(":")[0] for problem in problems)
    else:
        assert all("\x00" not in row.product for row in rows)


@FEW
@given(st.text(max_size=40))
def test_a_cell_is_the_text_or_the_text_behind_an_apostrophe(text: str) -> None:
    written = str(cell(text))
    assert written in (text, "'" + text)
    assert not written.lstrip("\u200b\u2060\ufeff \t\r\n\u3000").startswith(
        ("=", "+", "-", "@", "＝", "＋", "－", "＠")
    )
