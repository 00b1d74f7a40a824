"""Coupons: who may use which, used when an order is placed, given back when it dies, every use in the ledger.

The uses in all are guarded by the UPDATE that takes one, as stock is: it travels with COMMIT, after the
stock statements, and every other transition keeps that order too (SKUs ascending, then the coupon). A
coupon of the whole shop is hotter than any SKU, so its row is locked last and nobody holds it while
waiting for stock; and nobody waits in a circle.

The uses of one customer are counted, not guarded: whoever uses a coupon holds the lock on the customer's
row since before the count (`customers.meet`, `customers.find`), so that of two at once the second counts
the use of the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

import psycopg2
from psycopg2 import errors

from store import coupon_terms
from store.coupon_terms import Terms
from store.customers import Customer
from store.db import Transaction, query_text, sql
from store.errors import CouponError, CouponTaken
from store.pricing import Benefit, Kind


@dataclass(frozen=True, kw_only=True)
class Coupon(Terms):
    """A coupon of the shop; `used` counts the uses that orders hold."""

    id: int
    used: int
    active: bool

    @property
    def benefit(self) -> Benefit:
        """What it gives, for `pricing.quote`."""
        return Benefit(self.code, self.kind, self.value, self.cap)


class Reason(StrEnum):
    """Why a coupon cannot be used."""

    UNKNOWN = "unknown"
    INACTIVE = "inactive"
    NOT_YET = "not_yet"
    OVER = "over"
    USED_UP = "used_up"
    USED_BY_YOU = "used_by_you"
    BELOW_MINIMUM = "below_minimum"


@dataclass(frozen=True)
class Refusal:
    """A coupon that cannot be used, and why; `missing` is what the goods lack to its minimum, in TWD.

    `coupon` is None where there is none of this code.
    """

    reason: Reason
    coupon: Coupon | None = None
    missing: int = 0


@dataclass(frozen=True)
class Chosen:
    """The coupon that was chosen for a cart, as it stands now for its customer."""

    coupon: Coupon
    used_by_customer: int
    at: datetime

    def refusal(self, subtotal: int) -> Refusal | None:
        """Why it cannot be used for goods of so many TWD; None when it can."""
        return _judge(self.coupon, self.used_by_customer, subtotal, self.at)


class Basket(Protocol):
    """Whatever a coupon is chosen for: a cart's id and what its goods cost in TWD."""

    @property
    def id(self) -> int: ...
    @property
    def subtotal(self) -> int: ...


def check(
    tx: Transaction, customer: Customer, code: str, subtotal: int, at: datetime | None = None
) -> Coupon | Refusal:
    """The coupon of this code when the customer may use it for goods of `subtotal` TWD, else why not.

    `at` is the moment it is judged for (None: now). The answer holds while the customer is locked, but for
    the uses in all, which are guarded when they are taken.
    """
    row = sql.coupon_by_code(tx.connection, code=coupon_terms.normalise(code))
    if row is None:
        return Refusal(Reason.UNKNOWN)
    now = _for(tx, customer.id, _coupon(row))
    return _judge(now.coupon, now.used_by_customer, subtotal, at or now.at) or now.coupon


def choose(tx: Transaction, customer: Customer, cart: Basket, code: str) -> Coupon | Refusal:
    """Choose the coupon of this code for the cart, instead of an earlier one; refused, nothing changes."""
    found = check(tx, customer, code, cart.subtotal)
    if isinstance(found, Coupon):
        sql.cart_set_coupon(tx.connection, cart_id=cart.id, coupon_id=found.id)
    return found


def clear(tx: Transaction, cart: Basket) -> None:
    """Have no coupon chosen for the cart."""
    sql.cart_set_coupon(tx.connection, cart_id=cart.id, coupon_id=None)


def chosen(tx: Transaction, customer: Customer, coupon_id: int | None) -> Chosen | None:
    """The coupon a cart names, as it stands now for the customer."""
    return None if coupon_id is None else _for(tx, customer.id, get(tx, coupon_id))


