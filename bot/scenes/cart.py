"""Filling the cart."""

from __future__ import annotations

from bot.actions import Action
from bot.scenes import Answer, Scene, Talk
from bot.screens import cart as screens
from bot.screens import catalogue as shelf_screens
from bot.screens import service
from bot.screens.theme import Message
from store import carts, catalogue
from store.carts import MOST_PER_LINE, Cart, CartLine


def view(talk: Talk, action: Action | None = None) -> Answer:
    """What lies in the cart."""
    cart = carts.open_cart(talk.tx, talk.customer)
    return screens.contents(cart, talk.quote(cart))


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
    held = next((line.quantity for line in cart.everything if line.sku_id == sku_id), 0)
    now = carts.open_cart(talk.tx, talk.customer)
    line = next(line for line in now.everything if line.sku_id == sku_id)
    if not line.available:  # some are in the cart from before
        return _sold_out(talk, sku_id)
    return screens.added(line, change.quantity - held, change, talk.quote(now))


def _sold_out(talk: Talk, sku_id: int) -> Answer:
    thing = catalogue.product_of_sku(talk.tx, sku_id)
    sku = next((sku for sku in thing.skus if sku.id == sku_id), None) if thing else None
    return screens.sold_out(thing, sku) if thing and sku else shelf_screens.gone()


def change(talk: Talk, action: Action) -> Answer:
    """Have `n` of a `sku` that lies in cart `c`; a card of a former cart changes nothing."""
    found = _line(talk, action)
    if found is None:
        return old_card(talk)
    cart, line = found
    count = min(action.number("n"), MOST_PER_LINE)
    carts.set_quantity(talk.tx, cart, line.sku_id, count)
    return view(talk) if count else [screens.removed(cart, line), *(view(talk) or [])]


def undo(talk: Talk, action: Action) -> Answer:
    """Put `n` of a `sku` back that were just taken out of cart `c`; a second tap changes nothing."""
    cart, sku_id = carts.open_cart(talk.tx, talk.customer), action.number("sku")
    if cart.id != action.number("c"):
        return old_card(talk)
    if all(line.sku_id != sku_id for line in cart.everything):
        change = carts.set_quantity(talk.tx, cart, sku_id, min(action.number("n"), MOST_PER_LINE))
        if change is None or not change.quantity:
            return [screens.not_put_back(), *(view(talk) or [])]
    return view(talk)


def pick(talk: Talk, action: Action) -> Answer:
    """Buy a `sku` of cart `c` this time (`s` is 1), or keep it for another."""
    found = _line(talk, action)
    if found is None:
        return old_card(talk)
    cart, line = found
    carts.select(talk.tx, cart, line.sku_id, action.number("s") == 1)
    return view(talk)


def pick_all(talk: Talk, action: Action) -> Answer:
    """Buy everything that lies in the cart."""
    carts.select_all(talk.tx, carts.open_cart(talk.tx, talk.customer))
    return view(talk)


def _line(talk: Talk, action: Action) -> tuple[Cart, CartLine] | None:
    """Cart `c` and its line `sku`, if that cart is still the open one."""
    cart = carts.open_cart(talk.tx, talk.customer)
    line = next((line for line in cart.everything if line.sku_id == action.number("sku")), None)
    return (cart, line) if line and cart.id == action.number("c") else None


def old_card(talk: Talk) -> list[Message]:
    """The tapped card is of the past; this is how things are."""
    cart = carts.open_cart(talk.tx, talk.customer)
    if not cart.everything:
        return [service.old_card(), *service.home(talk.shop)]
    return [service.old_card(), *screens.contents(cart, talk.quote(cart))]


ACTIONS: dict[str, Scene] = {
    "cart": view,
    "add": add,
    "set": change,
    "undo": undo,
    "pick": pick,
    "pick_all": pick_all,
}
