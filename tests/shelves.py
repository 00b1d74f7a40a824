"""Products on the shelves of a test, and ways to look for them."""

from __future__ import annotations

from dataclasses import dataclass, field

from store import search
from store.catalogue import ProductCard
from store.db import Database, Transaction
from store.search import Cursor, Found, Query, Sort
from tests.factories import scalar

SORTS: tuple[Sort, ...] = ("best", "popular", "newest", "price_up", "price_down")


@dataclass
class Option:
    """A SKU of a test; `code` is drawn from the database's own numbers."""

    option: str = ""
    price: int = 100
    stock: int = 5
    active: bool = True


@dataclass
class Thing:
    """A product of a test and, once it is stored, its id."""

    name: str
    description: str = ""
    options: list[Option] = field(default_factory=lambda: [Option()])
    popularity: int = 0
    id: int = 0


def run(db: Database, text: str, *values: object) -> list[tuple[object, ...]]:
    """What a statement answers, if it answers anything."""

    def work(tx: Transaction) -> list[tuple[object, ...]]:
        with tx.connection.cursor() as cursor:
            cursor.execute(text, values)
            return cursor.fetchall() if cursor.description else []

    return db.transaction(work)


def shelve(db: Database, things: list[Thing], category: str = "茶葉") -> int:
    """Store and list products; the id of their category."""
    category_id = scalar(
        db,
        "INSERT INTO categories (name) VALUES (%s) "
        "ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id",
        category,
    )
    for thing in things:
        thing.id = int(
            str(
                scalar(
                    db,
                    "INSERT INTO products (category_id, name, description, position) "
                    "VALUES (%s, %s, %s, (SELECT count(*) FROM products)) RETURNING id",
                    category_id, thing.name, thing.description,
                )
            )
        )  # fmt: skip
        for n, option in enumerate(thing.options):
            run(
                db,
                "INSERT INTO skus (product_id, code, option, price, stock, active) "
                "VALUES (%s, %s, %s, %s, %s, %s)",
                thing.id, f"zq{thing.id}y{n}", option.option, option.price, option.stock, option.active,
            )  # fmt: skip
    ids = [thing.id for thing in things]
    db.transaction(lambda tx: search.refresh(tx, ids))
    for thing in things:
        run(db, "UPDATE listings SET popularity = %s WHERE product_id = %s", thing.popularity, thing.id)
    return int(str(category_id))


def find(db: Database, query: Query | str, after: Cursor | None = None, limit: int = 10) -> Found:
    """A page."""
    asked = Query(query) if isinstance(query, str) else query
    return db.transaction(lambda tx: search.find(tx, asked, after, limit))


def names(db: Database, query: Query | str) -> list[str]:
    """The names of all that is found."""
    return [card.name for card in every(db, query)]


def every(db: Database, query: Query | str, limit: int = 10) -> list[ProductCard]:
    """All pages, the cursor carried as text as a button would."""
    cards: list[ProductCard] = []
    after = None
    while True:
        found = find(db, query, after, limit)
        cards += found.products
        if found.next is None:
            return cards
        assert len(str(found.next)) <= 40
        after = Cursor.read(str(found.next))
