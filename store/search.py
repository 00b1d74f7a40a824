"""Finding products: typed words, shelves, filters and orders, a page at a time, in bounded time.

What matches: a product matches when it has every piece of every word typed (`store.search_terms`), somewhere
in its name, options, codes, category or description. In the order "best" a name that is exactly what was
typed comes first, then names that begin so, names that have the words, all others; and among equals what is
bought more, what is in stock, what stands first in the shop. "best" with no words is the shop's own order.

How much work it is: ranking everything that matches takes time in proportion to what matches, so

* up to `FEW` matches, as most words have, are read through the index of words and ranked exactly;
* of more, the listings are walked in the order asked for until a page is full: exact too, and quick because
  the word is common. After `WALK` listings without a full page the word's products lie far down in that
  order; then up to `MANY` matches are ranked, exactly if there are no more, else only the first `MANY` in
  the order of the table: those at the top may then not be the very best, and some stay unseen until words
  or filters are added;
* the filters for price and stock ask the SKUs themselves, on a shelf of at most `WALK_FILTERED` products a
  page: it may then be short, or empty, and still name a next one.

Reading the index itself grows with the rarest piece typed (about 10 ns for each product that has it).

A place in a list is a key of the last product shown, not a count: products that come, go or sell out in
the meantime neither repeat nor hide others. Only one whose own key changes (its price, in a list by price)
moves to where it now belongs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

from store.catalogue import ProductCard
from store.db import Transaction, sql
from store.errors import StoreError
from store.listings import catch_up, refresh, refresh_popularity
from store.search_terms import Wanted, wanted

__all__ = [
    "COUNTED", "Cursor", "CursorError", "Found", "Query", "Sort",
    "catch_up", "find", "refresh", "refresh_popularity", "suggest",
]  # fmt: skip

FEW, WALK, MANY, WALK_FILTERED = 1_000, 2_000, 10_000, 10_000
COUNTED = 100
"""Results are counted up to this many; one more stands for "more than that"."""
_ANY_PRICE = 2**31 - 1
_NEAR = 300
_FORGIVING = 4

Sort = Literal["best", "popular", "newest", "price_up", "price_down"]
_LETTERS: dict[Sort, str] = dict(zip(get_args(Sort), "bpnud", strict=True))
_SORTS = {letter: sort for sort, letter in _LETTERS.items()}
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_CURSOR = re.compile(r"([bpnud])([0-4])\.(-?[0-9a-z]{1,13})\.(-?[0-9a-z]{1,13})\.(-?[0-9a-z]{1,13})")


class CursorError(StoreError):
    """A cursor that `Cursor.read` or this query did not make."""


class Key(NamedTuple):
    """Where a product stands in a list: smaller comes first. What a, b and c are depends on the order."""

    rank: int
    a: int
    b: int
    c: int


_START = Key(0, -(2**62), -(2**62), -(2**62))


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
class Cursor:
    """A place in the list of a query. `str()` makes a text of at most 40 characters (a-z, 0-9, . and -)."""

    sort: Sort
    key: Key

    def __str__(self) -> str:
        numbers = ".".join(_base36(number) for number in self.key[1:])
        return f"{_LETTERS[self.sort]}{self.key.rank}.{numbers}"

    @classmethod
    def read(cls, text: str) -> Cursor:
        """The cursor of such a text; raises `CursorError` for any other text."""
        match = _CURSOR.fullmatch(text)
        numbers = [int(digits, 36) for digits in match.groups()[2:]] if match else []
        if not match or any(abs(number) >= 2**62 for number in numbers):
            raise CursorError("cursor: not a place in a list of products")
        return cls(_SORTS[match[1]], Key(int(match[2]), *numbers))


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
    start = after.key if after else _START
    hunt = _Hunt(tx, query, asked, limit + 1)
    hits, end, total = hunt.words(asked, start) if asked else hunt.shelf(start)
    if len(hits) > limit:
        end = hits[limit - 1].key
    hits = hits[:limit]
    if after is not None:
        total = None
    elif end is None:
        total = len(hits)
    cards = _cards(tx, [hit.product_id for hit in hits])
    return Found(tuple(cards), Cursor(query.sort, end) if end else None, total)


def suggest(tx: Transaction, words: str, limit: int = 5) -> list[ProductCard]:
    """For words that found nothing: products in stock with the most alike names, then the most popular."""
    asked = wanted(words)
    near = sql.search_near(tx.connection, pieces=list(asked.pieces), most=_NEAR, limit=limit) if asked else []
    ids = [row.product_id for row in near]
    if len(ids) < limit:
        popular = find(tx, Query(in_stock=True, sort="popular"), limit=limit)
        known = set(ids)
        return [*_cards(tx, ids), *(card for card in popular.products if card.id not in known)][:limit]
    return _cards(tx, ids)


class _Hit(NamedTuple):
    product_id: int
    key: Key


class _Hunt:
    """One call of `find`: its ways of reading, each of which answers up to `limit` hits in order."""

    def __init__(self, tx: Transaction, query: Query, asked: Wanted | None, limit: int) -> None:
        self._conn = tx.connection
        self._sort: Sort = query.sort
        self._asked = asked
        self._limit = limit
        self._filtered = query.in_stock or query.price_from is not None or query.price_to is not None
        self._filters: dict[str, Any] = {
            "category_id": query.category_id,
            "any_sku": not self._filtered,
            "price_from": _price(query.price_from, 0),
            "price_to": _price(query.price_to, _ANY_PRICE),
            "in_stock": query.in_stock,
        }

    def shelf(self, start: Key) -> tuple[list[_Hit], Key | None, int | None]:
        """What no words were typed for."""
        hits, end = self._walk(start, WALK_FILTERED if self._filtered else self._limit)
        if self._filtered:
            return hits, end, None
        category_id = self._filters["category_id"]
        return hits, end, int(sql.search_count(self._conn, category_id=category_id, most=COUNTED + 1))

    def words(self, asked: Wanted, start: Key) -> tuple[list[_Hit], Key | None, int | None]:
        """What has the words, by whichever way is quick."""
        if start.rank < _FORGIVING:
            hits, seen, matches = self._among(asked.anywhere, start, FEW)
            if seen > FEW:
                return *self._many(asked, start), COUNTED + 1 if matches > COUNTED else None
            if hits or start != _START or asked.forgiving is None:
                return hits, None, min(matches, COUNTED + 1)
        if asked.forgiving is None:
            return [], None, 0
        forgiven = max(start, _START._replace(rank=_FORGIVING))
        hits, _, matches = self._among(asked.forgiving, forgiven, FEW, rank=_FORGIVING)
        return hits, None, min(matches, COUNTED + 1)

    def _many(self, asked: Wanted, start: Key) -> tuple[list[_Hit], Key | None]:
        """What has very common words: rank by rank, so that of the lower ranks only what is shown is read."""
        if self._sort != "best":
            return self._stream(asked.anywhere, start, None)
        hits: list[_Hit] = []
        for rank in range(start.rank, _FORGIVING):
            match = asked.anywhere if rank == _FORGIVING - 1 else asked.names
            more, end = self._stream(match, max(start, _START._replace(rank=rank)), rank)
            hits += more
            if end or len(hits) >= self._limit:
                return hits, end
        return hits, None

    def _stream(self, match: str, start: Key, rank: int | None) -> tuple[list[_Hit], Key | None]:
        if rank in (0, 1):
            few, seen, _ = self._among(match, start, FEW, rank)
            if seen <= FEW:
                return few, None
        hits, end = self._walk(start, WALK, match, rank)
        if end is None:
            return hits, None
        ranked, seen, _ = self._among(match, start, MANY, rank)
        if seen <= MANY or len(ranked) >= self._limit:
            return ranked, None
        return hits, end

    def _among(
        self, match: str, start: Key, most: int, rank: int | None = None
    ) -> tuple[list[_Hit], int, int]:
        """Hits out of the first `most` matches, how many matches were seen, how many of those are hits."""
        asked = self._asked
        ends = {0: "\x01", 1: "\U0010ffff"}  # byte by byte, nothing comes between a key and these behind it
        rows = list(
            sql.search_among(
                self._conn,
                match=match,
                names=asked.names if asked else None,
                key=asked.key if asked else None,
                key_end=asked.key + ends[rank] if asked and rank in ends else None,
                rank=rank,
                sort=self._sort,
                **self._filters,
                after_rank=start.rank,
                **_place(start),
                most=most + 1,
                limit=self._limit,
            )
        )
        hits = [_Hit(row.product_id, Key(row.rank, row.a, row.b, row.c)) for row in rows if row.hit]
        return hits, rows[0].seen if rows else 0, rows[0].matches if rows else 0

    def _walk(
        self, start: Key, most: int, match: str | None = None, rank: int | None = None
    ) -> tuple[list[_Hit], Key | None]:
        """Hits among the next `most` listings in order, and where that ends unless a page is full before."""
        asked = self._asked
        values = {**self._filters, **_place(start), "match": match, "walk": most, "limit": self._limit}
        if self._sort == "popular" or (self._sort == "best" and asked):
            names, key = (asked.names, asked.key) if asked else (None, None)
            rows = list(sql.search_by_standing(self._conn, names=names, key=key, rank=rank, **values))
        else:
            rows = list(_WALKS[self._sort](self._conn, **values))
        keys = [Key(rank or 0, row.a, row.b, row.c) for row in rows]
        hits = [_Hit(row.product_id, key) for row, key in zip(rows, keys, strict=True) if row.hit]
        ended = len(hits) < self._limit and rows and rows[-1].place == most
        return hits, keys[-1] if ended else None


_WALKS = {
    "best": sql.search_by_position,
    "newest": sql.search_by_age,
    "price_up": sql.search_by_price_up,
    "price_down": sql.search_by_price_down,
}


def _place(key: Key) -> dict[str, int]:
    return {"a": key.a, "b": key.b, "c": key.c}


def _price(price: int | None, otherwise: int) -> int:
    return otherwise if price is None else max(0, min(price, _ANY_PRICE))


def _cards(tx: Transaction, product_ids: list[int]) -> list[ProductCard]:
    return [ProductCard(*row) for row in sql.search_cards(tx.connection, product_ids=product_ids)]


def _base36(number: int) -> str:
    digits, rest = "", abs(number)
    while rest or not digits:
        rest, digit = divmod(rest, 36)
        digits = _DIGITS[digit] + digits
    return "-" * (number < 0) + digits
