"""What a cart costs. Pure arithmetic in whole TWD."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

LARGEST_TOTAL = 9_999_999
"""What one order may cost at the bank: Amount is nine digits in hundredths of TWD."""
ATM_LIMIT = 30_000
"""What one virtual account takes (code E0403 of the bank)."""


@dataclass(frozen=True)
class ShippingRule:
    """A flat fee, free from a sum of goods on; both in TWD.

    The sum is what is paid for the goods, after a coupon, as shops in Taiwan count it (折扣後滿額免運).
    """

    fee: int
    free_from: int

    def of(self, goods: int) -> int:
        """The fee for goods that cost so much, in TWD."""
        return 0 if goods >= self.free_from else self.fee


@dataclass(frozen=True)
class Priced:
    """One thing to be priced; `unit_price` in TWD."""

    sku_id: int
    unit_price: int
    quantity: int


class Kind(StrEnum):
    """What a coupon gives."""

    AMOUNT = "amount"
    PERCENT = "percent"
    FREE_SHIPPING = "free_shipping"


@dataclass(frozen=True)
class Benefit:
    """What the coupon of this code gives.

    `value` is TWD for an amount, percent off for a percentage (15 is 85 折), 0 for free shipping; `cap` is
    the most TWD that a percentage takes off.
    """

    code: str
    kind: Kind
    value: int
    cap: int | None = None

    def off(self, subtotal: int) -> int:
        """What it takes off goods of `subtotal`, in whole TWD rounded down, never more than they cost."""
        if self.kind is Kind.FREE_SHIPPING:
            return 0
        wanted = self.value if self.kind is Kind.AMOUNT else subtotal * self.value // 100
        return min(wanted, subtotal, subtotal if self.cap is None else self.cap)


@dataclass(frozen=True)
class Quote:
    """The sums a customer agrees to, in TWD, and the `version` that names exactly this agreement.

    total = subtotal - discount + shipping_fee. `coupon_code` is the coupon that is used up by it, if any.
    """

    subtotal: int
    shipping_fee: int
    total: int
    missing_for_free_shipping: int
    version: str
    discount: int = 0
    coupon_code: str | None = None


def quote(lines: Sequence[Priced], shipping: ShippingRule, coupon: Benefit | None = None) -> Quote:
    """Price lines. Two quotes have the same version only when SKUs, quantities, prices, discount, fee and
    coupon agree.

    A coupon that saves nothing is left alone, so that it is not used up in vain: shipping was free anyway,
    or the discount would cost more in shipping than it takes off.
    """
    subtotal = sum(line.unit_price * line.quantity for line in lines)
    discount, fee, code = 0, shipping.of(subtotal) if lines else 0, None
    if coupon and lines:
        less, its_fee = _with(coupon, subtotal, shipping)
        if its_fee - less < fee:
            discount, fee, code = less, its_fee, coupon.code
    words = ";".join(sorted(f"{line.sku_id}:{line.quantity}:{line.unit_price}" for line in lines)) + f"+{fee}"
    if code:
        words += f"-{discount}:{code}"
    return Quote(
        subtotal=subtotal,
        shipping_fee=fee,
        total=subtotal - discount + fee,
        missing_for_free_shipping=max(0, shipping.free_from - (subtotal - discount)) if fee else 0,
        version=hashlib.sha256(words.encode()).hexdigest()[:12],
        discount=discount,
        coupon_code=code,
    )


def _with(coupon: Benefit, subtotal: int, shipping: ShippingRule) -> tuple[int, int]:
    """Discount and shipping fee with a coupon, in TWD.

    It leaves at least NT$1 to pay: no bank takes a payment of nothing, and every payment method stays open.
    """
    off = coupon.off(subtotal)
    fee = 0 if coupon.kind is Kind.FREE_SHIPPING else shipping.of(subtotal - off)
    if off and subtotal - off + fee < 1:
        off -= 1
    return off, fee
