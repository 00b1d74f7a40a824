"""Filling the cart."""

from __future__ import annotations

from bot.actions import Action
from bot.scenes import Answer, Scene, Talk
from bot.screens import cart as screens
from bot.screens import catalogue as shelf_screens
from bot.screens import service
from bot.screens.theme import Message
from store import carts, catalogue
from store.carts import MOST_PER_LINE


def view(talk: Talk, action: Action | None = None) -> Answer:
    """What lies in the cart."""
    cart = carts.open_cart(talk.tx, talk.customer)
    return screens.contents(cart, cart.quote(talk.shop.shipping))


def add(talk: Talk, action: Action) -> Answer:
    """Put something in: `sku`, and `n` of it."""
    sku_id = action.number("sku")
    count = min(max(action.number("n"), 1), MOST_PER_LINE)
    cart = carts.open_cart(talk.tx, talk.customer)
    change = carts.add(talk.tx, cart, sku_id, count)
    if change is None:
        thing = catalogue.product_of_sku(talk.tx, sku_id)
        sold = thing is not None and any(sku.id == sku_id for sku in thing.skus)
        return screens.full() if sold else shelf_screens.gone()
    if change.quantity == 0:
        return _sold_out(talk, sku_id)
    held = next((line.quantity for line in cart.lines if line.sku_id == sku_id), 0)
    now = carts.open_cart(talk.tx, talk.customer)
    line = next(line for line in now.lines if line.sku_id == sku_id)
    return screens.added(line, change.quantity - held, change, now.quote(talk.shop.shipping))


def _sold_out(talk: Talk, sku_id: int) -> Answer:
    thing = catalogue.product_of_sku(talk.tx, sku_id)
    if thing is None:
        return shelf_screens.gone()
    option = next((sku.option for sku in thing.skus if sku.id == sku_id), "")
    return screens.sold_out(thing.name, option, thing.id)


def change(talk: Talk, action: Action) -> Answer:
    """Have `n` of a `sku` that lies in cart `c`; a card of a former cart changes nothing."""
    cart = carts.open_cart(talk.tx, talk.customer)
    sku_id = action.number("sku")
    if cart.id != action.number("c") or all(line.sku_id != sku_id for line in cart.lines):
        return old_card(talk)
    carts.set_quantity(talk.tx, cart, sku_id, min(action.number("n"), MOST_PER_LINE))
    return view(talk)


def old_card(talk: Talk) -> list[Message]:
    """The tapped card is of the past; this is how things are."""
    cart = carts.open_cart(talk.tx, talk.customer)
    if not cart.lines:
        return [service.old_card(), *service.home(talk.shop)]
    return [service.old_card(), *screens.contents(cart, cart.quote(talk.shop.shipping))]


ACTIONS: dict[str, Scene] = {"cart": view, "add": add, "set": change}
