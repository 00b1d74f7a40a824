"""What the shop sells, as a customer browses it."""

from __future__ import annotations

from dataclasses import dataclass

from store.db import Transaction, sql
from store.search_reading import COUNTED
from store.search_terms import LONGEST_QUERY, name_key


@dataclass(frozen=True)
class Category:
    """A shelf with the number of its products, counted up to `COUNTED`; one more means there are more."""

    id: int
    name: str
    products: int


@dataclass(frozen=True)
class Shelves:
    """Part of the list of shelves: where it begins, and whether it goes on."""

    categories: tuple[Category, ...]
    offset: int = 0
    more: bool = False


@dataclass(frozen=True)
class ProductCard:
    """A product as it shows in a list: prices in TWD over its active options, stock summed.

    `list_price` is that of the cheapest option, so that the two may stand side by side.
    """

    id: int
    name: str
    picture: str
    description: str
    category_id: int
    price_from: int
    price_to: int
    list_price: int | None
    stock: int
    options: int


@dataclass(frozen=True)
class Sku:
    """One way to buy a product; prices in TWD, `stock` is what can still be sold."""

    id: int
    code: str
    option: str
    price: int
    list_price: int | None
    stock: int
    active: bool

    @property
    def on_sale(self) -> bool:
        """Whether the list price is worth striking through."""
        return self.list_price is not None and self.list_price > self.price


@dataclass(frozen=True)
class Product:
    """A product with all its active SKUs."""

    id: int
    name: str
    picture: str
    description: str
    category_id: int
    category: str
    skus: tuple[Sku, ...]

    @property
    def stock(self) -> int:
        """What can still be sold of all options together."""
        return sum(sku.stock for sku in self.skus)


def categories(tx: Transaction, offset: int = 0, limit: int = 40) -> Shelves:
    """The shelves that have something on them, in the shop's order."""
    rows = sql.categories_page(tx.connection, offset=offset, limit=limit + 1, most=COUNTED + 1)
    found = [Category(*row) for row in rows]
    return Shelves(tuple(found[:limit]), offset, len(found) > limit)


def category(tx: Transaction, category_id: int) -> Category | None:
    """One shelf, perhaps an empty one, or None when it is gone."""
    row = sql.category_by_id(tx.connection, id=category_id, most=COUNTED + 1)
    return Category(*row) if row else None


def category_named(tx: Transaction, name: str) -> int | None:
    """The shelf of exactly this name, if something is on it."""
    row = sql.category_by_name(tx.connection, name=name)
    return int(row.id) if row else None


def category_names(tx: Transaction, category_ids: list[int]) -> dict[int, str]:
    """What shelves are called."""
    return {row.id: row.name for row in sql.categories_names(tx.connection, ids=category_ids)}


def named(tx: Transaction, name: str) -> int | None:
    """The product for sale whose full name this is, however its gaps and marks were typed.

    A name that is the same letter by letter goes before one that only sounds the same; None where several
    are alike, or none is.
    """
    typed = name[:LONGEST_QUERY]
    rows = list(sql.products_named(tx.connection, key=name_key(typed), name=typed.strip()))
    best = [row.id for row in rows if row.exact] or [row.id for row in rows if name_key(typed)]
    return int(best[0]) if len(best) == 1 else None


def product(tx: Transaction, product_id: int) -> Product | None:
    """One product with its options; None when it is gone or nothing of it is sold any more."""
    row = sql.product_by_id(tx.connection, id=product_id)
    skus = tuple(Sku(*sku) for sku in sql.skus_of_product(tx.connection, product_id=product_id))
    return Product(**row._asdict(), skus=skus) if row and skus else None


def card(tx: Transaction, product_id: int) -> ProductCard | None:
    """One product as it shows in a list; None when it is gone or nothing of it is sold any more."""
    return next(
        (ProductCard(*row) for row in sql.search_cards(tx.connection, product_ids=[product_id])), None
    )


def product_of_sku(tx: Transaction, sku_id: int) -> Product | None:
    """The product a SKU belongs to; None when there is none."""
    row = sql.sku_by_id(tx.connection, id=sku_id)
    return product(tx, row.product_id) if row else None
