"""What a coupon does to a price: never too much, never in vain, and always part of what was agreed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import coupon_terms
from store.coupon_terms import Terms
from store.pricing import Benefit, Kind, Priced, Quote, ShippingRule, quote

SHIPPING = ShippingRule(fee=80, free_from=1500)
LINES = [Priced(1, 500, 2)]

lines = st.lists(
    st.builds(
        Priced, sku_id=st.integers(1, 30), unit_price=st.integers(0, 90_000), quantity=st.integers(1, 99)
    ),
    max_size=6,
    unique_by=lambda line: line.sku_id,
)
rules = st.builds(ShippingRule, fee=st.integers(0, 300), free_from=st.integers(0, 5000))
amounts = st.builds(Benefit, st.just("A-1"), st.just(Kind.AMOUNT), st.integers(1, 100_000))
percentages = st.builds(
    Benefit, st.just("P-1"), st.just(Kind.PERCENT), st.integers(1, 99), st.none() | st.integers(1, 5000)
)
benefits = amounts | percentages | st.just(Benefit("F-1", Kind.FREE_SHIPPING, 0))


def cost(price: int, benefit: Benefit | None = None, shipping: ShippingRule = SHIPPING) -> Quote:
    return quote([Priced(1, price, 1)], shipping, benefit)


@given(lines, rules, benefits)
def test_a_coupon_makes_nothing_dearer_and_leaves_something_to_pay(
    goods: list[Priced], shipping: ShippingRule, benefit: Benefit
) -> None:
    plain, cheap = quote(goods, shipping), quote(goods, shipping, benefit)
    assert cheap.total == cheap.subtotal - cheap.discount + cheap.shipping_fee
    assert 0 <= cheap.discount <= cheap.subtotal == plain.subtotal
    if cheap.coupon_code:
        assert cheap.total < plain.total
        assert cheap.total >= 1
        assert cheap.version != plain.version
    else:
        assert cheap == plain


@given(lines, rules, benefits)
def test_free_shipping_is_judged_on_what_is_paid_for_the_goods(
    goods: list[Priced], shipping: ShippingRule, benefit: Benefit
) -> None:
    cheap = quote(goods, shipping, benefit)
    paid = cheap.subtotal - cheap.discount
    if cheap.coupon_code and benefit.kind is Kind.FREE_SHIPPING:
        assert (cheap.shipping_fee, cheap.discount) == (0, 0)
    elif goods:
        assert cheap.shipping_fee == (0 if paid >= shipping.free_from else shipping.fee)
    assert cheap.missing_for_free_shipping == (shipping.free_from - paid if cheap.shipping_fee else 0)


@given(st.integers(0, 9_999_999), st.integers(1, 99), st.none() | st.integers(1, 5000))
def test_a_percentage_is_rounded_down_to_whole_dollars_and_capped(
    subtotal: int, percent: int, cap: int | None
) -> None:
    off = Benefit("P", Kind.PERCENT, percent, cap).off(subtotal)
    exact = subtotal * percent / 100
    assert off <= exact
    assert off == cap or (off > exact - 1 and (cap is None or off <= cap))


@given(lines, rules, benefits, benefits)
def test_the_version_names_the_coupon_and_what_it_gives(
    goods: list[Priced], shipping: ShippingRule, one: Benefit, other: Benefit
) -> None:
    first, second = quote(goods, shipping, one), quote(goods, shipping, other)
    same = (first.coupon_code, first.discount, first.shipping_fee) == (
        second.coupon_code, second.discount, second.shipping_fee
    )  # fmt: skip
    assert (first.version == second.version) == same


def test_examples_of_each_kind() -> None:
    assert cost(1000, Benefit("A", Kind.AMOUNT, 100)).total == 1000 - 100 + 80
    assert cost(999, Benefit("P", Kind.PERCENT, 15)).discount == 149  # of 149.85
    assert cost(1000, Benefit("P", Kind.PERCENT, 15, cap=120)).discount == 120
    assert cost(1000, Benefit("F", Kind.FREE_SHIPPING, 0)).total == 1000


def test_a_discount_below_the_threshold_brings_the_fee_back_when_it_still_saves() -> None:
    found = cost(1500, Benefit("A", Kind.AMOUNT, 200))
    assert (found.discount, found.shipping_fee, found.total) == (200, 80, 1380)
    assert found.missing_for_free_shipping == 200


def test_a_coupon_that_costs_more_in_shipping_than_it_takes_off_is_left_alone() -> None:
    for off in (50, 80):
        found = cost(1500, Benefit("A", Kind.AMOUNT, off))
        assert (found.coupon_code, found.discount, found.total) == (None, 0, 1500)


@pytest.mark.parametrize(
    ("price", "benefit"),
    [
        (1600, Benefit("F", Kind.FREE_SHIPPING, 0)),  # free anyway
        (5, Benefit("P", Kind.PERCENT, 10)),  # half a dollar
        (0, Benefit("A", Kind.AMOUNT, 100)),  # there is nothing to take it off
    ],
)
def test_a_coupon_that_saves_nothing_is_not_used_up(price: int, benefit: Benefit) -> None:
    assert cost(price, benefit) == cost(price)


def test_at_least_one_dollar_is_left_to_pay() -> None:
    free = ShippingRule(fee=80, free_from=0)
    found = cost(100, Benefit("A", Kind.AMOUNT, 500), free)
    assert (found.discount, found.total) == (99, 1)
    assert cost(100, Benefit("A", Kind.AMOUNT, 500)).total == 80  # the fee is something


def test_an_empty_cart_uses_no_coupon() -> None:
    found = quote([], SHIPPING, Benefit("A", Kind.AMOUNT, 100))
    assert (found.total, found.coupon_code) == (0, None)


@pytest.mark.parametrize(
    "typed", ["spring-10", " SPRING-10 ", "ｓｐｒｉｎｇ－１０", "Spr ing-10\n", "spring　-10"]
)
def test_width_case_and_blanks_of_a_code_do_not_matter(typed: str) -> None:
    assert coupon_terms.normalise(typed) == "SPRING-10"


@given(st.text(st.characters(max_codepoint=0x7F) | st.characters(min_codepoint=0xFF01, max_codepoint=0xFF5E)))
def test_a_normal_code_is_its_own_normal_form(typed: str) -> None:
    once = coupon_terms.normalise(typed)
    assert coupon_terms.normalise(once) == once


def terms(**changed: Any) -> Terms:
    return Terms(**{"code": "SPRING", "kind": Kind.AMOUNT, "value": 100, **changed})


NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wrong", "problems"),
    [
        ({"code": "AB"}, {"code": "must be 3 to 20 letters A-Z, digits or hyphens"}),
        ({"code": "春節優惠"}, {"code": "must be 3 to 20 letters A-Z, digits or hyphens"}),
        ({"value": 0}, {"value": "must be 1 to 9999999"}),
        ({"kind": Kind.PERCENT, "value": 100}, {"value": "must be 1 to 99 percent off (15 is 85 折)"}),
        ({"kind": Kind.FREE_SHIPPING, "value": 5}, {"value": "must be 0 for free shipping"}),
        ({"cap": 50}, {"cap": "is only for a percentage"}),
        ({"kind": Kind.PERCENT, "value": 10, "cap": 0}, {"cap": "must be 1 to 9999999"}),
        ({"minimum": -1}, {"minimum": "must be 0 to 9999999"}),
        ({"uses_limit": 0}, {"uses_limit": "must be 1 to 9999999"}),
        ({"uses_per_customer": 0}, {"uses_per_customer": "must be 1 to 9999999"}),
        ({"starts_at": NOW.replace(tzinfo=None), "ends_at": NOW}, {"starts_at": "needs a time zone"}),
        ({"starts_at": NOW, "ends_at": NOW.replace(tzinfo=None)}, {"ends_at": "needs a time zone"}),
        ({"starts_at": NOW, "ends_at": NOW}, {"ends_at": "must be later than starts_at"}),
        ({"ends_at": datetime.now(UTC) - timedelta(hours=1)}, {"ends_at": "must be in the future"}),
        ({"code": "!", "value": -1}, {"code": "must be 3 to 20 letters A-Z, digits or hyphens",
                                      "value": "must be 1 to 9999999"}),
    ],
)  # fmt: skip
def test_terms_that_cannot_be_are_told_by_field_and_rule(
    wrong: dict[str, Any], problems: dict[str, str]
) -> None:
    assert coupon_terms.problems(terms(**wrong)) == problems


def test_good_terms_have_no_problems() -> None:
    assert coupon_terms.problems(terms(minimum=500, uses_limit=10, uses_per_customer=1)) == {}
    assert coupon_terms.problems(terms(kind=Kind.PERCENT, value=15, cap=200, starts_at=NOW)) == {}
    assert coupon_terms.problems(terms(kind=Kind.FREE_SHIPPING, value=0)) == {}
