"""What the shop sells, as a customer browses it."""

from __future__ import annotations

from dataclasses import dataclass

from store.db import Transaction, sql


@dataclass(frozen=True)
class Category:
    """A shelf with the number of its products."""

    id: int
    name: str
    products: int


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


@dataclass(frozen=True)
class Page:
    """Part of a list: where it begins, and whether it goes on."""

    products: tuple[ProductCard, ...]
    offset: int
    more: bool


def categories(tx: Transaction) -> list[Category]:
    """The shelves that have something on them."""
    return [Category(*row) for row in sql.categories_list(tx.connection)]


def category(tx: Transaction, category_id: int) -> Category | None:
    """One shelf, or None when it is gone."""
    row = sql.category_by_id(tx.connection, id=category_id)
    return Category(*row) if row else None


def shelf(tx: Transaction, category_id: int, offset: int = 0, limit: int = 10) -> Page:
    """A page of the products of a category."""
    rows = sql.products_of_category(tx.connection, category_id=category_id, limit=limit + 1, offset=offset)
    return _page(rows, offset, limit)


def search(tx: Transaction, words: str, offset: int = 0, limit: int = 10) -> Page:
    """Products that have the words somewhere; the product of exactly that name comes first."""
    pattern = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    rows = sql.products_search(tx.connection, pattern=pattern, exact=words, limit=limit + 1, offset=offset)
    return _page(rows, offset, limit)


def suggestions(tx: Transaction, limit: int = 5) -> list[ProductCard]:
    """What others bought lately and is in stock."""
    return [ProductCard(*row) for row in sql.products_in_stock(tx.connection, limit=limit)]


def product(tx: Transaction, product_id: int) -> Product | None:
    """One product with its options; None when it is gone or nothing of it is sold any more."""
    row = sql.product_by_id(tx.connection, id=product_id)
    skus = tuple(Sku(*sku) for sku in sql.skus_of_product(tx.connection, product_id=product_id))
    return Product(**row._asdict(), skus=skus) if row and skus else None


def product_of_sku(tx: Transaction, sku_id: int) -> Product | None:
    """The product a SKU belongs to; None when there is none."""
    row = sql.sku_by_id(tx.connection, id=sku_id)
    return product(tx, row.product_id) if row else None


def _page(rows: list[tuple[object, ...]], offset: int, limit: int) -> Page:
    cards = [ProductCard(*row) for row in rows]  # type: ignore[arg-type]
    return Page(tuple(cards[:limit]), offset, len(cards) > limit)
