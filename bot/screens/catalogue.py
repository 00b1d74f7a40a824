"""Shelves, products and their options."""

from __future__ import annotations

from collections.abc import Sequence

from bot import actions
from bot.screens import reviews, theme, wishes
from bot.screens.lettering import clean, fit, name
from bot.screens.theme import Message, Part
from bot.words import _, money
from store.catalogue import Category, Page, Product, ProductCard, Sku
from store.reviews import Rating
from store.shop import Shop

CATEGORIES_PER_BUBBLE = 8
CATEGORIES_SHOWN = 40
OPTIONS_PER_BUBBLE = 8
OPTIONS_SHOWN = 48
FEW_LEFT = 5
"""From here on the number that is left is said."""
_QUANTITIES = (2, 3, 5, 10)


def categories(shelves: Sequence[Category], offset: int = 0) -> list[Message]:
    """The shelves of the shop as buttons."""
    if not shelves:
        words = _("商品正在上架中，請過一會兒再來看看。")
        return [theme.card(words, theme.main_button(_("我的訂單"), actions.encode("orders")))]
    shown = shelves[offset : offset + CATEGORIES_SHOWN]
    bubbles = []
    for start in range(0, len(shown), CATEGORIES_PER_BUBBLE):
        group = shown[start : start + CATEGORIES_PER_BUBBLE]
        body = [theme.title(_("想逛哪一區？")), theme.column(*[_category_button(shelf) for shelf in group])]
        bubbles.append(theme.bubble(body, [_main_ways()]))
    if len(shelves) > offset + CATEGORIES_SHOWN:
        bubbles.append(_end(actions.encode("browse", o=offset + CATEGORIES_SHOWN), "mega"))
    alt = _("商品分類：{names}").format(names="、".join(clean(shelf.name) for shelf in shown))
    return [theme.flex(alt, *bubbles)]


def _category_button(shelf: Category) -> Part:
    label = _("{name}（{count}）").format(name=fit(shelf.name, 30), count=shelf.products)
    return theme.button(label, actions.encode("shelf", id=shelf.id), say=shelf.name)


def _main_ways() -> Part:
    return theme.row(
        theme.button(_("購物車"), actions.encode("cart"), style="link"),
        theme.button(_("我的訂單"), actions.encode("orders"), style="link"),
    )


def shelf(shop: Shop, category: Category, page: Page) -> list[Message]:
    """Products of one category."""
    if not page.products:
        words = _("「{name}」目前沒有商品，看看別的吧。").format(name=name(category.name, limit=40))
        return [theme.card(words, theme.main_button(_("逛商品"), actions.encode("browse")))]
    more = actions.encode("shelf", id=category.id, o=page.offset + len(page.products)) if page.more else None
    return [_products(shop, page.products, clean(category.name), more)]


def found(shop: Shop, words: str, page: Page) -> list[Message]:
    """Products that match what was typed."""
    more = actions.encode("search", q=words, o=page.offset + len(page.products)) if page.more else None
    heading = _("「{words}」的搜尋結果").format(words=name(words, limit=40))
    return [_products(shop, page.products, heading, more)]


def not_found(shop: Shop, words: str, suggestions: Sequence[ProductCard]) -> list[Message]:
    """Nothing matches; here is something else."""
    asked = name(words, limit=40)
    browse = theme.main_button(_("逛商品"), actions.encode("browse"))
    if not suggestions:
        return [theme.card(_("找不到「{words}」。換個說法試試？").format(words=asked), browse)]
    sentence = _("找不到「{words}」。換個說法試試，或看看大家最近買的：").format(words=asked)
    return [theme.card(sentence, browse), _products(shop, suggestions, _("大家最近買的"), None)]


def gone() -> list[Message]:
    """A product that is not sold any more."""
    words = _("這個商品已經下架了，看看別的吧。")
    return [theme.card(words, theme.main_button(_("逛商品"), actions.encode("browse")))]


def _products(shop: Shop, cards: Sequence[ProductCard], heading: str, more: str | None) -> Message:
    bubbles = [_product_bubble(shop, card) for card in cards]
    bubbles.append(_end(more, "kilo"))
    names = "、".join(f"{clean(card.name)} {_price_words(card)}" for card in cards)
    return theme.flex(f"{heading}：{names}", *bubbles)


def _product_bubble(shop: Shop, product: ProductCard) -> Part:
    look = actions.encode("product", id=product.id)
    tap = {"type": "postback", "label": fit(product.name, 40), "data": look}
    body = [
        theme.text(fit(product.name, 60), size="md", bold=True, maxLines=2),
        _price(_price_words(product), product.list_price if _is_reduced(product) else None),
        _stock_note(product.stock),
    ]
    label = _("選規格") if product.options > 1 else _("看商品")
    footer = theme.main_button(label, look, say=product.name)
    hero = theme.picture(shop.picture_url(product.picture), action=tap)
    return theme.bubble(body, [footer], hero=hero, size="kilo")


