"""Shelves and lists of products: found by words or on a shelf, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot import actions, query_data
from bot.screens import theme
from bot.screens.lettering import clean, fit, name
from bot.screens.prices import price_line, price_words, stock_note
from bot.screens.theme import Message, Part
from bot.words import _, money, plural
from store.catalogue import Category, ProductCard, Shelves
from store.search import COUNTED, Cursor, Query, Sort
from store.shop import Shop

CATEGORIES_PER_BUBBLE = 8
CATEGORIES_SHOWN = 40
PRODUCTS_SHOWN = 10
_NOTHING = Query()


@dataclass(frozen=True)
class Listing:
    """A page of a list, and what it is a list of; `place` is where it begins, None at the start.

    `category` is the name of the query's shelf. `total` counts up to `COUNTED`, one more means more, None
    that nobody knows.
    """

    query: Query
    category: str
    products: tuple[ProductCard, ...]
    place: Cursor | None
    next: Cursor | None
    total: int | None

    @property
    def more(self) -> str | None:
        """The button's data that lead on."""
        return query_data.encode(self.query, self.next) if self.next else None


def categories(shelves: Shelves) -> list[Message]:
    """The shelves of the shop as buttons."""
    if not shelves.categories:
        words = _("商品正在上架中，請過一會兒再來看看。")
        return [theme.card(words, theme.main_button(_("我的訂單"), actions.encode("orders")))]
    bubbles = []
    for start in range(0, len(shelves.categories), CATEGORIES_PER_BUBBLE):
        group = shelves.categories[start : start + CATEGORIES_PER_BUBBLE]
        body = [theme.title(_("想逛哪一區？")), theme.column(*[_category_button(shelf) for shelf in group])]
        bubbles.append(theme.bubble(body, [_all_products(), _main_ways()]))
    if shelves.more:
        after = shelves.offset + len(shelves.categories)
        bubbles.append(end(actions.encode("browse", o=after), "mega"))
    alt = _("商品分類：{names}").format(names=theme.series(clean(shelf.name) for shelf in shelves.categories))
    return [theme.flex(alt, *bubbles)]


def _category_button(shelf: Category) -> Part:
    count = f"{COUNTED}+" if shelf.products > COUNTED else shelf.products
    label = _("{name}（{count}）").format(name=fit(shelf.name, 30), count=count)
    return theme.button(label, query_data.encode(Query(category_id=shelf.id), to="shelf"), say=shelf.name)


def _all_products() -> Part:
    popular, newest = Query(sort="popular"), Query(sort="newest")
    return theme.row(
        theme.button(_("熱門商品"), query_data.encode(popular), style="link"),
        theme.button(_("最新上架"), query_data.encode(newest), style="link"),
    )


def _main_ways() -> Part:
    return theme.row(
        theme.button(_("購物車"), actions.encode("cart"), style="link"),
        theme.button(_("我的訂單"), actions.encode("orders"), style="link"),
    )


def listed(shop: Shop, page: Listing) -> list[Message]:
    """A page of products under a heading that says how they were chosen."""
    heading = heading_words(page.query, page.category)
    messages = [_header(page, heading), products(shop, page.products, heading, page.more, _ways_of(page))]
    return [*messages[:-1], with_suggestions(messages[-1], page.query)]


def _header(page: Listing, heading: str) -> Message:
    notes = [_count_words(page), *conditions(page.query, page.category)]
    said = theme.remarks(notes)
    refine = theme.button(_("排序與篩選"), query_data.encode(page.query, to="refine"), style="link")
    body = [theme.text(heading, size="md", bold=True), theme.note(said) if said else None]
    footer = theme.row(*filter(None, [refine, clear_button(page.query)]))
    alt = theme.remarks([heading, said])
    return theme.flex(alt, theme.bubble(body, [footer]))


def _count_words(page: Listing) -> str:
    if page.place:
        return _("接著看")
    if page.total is None:
        return ""
    if page.total > COUNTED:
        return _("超過 {count} 件，用篩選會更好找").format(count=COUNTED)
    return plural("共 {count} 件", page.total)


