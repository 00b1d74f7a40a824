"""A broadcast of the shop as a customer sees it, and the way out of such messages."""

from __future__ import annotations

from bot import actions
from bot.screens import theme
from bot.screens.lettering import clean, name
from bot.screens.prices import price_words
from bot.screens.shelves import product_bubble
from bot.screens.theme import Message, Part
from bot.words import _
from store.catalogue import ProductCard
from store.shop import Shop


def broadcast(shop: Shop, words: str, product: ProductCard | None) -> list[Message]:
    """The merchant's words as they are, links in them included, and below them a card to tap.

    The card always offers the way out, as the law asks (Personal Data Protection Act of Taiwan, article 20).
    """
    if product is not None:
        alt = f"{clean(product.name)} {price_words(product)}"
        card = theme.flex(alt, product_bubble(shop, product, way_out()))
    else:
        greeting = _("來自{shop}的優惠訊息").format(shop=name(shop.name, limit=40))
        body = [theme.note(greeting)]
        browse = theme.main_button(_("逛商品"), actions.encode("browse"))
        card = theme.flex(greeting, theme.bubble(body, [browse, way_out()], size="kilo"))
    return [theme.said(words), card]


def stopped() -> list[Message]:
    """There will be no more of them."""
    words = _("好的，不會再傳優惠訊息給您。訂單和付款的通知照常。")
    back = theme.button(_("恢復優惠訊息"), actions.encode("promotions"))
    return [theme.card(words, back, *theme.home_buttons())]


def resumed() -> list[Message]:
    """There will be such messages again."""
    words = _("好的，有優惠會再告訴您。不想收到時，輸入「不要廣告」就可以。")
    return [theme.card(words, way_out(), *theme.home_buttons())]


def way_out(style: str = "link") -> Part:
    """The button that ends such messages."""
    return theme.button(_("不再收到優惠訊息"), actions.encode("no_promotions"), style=style)
