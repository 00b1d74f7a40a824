"""Coupons as a customer chooses them: who may use which and when, and which coupons there can be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import psycopg2
import pytest

from store import carts, coupons
from store.coupon_terms import Terms
from store.coupons import Coupon, Reason, Refusal
from store.db import Database
from store.errors import CouponError
from store.pricing import Kind
from tests.factories import (
    SHIPPING,
    a_coupon,
    broken_invariants,
    choose_coupon,
    fill_cart,
    line_user,
    place,
    scalar,
)
from tests.integration.coupon_shop import (
    cart_of,
    goods,
    now,
    placed,
    set_coupon,
    someone,
    used,
    with_cart,
)

HOUR = timedelta(hours=1)


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    assert broken_invariants(database) == []
    database.close()


def test_a_code_is_found_however_it_is_typed(db: Database) -> None:
    coupon = db.transaction(
        lambda tx: coupons.create(tx, Terms(code="spring 10", kind=Kind.AMOUNT, value=10))
    )
    assert coupon.code == "SPRING10"
    assert choose_coupon(db, someone(db), " ｓｐｒｉｎｇ １０") == coupon


@pytest.mark.parametrize("typed", ["NOSUCHCODE", "", "\x00", "\ud800", "🍵", "A" * 9999, "' OR 1=1 --"])
def test_an_unknown_code_is_refused_and_nothing_is_chosen(db: Database, typed: str) -> None:
    user = someone(db)
    assert choose_coupon(db, user, typed) == Refusal(Reason.UNKNOWN)
    assert cart_of(db, user).coupon is None


def test_a_period_begins_and_ends_to_the_moment(db: Database) -> None:
    start = datetime.now(UTC) + HOUR
    coupon = a_coupon(db, starts_at=start, ends_at=start + HOUR)
    user = someone(db)

    def at(moment: datetime) -> Coupon | Refusal:
        found: Coupon | Refusal = with_cart(
            db, user, lambda tx, customer, cart: coupons.check(tx, customer, coupon.code, 800, moment)
        )
        return found

    tick = timedelta(microseconds=1)
    assert at(start - tick) == Refusal(Reason.NOT_YET, coupon)
    assert at(start) == coupon
    assert at(start + HOUR - tick) == coupon
    assert at(start + HOUR) == Refusal(Reason.OVER, coupon)
    assert choose_coupon(db, user, coupon.code) == Refusal(Reason.NOT_YET, coupon)


def test_below_the_minimum_it_is_said_how_much_is_missing(db: Database) -> None:
    user, coupon = someone(db, price=300, quantity=1), a_coupon(db, minimum=500)
    assert choose_coupon(db, user, coupon.code) == Refusal(Reason.BELOW_MINIMUM, coupon, missing=200)
    fill_cart(db, user, {goods(db, price=200): 1})
    assert choose_coupon(db, user, coupon.code) == coupon


def test_a_chosen_coupon_pauses_while_the_cart_is_below_its_minimum(db: Database) -> None:
    user, coupon = someone(db, price=300, quantity=2), a_coupon(db, minimum=500)
    choose_coupon(db, user, coupon.code)
    [line] = cart_of(db, user).lines
    with_cart(db, user, lambda tx, customer, cart: carts.set_quantity(tx, cart, line.sku_id, 1))
    assert cart_of(db, user).coupon_refusal == Refusal(Reason.BELOW_MINIMUM, coupon, missing=200)
    assert cart_of(db, user).quote(SHIPPING).discount == 0
    with_cart(db, user, lambda tx, customer, cart: carts.set_quantity(tx, cart, line.sku_id, 2))
    assert cart_of(db, user).quote(SHIPPING).discount == 100


def test_another_choice_replaces_the_first_and_can_be_taken_back(db: Database) -> None:
    user, first, second = someone(db), a_coupon(db, value=100), a_coupon(db, value=200)
    choose_coupon(db, user, first.code)
    choose_coupon(db, user, second.code)
    assert cart_of(db, user).quote(SHIPPING).discount == 200
    with_cart(db, user, lambda tx, customer, cart: coupons.clear(tx, cart))
    assert cart_of(db, user).coupon is None
    assert cart_of(db, user).quote(SHIPPING).discount == 0


def test_a_choice_uses_nothing_and_the_next_cart_begins_without_it(db: Database) -> None:
    user, coupon = someone(db), a_coupon(db)
    choose_coupon(db, user, coupon.code)
    assert used(db, coupon) == 0
    place(db, user)
    assert used(db, coupon) == 1
    assert cart_of(db, user).coupon is None


def test_a_used_up_coupon_is_refused(db: Database) -> None:
    coupon = a_coupon(db, uses_limit=1)
    placed(db, someone(db), coupon)
    assert choose_coupon(db, someone(db), coupon.code) == Refusal(Reason.USED_UP, now(db, coupon))


def test_one_customer_uses_it_as_often_as_allowed(db: Database) -> None:
    coupon, user = a_coupon(db, uses_per_customer=2), line_user()
    sku = goods(db)
    for _ in range(2):
        fill_cart(db, user, {sku: 1})
        placed(db, user, coupon)
    fill_cart(db, user, {sku: 1})
    assert choose_coupon(db, user, coupon.code) == Refusal(Reason.USED_BY_YOU, now(db, coupon))
    placed(db, someone(db), coupon)


def test_a_created_coupon_is_as_its_terms_say(db: Database) -> None:
    start = datetime.now(UTC)
    terms = Terms(
        code="p-15", kind=Kind.PERCENT, value=15, cap=200, minimum=500, starts_at=start, ends_at=start + HOUR,
        uses_limit=9, uses_per_customer=2,
    )  # fmt: skip
    coupon = db.transaction(lambda tx: coupons.create(tx, terms))
    assert asdict(coupon) == {**asdict(terms), "code": "P-15", "id": coupon.id, "used": 0, "active": True}


def test_terms_that_cannot_be_are_refused_by_field(db: Database) -> None:
    a_coupon(db)
    with pytest.raises(CouponError, match="value must be 1 to 99 percent off"):
        a_coupon(db, Kind.PERCENT, 0)
    code = str(scalar(db, "SELECT code FROM coupons"))
    with pytest.raises(CouponError, match=f"code {code} is taken by another coupon") as refused:
        db.transaction(lambda tx: coupons.create(tx, Terms(code=code.lower(), kind=Kind.AMOUNT, value=1)))
    assert list(refused.value.problems) == ["code"]


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("used = 3", "coupons_used_within_limit"),
        ("used = -1", "coupons_used_within_limit"),
        ("cap = 5", "coupons_cap_is_for_percent"),
        ("value = 0", "coupons_value_fits_kind"),
        ("ends_at = starts_at", "coupons_end_after_start"),
        ("code = 'lower'", "coupons_code_check"),
    ],
)
def test_the_database_refuses_a_coupon_that_cannot_be(db: Database, change: str, constraint: str) -> None:
    coupon = a_coupon(db, uses_limit=2)
    with pytest.raises(psycopg2.errors.CheckViolation, match=constraint):
        set_coupon(db, coupon, change)