def _ways_of(page: Listing) -> list[Part | None]:
    refine = query_data.encode(page.query, to="refine")
    return [theme.button(_("排序與篩選"), refine) if page.more else None]


def not_found(shop: Shop, words: str, suggestions: Sequence[ProductCard]) -> list[Message]:
    """Nothing matches; here is something else."""
    asked = name(words, limit=40)
    browse = theme.main_button(_("逛商品"), actions.encode("browse"))
    if not suggestions:
        return [theme.card(_("找不到「{words}」。換個說法試試？").format(words=asked), browse)]
    sentence = _("找不到「{words}」。換個說法試試，或看看這些：").format(words=asked)
    return [theme.card(sentence, browse), products(shop, suggestions, _("也許您會喜歡"), None)]


def nothing_fits(page: Listing) -> list[Message]:
    """Words or a shelf with filters that leave nothing: each of them can be let go."""
    chosen = theme.remarks(conditions(replace(page.query, sort="best"), page.category))
    words = _("{list}裡沒有「{conditions}」的商品，放寬一點看看？")
    sentence = words.format(list=heading_words(page.query, page.category), conditions=chosen)
    query = page.query
    loosened: list[tuple[str, Query]] = []
    if query.price_from is not None or query.price_to is not None:
        loosened.append((_("不限價格"), replace(query, price_from=None, price_to=None)))
    if query.in_stock:
        loosened.append((_("也看已售完"), replace(query, in_stock=False)))
    if query.category_id and query.words:
        loosened.append((_("不限分類"), replace(query, category_id=None)))
    buttons = [theme.main_button(label, query_data.encode(wider)) for label, wider in loosened]
    clear = clear_button(query) if len(loosened) > 1 else None
    return [theme.card(sentence, *buttons, clear, *theme.home_buttons())]


def look_further(page: Listing) -> list[Message]:
    """Nothing was found in the part that was looked through; there is more of it."""
    words = _("{list}很長，目前翻到的還沒有符合的，要繼續找嗎？").format(
        list=heading_words(page.query, page.category)
    )
    on = theme.main_button(_("繼續找"), page.more) if page.more else None
    refine = theme.button(_("排序與篩選"), query_data.encode(page.query, to="refine"))
    clear = clear_button(page.query)
    return [with_suggestions(theme.card(words, on, refine, clear, *theme.home_buttons()), page.query)]


def no_more(page: Listing) -> list[Message]:
    """The list has come to its end."""
    words = _("{list}看完了，也看看別的吧。").format(list=heading_words(page.query, page.category))
    again = theme.button(_("從頭看"), query_data.encode(page.query))
    browse = theme.main_button(_("逛商品"), actions.encode("browse"))
    return [with_suggestions(theme.card(words, browse, again), page.query)]


def empty_shelf(category: str) -> list[Message]:
    """Nothing stands on a shelf."""
    words = _("「{name}」目前沒有商品，看看別的吧。").format(name=name(category, limit=40))
    return [theme.card(words, theme.main_button(_("逛商品"), actions.encode("browse")))]


def heading_words(query: Query, category: str) -> str:
    """What a list is a list of."""
    if query.words:
        return _("「{words}」的搜尋結果").format(words=name(query.words, limit=40))
    if query.category_id:
        return name(category, limit=40)
    return {"popular": _("熱門商品"), "newest": _("最新上架")}.get(query.sort, _("全部商品"))


def conditions(query: Query, category: str) -> list[str]:
    """How a list was narrowed and sorted, each in a word or two."""
    narrowed = [
        name(category, limit=40) if query.words and query.category_id else "",
        band_words(query.price_from, query.price_to),
        _("只看有貨") if query.in_stock else "",
        sort_words(query.sort) if query.sort != "best" else "",
    ]
    return [words for words in narrowed if words]


def is_narrowed(query: Query) -> bool:
    """Whether there is a filter or an order that can be cleared."""
    return cleared(query) != query


