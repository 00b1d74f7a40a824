"""Finding products: typed words, shelves, filters and orders, a page at a time, in bounded time.

What matches: a product matches when it has every piece of every word typed (`store.search_terms`), somewhere
in its name, options, codes, category or description. In the order "best" a name that is exactly what was
typed comes first, then names that begin so, names that have the words, all others; and among equals what is
bought more, what is in stock, what stands first in the shop. "best" with no words is the shop's own order.
How the work is bounded when very many products match, and what that costs, is told in
`store.search_reading`.

A place in a list is the key of the last product shown, not a count: products that come, go or sell out in
the meantime neither repeat nor hide others. Only one whose own key changes (its price, in a list by price)
moves to where it now belongs.
"""

from __future__ import annotations

from dataclasses import dataclass

from store.catalogue import ProductCard
from store.db import Transaction, sql
from store.listings import catch_up, refresh, refresh_popularity
from store.search_places import START, Cursor, CursorError, Key, Sort
from store.search_reading import COUNTED, Filters, Reading
from store.search_terms import wanted

__all__ = [
    "COUNTED", "Cursor", "CursorError", "Found", "Key", "Query", "Sort",
    "catch_up", "find", "refresh", "refresh_popularity", "suggest",
]  # fmt: skip

_NEAR = 300


@dataclass(frozen=True)
class Query:
    """What to look for; prices in TWD, both ends included, of one and the same SKU that is in stock."""

    words: str = ""
    category_id: int | None = None
    price_from: int | None = None
    price_to: int | None = None
    in_stock: bool = False
    sort: Sort = "best"


@dataclass(frozen=True)
class Found:
    """A page of products. `next` is None at the end. `total`, on a first page only, counts up to `COUNTED`;
    one more means there are more, None that counting would have taken too long."""

    products: tuple[ProductCard, ...]
    next: Cursor | None
    total: int | None


def find(tx: Transaction, query: Query, after: Cursor | None = None, limit: int = 10) -> Found:
    """The products of a query from behind a cursor on, at most `limit`.

    Words of which nothing can be looked for (only punctuation, say) find nothing. Where no product matches,
    words of five letters or more may have one letter wrong, missing, too many or swapped, if the right one
    stands in a name. Raises `CursorError` for a cursor of a list in another order.
    """
    if after is not None and after.sort != query.sort:
        raise CursorError(f"cursor: belongs to the order {after.sort}, not {query.sort}")
    asked = wanted(query.words)
    if asked is None and query.words.strip():
        return Found((), None, 0)
    filters = Filters(query.category_id, query.price_from, query.price_to, query.in_stock)
    reading = Reading(tx, query.sort, asked, filters, limit + 1)
    page = reading.page(after.mode if after else None, after.key if after else START)
    end = page.hits[limit - 1].key if len(page.hits) > limit else page.end
    hits = page.hits[:limit]
    total = None if after else len(hits) if end is None else page.total
    cards = _cards(tx, [hit.product_id for hit in hits])
    return Found(tuple(cards), Cursor(query.sort, page.mode, end) if end else None, total)


def suggest(tx: Transaction, words: str, limit: int = 5) -> list[ProductCard]:
    """For words that found nothing: products in stock with the most alike names, then the most popular."""
    asked = wanted(words)
    near = sql.search_near(tx.connection, pieces=list(asked.pieces), most=_NEAR, limit=limit) if asked else []
    cards = _cards(tx, [row.product_id for row in near])
    if len(cards) < limit:
        known = {card.id for card in cards}
        popular = find(tx, Query(in_stock=True, sort="popular"), limit=limit).products
        cards += [card for card in popular if card.id not in known]
    return cards[:limit]


def _cards(tx: Transaction, product_ids: list[int]) -> list[ProductCard]:
    return [ProductCard(*row) for row in sql.search_cards(tx.connection, product_ids=product_ids)]
