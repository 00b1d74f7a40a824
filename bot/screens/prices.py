"""How a price and what is left of something are shown."""

from __future__ import annotations

from bot.screens import theme
from bot.screens.theme import Part
from bot.words import _, money
from store.catalogue import ProductCard

FEW_LEFT = 5
"""From here on the number that is left is said."""


def price_words(product: ProductCard) -> str:
    """The price of a product, or the lowest one of its options."""
    if product.price_from == product.price_to:
        return money(product.price_from)
    return _("{price} 起").format(price=money(product.price_from))


def price_line(price: str, list_price: int | None) -> Part:
    """A price, and beside it the list price struck through where there is a higher one."""
    color = theme.SALE if list_price else theme.INK
    spans = [{"type": "span", "text": price, "weight": "bold", "color": color}]
    if list_price:
        old = {"type": "span", "text": money(list_price), "color": theme.MUTED, "decoration": "line-through"}
        spans += [{"type": "span", "text": " "}, old | {"size": "xs"}]
    return theme.text(price, size="md") | {"contents": spans}


def stock_words(stock: int) -> str:
    """What is left, where it is little; else an empty string."""
    if stock <= 0:
        return _("已售完")
    return _("剩 {count} 件").format(count=stock) if stock <= FEW_LEFT else ""


def stock_note(stock: int) -> Part | None:
    """The same as a line of a card."""
    words = stock_words(stock)
    return theme.text(words, size="xs", color=theme.SALE) if words else None
