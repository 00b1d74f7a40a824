"""Reviews: what buyers say of what they received. One per order line, stars first, words if they like."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from store.customers import Customer
from store.db import Transaction, sql
from store.text import storable

MOST_STARS = 5
LATEST = 2


@dataclass(frozen=True)
class Review:
    """A review as its author and the merchant see it (UTC)."""

    id: int
    order_id: int
    sku_id: int
    customer_id: int
    stars: int
    words: str
    name: str
    written_at: datetime
    hidden: bool


@dataclass(frozen=True)
class Opinion:
    """A review as everybody sees it; `name` may be empty."""

    stars: int
    words: str
    name: str
    written_at: datetime


@dataclass(frozen=True)
class Rating:
    """How buyers rate a product: `count` reviews of `average` stars, and the latest that have words."""

    count: int
    average: float
    latest: tuple[Opinion, ...]


@dataclass(frozen=True)
class Listed:
    """A review with what it is about, for the console."""

    review: Review
    product_name: str
    option: str
    order_code: str


def rate(tx: Transaction, customer: Customer, order_id: int, sku_id: int, stars: int, name: str) -> bool:
    """Give stars (1 to 5) to a line of the customer's own completed order, or change those given.

    `name` is how the author is shown. False when there is no such line, or the order is not completed.
    """
    if not 1 <= stars <= MOST_STARS:
        return False
    return bool(
        sql.review_stars(
            tx.connection,
            order_id=order_id,
            sku_id=sku_id,
            customer_id=customer.id,
            stars=stars,
            name=storable(name),
        )
    )


def say(
    tx: Transaction, customer: Customer, order_id: int, sku_id: int, words: str, line_message_id: str = ""
) -> bool:
    """Add words to the stars the customer gave, or take them back (empty); False without such stars."""
    return bool(
        sql.review_words(
            tx.connection,
            order_id=order_id,
            sku_id=sku_id,
            customer_id=customer.id,
            words=storable(words),
            line_message_id=storable(line_message_id) if words else "",
        )
    )


def of_order(tx: Transaction, order_id: int) -> dict[int, Review]:
    """The reviews of an order's lines, by SKU id."""
    return {row.sku_id: Review(*row) for row in sql.reviews_of_order(tx.connection, order_id=order_id)}


def of_product(tx: Transaction, product_id: int) -> Rating | None:
    """How a product is rated, hidden reviews left out; None without any review."""
    rows = list(sql.reviews_of_product(tx.connection, product_id=product_id, limit=LATEST))
    if not rows:
        return None
    latest = [Opinion(*row[2:]) for row in rows if row.stars is not None]
    return Rating(rows[0].count, rows[0].average, tuple(latest))


def listed(tx: Transaction, *, before_id: int | None = None, limit: int = 50) -> list[Listed]:
    """All reviews, newest first; `before_id` continues a list."""
    rows = sql.reviews_list(tx.connection, before_id=before_id or 2**62, limit=limit)
    return [Listed(Review(*row[:9]), row.product_name, row.option, row.code) for row in rows]


def set_hidden(tx: Transaction, review_id: int, hidden: bool) -> bool:
    """Show a review to customers or not; False when it is so already, or there is none."""
    return bool(sql.review_set_hidden(tx.connection, id=review_id, hidden=hidden))
