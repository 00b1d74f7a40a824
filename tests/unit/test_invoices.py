"""How an invoice is wanted: what is taken, how it is tidied, and what is wrong with the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.invoices import PAPER, Fault, Invoice, Kind, check, is_company_number


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        ("mobile", "/ABC+123", "/ABC+123"),
        ("mobile", " ／ab.-１２3 ", "/AB.-123"),
        ("citizen", "ab12345678901234", "AB12345678901234"),
        ("citizen", "AB 1234 5678 9012 34", "AB12345678901234"),
        ("donation", "919", "919"),
        ("donation", "８８８８８８８", "8888888"),
    ],
)
def test_a_carrier_is_understood_however_it_is_written(kind: str, typed: str, value: str) -> None:
    assert check(kind, typed) == Invoice(Kind(kind), value)


@pytest.mark.parametrize(
    ("kind", "typed", "fault"),
    [
        ("mobile", "", Fault.MISSING),
        ("mobile", "ABC+1234", Fault.NOT_A_BARCODE),
        ("mobile", "/ABC123", Fault.NOT_A_BARCODE),
        ("mobile", "/ABC+1234", Fault.NOT_A_BARCODE),
        ("mobile", "/ABC_123", Fault.NOT_A_BARCODE),
        ("citizen", "A123456789012345", Fault.NOT_A_CERTIFICATE),
        ("citizen", "AB1234567890123", Fault.NOT_A_CERTIFICATE),
        ("donation", "12", Fault.NOT_A_DONATION_CODE),
        ("donation", "12345678", Fault.NOT_A_DONATION_CODE),
        ("donation", "٣٣٣", Fault.NOT_A_DONATION_CODE),
    ],
)
def test_what_is_no_carrier_is_refused(kind: str, typed: str, fault: Fault) -> None:
    assert check(kind, typed) == {"value": fault}


def test_paper_needs_nothing_and_keeps_nothing() -> None:
    assert check("paper", "/ABC+123", "某公司") == PAPER


def test_a_kind_nobody_knows_is_refused() -> None:
    assert check("telegram") == {"kind": Fault.NO_SUCH_KIND}


@pytest.mark.parametrize("number", ["04595257", "04595252", "10458575", "10458574"])
def test_numbers_of_companies_by_the_rule_of_2023(number: str) -> None:
    """The second sum is divisible by 5 but not by 10; the fourth needs the 7 in the seventh place."""
    assert check("company", number, " 某某股份有限公司 ") == Invoice(Kind.COMPANY, number, "某某股份有限公司")


@pytest.mark.parametrize("number", ["04595253", "10458573", "12345678", "00000000"])
def test_a_number_with_a_wrong_digit_is_told_by_its_check(number: str) -> None:
    assert check("company", number, "某公司") == {"value": Fault.WRONG_CHECKSUM}


def test_all_faults_of_a_company_are_told_at_once() -> None:
    assert check("company", "1234567", "") == {"value": Fault.NOT_EIGHT_DIGITS, "title": Fault.MISSING}
    assert check("company", "04595257", "公" * 61) == {"title": Fault.TOO_LONG}


@given(st.from_regex(r"[0-9]{8}", fullmatch=True), st.integers(0, 7), st.integers(1, 4))
def test_a_slip_of_the_finger_in_a_plain_place_is_found(number: str, place: int, step: int) -> None:
    """A digit that weighs 1 and moves by less than 5 changes the sum by as much."""
    if not is_company_number(number) or place not in (0, 2, 4, 7) or number[6] == "7":
        return
    digit = int(number[place])
    wrong = digit + step if digit + step <= 9 else digit - step
    assert not is_company_number(f"{number[:place]}{wrong}{number[place + 1 :]}")


@given(st.sampled_from(list(Kind)), st.text(max_size=30), st.text(max_size=70))
def test_whatever_is_taken_is_taken_again_unchanged(kind: Kind, value: str, title: str) -> None:
    first = check(kind, value, title)
    if isinstance(first, Invoice):
        assert check(first.kind, first.value, first.title) == first
    else:
        assert set(first) <= {"value", "title"}
