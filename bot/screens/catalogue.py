"""Products and their options."""

from __future__ import annotations

from collections.abc import Sequence

from bot import actions
from bot.screens import reviews, theme, wishes
from bot.screens.lettering import clean, fit, name
from bot.screens.prices import price_line, stock_note, stock_words
from bot.screens.shelves import end
from bot.screens.theme import Message, Part
from bot.words import _, money
from store.catalogue import Product, Sku
from store.reviews import Rating
from store.shop import Shop
from store.text import utf16

OPTIONS_PER_BUBBLE = 8
OPTIONS_SHOWN = 48
_QUANTITIES = (2, 3, 5, 10)
_TEASER, _ABOUT = 300, 2000
"""UTF-16 units of a description beside the price, and by itself."""


def gone() -> list[Message]:
    """A product that is not sold any more."""
    words = _("這個商品已經下架了，看看別的吧。")
    return [theme.card(words, theme.main_button(_("逛商品"), actions.encode("browse")))]


def product(shop: Shop, thing: Product, offset: int = 0, rating: Rating | None = None) -> list[Message]:
    """A product: what it is, how it is rated, and what it can be bought as."""
    if len(thing.skus) == 1:
        return [_single(shop, thing, thing.skus[0], rating)]
    shown = thing.skus[offset : offset + OPTIONS_SHOWN] or thing.skus[:OPTIONS_SHOWN]
    groups = [shown[at : at + OPTIONS_PER_BUBBLE] for at in range(0, len(shown), OPTIONS_PER_BUBBLE)]
    bubbles = [_options_bubble(shop, thing, group, rating, first=at == 0) for at, group in enumerate(groups)]
    if len(thing.skus) > offset + OPTIONS_SHOWN:
        bubbles.append(end(actions.encode("product", id=thing.id, o=offset + OPTIONS_SHOWN), "mega"))
    options = theme.series(f"{clean(sku.option)} {money(sku.price)}" for sku in shown)
    return [theme.flex(theme.headed(clean(thing.name), options), *bubbles)]


def _single(shop: Shop, thing: Product, sku: Sku, rating: Rating | None) -> Message:
    body = [*_heading(thing), price_line(money(sku.price), sku.list_price if sku.on_sale else None)]
    body += [part for part in (stock_note(sku.stock), *reviews.block(rating)) if part]
    hero = theme.picture(shop.picture_url(thing.picture))
    footer = [*_adding(sku), _about_button(thing), wishes.share_button(shop, thing.name), *_around(thing)]
    alt = f"{clean(thing.name)} {money(sku.price)} {stock_words(sku.stock)}"
    return theme.flex(alt, theme.bubble(body, footer, hero=hero))


def _heading(thing: Product) -> list[Part]:
    parts = [theme.note(fit(thing.category, 40)), theme.title(fit(thing.name, 160))]
    description = clean(thing.description, lines=True)
    return [*parts, theme.text(fit(description, _TEASER, lines=True))] if description else parts


def _about_button(thing: Product) -> Part | None:
    if utf16(clean(thing.description, lines=True)) <= _TEASER:
        return None
    return theme.button(_("完整介紹"), actions.encode("about", id=thing.id), style="link")


def about(thing: Product) -> list[Message]:
    """All that is said of a product."""
    words = fit(thing.description, _ABOUT, lines=True)
    back = theme.main_button(_("回到商品"), actions.encode("product", id=thing.id), say=thing.name)
    body = [theme.title(fit(thing.name, 160)), theme.text(words)]
    return [
        theme.flex(theme.headed(clean(thing.name), words), theme.bubble(body, [back, *theme.home_buttons()]))
    ]


def _adding(sku: Sku) -> list[Part]:
    if sku.stock <= 0:
        return [wishes.wish_button(sku.id)]
    add = theme.main_button(_("加入購物車"), actions.encode("add", sku=sku.id))
    if sku.stock == 1:
        return [add]
    return [add, theme.button(_("選數量"), actions.encode("sku", id=sku.id))]


def _around(thing: Product) -> list[Part]:
    back = theme.button(_("同類商品"), actions.encode("shelf", id=thing.category_id), style="link")
    return [theme.row(back, theme.button(_("購物車"), actions.encode("cart"), style="link"))]


def _options_bubble(
    shop: Shop, thing: Product, skus: Sequence[Sku], rating: Rating | None, *, first: bool
) -> Part:
    head = _heading(thing) if first else [theme.text(fit(thing.name, 60), size="md", bold=True)]
    parts: list[Part] = []
    for sku in skus:
        parts.append(_option_button(sku))
        if sku.on_sale and sku.list_price:
            parts.append(theme.note(_("原價 {price}").format(price=money(sku.list_price)), **_STRUCK))
    hero = theme.picture(shop.picture_url(thing.picture), "3:2") if first else None
    said = reviews.block(rating) if first else []
    share = wishes.share_button(shop, thing.name) if first else None
    body = [*head, *said, theme.note(_("請選規格")), theme.column(*parts)]
    more = _about_button(thing) if first else None
    return theme.bubble(body, [more, share, *_around(thing)], hero=hero)


_STRUCK = {"decoration": "line-through", "align": "center"}


def _option_button(sku: Sku) -> Part:
    label = f"{fit(sku.option, 18)} {money(sku.price)} {stock_words(sku.stock)}".rstrip()
    style = "primary" if sku.stock > 0 else "secondary"
    return theme.button(label, actions.encode("sku", id=sku.id), style=style, say=sku.option)


def quantity(thing: Product, sku: Sku) -> list[Message]:
    """How many of one option."""
    what = name(thing.name, sku.option, 120)
    back = theme.button(_("看其他規格"), actions.encode("product", id=thing.id), style="link")
    if sku.stock <= 0:
        words = _("{what}已售完。").format(what=what)
        return [theme.card(words, wishes.wish_button(sku.id), back, *theme.home_buttons())]
    body = [
        theme.text(what, size="md", bold=True),
        price_line(money(sku.price), sku.list_price if sku.on_sale else None),
        stock_note(sku.stock),
        theme.note(_("要幾件？")),
    ]
    footer = [
        theme.main_button(_("加入購物車 × 1"), actions.encode("add", sku=sku.id)),
        *[
            theme.button(
                _("加入購物車 × {count}").format(count=count), actions.encode("add", sku=sku.id, n=count)
            )
            for count in _QUANTITIES
            if count <= sku.stock
        ],
        back if len(thing.skus) > 1 else None,
        *theme.home_buttons(),
    ]
    alt = _("{what} {price}，要幾件？").format(what=what, price=money(sku.price))
    return [theme.flex(alt, theme.bubble(body, footer))]