def get(tx: Transaction, coupon_id: int) -> Coupon:
    """The coupon with this id; raises LookupError when there is none."""
    row = sql.coupon_by_id(tx.connection, id=coupon_id)
    if row is None:
        raise LookupError(f"there is no coupon {coupon_id}")
    return _coupon(row)


def create(tx: Transaction, terms: Terms) -> Coupon:
    """A new coupon; raises `CouponError`, which names every field and the rule it breaks."""
    if problems := coupon_terms.problems(terms):
        raise CouponError(problems)
    code = coupon_terms.normalise(terms.code)
    row = sql.coupon_insert(tx.connection, **{**vars(terms), "code": code})
    if row is None:
        raise CouponError({"code": f"{code} is taken by another coupon"})
    return _coupon(row)


def take_at_commit(
    tx: Transaction, coupon_id: int, order_id: int, customer: Customer, actor: str, round_: int = 1
) -> None:
    """Use a coupon for an order with the COMMIT; `CouponTaken` then undoes and re-runs the transaction.

    Call it after `stock.take_at_commit`: that order of locks holds everywhere. `customer` is asked for
    because it is locked.
    """
    tx.last(query_text("coupon_take"), _use(coupon_id, order_id, customer.id, actor, round_), _used_up)


def return_at_commit(
    tx: Transaction, coupon_id: int, order_id: int, customer_id: int, actor: str, round_: int
) -> None:
    """Give the use of a dying order back with the COMMIT; a second return of a round is an error.

    Call it after `stock.return_at_commit`.
    """
    tx.last(query_text("coupon_return"), _use(coupon_id, order_id, customer_id, actor, round_), _used_up)


def take_now(
    tx: Transaction, coupon_id: int, order_id: int, customer: Customer, actor: str, round_: int
) -> None:
    """Use a coupon at once for an order that comes back to life; `CouponTaken` when no use is left.

    Its period and minimum were kept when the order was placed; its limits may be reached since. Call it
    after `stock.take_now`, in a savepoint around both.
    """
    now = _for(tx, customer.id, get(tx, coupon_id))
    if _is_used_by(now.coupon, now.used_by_customer):
        raise CouponTaken("the customer has used the coupon otherwise")
    try:
        sql.coupon_take(tx.connection, **_use(coupon_id, order_id, customer.id, actor, round_))
    except errors.NotNullViolation as error:
        if taken := _used_up(error):
            raise taken from error
        raise


def _judge(coupon: Coupon, used_by_customer: int, subtotal: int, at: datetime) -> Refusal | None:
    obstacles = {
        Reason.INACTIVE: not coupon.active,
        Reason.NOT_YET: coupon.starts_at is not None and at < coupon.starts_at,
        Reason.OVER: coupon.ends_at is not None and at >= coupon.ends_at,
        Reason.USED_UP: coupon.uses_limit is not None and coupon.used >= coupon.uses_limit,
        Reason.USED_BY_YOU: _is_used_by(coupon, used_by_customer),
        Reason.BELOW_MINIMUM: subtotal < coupon.minimum,
    }
    reason = next((reason for reason, holds in obstacles.items() if holds), None)
    return Refusal(reason, coupon, max(0, coupon.minimum - subtotal)) if reason else None


def _is_used_by(coupon: Coupon, uses: int) -> bool:
    return coupon.uses_per_customer is not None and uses >= coupon.uses_per_customer


def _for(tx: Transaction, customer_id: int, coupon: Coupon) -> Chosen:
    row = sql.coupon_used_by(tx.connection, coupon_id=coupon.id, customer_id=customer_id)
    return Chosen(coupon, row.uses, row.now)


def _coupon(row: Any) -> Coupon:
    return Coupon(**{**row._asdict(), "kind": Kind(row.kind)})


def _use(coupon_id: int, order_id: int, customer_id: int, actor: str, round_: int) -> dict[str, Any]:
    return {
        "coupon_id": coupon_id,
        "order_id": order_id,
        "customer_id": customer_id,
        "actor": actor,
        "round": round_,
    }


def _used_up(error: psycopg2.Error) -> Exception | None:
    if isinstance(error, errors.NotNullViolation) and error.diag.column_name == "used_after":
        return CouponTaken("the coupon is used up")
    return None
