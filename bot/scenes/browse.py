"""Looking around: shelves, products, words typed."""

from __future__ import annotations

from bot.actions import Action
from bot.scenes import Answer, Scene, Talk
from bot.screens import catalogue as screens
from bot.screens import service
from bot.screens.lettering import clean, fit
from store import catalogue, reviews
from store.delivery_details import tidy
from store.text import storable

WORDS_LIMIT = 160
"""UTF-16 units of what is searched for: the longest product name has 80 characters."""
_OFFSET_LIMIT = 100_000


def categories(talk: Talk, action: Action) -> Answer:
    """The shelves."""
    return screens.categories(catalogue.categories(talk.tx), _offset(action))


def shelf(talk: Talk, action: Action) -> Answer:
    """The products of one shelf."""
    category = catalogue.category(talk.tx, action.number("id"))
    if category is None:
        return [service.old_card(), *screens.categories(catalogue.categories(talk.tx))]
    return screens.shelf(talk.shop, category, catalogue.shelf(talk.tx, category.id, _offset(action)))


def product(talk: Talk, action: Action) -> Answer:
    """One product."""
    return _product(talk, action.number("id"), _offset(action))


def _product(talk: Talk, product_id: int, offset: int = 0) -> Answer:
    thing = catalogue.product(talk.tx, product_id)
    if thing is None:
        return screens.gone()
    return screens.product(talk.shop, thing, offset, reviews.of_product(talk.tx, thing.id))


def quantity(talk: Talk, action: Action) -> Answer:
    """How many of an option."""
    thing = catalogue.product_of_sku(talk.tx, action.number("id"))
    sku = next((sku for sku in thing.skus if sku.id == action.number("id")), None) if thing else None
    if thing is None or sku is None:
        return _product(talk, thing.id) if thing else screens.gone()
    return screens.quantity(thing, sku)


def search_on(talk: Talk, action: Action) -> Answer:
    """More of what was searched for."""
    return _search(talk, action.text("q"), _offset(action))


def search(talk: Talk, typed: str) -> Answer:
    """Products for typed words; the full name of a product shows that product itself."""
    return _search(talk, typed, 0)


def _search(talk: Talk, typed: str, offset: int) -> Answer:
    asked = fit(storable(typed), WORDS_LIMIT)
    page, words = catalogue.Page((), 0, False), asked
    for words in dict.fromkeys((asked, tidy(asked))):  # as typed first: names are matched as they are
        page = catalogue.search(talk.tx, words, offset)
        if page.products:
            break
    if not page.products:
        return screens.not_found(talk.shop, asked, catalogue.suggestions(talk.tx))
    named = [card for card in page.products if clean(card.name).casefold() == words.casefold()]
    if len(named) == 1 and not offset:
        return _product(talk, named[0].id)
    return screens.found(talk.shop, words, page)


def _offset(action: Action) -> int:
    return min(action.number("o"), _OFFSET_LIMIT)


ACTIONS: dict[str, Scene] = {
    "browse": categories,
    "shelf": shelf,
    "product": product,
    "sku": quantity,
    "search": search_on,
}
