"""How a page of products is read, so that it takes about the same time however many products match.

To rank all that matches takes time in proportion to what matches. So

* up to `FEW` matches, as most words have in most shops, are read through the index of words and put in order
  exactly. How many there may be is guessed from a fixed sample of the shop first;
* of words that more products have, names that are or begin with the words come first as ever (unless more
  than `FEW` begin so); then what the index holds is read tier by tier, best sellers first, then samples of
  1/1024, 1/256, 1/64 … of the products, each tier in exact order. A page stops where it is full. So the
  order is the same for everybody and on every page, all is shown in the end, and what sells comes first; but
  among products that nobody bought lately it is the draw that decides, not stock or place in the shop;
* in order of age or price, the listings are walked in that order if more than `SORTED` match, until a page
  is full: quick because the word is common. After `WALK` listings without a full page the word's products
  must lie close together far down in that order; then the first `MANY` matches in the order of the table
  are sorted, and only where there are more than that may some stay unseen;
* price and stock are asked of the SKUs themselves, of at most `ENOUGH` products for one page (and the rest
  of a tier): it may then be short, or empty, and still name a next one.

Reading the index takes some 50 ns for each product of those tiers that has the rarest piece typed, or for
each that has it in the whole shop where there is no tier to keep to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from store.db import Transaction, sql
from store.search_places import FORGIVEN, START, Key, Mode, Sort
from store.search_terms import Wanted, within

FEW = 200
SORTED, WALK, ENOUGH, MANY = 1_000, 2_000, 3_000, 10_000
COUNTED = 100
"""Results are counted up to this many; one more stands for "more than that"."""
_SAMPLE = 1  # the tier that is one product in 1024
_SOME, _LOTS = 4, 20  # so many of the sample make a word common, and very common
_TIERS = 7
_ANY_PRICE = 2**31 - 1


class Hit(NamedTuple):
    """A product of a page."""

    product_id: int
    key: Key


@dataclass(frozen=True)
class Page:
    """What was read: `end` is where to go on if reading stopped before the page was full."""

    hits: list[Hit]
    end: Key | None
    total: int | None
    mode: Mode = 0


@dataclass(frozen=True)
class Filters:
    """What a product must have besides the words; prices in TWD."""

    category_id: int | None
    price_from: int | None
    price_to: int | None
    in_stock: bool

    @property
    def ask_skus(self) -> bool:
        """Whether a SKU must be found that fits."""
        return self.in_stock or self.price_from is not None or self.price_to is not None

    def values(self) -> dict[str, Any]:
        """As the queries want them."""
        return {
            "any_sku": not self.ask_skus,
            "price_from": _price(self.price_from, 0),
            "price_to": _price(self.price_to, _ANY_PRICE),
            "in_stock": self.in_stock,
        }


class _Ranked(NamedTuple):
    hits: list[Hit]
    seen: int
    matches: int


class Reading:
    """Reads one page of at most `limit` hits."""

    def __init__(
        self, tx: Transaction, sort: Sort, asked: Wanted | None, filters: Filters, limit: int
    ) -> None:
        self._conn = tx.connection
        self._sort: Sort = sort
        self._asked = asked
        self._filters = filters
        self._values = filters.values()
        self._limit = limit

    def page(self, mode: Mode | None, start: Key) -> Page:
        """The page behind a key; `mode` is None for a first page."""
        if self._asked is None:
            return self._shelf(start)
        if self._sort in ("best", "popular"):
            return self._ranked(self._asked, mode, start)
        return self._sorted(self._asked, start)

    def _shelf(self, start: Key) -> Page:
        asks = self._filters.ask_skus
        if self._sort == "price_down" and self._filters.price_to is not None:
            start = max(start, Key(a=-self._values["price_to"]))
        hits, end = self._walk(start, ENOUGH if asks else self._limit)
        if asks or start != START:
            return Page(hits, end, None)
        category_id = self._filters.category_id
        return Page(hits, end, sql.search_count(self._conn, category_id=category_id, most=COUNTED + 1))

    # Words, in order of rank

    def _ranked(self, asked: Wanted, mode: Mode | None, start: Key) -> Page:
        if start.rank == FORGIVEN:
            return self._forgiven(asked, start)
        common = 0 if mode == 0 else self._sampled(asked.anywhere)
        if mode == 0 or (mode is None and common < _SOME):
            few = self._among(asked.anywhere, start, MANY if mode == 0 else FEW)
            if mode == 0 or few.seen <= FEW:
                if not few.seen and start == START:
                    return self._forgiven(asked, Key(FORGIVEN))
                return Page(few.hits, None, min(few.matches, COUNTED + 1))
        if mode is None:
            return self._first_of_many(asked, common)
        hits, end = self._tiers(asked, mode, start, common, [])
        return Page(hits, end, None, mode)

    def _first_of_many(self, asked: Wanted, common: int) -> Page:
        """A first page: settles whether names that begin with the words come first."""
        mode: Mode = 2
        named: list[Hit] = []
        start = START
        if self._sort == "best":
            beginning = self._named(asked, START, FEW, 1)
            if beginning.seen <= FEW:
                mode, named, start = 1, beginning.hits, Key(2)
        hits, end = self._tiers(asked, mode, start, common, named)
        return Page(hits, end, None if self._filters.ask_skus else COUNTED + 1, mode)

    def _tiers(
        self, asked: Wanted, mode: Mode, start: Key, common: int, hits: list[Hit]
    ) -> tuple[list[Hit], Key | None]:
        """`hits` and what comes after them, step by step until the page is full."""
        best = self._sort == "best"
        if best and start.rank < 2 and len(hits) < self._limit:
            hits = [*hits, *self._named(asked, start, MANY, mode).hits][: self._limit]
        looked_at = 0
        for rank, match in ((2, asked.names), (3, asked.elsewhere)) if best else ((0, asked.anywhere),):
            tier = start.tier if rank == start.rank else 0
            wide = 5 if not common else 4 if common < _SOME else 3 if common <= _LOTS else 2
            while rank >= start.rank and tier < _TIERS:
                if len(hits) >= self._limit:
                    return hits, None
                if looked_at > ENOUGH:
                    return hits, Key(rank, tier)
                read = self._among(
                    match, max(start, Key(rank, tier)), MANY,
                    rank=rank if best else None, mode=mode, tiers=list(range(tier, tier + wide)),
                )  # fmt: skip
                looked_at += read.seen
                hits = [*hits, *read.hits][: self._limit]
                tier += wide
                wide = 1 if read.seen else 3 if tier < 3 else _TIERS  # nothing yet: there are few
        return hits, None

    def _forgiven(self, asked: Wanted, start: Key) -> Page:
        if asked.forgiving is None:
            return Page([], None, 0)
        found = self._among(asked.forgiving, start, SORTED, rank=FORGIVEN)
        return Page(found.hits, None, min(found.matches, COUNTED + 1))

    # Words, in order of age or price

    def _sorted(self, asked: Wanted, start: Key) -> Page:
        if start.rank == FORGIVEN:
            return self._forgiven(asked, start)
        total = None if self._filters.ask_skus else COUNTED + 1
        if self._sampled(asked.anywhere) < _SOME:
            few = self._among(asked.anywhere, start, SORTED)
            if not few.seen and start == START:
                return self._forgiven(asked, Key(FORGIVEN))
            if few.seen <= SORTED:
                return Page(few.hits, None, min(few.matches, COUNTED + 1))
        hits, end = self._walk(start, WALK, asked.anywhere)
        if end is None:
            return Page(hits, None, total)
        many = self._among(asked.anywhere, start, MANY)
        if many.seen <= MANY or len(many.hits) == self._limit:
            return Page(many.hits, None, total)
        return Page(hits, end, total)

    # The three ways to ask

    def _sampled(self, match: str) -> int:
        return int(sql.search_sample(self._conn, match=self._within(match), tier=_SAMPLE, most=_LOTS + 1))

    def _among(
        self,
        match: str,
        start: Key,
        most: int,
        *,
        rank: int | None = None,
        mode: Mode = 0,
        tiers: list[int] | None = None,
    ) -> _Ranked:
        """Hits out of the first `most` matches, how many matches were seen, how many of those are hits."""
        asked = self._asked
        rows = list(
            sql.search_among(
                self._conn,
                match=self._within(match),
                tiers=tiers,
                tiered=mode != 0,
                names=asked.names if asked else None,
                key=asked.key if asked else None,
                begins=mode != 2,
                rank=rank,
                sort=self._sort,
                **self._values,
                **_after(start),
                most=most + 1,
                limit=self._limit,
            )
        )
        return _Ranked(_hits(rows), rows[0].seen if rows else 0, rows[0].matches if rows else 0)

    def _named(self, asked: Wanted, start: Key, most: int, mode: Mode) -> _Ranked:
        """The same of names that are what was typed or, but in mode 2, begin so."""
        behind = "\x01" if mode == 2 else "\U0010ffff"  # byte by byte: what is behind a key or all it begins
        rows = list(
            sql.search_named(
                self._conn,
                names=asked.names,
                key=asked.key,
                key_end=asked.key + behind,
                category_id=self._filters.category_id,
                **self._values,
                **_after(start),
                most=most + 1,
                limit=self._limit,
            )
        )
        hits = _hits(rows)
        return _Ranked(hits, rows[0].seen if rows else 0, len(hits))

    def _walk(self, start: Key, most: int, match: str | None = None) -> tuple[list[Hit], Key | None]:
        """Hits among the next `most` listings in order, and where that ends unless a page is full before."""
        rows = list(
            _WALKS[self._sort](
                self._conn,
                category_id=self._filters.category_id,
                match=match,
                **self._values,
                **_abc(start),
                walk=most,
                limit=self._limit,
            )
        )
        hits = [Hit(row.product_id, _key(row)) for row in rows if row.hit]
        ended = len(hits) < self._limit and rows and rows[-1].place == most
        return hits, _key(rows[-1]) if ended else None

    def _within(self, match: str) -> str:
        category_id = self._filters.category_id
        return match if category_id is None else within(match, category_id)


_WALKS = {
    "best": sql.search_by_position,
    "popular": sql.search_by_standing,
    "newest": sql.search_by_age,
    "price_up": sql.search_by_price_up,
    "price_down": sql.search_by_price_down,
}


def _key(row: Any) -> Key:
    return Key(0, 0, row.a, row.b, row.c)


def _hits(rows: list[Any]) -> list[Hit]:
    return [Hit(row.product_id, Key(row.rank, row.tier, row.a, row.b, row.c)) for row in rows if row.hit]


def _after(key: Key) -> dict[str, Any]:
    fresh = key == Key(key.rank, key.tier)
    return {"fresh": fresh, "after_rank": key.rank, "after_tier": key.tier, **_abc(key)}


def _abc(key: Key) -> dict[str, int]:
    return {"a": key.a, "b": key.b, "c": key.c}


def _price(price: int | None, otherwise: int) -> int:
    return otherwise if price is None else max(0, min(price, _ANY_PRICE))
