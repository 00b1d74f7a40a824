"""What a cart costs: sums in whole TWD, and a version that names exactly what was agreed."""

from __future__ import annotations

import random

from hypothesis import assume, given
from hypothesis import strategies as st

from store.pricing import Priced, ShippingRule, quote

RULE = ShippingRule(fee=80, free_from=1500)
LINES = st.lists(
    st.builds(Priced, st.integers(1, 10_000), st.integers(0, 99_999), st.integers(1, 99)),
    max_size=8,
    unique_by=lambda line: line.sku_id,
)
RULES = st.builds(ShippingRule, st.integers(0, 500), st.integers(0, 5000))


def test_a_small_cart_pays_for_shipping_and_hears_what_is_missing() -> None:
    sums = quote([Priced(1, 380, 2), Priced(2, 100, 1)], RULE)
    assert (sums.subtotal, sums.shipping_fee, sums.total, sums.missing_for_free_shipping) == (
        860,
        80,
        940,
        640,
    )


def test_shipping_is_free_from_the_threshold_itself() -> None:
    assert quote([Priced(1, 1500, 1)], RULE).total == 1500
    assert quote([Priced(1, 1499, 1)], RULE).total == 1579


def test_an_empty_cart_costs_nothing() -> None:
    assert quote([], RULE).total == 0


def test_where_shipping_is_free_anyway_nothing_is_missing() -> None:
    assert quote([Priced(1, 10, 1)], ShippingRule(fee=0, free_from=1500)).missing_for_free_shipping == 0


@given(lines=LINES, rule=RULES)
def test_the_sums_add_up(lines: list[Priced], rule: ShippingRule) -> None:
    sums = quote(lines, rule)
    assert sums.subtotal == sum(line.unit_price * line.quantity for line in lines)
    assert sums.total == sums.subtotal + sums.shipping_fee
    assert sums.shipping_fee in (0, rule.fee)
    if lines and sums.shipping_fee:
        assert sums.subtotal + sums.missing_for_free_shipping == rule.free_from


@given(lines=LINES, rule=RULES, seed=st.integers())
def test_the_order_of_lines_does_not_matter(lines: list[Priced], rule: ShippingRule, seed: int) -> None:
    shuffled = random.Random(seed).sample(lines, len(lines))
    assert quote(shuffled, rule) == quote(lines, rule)


@given(one=LINES, other=LINES, rule=RULES)
def test_what_differs_has_another_version(one: list[Priced], other: list[Priced], rule: ShippingRule) -> None:
    assume(
        {(x.sku_id, x.unit_price, x.quantity) for x in one}
        != {(x.sku_id, x.unit_price, x.quantity) for x in other}
    )
    assert quote(one, rule).version != quote(other, rule).version


def test_another_shipping_fee_is_another_agreement() -> None:
    lines = [Priced(1, 100, 1)]
    assert quote(lines, RULE).version != quote(lines, ShippingRule(fee=90, free_from=1500)).version


def test_digits_that_move_from_one_number_to_the_next_change_the_version() -> None:
    assert quote([Priced(1, 23, 4)], RULE).version != quote([Priced(12, 3, 4)], RULE).version