def _end(more: str | None, size: str) -> Part:
    """The last card of a list: where it goes on, if it does, and the ways back."""
    buttons = [
        theme.main_button(_("看更多"), more) if more else None,
        theme.button(_("其他分類"), actions.encode("browse")),
        theme.button(_("購物車"), actions.encode("cart")),
    ]
    words = _("還有更多") if more else _("都在這裡了，也看看別的吧。")
    return theme.bubble([theme.text(words, size="md")], buttons, size=size)


def _price_words(product: ProductCard) -> str:
    if product.price_from == product.price_to:
        return money(product.price_from)
    return _("{price} 起").format(price=money(product.price_from))


def _is_reduced(product: ProductCard) -> bool:
    return product.list_price is not None and product.list_price > product.price_to


def _price(price: str, list_price: int | None) -> Part:
    spans = [
        {"type": "span", "text": price, "weight": "bold", "color": theme.SALE if list_price else theme.INK}
    ]
    if list_price:
        old = {"type": "span", "text": money(list_price), "color": theme.MUTED, "decoration": "line-through"}
        spans += [{"type": "span", "text": " "}, old | {"size": "xs"}]
    return theme.text(price, size="md") | {"contents": spans}


def _stock_words(stock: int) -> str:
    if stock <= 0:
        return _("已售完")
    return _("剩 {count} 件").format(count=stock) if stock <= FEW_LEFT else ""


def _stock_note(stock: int) -> Part | None:
    words = _stock_words(stock)
    return theme.text(words, size="xs", color=theme.SALE) if words else None


def product(shop: Shop, thing: Product, offset: int = 0, rating: Rating | None = None) -> list[Message]:
    """A product: what it is, how it is rated, and what it can be bought as."""
    if len(thing.skus) == 1:
        return [_single(shop, thing, thing.skus[0], rating)]
    shown = thing.skus[offset : offset + OPTIONS_SHOWN] or thing.skus[:OPTIONS_SHOWN]
    groups = [shown[at : at + OPTIONS_PER_BUBBLE] for at in range(0, len(shown), OPTIONS_PER_BUBBLE)]
    bubbles = [_options_bubble(shop, thing, group, rating, first=at == 0) for at, group in enumerate(groups)]
    if len(thing.skus) > offset + OPTIONS_SHOWN:
        bubbles.append(_end(actions.encode("product", id=thing.id, o=offset + OPTIONS_SHOWN), "mega"))
    options = "、".join(f"{clean(sku.option)} {money(sku.price)}" for sku in shown)
    return [theme.flex(f"{clean(thing.name)}：{options}", *bubbles)]


def _single(shop: Shop, thing: Product, sku: Sku, rating: Rating | None) -> Message:
    body = [*_heading(thing), _price(money(sku.price), sku.list_price if sku.on_sale else None)]
    body += [part for part in (_stock_note(sku.stock), *reviews.block(rating)) if part]
    hero = theme.picture(shop.picture_url(thing.picture))
    footer = [*_adding(sku), wishes.share_button(shop, thing.name), *_around(thing)]
    alt = f"{clean(thing.name)} {money(sku.price)} {_stock_words(sku.stock)}"
    return theme.flex(alt, theme.bubble(body, footer, hero=hero))


def _heading(thing: Product) -> list[Part]:
    parts = [theme.note(fit(thing.category, 40)), theme.title(fit(thing.name, 160))]
    description = clean(thing.description, lines=True)
    return [*parts, theme.text(fit(description, 300, lines=True))] if description else parts


def _adding(sku: Sku) -> list[Part]:
    if sku.stock <= 0:
        return [wishes.wish_button(sku)]
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
    return theme.bubble(body, [share, *_around(thing)], hero=hero)


_STRUCK = {"decoration": "line-through", "align": "center"}


def _option_button(sku: Sku) -> Part:
    label = f"{fit(sku.option, 18)} {money(sku.price)} {_stock_words(sku.stock)}".rstrip()
    style = "primary" if sku.stock > 0 else "secondary"
    return theme.button(label, actions.encode("sku", id=sku.id), style=style, say=sku.option)


def quantity(thing: Product, sku: Sku) -> list[Message]:
    """How many of one option."""
    what = name(thing.name, sku.option, 120)
    back = theme.button(_("看其他規格"), actions.encode("product", id=thing.id), style="link")
    if sku.stock <= 0:
        words = _("{what}已售完。").format(what=what)
        return [theme.card(words, wishes.wish_button(sku), back, *theme.home_buttons())]
    body = [
        theme.text(what, size="md", bold=True),
        _price(money(sku.price), sku.list_price if sku.on_sale else None),
        _stock_note(sku.stock),
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
