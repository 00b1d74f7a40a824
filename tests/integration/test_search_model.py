"""Search beside a model that looks at every product."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import search_reading
from store.db import Database
from store.search import Query, Sort
from store.search_terms import Texts, lexemes, name_key, wanted
from tests.shelves import SORTS, Option, Thing, every, run, shelve

SIGNS = "茶烏龍 abL5"
NAMES = st.text(SIGNS, min_size=1, max_size=8).filter(str.strip)
THINGS = st.builds(
    Thing,
    NAMES,
    st.text(SIGNS, max_size=8),
    st.lists(
        st.builds(Option, st.just(""), st.integers(0, 4), st.integers(0, 1), st.booleans()),
        min_size=1,
        max_size=1,
    ),
    st.integers(0, 2),
)
QUERIES = st.builds(
    Query,
    st.text(SIGNS, max_size=4),
    st.none(),
    st.none() | st.integers(0, 4),
    st.none() | st.integers(0, 4),
    st.booleans(),
    st.sampled_from(SORTS),
)


def expected(things: list[Thing], category: str, query: Query, tiers: dict[int, int]) -> list[int]:
    """What a query finds, the slow way."""
    asked = wanted(query.words)
    if asked is None and query.words.strip():
        return []
    terms = {term.strip("'") for term in asked.anywhere.split(" & ")} if asked else set()
    matching = []
    for place, thing in enumerate(things):
        (sku,) = thing.options
        listed = set(lexemes(Texts(thing.name, (category, sku.option, f"zq{thing.id}y0"), thing.description)))
        if sku.active and terms <= listed:
            key = name_key(thing.name)
            in_name = {f"={term}" for term in terms} <= listed
            rank = (
                3 if not asked or not in_name
                else 0 if key == asked.key
                else 1 if key.startswith(asked.key) else 2
            )  # fmt: skip
            matching.append((rank, place, thing))
    many = asked is not None and len(matching) > search_reading.FEW
    keys = [name_key(thing.name) for thing in things if thing.options[0].active]
    begins = asked is None or sum(key.startswith(asked.key) for key in keys) <= search_reading.FEW
    kept = []
    for rank, place, thing in matching:
        (sku,) = thing.options
        fits = (query.price_from or 0) <= sku.price <= (4 if query.price_to is None else query.price_to)
        if not fits or (query.in_stock and not sku.stock):
            continue
        standing = (tiers[thing.id] if many else 0, -thing.popularity, sku.stock == 0, place)
        shown = 2 if many and rank == 1 and not begins else rank
        by: dict[Sort, tuple[object, ...]] = {
            "best": (shown, standing if asked else place),
            "popular": standing,
            "newest": (-place,),
            "price_up": (sku.price, place),
            "price_down": (-sku.price, -place),
        }
        kept.append((by[query.sort], thing.id))
    return [product_id for _, product_id in sorted(kept)]


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    things=st.lists(THINGS, min_size=1, max_size=12, unique_by=lambda thing: thing.name),
    queries=st.lists(QUERIES, min_size=6, max_size=6),
    few=st.sampled_from([1_000, 2]),
    walk=st.sampled_from([2_000, 3]),
    limit=st.integers(1, 5),
)
def test_every_page_is_what_a_brute_force_search_finds(
    db: Database,
    monkeypatch: pytest.MonkeyPatch,
    things: list[Thing],
    queries: list[Query],
    few: int,
    walk: int,
    limit: int,
) -> None:
    for name, value in (("FEW", few), ("SORTED", few), ("WALK", walk), ("ENOUGH", walk)):
        monkeypatch.setattr(search_reading, name, value)
    run(db, "DELETE FROM skus")
    run(db, "DELETE FROM products")
    category_id = shelve(db, things, "杯盤")
    tiers = {
        int(str(row[0])): int(str(row[1])) for row in run(db, "SELECT product_id, tiers[1] FROM listings")
    }
    for query in queries:
        for asked in (query, replace(query, category_id=category_id)):
            assert [card.id for card in every(db, asked, limit)] == expected(things, "杯盤", query, tiers), (
                asked
            )