def is_filtered(query: Query) -> bool:
    """Whether there is a filter that can be cleared."""
    return cleared(query) != replace(query, sort="best")


def cleared(query: Query) -> Query:
    """The query without filters and order: of words everything they find, else the whole shelf."""
    return replace(_NOTHING, words=query.words, category_id=None if query.words else query.category_id)


def clear_button(query: Query) -> Part | None:
    """The button that clears filters and order, if there are any."""
    if not is_narrowed(query):
        return None
    return theme.button(_("清除條件"), query_data.encode(cleared(query)), style="link")


def sort_words(sort: Sort) -> str:
    """What an order is called."""
    names = {
        "best": _("推薦"),
        "popular": _("熱門"),
        "newest": _("最新"),
        "price_up": _("價格低到高"),
        "price_down": _("價格高到低"),
    }
    return names[sort]


def band_words(low: int | None, high: int | None) -> str:
    """A price band, or an empty string for any price."""
    if low is None or high is None:
        if high is not None:
            return _("{price} 以下").format(price=money(high))
        return _("{price} 以上").format(price=money(low)) if low is not None else ""
    return f"{money(low)}–{high:,}"


def with_suggestions(message: Message, query: Query) -> Message:
    """Orders and filters as quick replies, before the ways to the main screens."""
    sorts: tuple[Sort, ...] = ("popular", "newest", "price_up", "price_down")
    chips = [
        theme.quick_reply(sort_words(sort), query_data.encode(replace(query, sort=sort)))
        for sort in sorts
        if sort != query.sort
    ]
    stock = _("也看已售完") if query.in_stock else _("只看有貨")
    chips.append(theme.quick_reply(stock, query_data.encode(replace(query, in_stock=not query.in_stock))))
    chips.append(theme.quick_reply(_("價格與分類"), query_data.encode(query, to="refine")))
    if is_narrowed(query):
        chips.append(theme.quick_reply(_("清除條件"), query_data.encode(cleared(query))))
    ways = theme.with_ways_back([message])[0]["quickReply"]["items"]
    return message | {"quickReply": {"items": [*chips, *ways]}}


def products(
    shop: Shop,
    cards: Sequence[ProductCard],
    heading: str,
    more: str | None,
    ways: Sequence[Part | None] = (),
) -> Message:
    """Products side by side; `more` leads on, `ways` are further buttons of the last card."""
    bubbles = [product_bubble(shop, card) for card in cards]
    bubbles.append(end(more, "kilo", ways))
    names = theme.series(f"{clean(card.name)} {price_words(card)}" for card in cards)
    return theme.flex(theme.headed(heading, names), *bubbles)


def product_bubble(shop: Shop, product: ProductCard, *ways: Part) -> Part:
    """The card of a product; `ways` are further buttons on it."""
    look = actions.encode("product", id=product.id)
    tap = {"type": "postback", "label": fit(product.name, 40), "data": look}
    reduced = product.list_price is not None and product.price_from < product.list_price
    body = [
        theme.text(fit(product.name, 60), size="md", bold=True, maxLines=2),
        price_line(price_words(product), product.list_price if reduced else None),
        stock_note(product.stock),
    ]
    label = _("選規格") if product.options > 1 else _("看商品")
    footer = theme.main_button(label, look, say=product.name)
    hero = theme.picture(shop.picture_url(product.picture), action=tap)
    return theme.bubble(body, [footer, *ways], hero=hero, size="kilo")


def end(more: str | None, size: str, ways: Sequence[Part | None] = ()) -> Part:
    """The last card of a list: where it goes on, if it does, and the ways back."""
    buttons = [
        theme.main_button(_("看更多"), more) if more else None,
        *ways,
        theme.button(_("其他分類"), actions.encode("browse")),
        theme.button(_("購物車"), actions.encode("cart")),
    ]
    words = _("還有更多") if more else _("都在這裡了，也看看別的吧。")
    return theme.bubble([theme.text(words, size="md")], buttons, size=size)
