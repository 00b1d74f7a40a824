"""Looking around: shelves, products, words typed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from bot import actions, query_data, query_words
from bot.actions import Action
from bot.query_words import Wish
from bot.scenes import Answer, Scene, Talk
from bot.screens import catalogue as screens
from bot.screens import refine as refine_screens
from bot.screens import service, shelves
from bot.screens.shelves import Listing
from bot.screens.theme import Message
from store import catalogue, price_bands, reviews
from store import search as finding
from store.catalogue import Category, ProductCard
from store.search import Cursor, CursorError, Query
from store.text import storable

_OFFSET_LIMIT = 100_000
_TRIES = 3
"""A page may come back short though the list goes on; so often it is read on before the customer is asked."""
_SAMPLE = 100
"""From so many products of a list its price bands and shelves are taken."""
_DIALOG = "looking"


def categories(talk: Talk, action: Action) -> Answer:
    """The shelves."""
    return _shelves(talk, _offset(action))


def _shelves(talk: Talk, offset: int = 0) -> list[Message]:
    return shelves.categories(catalogue.categories(talk.tx, offset, shelves.CATEGORIES_SHOWN))


def product(talk: Talk, action: Action) -> Answer:
    """One product."""
    return _product(talk, action.number("id"), _offset(action))


def _product(talk: Talk, product_id: int, offset: int = 0) -> Answer:
    thing = catalogue.product(talk.tx, product_id)
    if thing is None:
        return screens.gone()
    return screens.product(talk.shop, thing, offset, reviews.of_product(talk.tx, thing.id))


def about(talk: Talk, action: Action) -> Answer:
    """All that is said of a product."""
    thing = catalogue.product(talk.tx, action.number("id"))
    return screens.about(thing) if thing else screens.gone()


def quantity(talk: Talk, action: Action) -> Answer:
    """How many of an option."""
    thing = catalogue.product_of_sku(talk.tx, action.number("id"))
    sku = next((sku for sku in thing.skus if sku.id == action.number("id")), None) if thing else None
    if thing is None or sku is None:
        return _product(talk, thing.id) if thing else screens.gone()
    return screens.quantity(thing, sku)


def look(talk: Talk, action: Action) -> Answer:
    """Products by words, on a shelf or both, from the place on that the button names."""
    try:
        query, place = query_data.read(action)
    except CursorError:
        query, _place = query_data.read(_without_place(action))
        return [service.old_card(), *_listed(talk, query)]
    return _listed(talk, query, place)


def refine(talk: Talk, action: Action) -> Answer:
    """How to sort and narrow the list that the button names."""
    query, _place = query_data.read(_without_place(action))
    return _choices(talk, query)


def search(talk: Talk, typed: str) -> Answer:
    """Products for typed words; a product's full name shows it, a shelf's name its products."""
    product_id = catalogue.named(talk.tx, storable(typed))
    if product_id:
        return _product(talk, product_id)
    query = Query(query_data.asked(typed))
    if category_id := catalogue.category_named(talk.tx, query.words):
        return _listed(talk, Query(category_id=category_id))
    wish = query_words.read(typed)
    if wish and not wish.rest:
        return _changed(talk, wish)
    page = _page(talk, query)
    if wish and not page.products and not page.next:
        return _wished(talk, page, wish)
    return _shown(talk, page)


def _wished(talk: Talk, literal: Listing, wish: Wish) -> Answer:
    """Nothing has all the words typed: some of them may have been meant for the list."""
    if category_id := catalogue.category_named(talk.tx, wish.rest):
        return _listed(talk, wish.applied(Query(category_id=category_id)))
    named = Query(wish.rest)
    return _shown(talk, _page(talk, wish.applied(named)) if _page(talk, named).products else literal)


def _changed(talk: Talk, wish: Wish) -> Answer:
    """The list that was looked at last, as it is wished for now; with none, all the shop sells."""
    query, place = _remembered(talk)
    if wish.step == "refine":
        return _choices(talk, query)
    if wish.step == "clear":
        return _listed(
            talk, replace(Query(query.words), category_id=None if query.words else query.category_id)
        )
    if wish.step == "again":
        return _listed(talk, query)
    if wish.step == "more":
        if _DIALOG not in (talk.customer.dialog or {}):
            return _shelves(talk)
        return _listed(talk, query, place) if place else shelves.no_more(_empty(talk, query))
    return _listed(talk, wish.applied(query))


def _listed(talk: Talk, query: Query, place: Cursor | None = None) -> list[Message]:
    shelf = catalogue.category(talk.tx, query.category_id) if query.category_id else None
    if query.category_id and shelf is None:
        return [service.old_card(), *_shelves(talk)]
    return _shown(talk, _page(talk, query, place, shelf))


def _page(talk: Talk, query: Query, place: Cursor | None = None, shelf: Category | None = None) -> Listing:
    """A full page, or what a few tries of the search bring together."""
    found = finding.find(talk.tx, query, place, shelves.PRODUCTS_SHOWN)
    cards, total = list(found.products), found.total
    for _try in range(1, _TRIES):
        if found.next is None or len(cards) == shelves.PRODUCTS_SHOWN:
            break
        found = finding.find(talk.tx, query, found.next, shelves.PRODUCTS_SHOWN - len(cards))
        cards += found.products
    return Listing(query, shelf.name if shelf else "", tuple(cards), place, found.next, total)


def _shown(talk: Talk, page: Listing) -> list[Message]:
    if not page.products and page.next is None and page.place is None:
        return _nothing(talk, page)
    _remember(talk, page)
    if page.products:
        return shelves.listed(talk.shop, page)
    return shelves.look_further(page) if page.next else shelves.no_more(page)


def _nothing(talk: Talk, page: Listing) -> list[Message]:
    query = page.query
    if shelves.is_filtered(query):
        return shelves.nothing_fits(page)
    if query.words:
        return shelves.not_found(talk.shop, query.words, finding.suggest(talk.tx, query.words))
    if query.category_id:
        return shelves.empty_shelf(page.category)
    return _shelves(talk)


def _choices(talk: Talk, query: Query) -> list[Message]:
    wide = replace(query, price_from=None, price_to=None)
    everywhere = _sample(talk, replace(wide, category_id=None)) if query.words else []
    here = _sample(talk, wide) if query.category_id or not query.words else everywhere
    often = [id_ for id_, _count in Counter(card.category_id for card in everywhere).most_common()]
    known = catalogue.category_names(talk.tx, [*often, *filter(None, [query.category_id])])
    several = [(id_, known[id_]) for id_ in often] if len(often) > 1 else []
    bands = price_bands.bands([card.price_from for card in here])
    return refine_screens.choices(query, known.get(query.category_id or 0, ""), bands, several)


def _sample(talk: Talk, query: Query) -> list[ProductCard]:
    return list(finding.find(talk.tx, query, limit=_SAMPLE).products)


def _remember(talk: Talk, page: Listing) -> None:
    """Keep the list and the place reached, so that typed words can go on from there or change it."""
    dialog, now = talk.customer.dialog or {}, query_data.encode(page.query, page.next)
    if dialog.get(_DIALOG) != now:
        talk.note({**dialog, _DIALOG: now})


def _remembered(talk: Talk) -> tuple[Query, Cursor | None]:
    kept = actions.parse(str((talk.customer.dialog or {}).get(_DIALOG, "")))
    return query_data.read(kept) if kept else (Query(), None)


def _empty(talk: Talk, query: Query) -> Listing:
    known = catalogue.category_names(talk.tx, [query.category_id]) if query.category_id else {}
    return Listing(query, known.get(query.category_id or 0, ""), (), None, None, None)


def _without_place(action: Action) -> Action:
    return Action(action.name, {key: value for key, value in action.values.items() if key != "k"})


def _offset(action: Action) -> int:
    return min(action.number("o"), _OFFSET_LIMIT)


ACTIONS: dict[str, Scene] = {
    "browse": categories,
    "shelf": look,
    "search": look,
    "refine": refine,
    "product": product,
    "about": about,
    "sku": quantity,
}
