"""What a cart costs. Pure arithmetic in whole TWD."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

LARGEST_TOTAL = 9_999_999
"""What one order may cost at the bank: Amount is nine digits in hundredths of TWD."""
ATM_LIMIT = 30_000
"""What one virtual account takes (code E0403 of the bank)."""


@dataclass(frozen=True)
class ShippingRule:
    """A flat fee, free from a sum of goods on; both in TWD."""

    fee: int
    free_from: int


@dataclass(frozen=True)
class Priced:
    """One thing to be priced; `unit_price` in TWD."""

    sku_id: int
    unit_price: int
    quantity: int


@dataclass(frozen=True)
class Quote:
    """The sums a customer agrees to, in TWD, and the `version` that names exactly this agreement."""

    subtotal: int
    shipping_fee: int
    total: int
    missing_for_free_shipping: int
    version: str


def quote(lines: Sequence[Priced], shipping: ShippingRule) -> Quote:
    """Price lines. Two quotes have the same version only when SKUs, quantities, prices and fee agree."""
    subtotal = sum(line.unit_price * line.quantity for line in lines)
    free = not lines or subtotal >= shipping.free_from
    fee = 0 if free else shipping.fee
    words = ";".join(sorted(f"{line.sku_id}:{line.quantity}:{line.unit_price}" for line in lines))
    return Quote(
        subtotal=subtotal,
        shipping_fee=fee,
        total=subtotal + fee,
        missing_for_free_shipping=0 if free or not fee else shipping.free_from - subtotal,
        version=hashlib.sha256(f"{words}+{fee}".encode()).hexdigest()[:12],
    )
